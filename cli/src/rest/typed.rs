//! The value of a field: what `--field` takes for a number, a text, or a file.

use serde_json::value::RawValue;

/// What a field is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// A text, whatever it looks like.
    Text(String),
    /// `true`, `false`, `null` or a number, as it was typed. A number keeps its digits.
    Literal(String),
    /// A list without items.
    EmptyList,
}

/// What was typed as the value of `--field`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Typed<'a> {
    Value(Value),
    /// `@FILE`: the value is the text of this file.
    File(&'a str),
}

impl<'a> Typed<'a> {
    /// Tells what a value is. A JSON text in quotes is the text in them, so that `"1"`
    /// is a text.
    pub(super) fn of(typed: &'a str) -> Self {
        if let Some(file) = typed.strip_prefix('@') {
            return Self::File(file);
        }
        Self::Value(match typed {
            "true" | "false" | "null" => Value::Literal(typed.to_owned()),
            _ if is_number(typed) => Value::Literal(typed.to_owned()),
            _ => Value::Text(quoted(typed).unwrap_or_else(|| typed.to_owned())),
        })
    }
}

impl Value {
    /// The value in a query string; `None` for what has no place there.
    pub(super) fn in_query(&self) -> Option<&str> {
        match self {
            // As in `gh api`.
            Self::Literal(literal) if literal == "null" => Some(""),
            Self::Text(text) | Self::Literal(text) => Some(text),
            Self::EmptyList => None,
        }
    }

    /// Adds the value as JSON.
    pub(super) fn write(&self, json: &mut String) {
        match self {
            Self::Text(text) => json.push_str(&serde_json::Value::from(text.as_str()).to_string()),
            Self::Literal(literal) => json.push_str(literal),
            Self::EmptyList => json.push_str("[]"),
        }
    }
}

/// Whether this is a number in JSON. `007` and `+1` are texts.
fn is_number(typed: &str) -> bool {
    let begins = typed.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    let ends = typed.ends_with(|last: char| last.is_ascii_digit());
    begins && ends && serde_json::from_str::<&RawValue>(typed).is_ok()
}

/// The text of a JSON string.
fn quoted(typed: &str) -> Option<String> {
    let is_quoted = typed.starts_with('"') && typed.ends_with('"');
    is_quoted
        .then(|| serde_json::from_str(typed).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_what_it_looks_like() {
        let literal = |text: &str| Typed::Value(Value::Literal(text.to_owned()));
        let text = |text: &str| Typed::Value(Value::Text(text.to_owned()));
        for same in [
            "true",
            "false",
            "null",
            "0",
            "-1",
            "1.50",
            "1e3",
            "123456789012345678901234567890",
        ] {
            assert_eq!(Typed::of(same), literal(same));
        }
        for same in [
            "", "True", "007", "+1", "1.", ".5", "1 ", " 1", "-", "1,5", "0x1", "NaN", "[1]", "{}",
            "Acme", "\"", "\"a", "é", "1\n",
        ] {
            assert_eq!(Typed::of(same), text(same));
        }
        assert_eq!(Typed::of("\"1\""), text("1"));
        assert_eq!(Typed::of("\"a\\n\\u00e9\""), text("a\né"));
        assert_eq!(Typed::of("\"\""), text(""));
        assert_eq!(Typed::of("\"a\" and \"b\""), text("\"a\" and \"b\""));
        assert_eq!(Typed::of("@a.json"), Typed::File("a.json"));
        assert_eq!(Typed::of("@-"), Typed::File("-"));
    }

    #[test]
    fn a_value_is_written_as_json() {
        for (value, json) in [
            (Value::Text("a\"\n\u{1b}".to_owned()), "\"a\\\"\\n\\u001b\""),
            (Value::Literal("1.50".to_owned()), "1.50"),
            (Value::EmptyList, "[]"),
        ] {
            let mut written = String::new();
            value.write(&mut written);
            assert_eq!(written, json);
        }
    }
}
