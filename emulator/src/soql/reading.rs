//! What a statement says of values, as this org reads it: for tests of programs that write
//! statements.

use super::ast::{Comparison, Condition, Expression, Value};
use super::literal::Literal;

/// A condition: the field, its operator, and the values.
pub type Compared = (String, String, Vec<Read>);

/// A value as it was read.
#[derive(Clone, Debug, PartialEq)]
pub enum Read {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A text, every escape replaced by its character.
    Text(String),
    /// The pattern of LIKE: a backslash stands before `%`, `_` and `\` that stand for
    /// themselves.
    Pattern(String),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Double(f64),
    /// A day, as `2026-05-07`.
    Date(String),
    /// Milliseconds since 1970.
    DateTime(i64),
    /// A time of day.
    Time(String),
    /// A date literal, as `TODAY`.
    Relative(String),
}

/// The conditions of `SELECT Id FROM OBJECT WHERE …` that are joined by AND. `None`: the
/// statement is not valid, or says anything else.
pub fn conditions(statement: &str) -> Option<Vec<Compared>> {
    let query = super::parse(statement).ok()?;
    let condition = query.condition.as_ref()?;
    let shape = super::parse(&format!("{} LIMIT 1", prefix(statement)?)).ok()?;
    let is_plain = query.limit.is_none()
        && query.offset.is_none()
        && query.order.is_empty()
        && query.group.is_none()
        && query.having.is_none()
        && query.with.is_empty()
        && query.further.is_empty()
        && query.selection == shape.selection
        && query.from == shape.from;
    let all = match condition {
        Condition::And(all) => all.iter().map(compared).collect(),
        one => compared(one).map(|one| vec![one]),
    };
    all.filter(|_| is_plain)
}

/// What stands before WHERE.
fn prefix(statement: &str) -> Option<&str> {
    let at = statement.find(" WHERE ")?;
    statement.get(..at)
}

fn compared(condition: &Condition) -> Option<Compared> {
    let (subject, operator, values) = match condition {
        Condition::Compare {
            subject,
            comparison,
            value,
        } => {
            let is_like = *comparison == Comparison::Like;
            (subject, comparison.as_str(), vec![read(value, is_like)?])
        }
        Condition::In {
            subject,
            negated,
            values,
        } => {
            let values = values.iter().map(|value| read(value, false));
            let operator = if *negated { "NOT IN" } else { "IN" };
            (subject, operator, values.collect::<Option<_>>()?)
        }
        _ => return None,
    };
    match subject {
        Expression::Field(path) => Some((path.to_string(), operator.to_owned(), values)),
        _ => None,
    }
}

fn read(value: &Value, is_pattern: bool) -> Option<Read> {
    Some(match &value.literal {
        Literal::Null => Read::Null,
        Literal::Boolean(value) => Read::Boolean(*value),
        Literal::Text(text) if is_pattern => Read::Pattern(text.pattern.clone()),
        Literal::Text(text) => Read::Text(text.value.clone()),
        Literal::Integer(number) => Read::Integer(*number),
        Literal::Double(number) => Read::Double(*number),
        Literal::Currency { .. } => return None,
        Literal::Date(date) => Read::Date(date.to_string()),
        Literal::DateTime(ms) => Read::DateTime(*ms),
        Literal::Time(time) => Read::Time(time.to_string()),
        Literal::Relative(relative) => Read::Relative(relative.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_and_nothing_else() {
        let read = conditions("SELECT Id FROM Account WHERE Name LIKE 'a\\%b%' AND X IN (1, null)");
        assert_eq!(
            read,
            Some(vec![
                (
                    "Name".to_owned(),
                    "LIKE".to_owned(),
                    vec![Read::Pattern("a\\%b%".to_owned())]
                ),
                (
                    "X".to_owned(),
                    "IN".to_owned(),
                    vec![Read::Integer(1), Read::Null]
                ),
            ])
        );
        for statement in [
            "SELECT Id FROM Account WHERE Name = 'a' OR Name = 'b'",
            "SELECT Id FROM Account WHERE Name = 'a' LIMIT 1",
            "SELECT Id FROM Account WHERE NOT Name = 'a'",
            "SELECT Id FROM Account",
            "x",
        ] {
            assert_eq!(conditions(statement), None, "{statement}");
        }
    }
}
