//! What a cell says.

use std::borrow::Cow;

use serde_json::value::RawValue;

/// The text of a cell: a string without its quotes, anything else as Salesforce
/// sent it, but on one line; `None` for null.
pub(super) fn text(cell: Option<&RawValue>) -> serde_json::Result<Option<Cow<'_, str>>> {
    let Some(json) = cell.map(RawValue::get) else {
        return Ok(None);
    };
    Ok(match json.as_bytes().first() {
        Some(b'"') => match json.get(1..json.len() - 1) {
            Some(text) if !text.contains('\\') => Some(Cow::Borrowed(text)),
            Some(text) => Some(Cow::Owned(match serde_json::from_str(json) {
                Ok(text) => text,
                Err(_) => with_replacements(text)?,
            })),
            None => None,
        },
        Some(b'n') => None,
        _ => Some(one_line(json)),
    })
}

/// A string in which half of a surrogate pair stands alone, which is no text:
/// U+FFFD takes its place. Salesforce cuts texts between the halves (RFC 8259,
/// section 8.2).
fn with_replacements(json: &str) -> serde_json::Result<String> {
    let mut text = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        text.push_str(before);
        let units = escaped_units(escape);
        if units.is_empty() {
            // Another escape: a backslash and one character.
            let length = 1 + escape.chars().nth(1).map_or(0, char::len_utf8);
            let (escape, after) = escape.split_at(length);
            text.push_str(&serde_json::from_str::<String>(&format!("\"{escape}\""))?);
            rest = after;
        } else {
            rest = escape.get(units.len() * UNIT_BYTES..).unwrap_or_default();
            text.push_str(&String::from_utf16_lossy(&units));
        }
    }
    text.push_str(rest);
    Ok(text)
}

/// As in `\u00e9`.
const UNIT_BYTES: usize = 6;

/// The UTF-16 of the escapes `\uXXXX` that a text begins with.
fn escaped_units(text: &str) -> Vec<u16> {
    let unit = |escape: &[u8]| {
        let digits = escape.strip_prefix(b"\\u")?;
        let digits = str::from_utf8(digits.get(..UNIT_BYTES - 2)?).ok()?;
        u16::from_str_radix(digits, 16).ok()
    };
    text.as_bytes().chunks(UNIT_BYTES).map_while(unit).collect()
}

/// JSON text has line breaks only between tokens (RFC 8259, section 7), where
/// nothing is lost without them.
pub(super) fn one_line(json: &str) -> Cow<'_, str> {
    // One by one: a search for one byte does not look at each character.
    if json.contains('\n') || json.contains('\r') {
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

/// The longest text that is taken for a number or a date, in characters: those
/// that `FORMAT()` makes are shorter.
const NUMBER_CHARS_MAX: usize = 40;

/// The letters that a number or a date can have: a currency, `AM`, `T` and `Z`.
const NUMBER_LETTERS_MAX: usize = 3;

/// Whether a part of it would say something else than the whole: an id, a
/// number, a date, a truth value.
pub(super) fn is_whole(cell: Option<&RawValue>, text: &str) -> bool {
    match cell.and_then(|cell| cell.get().bytes().next()) {
        Some(b'"') => is_id(text) || is_written_number(text),
        Some(first) => !matches!(first, b'{' | b'['),
        None => false,
    }
}

/// Source: REST API Developer Guide, "Field Types", ID: 15 or 18 letters and
/// digits.
fn is_id(text: &str) -> bool {
    matches!(text.len(), 15 | 18)
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && text.bytes().any(|byte| byte.is_ascii_digit())
}

/// A number, a date or a phone number that a text holds: digits, what stands
/// between them, and few letters.
fn is_written_number(text: &str) -> bool {
    if text.chars().count() > NUMBER_CHARS_MAX {
        return false;
    }
    let letters = text.chars().filter(|letter| letter.is_alphabetic()).count();
    let is_between = |letter: char| {
        matches!(
            letter,
            '.' | ','
                | ':'
                | '/'
                | '-'
                | '+'
                | '('
                | ')'
                | '%'
                | '\''
                | '’'
                | ' '
                | '\u{a0}'
                | '\u{202f}'
        ) || matches!(letter, '$' | '£' | '¥' | '\u{20a0}'..='\u{20cf}')
    };
    letters <= NUMBER_LETTERS_MAX
        && text.chars().any(|letter| letter.is_ascii_digit())
        && text
            .chars()
            .all(|letter| letter.is_ascii_digit() || letter.is_alphabetic() || is_between(letter))
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
            ("1.50e3", "1.50e3"),
            ("false", "false"),
            ("{\"a\" :\r\n [1,\n2]}", "{\"a\" : [1,2]}"),
        ] {
            let json = RawValue::from_string(json.to_owned()).unwrap();
            assert_eq!(text(Some(&json)).unwrap().unwrap(), said);
        }
        let null = RawValue::from_string("null".to_owned()).unwrap();
        assert_eq!(text(Some(&null)).unwrap(), None);
        assert_eq!(text(None).unwrap(), None);
    }

    #[test]
    fn half_of_a_surrogate_pair_is_replaced() {
        for (json, said) in [
            (r#""cut \ud83d""#, "cut \u{fffd}"),
            (r#""\ude00 cut""#, "\u{fffd} cut"),
            (r#""\ud83dx\ude00""#, "\u{fffd}x\u{fffd}"),
            (r#""\ud83d\ud83d\ude00\n\"é""#, "\u{fffd}😀\n\"é"),
            (r#""\ude00\ud83d""#, "\u{fffd}\u{fffd}"),
            (r#""\\ud83d \ud83d\\""#, "\\ud83d \u{fffd}\\"),
            (r#""\u0000\uDFFF\t\u00e9""#, "\0\u{fffd}\té"),
        ] {
            let json = RawValue::from_string(json.to_owned()).unwrap();
            assert_eq!(text(Some(&json)).unwrap().unwrap(), said, "{json}");
        }
    }

    #[test]
    fn ids_numbers_and_dates_are_told_from_texts() {
        for (json, is) in [
            ("1.5", true),
            ("true", true),
            ("\"001Sb0000000001IAA\"", true),
            ("\"001Sb0000000001\"", true),
            ("\"2026-11-28\"", true),
            ("\"2026-11-28T20:06:36.000+0000\"", true),
            ("\"20:06:36.000Z\"", true),
            ("\"USD 1,234.50\"", true),
            ("\"€ 1.234,50\"", true),
            ("\"11/28/2026 8:06 PM\"", true),
            ("\"(512) 757-6000\"", true),
            ("\"Internationalizati\"", false),
            ("\"Acme 2000 Holding\"", false),
            ("\"\"", false),
            ("\"-\"", false),
            ("{\"latitude\":1}", false),
            ("[1]", false),
            ("\"1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2\"", false),
        ] {
            let json = RawValue::from_string(json.to_owned()).unwrap();
            let text = text(Some(&json)).unwrap().unwrap();
            assert_eq!(is_whole(Some(&json), &text), is, "{json}");
        }
        assert!(!is_whole(None, ""));
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
