//! Values that can match the same record.
//!
//! Salesforce compares texts without case, and an id of 15 characters with one of 18. Values
//! that can match the same record have to be in the same statement: else it would be delivered
//! twice. Only a value that is the same to the letter is left out, because a field can tell
//! capitals from small letters.

use std::collections::BTreeMap;

use crate::contract::types::Value;
use crate::names::RecordId;
use crate::soql::literal::milliseconds;

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
        Value::Null => "null".to_owned(),
        Value::Text(text) | Value::Id(text) => match RecordId::checked(text) {
            Ok(id) => id.full().to_lowercase(),
            Err(_) => text.trim().to_lowercase(),
        },
        Value::Pattern(text)
        | Value::StartsWith(text)
        | Value::EndsWith(text)
        | Value::Contains(text)
        | Value::Date(text)
        | Value::Time(text)
        | Value::DateLiteral(text) => text.to_lowercase(),
        Value::Boolean(value) => value.to_string(),
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
                    id("001D000000IqhSl"),
                ],
                vec![3, 1],
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
