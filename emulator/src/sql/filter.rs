//! WHERE clauses.
//!
//! Every predicate here is true or false, never SQL's unknown: SOQL has two
//! truth values, so that `!=` and `NOT` also find nulls.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use rusqlite::types::Value;

use crate::id::RecordId;
use crate::schema::Kind;
use crate::soql::{
    self, Code, Comparison, Condition, DateRange, Literal, Path, RelativeDate, SoqlError,
};

use super::Fragment;
use super::joins::{Column, Joins};
use super::unsupported;

/// Translates a condition as of `today`.
pub(super) fn translate(
    condition: &Condition,
    joins: &mut Joins<'_>,
    today: Date,
) -> Result<Fragment, SoqlError> {
    let mut all = |operands: &[Condition]| {
        operands
            .iter()
            .map(|operand| translate(operand, joins, today))
            .collect::<Result<Vec<_>, _>>()
    };
    match condition {
        Condition::And(operands) => Ok(Fragment::join(all(operands)?, "AND", "1")),
        Condition::Or(operands) => Ok(Fragment::join(all(operands)?, "OR", "0")),
        Condition::Not(operand) => Ok(translate(operand, joins, today)?.not()),
        Condition::Compare {
            subject,
            comparison,
            value,
        } => {
            let field = unsupported::field(subject)?;
            Leaf::new(field, joins, today)?.compare(*comparison, &value.literal)
        }
        Condition::In {
            subject,
            negated,
            values,
        } => {
            let field = unsupported::field(subject)?;
            let found = Leaf::new(field, joins, today)?.one_of(values)?;
            Ok(if *negated { found.not() } else { found })
        }
        Condition::InQuery { .. } => Err(SoqlError::unsupported("semi-joins")),
        Condition::Includes { .. } => Err(SoqlError::unsupported("INCLUDES and EXCLUDES")),
    }
}

/// A comparison of one field.
struct Leaf<'j, 'a> {
    path: &'j Path,
    column: Column,
    joins: &'j Joins<'a>,
    today: Date,
}

impl<'j, 'a> Leaf<'j, 'a> {
    fn new(path: &'j Path, joins: &'j mut Joins<'a>, today: Date) -> Result<Self, SoqlError> {
        let column = joins.resolve(path)?;
        let leaf = Self {
            path,
            column,
            joins,
            today,
        };
        if !leaf.column.field.is_filterable() {
            let message = format!(
                "field '{}' can not be filtered in a query call",
                leaf.column.field.name
            );
            return Err(leaf.joins.invalid_field(path.at, &message));
        }
        Ok(leaf)
    }

    fn compare(&self, comparison: Comparison, literal: &Literal) -> Result<Fragment, SoqlError> {
        let ordered = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        if *literal == Literal::Null || (is_null(literal) && !ordered) {
            return self.compare_with_null(comparison);
        }
        if let Literal::Relative(relative) = literal {
            return self.compare_with_range(comparison, *relative);
        }
        if comparison == Comparison::Like {
            return self.like(literal);
        }
        if ordered && self.column.field.kind == Kind::Boolean {
            return Err(self.invalid_operator());
        }
        let value = self.value(literal)?;
        let column = self.column.comparable();
        let text = match comparison {
            // SQLite looks `IS` up in an index, and not what is in `coalesce`.
            Comparison::Equal => format!("({column} IS ?)"),
            Comparison::NotEqual => format!("({column} IS NOT ?)"),
            other => format!("coalesce({column} {} ?, 0)", operator(other)),
        };
        Ok(Fragment::with(&text, value))
    }

    fn compare_with_null(&self, comparison: Comparison) -> Result<Fragment, SoqlError> {
        let column = self.column.sql();
        match comparison {
            Comparison::Equal => Ok(Fragment::new(&format!("({column} IS NULL)"))),
            Comparison::NotEqual => Ok(Fragment::new(&format!("({column} IS NOT NULL)"))),
            _ => Err(self.invalid_operator()),
        }
    }

    fn compare_with_range(
        &self,
        comparison: Comparison,
        relative: RelativeDate,
    ) -> Result<Fragment, SoqlError> {
        let range = relative
            .on(self.today)
            .ok_or_else(SoqlError::date_out_of_range)?;
        let (first, end) = self.bounds(range)?;
        let column = self.column.sql();
        let before = |bound| Fragment::with(&format!("coalesce({column} < ?, 0)"), bound);
        let since = |bound| Fragment::with(&format!("coalesce({column} >= ?, 0)"), bound);
        match comparison {
            Comparison::Equal => Ok(since(first).and(before(end))),
            Comparison::NotEqual => Ok(since(first).and(before(end)).not()),
            Comparison::Less => Ok(before(first)),
            Comparison::LessOrEqual => Ok(before(end)),
            Comparison::Greater => Ok(since(end)),
            Comparison::GreaterOrEqual => Ok(since(first)),
            Comparison::Like => Err(self.invalid_operator()),
        }
    }

    /// The range as the field stores it.
    fn bounds(&self, range: DateRange) -> Result<(Value, Value), SoqlError> {
        match self.column.field.kind {
            Kind::Date => Ok((
                Value::Text(range.first.to_string()),
                Value::Text(range.end.to_string()),
            )),
            Kind::DateTime => midnight(range.first)
                .zip(midnight(range.end))
                .ok_or_else(|| self.wrong_type()),
            _ => Err(self.wrong_type()),
        }
    }

    fn like(&self, literal: &Literal) -> Result<Fragment, SoqlError> {
        if self.column.field.kind != Kind::Text {
            return Err(self.invalid_operator());
        }
        let Literal::Text(text) = literal else {
            return Err(self.wrong_type());
        };
        let sql = format!(
            "coalesce({} LIKE ? ESCAPE '\\', 0)",
            self.column.comparable()
        );
        Ok(Fragment::with(
            &sql,
            Value::Text(text.pattern.to_lowercase()),
        ))
    }

    fn one_of(&self, literals: &[soql::Value]) -> Result<Fragment, SoqlError> {
        let mut choices = Vec::new();
        let mut bound = Vec::new();
        for soql::Value { literal, .. } in literals {
            if is_null(literal) || matches!(literal, Literal::Relative(_)) {
                choices.push(self.compare(Comparison::Equal, literal)?);
            } else {
                bound.push(self.value(literal)?);
            }
        }
        if !bound.is_empty() {
            let marks = vec!["?"; bound.len()].join(", ");
            let column = self.column.comparable();
            let text = format!("({column} IS NOT NULL AND {column} IN ({marks}))");
            choices.push(Fragment {
                text,
                values: bound,
            });
        }
        Ok(Fragment::join(choices, "OR", "0"))
    }

    /// The literal as the field stores it, if it is of the field's type.
    fn value(&self, literal: &Literal) -> Result<Value, SoqlError> {
        match (self.column.field.kind, literal) {
            (Kind::Id | Kind::Reference, Literal::Text(text)) => {
                match RecordId::parse(&text.value) {
                    Some(id) => Ok(Value::Text(id.to_string())),
                    None => Err(SoqlError::new(
                        Code::MalformedQuery,
                        format!("invalid ID field: {}", text.value),
                    )),
                }
            }
            (Kind::Text, Literal::Text(text)) => Ok(Value::Text(text.value.to_lowercase())),
            (Kind::Boolean, Literal::Boolean(value)) => Ok(Value::Integer(i64::from(*value))),
            (Kind::Integer | Kind::Double, Literal::Integer(value)) => Ok(Value::Integer(*value)),
            (Kind::Integer | Kind::Double, Literal::Double(value)) => Ok(Value::Real(*value)),
            (Kind::MultiPicklist, Literal::Text(text)) => {
                Ok(Value::Text(text.value.to_lowercase()))
            }
            (Kind::Date, Literal::Date(value)) => Ok(Value::Text(value.to_string())),
            (Kind::DateTime, Literal::DateTime(value)) => Ok(Value::Integer(*value)),
            _ => Err(self.wrong_type()),
        }
    }

    fn wrong_type(&self) -> SoqlError {
        let field = &self.column.field;
        let quotes = match field.kind {
            Kind::Id | Kind::Reference | Kind::Text | Kind::MultiPicklist => {
                "should be enclosed in quotes"
            }
            _ => "should not be enclosed in quotes",
        };
        let message = format!(
            "value of filter criterion for field '{}' must be of type {} and {quotes}",
            field.name,
            field.kind.name()
        );
        self.joins.invalid_field(self.path.at, &message)
    }

    /// Salesforce's wording is not documented.
    fn invalid_operator(&self) -> SoqlError {
        let message = format!(
            "invalid operator on {} field",
            self.column.field.kind.name()
        );
        SoqlError::new(Code::InvalidQueryFilterOperator, message)
    }
}

/// Salesforce stores an empty string as null.
fn is_null(literal: &Literal) -> bool {
    match literal {
        Literal::Null => true,
        Literal::Text(text) => text.value.is_empty(),
        _ => false,
    }
}

fn operator(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "=",
        Comparison::NotEqual => "IS NOT",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
        Comparison::Like => "LIKE",
    }
}

fn midnight(day: Date) -> Option<Value> {
    let midnight = day.to_zoned(TimeZone::UTC).ok()?;
    Some(Value::Integer(midnight.timestamp().as_millisecond()))
}
