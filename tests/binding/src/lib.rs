//! Values in statements, read by an org that knows nothing of how they got there: each is what
//! it was, and the statement says nothing else. For tests and for fuzzing.

use sfbox_emulator::statement_reading::{Read, conditions};
use sfbox_guest::{Parameter, Value, bound};

/// What follows every value: it has to be there.
const BEHIND: &str = " AND Industry = 'behind'";

/// A position in a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Position {
    Equality,
    Order,
    Like,
    List,
    ListInParentheses,
}

impl Position {
    const ALL: [Self; 5] = [
        Self::Equality,
        Self::Order,
        Self::Like,
        Self::List,
        Self::ListInParentheses,
    ];

    fn condition(self) -> &'static str {
        match self {
            Self::Equality => "Name = :v",
            Self::Order => "Name >= :v",
            Self::Like => "Name LIKE :v",
            Self::List => "Name IN :v",
            Self::ListInParentheses => "Name IN ('first', :v)",
        }
    }
}

/// Reads an input: one byte that chooses position and type, and the value as text, of which a
/// line break separates several. A value that is refused says nothing.
///
/// # Panics
///
/// When the org reads another value, or another statement.
pub fn compare(input: &[u8]) {
    let Some((choice, text)) = input.split_first() else {
        return;
    };
    let text = String::from_utf8_lossy(text);
    let position = Position::ALL[usize::from(*choice) % Position::ALL.len()];
    let kind = usize::from(*choice) / Position::ALL.len();
    let values: Vec<Value> = match position {
        Position::List | Position::ListInParentheses => text
            .split('\n')
            .filter_map(|one| value(kind, one))
            .collect(),
        _ => value(kind, &text).into_iter().collect(),
    };
    check(position, &values);
}

/// A value of this type. `None`: the text is not one.
fn value(kind: usize, text: &str) -> Option<Value> {
    let own = || text.to_owned();
    Some(match kind % 15 {
        0 | 1 => Value::Text(own()),
        2 => Value::Pattern(own()),
        3 => Value::StartsWith(own()),
        4 => Value::EndsWith(own()),
        5 => Value::Contains(own()),
        6 => Value::Boolean(text.len().is_multiple_of(2)),
        7 => Value::Integer(text.parse().ok()?),
        8 => Value::Double(text.parse().ok()?),
        9 => Value::Decimal(own()),
        10 => Value::Id(own()),
        11 => Value::Date(own()),
        12 => Value::Datetime(own()),
        13 => Value::Time(own()),
        _ => Value::DateLiteral(own()),
    })
}

fn check(position: Position, values: &[Value]) {
    let parameters = [Parameter {
        name: "v".to_owned(),
        values: values.to_vec(),
    }];
    let condition = position.condition();
    let statement = format!("SELECT Id FROM Account WHERE {condition}{BEHIND}");
    let Ok(statement) = bound(&statement, &parameters) else {
        return;
    };
    let read = conditions(&statement);
    // The org may not take a value that it can read: then nothing is asked.
    let Some(read) = read else {
        assert!(
            values.iter().any(is_beyond),
            "another statement: {statement}"
        );
        return;
    };
    assert_eq!(read.len(), 2, "another statement: {statement}");
    let behind = ("Industry", "=", [Read::Text("behind".to_owned())]);
    let (field, operator, last) = &read[1];
    assert_eq!(
        (&**field, &**operator, &**last),
        (behind.0, behind.1, &behind.2[..])
    );
    let (field, _, found) = &read[0];
    assert_eq!(field, "Name", "{statement}");
    let found = match position {
        Position::ListInParentheses => &found[1..],
        _ => &found[..],
    };
    assert_eq!(found.len(), values.len(), "{statement}");
    for (value, found) in values.iter().zip(found) {
        assert!(
            is(value, found),
            "{value:?} was read as {found:?}: {statement}"
        );
    }
}

/// Values that SOQL's grammar has, and this org does not: numbers past its own.
fn is_beyond(value: &Value) -> bool {
    matches!(
        value,
        Value::Double(_) | Value::Decimal(_) | Value::Integer(_)
    )
}

fn is(value: &Value, read: &Read) -> bool {
    match (value, read) {
        (Value::Null, Read::Null) => true,
        (Value::Boolean(value), Read::Boolean(read)) => value == read,
        (Value::Text(value) | Value::Id(value), Read::Text(read)) => value == read,
        (Value::Text(value), Read::Pattern(read)) => escaped(value) == *read,
        (Value::Pattern(value), Read::Pattern(read)) => value.replace('\\', "\\\\") == *read,
        (Value::StartsWith(value), Read::Pattern(read)) => format!("{}%", escaped(value)) == *read,
        (Value::EndsWith(value), Read::Pattern(read)) => format!("%{}", escaped(value)) == *read,
        (Value::Contains(value), Read::Pattern(read)) => format!("%{}%", escaped(value)) == *read,
        (Value::Integer(value), Read::Integer(read)) => value == read,
        (Value::Integer(value), Read::Double(read)) => (*value as f64) == *read,
        (Value::Double(value), Read::Double(read)) => value == read,
        (Value::Double(value), Read::Integer(read)) => *value == (*read as f64),
        (Value::Decimal(value), Read::Double(read)) => value.parse() == Ok(*read),
        (Value::Decimal(value), Read::Integer(read)) => value.parse() == Ok(*read),
        (Value::Date(value), Read::Date(read)) => value == read,
        // Both have their own tests: here it counts that it is one.
        (Value::Datetime(_), Read::DateTime(_)) => true,
        (Value::Time(_), Read::Time(_)) | (Value::DateLiteral(_), Read::Relative(_)) => true,
        (_, _) => false,
    }
}

/// A text in a pattern in which nothing is a wildcard.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use workspace::root;

    use super::*;

    #[test]
    fn the_corpus_is_read_as_it_was_written() {
        let mut inputs = 0;
        for entry in std::fs::read_dir(root().join("fuzz/corpus/binding")).unwrap() {
            compare(&std::fs::read(entry.unwrap().path()).unwrap());
            inputs += 1;
        }
        assert!(inputs >= 10, "{inputs}");
    }

    fn read_of(position: Position, value: Value) -> Vec<Read> {
        let parameters = [Parameter {
            name: "v".to_owned(),
            values: vec![value],
        }];
        let statement = format!("SELECT Id FROM Account WHERE {}", position.condition());
        let statement = bound(&statement, &parameters).unwrap();
        let mut read = conditions(&statement).expect(&statement);
        read.remove(0).2
    }

    #[test]
    fn each_type_is_read_as_its_own() {
        let own = str::to_owned;
        for (value, read) in [
            (Value::Null, Read::Null),
            (Value::Boolean(false), Read::Boolean(false)),
            (Value::Integer(-7), Read::Integer(-7)),
            (Value::Double(1.5), Read::Double(1.5)),
            (Value::Decimal(own("-12.50")), Read::Double(-12.5)),
            (Value::Text(own(r"a\'b")), Read::Text(own(r"a\'b"))),
            (
                Value::Id(own("001D000000IqhSL")),
                Read::Text(own("001D000000IqhSL")),
            ),
            (
                Value::Date(own("2026-05-07")),
                Read::Date(own("2026-05-07")),
            ),
            (
                Value::Datetime(own("2013-05-08T23:20:00.123+0200")),
                Read::DateTime(1_368_048_000_123),
            ),
            (
                Value::DateLiteral(own("today")),
                Read::Relative(own("TODAY")),
            ),
        ] {
            assert_eq!(read_of(Position::Equality, value), [read]);
        }
    }

    /// A case of the other client: its name, our condition, and the values.
    type Case = (&'static str, &'static str, Vec<(&'static str, Vec<Value>)>);

    fn cases() -> Vec<Case> {
        let own = str::to_owned;
        let text = |text: &str| Value::Text(text.to_owned());
        let one = |value: Value| vec![("v", vec![value])];
        vec![
            ("text", "Name = :v", one(text("Jones"))),
            ("quotes", "Name = :v", one(text("O'Hara \"x\" \\ y"))),
            ("breaks", "Name = :v", one(text("a\nb\rc\td"))),
            (
                "list",
                "Name IN :v",
                vec![("v", vec![text("Smith"), text("Jones"), text("O'Hara")])],
            ),
            (
                "named",
                "Name = :name AND Industry = :industry",
                vec![
                    ("name", vec![text("Jones")]),
                    ("industry", vec![text("Energy")]),
                ],
            ),
            (
                "literal",
                "CreatedDate = :v",
                one(Value::DateLiteral(own("LAST_MONTH"))),
            ),
            (
                "like",
                "Name LIKE :v",
                one(Value::StartsWith(own("50%_off"))),
            ),
            ("none", "Name = :v", one(Value::Null)),
            ("boolean", "IsDeleted = :v", one(Value::Boolean(true))),
            ("integer", "NumberOfEmployees > :v", one(Value::Integer(42))),
            (
                "number",
                "AnnualRevenue > :v",
                one(Value::Decimal(own("1.5"))),
            ),
            (
                "date",
                "CreatedDate > :v",
                one(Value::Date(own("2026-05-07"))),
            ),
            (
                "datetime",
                "CreatedDate > :v",
                one(Value::Datetime(own("2026-05-07T22:07:19Z"))),
            ),
        ]
    }

    #[test]
    fn the_documented_cases_of_simple_salesforce_mean_the_same() {
        let output = std::process::Command::new(workspace::python())
            .arg(root().join("tests/python/format_soql.py"))
            .output()
            .expect("Python runs");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{error}");
        let theirs: BTreeMap<String, String> = serde_json::from_slice(&output.stdout).unwrap();
        let cases = cases();
        assert_eq!(theirs.len(), cases.len());
        for (name, condition, values) in cases {
            let parameters: Vec<Parameter> = values
                .into_iter()
                .map(|(name, values)| Parameter {
                    name: name.to_owned(),
                    values,
                })
                .collect();
            let ours = format!("SELECT Id FROM Account WHERE {condition}");
            let ours = bound(&ours, &parameters).unwrap();
            let read = conditions(&ours);
            assert!(read.is_some(), "{name}: {ours}");
            assert_eq!(
                read,
                conditions(&theirs[name]),
                "{name}: {ours} {}",
                theirs[name]
            );
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_as_it_was(text in any::<String>(), choice in any::<u8>()) {
            let mut input = vec![choice];
            input.extend_from_slice(text.as_bytes());
            compare(&input);
        }

        #[test]
        fn what_looks_like_soql_is_read_as_it_was(
            text in "[a-zA-Z0-9'\\\\\"%_ ():,=.+-]{0,40}",
            choice in any::<u8>(),
        ) {
            let mut input = vec![choice];
            input.extend_from_slice(text.as_bytes());
            compare(&input);
        }
    }
}
