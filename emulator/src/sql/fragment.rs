//! A piece of SQL and the values that its question marks stand for.

use rusqlite::types::Value;

/// SQL whose text never contains a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fragment {
    pub(crate) text: String,
    pub(crate) values: Vec<Value>,
}

impl Fragment {
    /// SQL without values.
    pub(super) fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            values: Vec::new(),
        }
    }

    /// SQL with one value.
    pub(super) fn with(text: &str, value: Value) -> Self {
        Self {
            text: text.to_owned(),
            values: vec![value],
        }
    }

    /// Appends SQL without values.
    pub(super) fn push_text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Appends SQL with its values.
    pub(super) fn push(&mut self, other: Self) {
        self.text.push_str(&other.text);
        self.values.extend(other.values);
    }

    /// Adds the value of the last question mark that has none.
    pub(super) fn bind(&mut self, value: Value) {
        self.values.push(value);
    }

    /// Both hold.
    pub(super) fn and(self, other: Self) -> Self {
        self.joined("AND", other)
    }

    /// The opposite.
    pub(super) fn not(mut self) -> Self {
        self.text = format!("(NOT {})", self.text);
        self
    }

    /// All of them joined by `word`, or `none` if there are none. The tree is
    /// balanced, because SQLite limits its depth to 1,000.
    pub(super) fn join(mut fragments: Vec<Self>, word: &str, none: &str) -> Self {
        match fragments.len() {
            0 => Self::new(none),
            1 => fragments.remove(0),
            many => {
                let right = fragments.split_off(many / 2);
                Self::join(fragments, word, none).joined(word, Self::join(right, word, none))
            }
        }
    }

    fn joined(self, word: &str, other: Self) -> Self {
        let mut joined = Self {
            text: format!("({} {word} ", self.text),
            values: self.values,
        };
        joined.push(other);
        joined.push_text(")");
        joined
    }
}
