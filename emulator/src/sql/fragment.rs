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

    /// The same between two texts without values.
    pub(super) fn between(mut self, before: &str, after: &str) -> Self {
        self.text = format!("{before}{}{after}", self.text);
        self
    }

    /// Followed by a text in which `value` stands for the question mark.
    pub(super) fn then(mut self, after: &str, value: Value) -> Self {
        self.text.push_str(after);
        self.values.push(value);
        self
    }

    /// Both hold.
    pub(super) fn and(self, other: Self) -> Self {
        self.joined("AND", other)
    }

    /// The opposite.
    pub(super) fn not(self) -> Self {
        self.between("(NOT ", ")")
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

    /// One after the other, with a comma between them.
    pub(super) fn list(fragments: impl IntoIterator<Item = Self>) -> Self {
        let mut list = Self::new("");
        for (place, fragment) in fragments.into_iter().enumerate() {
            list.push_text(if place == 0 { "" } else { ", " });
            list.push(fragment);
        }
        list
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
