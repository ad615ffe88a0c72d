//! What records are sorted by.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::error::Error;
use crate::org::Types;
use crate::soql::{Direction, Order};

/// The types whose order is known here, as a description names them. Texts are sorted by the
/// locale of the user, and picklists by their set-up (SOQL and SOSL Reference, "ORDER BY").
const TYPES: [&str; 10] = [
    "id",
    "reference",
    "int",
    "long",
    "double",
    "currency",
    "percent",
    "date",
    "datetime",
    "boolean",
];

/// The values of a record in the fields that it is sorted by.
pub(super) type Keys = Vec<Key>;

/// A value. Ids, days and points in time are texts in which every character has its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Key {
    Null,
    Boolean(bool),
    Number(f64),
    Text(String),
}

/// How a field is sorted by.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sorting(Order);

impl Sorting {
    /// # Errors
    ///
    /// A field that the object does not have, and one whose order is not known here.
    pub(super) fn new(order: Order, types: &Types) -> Result<Self, Error> {
        let Order { field, .. } = &order;
        let refused = |why: &str| {
            Err(Error::InvalidInput(format!(
                "the list of the statement cannot be split: {why}"
            )))
        };
        match types.of_field(field) {
            Some(kind) if TYPES.contains(&kind) => Ok(Self(order)),
            Some(kind) => refused(&format!(
                "ORDER BY has the field `{field}` of the type {kind}, and only ids, numbers, \
                 dates, datetimes and booleans can be merged: Salesforce sorts texts by the \
                 user's locale, and picklists by their set-up"
            )),
            None => refused(&format!("the object has no field `{field}`")),
        }
    }

    /// Which of two values comes first.
    pub(super) fn compare(&self, one: &Key, other: &Key) -> Ordering {
        let Self(order) = self;
        let order_of_nulls = match order.nulls_first {
            true => Ordering::Less,
            false => Ordering::Greater,
        };
        let ascending = match (one, other) {
            (Key::Null, Key::Null) => return Ordering::Equal,
            (Key::Null, _) => return order_of_nulls,
            (_, Key::Null) => return order_of_nulls.reverse(),
            (Key::Boolean(one), Key::Boolean(other)) => one.cmp(other),
            (Key::Number(one), Key::Number(other)) => one.total_cmp(other),
            (Key::Text(one), Key::Text(other)) => one.cmp(other),
            (_, _) => Ordering::Equal,
        };
        match order.direction {
            Direction::Ascending => ascending,
            Direction::Descending => ascending.reverse(),
        }
    }
}

/// The keys of a record.
///
/// # Errors
///
/// When a field is not there.
pub(super) fn of(record: &str, sorting: &[Sorting]) -> Result<Keys, Error> {
    let missing = || Error::unreadable("a record does not have the fields of ORDER BY");
    let members: BTreeMap<String, &RawValue> =
        serde_json::from_str(record).map_err(|_| missing())?;
    let value = |Sorting(order): &Sorting| {
        let mut members = members.iter();
        let (_, value) = members.find(|(name, _)| name.eq_ignore_ascii_case(&order.field))?;
        let value: serde_json::Value = serde_json::from_str(value.get()).ok()?;
        Some(match value {
            serde_json::Value::Null => Key::Null,
            serde_json::Value::Bool(value) => Key::Boolean(value),
            serde_json::Value::Number(number) => Key::Number(number.as_f64()?),
            serde_json::Value::String(text) => Key::Text(text),
            serde_json::Value::Array(_) | serde_json::Value::Object(_) => return None,
        })
    };
    let keys: Option<Keys> = sorting.iter().map(value).collect();
    keys.ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(direction: Direction, nulls_first: bool) -> Order {
        Order {
            field: "born".to_owned(),
            direction,
            nulls_first,
        }
    }

    #[test]
    fn nulls_have_their_place_whatever_the_direction() {
        let keys = [Key::Number(2.0), Key::Null, Key::Number(1.0)];
        for (direction, nulls_first, expected) in [
            (Direction::Ascending, true, [1, 2, 0]),
            (Direction::Ascending, false, [2, 0, 1]),
            (Direction::Descending, true, [1, 0, 2]),
            (Direction::Descending, false, [0, 2, 1]),
        ] {
            let sorting = Sorting(order(direction, nulls_first));
            let mut sorted = [0, 1, 2];
            sorted.sort_by(|&one, &other| sorting.compare(&keys[one], &keys[other]));
            assert_eq!(sorted, expected, "{direction:?} {nulls_first}");
        }
    }

    #[test]
    fn only_types_with_a_known_order_are_merged() {
        let description =
            r#"{"fields":[{"name":"Born","type":"date"},{"name":"N","type":"string"}]}"#;
        let types = Types::of(description).unwrap();
        let sorting = |field: &str| {
            let field = field.to_owned();
            let order = Order {
                field,
                ..order(Direction::Ascending, true)
            };
            Sorting::new(order, &types).map_err(|error| error.to_string())
        };
        assert!(sorting("born").is_ok());
        assert!(sorting("N").unwrap_err().contains("of the type string"));
        assert!(sorting("X").unwrap_err().contains("no field `X`"));
    }

    #[test]
    fn a_record_is_sorted_by_its_fields() {
        let sorting = [Sorting(order(Direction::Ascending, true))];
        for (record, key) in [
            (r#"{"Born":null}"#, Some(Key::Null)),
            (r#"{"Born":true}"#, Some(Key::Boolean(true))),
            (r#"{"BORN":1.5}"#, Some(Key::Number(1.5))),
            (r#"{"born":"x"}"#, Some(Key::Text("x".to_owned()))),
            (r#"{"born":{}}"#, None),
            ("{}", None),
            ("[]", None),
        ] {
            let found = of(record, &sorting).ok().map(|mut keys| keys.remove(0));
            assert_eq!(found, key, "{record}");
        }
    }
}
