//! What a cell says.

use std::borrow::Cow;

use serde_json::value::RawValue;

/// The text of a cell: a string without its quotes, nothing for null, anything
/// else as Salesforce sent it, but on one line.
pub(super) fn text(cell: Option<&RawValue>) -> serde_json::Result<Cow<'_, str>> {
    let Some(json) = cell.map(RawValue::get) else {
        return Ok(Cow::Borrowed(""));
    };
    match json.as_bytes().first() {
        Some(b'"') => match json.get(1..json.len() - 1) {
            Some(text) if !text.contains('\\') => Ok(Cow::Borrowed(text)),
            _ => serde_json::from_str(json).map(Cow::Owned),
        },
        Some(b'n') => Ok(Cow::Borrowed("")),
        _ => Ok(one_line(json)),
    }
}

/// JSON text has line breaks only between tokens (RFC 8259, section 7), where
/// nothing is lost without them.
pub(super) fn one_line(json: &str) -> Cow<'_, str> {
    if json.contains(['\n', '\r']) {
        Cow::Owned(json.replace(['\n', '\r'], ""))
    } else {
        Cow::Borrowed(json)
    }
}

/// Whether it is a number.
pub(super) fn is_number(cell: Option<&RawValue>) -> bool {
    let first = cell.and_then(|cell| cell.get().bytes().next());
    first.is_some_and(|first| first == b'-' || first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_says_what_the_member_holds() {
        for (json, said) in [
            (r#""plain é 🦀""#, "plain é 🦀"),
            (r#""a\"b\\\n\t\u00e9\ud83e\udd80""#, "a\"b\\\n\té🦀"),
            (r#""""#, ""),
            ("null", ""),
            ("1.50e3", "1.50e3"),
            ("false", "false"),
            ("{\"a\" :\r\n [1,\n2]}", "{\"a\" : [1,2]}"),
        ] {
            let json = RawValue::from_string(json.to_owned()).unwrap();
            assert_eq!(text(Some(&json)).unwrap(), said);
        }
        assert_eq!(text(None).unwrap(), "");
    }

    #[test]
    fn numbers_are_told_from_the_rest() {
        for (json, is) in [
            ("1", true),
            ("-0.5", true),
            ("\"1\"", false),
            ("null", false),
        ] {
            let json = RawValue::from_string(json.to_owned()).unwrap();
            assert_eq!(is_number(Some(&json)), is, "{json}");
        }
        assert!(!is_number(None));
    }
}
