//! A value.

use std::cmp::Ordering;

use jiff::civil::Date;
use serde_json::{Value as Json, json};

use crate::schema::PicklistValue;

/// A value of a record.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Cell {
    Null,
    Boolean(bool),
    Integer(i64),
    Double(f64),
    Text(String),
    /// A text of a field that tells capitals from small letters.
    Exact(String),
    /// An id, whose letters differ in case.
    Id(String),
    /// Choices of a multi-select picklist.
    Choices(Vec<String>),
    Date(Date),
    /// Milliseconds since 1970.
    Instant(i64),
}

impl Cell {
    /// As a record shows it.
    pub(super) fn json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Boolean(value) => json!(value),
            Self::Integer(value) => json!(value),
            Self::Double(value) => json!(value),
            Self::Text(value) | Self::Exact(value) | Self::Id(value) => json!(value),
            Self::Choices(values) => json!(values.join(";")),
            Self::Date(date) => json!(date.to_string()),
            Self::Instant(milliseconds) => {
                let seconds = milliseconds.div_euclid(1_000);
                let instant = jiff::Timestamp::from_second(seconds).expect("an instant");
                let fraction = milliseconds.rem_euclid(1_000);
                let seconds = instant.strftime("%Y-%m-%dT%H:%M:%S");
                json!(format!("{seconds}.{fraction:03}+0000"))
            }
        }
    }

    /// Compares two values of a type, neither of which is null.
    pub(super) fn compared(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Boolean(one), Self::Boolean(other)) => one.cmp(other),
            (Self::Id(one), Self::Id(other)) | (Self::Exact(one), Self::Exact(other)) => {
                one.cmp(other)
            }
            (Self::Text(one), Self::Text(other)) => letters(one).cmp(&letters(other)),
            (Self::Choices(one), Self::Choices(other)) => {
                letters(&one.join(";")).cmp(&letters(&other.join(";")))
            }
            (Self::Choices(one), Self::Text(other)) => letters(&one.join(";")).cmp(&letters(other)),
            (Self::Date(one), Self::Date(other)) => one.cmp(other),
            (Self::Instant(one), Self::Instant(other)) => one.cmp(other),
            _ => {
                let (one, other) = (self.number(), other.number());
                one.partial_cmp(&other).expect("numbers")
            }
        }
    }

    /// The same in ORDER BY: a picklist has the order of its choices.
    pub(super) fn in_order(&self, other: &Self, choices: &[PicklistValue]) -> Ordering {
        let place = |value: &Self| match value {
            Self::Text(text) => {
                let mut places = choices.iter();
                places.position(|choice| letters(&choice.value) == letters(text))
            }
            _ => None,
        };
        match (place(self), place(other)) {
            (Some(one), Some(other)) => one.cmp(&other),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => self.compared(other),
        }
    }

    /// What users see of it.
    pub(super) fn label(&self, choices: &[PicklistValue]) -> Self {
        let label = |value: &String| {
            let mut choices = choices.iter();
            let choice = choices.find(|choice| letters(&choice.value) == letters(value));
            choice.map_or_else(|| value.clone(), |choice| choice.label.to_string())
        };
        match self {
            Self::Text(value) => Self::Text(label(value)),
            Self::Choices(values) => Self::Choices(values.iter().map(label).collect()),
            other => other.clone(),
        }
    }

    pub(super) fn number(&self) -> f64 {
        match self {
            Self::Integer(value) => *value as f64,
            Self::Double(value) => *value,
            other => panic!("no number: {other:?}"),
        }
    }
}

/// The letters of a text as they are compared: capitals, where a letter has
/// exactly one.
pub(super) fn letters(text: &str) -> Vec<char> {
    let mut letters = Vec::new();
    for symbol in text.chars() {
        let mut letter = symbol;
        let small: Vec<char> = letter.to_lowercase().collect();
        if let [one] = small[..] {
            letter = one;
        }
        let large: Vec<char> = letter.to_uppercase().collect();
        if let [one] = large[..] {
            letter = one;
        }
        letters.push(letter);
    }
    letters
}
