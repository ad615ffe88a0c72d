//! Values that can match the same record.
//!
//! Salesforce compares texts without case, an id of 15 characters with one of 18, and finds what
//! is empty by an empty text and by null. Values that can match the same record have to be in the
//! same statement: else it would be delivered twice. Values that are together without need do no
//! harm. Only a value that is the same to the letter is left out, because a field can tell
//! capitals from small letters.

use std::collections::BTreeMap;

use crate::contract::types::Value;
use crate::names::RecordId;
use crate::soql::literal::{milliseconds, time_of_day};

/// The values in groups that stay together, in their order, each value once.
pub(super) fn groups(values: &[Value]) -> Vec<Vec<Value>> {
    let mut groups: Vec<Vec<Value>> = Vec::new();
    let mut by_key: BTreeMap<String, usize> = BTreeMap::new();
    for value in values {
        let number = *by_key.entry(key(value)).or_insert(groups.len());
        match groups.get_mut(number) {
            Some(group) if group.contains(value) => {}
            Some(group) => group.push(value.clone()),
            None => groups.push(vec![value.clone()]),
        }
    }
    groups
}

/// What is the same of all values that can match one record.
fn key(value: &Value) -> String {
    match value {
        // A text that is null is found by both, and so is a checkbox that was never set.
        Value::Null | Value::Boolean(false) => EMPTY.to_owned(),
        Value::Text(text) | Value::Id(text) => text_key(text),
        Value::Pattern(text)
        | Value::StartsWith(text)
        | Value::EndsWith(text)
        | Value::Contains(text)
        | Value::Date(text)
        | Value::DateLiteral(text) => text.to_lowercase(),
        Value::Time(text) => time_of_day(text).map_or_else(|| text.clone(), |ms| ms.to_string()),
        Value::Boolean(true) => "true".to_owned(),
        Value::Integer(number) => number.to_string(),
        // Numbers may be rounded where they are compared.
        Value::Double(number) => number.to_string(),
        Value::Decimal(text) => text
            .parse::<f64>()
            .map_or_else(|_| text.clone(), |number| number.to_string()),
        Value::Datetime(text) => {
            milliseconds(text).map_or_else(|| text.clone(), |ms| ms.to_string())
        }
    }
}

/// The key of values that match what is empty. No text has it: it is trimmed.
const EMPTY: &str = " ";

fn text_key(text: &str) -> String {
    let text = text.trim();
    let is_id = RecordId::checked(text).is_ok();
    let same = text.get(..RecordId::SIGNIFICANT).filter(|_| is_id);
    match same.unwrap_or(text) {
        "" => EMPTY.to_owned(),
        text => text.to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_can_match_one_record_stay_together() {
        let text = |text: &str| Value::Text(text.to_owned());
        let id = |text: &str| Value::Id(text.to_owned());
        for (values, lengths) in [
            (vec![text("a"), text("b"), text("a")], vec![1, 1]),
            (vec![text("a"), text("b"), text("A")], vec![2, 1]),
            (vec![text("ÄB"), text("äb")], vec![2]),
            (
                vec![
                    id("001D000000IqhSL"),
                    id("001D000000IqhSLIAZ"),
                    text("001D000000IqhSLIAZ"),
                    // Another record, and in a field of text the same.
                    id("001D000000IqhSl"),
                    id("001D000000IqhSM"),
                ],
                vec![4, 1],
            ),
            (
                vec![text("ABCDEFGHIJKLMNO"), text("abcdefghijklmno")],
                vec![2],
            ),
            (
                vec![text("INVOICE20260000001"), text("INVOICE20260000002")],
                vec![1, 1],
            ),
            (
                vec![text(""), Value::Null, text("null"), text("  ")],
                vec![3, 1],
            ),
            (
                vec![Value::Boolean(false), Value::Null, Value::Boolean(true)],
                vec![2, 1],
            ),
            (
                vec![
                    Value::Time("22:07:19Z".to_owned()),
                    Value::Time("22:07:19.000Z".to_owned()),
                    Value::Time("22:07:20Z".to_owned()),
                ],
                vec![2, 1],
            ),
            (
                vec![
                    Value::Decimal("1.0".to_owned()),
                    Value::Integer(1),
                    Value::Double(1.0),
                ],
                vec![3],
            ),
            (
                vec![
                    Value::Datetime("2026-05-07T22:00:00Z".to_owned()),
                    Value::Datetime("2026-05-08T00:00:00+02:00".to_owned()),
                ],
                vec![2],
            ),
        ] {
            let found: Vec<usize> = groups(&values).iter().map(Vec::len).collect();
            assert_eq!(found, lengths, "{values:?}");
        }
    }
}
