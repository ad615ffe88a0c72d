//! JSON with line breaks, for people. Names, numbers and texts stay as they were sent.

use std::io::{self, Write};

use serde::de::IgnoredAny;

/// Blanks for each level.
const INDENT: &str = "  ";

/// The deepest level that is written with line breaks. Salesforce's answers have a few;
/// an answer with more would be mostly blanks.
const DEPTH_MAX: usize = 64;

/// Whether this is JSON that is to be written so.
pub(super) fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(body).is_ok() && depth(body) <= DEPTH_MAX
}

/// Writes JSON with line breaks, without one at the end.
pub(super) fn write(json: &str, out: &mut impl Write) -> io::Result<()> {
    let mut level: usize = 0;
    // What opened a level, until something stands in it.
    let mut is_empty = false;
    let mut rest = json;
    while let Some(first) = rest.chars().next() {
        let token = token(rest, first);
        rest = rest.get(token.len()..).unwrap_or_default();
        match first {
            ' ' | '\t' | '\n' | '\r' => continue,
            '}' | ']' => {
                level = level.saturating_sub(1);
                if !is_empty {
                    line(level, out)?;
                }
                out.write_all(token.as_bytes())?;
                is_empty = false;
                continue;
            }
            _ => {}
        }
        if is_empty {
            line(level, out)?;
        }
        out.write_all(token.as_bytes())?;
        is_empty = matches!(first, '{' | '[');
        match first {
            '{' | '[' => level += 1,
            ',' => line(level, out)?,
            ':' => out.write_all(b" ")?,
            _ => {}
        }
    }
    Ok(())
}

fn line(level: usize, out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"\n")?;
    for _ in 0..level {
        out.write_all(INDENT.as_bytes())?;
    }
    Ok(())
}

/// The token at the beginning of valid JSON: a string with its quotes, a number or a
/// word, or one character.
fn token(json: &str, first: char) -> &str {
    let length = match first {
        '"' => string_length(json),
        '{' | '}' | '[' | ']' | ',' | ':' | ' ' | '\t' | '\n' | '\r' => 1,
        _ => json
            .find(['{', '}', '[', ']', ',', ':', ' ', '\t', '\n', '\r', '"'])
            .unwrap_or(json.len()),
    };
    json.get(..length).unwrap_or(json)
}

/// The length of the string that this begins with, in bytes.
fn string_length(json: &str) -> usize {
    let mut is_escaped = false;
    for (at, byte) in json.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    json.len()
}

/// How deep valid JSON is.
fn depth(json: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut is_text, mut is_escaped) = (false, false);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            _ if is_text => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn pretty(json: &str) -> String {
        let mut out = Vec::new();
        write(json, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_member_and_item_stands_on_a_line() {
        for (json, expected) in [
            ("{}", "{}"),
            (" [ ] ", "[]"),
            ("[{},[]]", "[\n  {},\n  []\n]"),
            (
                "{\"a\":[1,2],\"b\":{\"c\":null}}",
                "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {\n    \"c\": null\n  }\n}",
            ),
            ("1.50e+3", "1.50e+3"),
            ("\"a, {b}: [c] \\\" \\\\\"", "\"a, {b}: [c] \\\" \\\\\""),
            ("[\"\\\\\",true]", "[\n  \"\\\\\",\n  true\n]"),
        ] {
            assert_eq!(pretty(json), expected, "{json}");
        }
    }

    #[test]
    fn numbers_keep_their_digits_and_members_their_order() {
        let json = "{\"z\":12345678901234567890123.50,\"a\":\"\\u00e9/\\/\"}";
        let again: String = pretty(json).split(['\n', ' ']).collect();
        assert_eq!(again, json);
    }

    #[test]
    fn what_is_too_deep_is_not_for_people() {
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(is_json(deep(DEPTH_MAX).as_bytes()));
        assert!(!is_json(deep(DEPTH_MAX + 1).as_bytes()));
        assert!(is_json(format!("\"{}\"", "[".repeat(1_000)).as_bytes()));
        for other in [&b""[..], b"{", b"a", b"\xff", b"1 2"] {
            assert!(!is_json(other));
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map(".{0,4}", inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_is_what_serde_json_prints(value in any_json()) {
            let expected = serde_json::to_string_pretty(&value).unwrap();
            prop_assert_eq!(pretty(&value.to_string()), &expected[..]);
            prop_assert_eq!(pretty(&expected), &expected[..]);
        }

        #[test]
        fn whatever_is_asked_for_is_answered(text in ".{0,40}") {
            pretty(&text);
            is_json(text.as_bytes());
        }
    }
}
