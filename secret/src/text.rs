//! A secret's text: a JSON object whose members are edited in place.
//!
//! The text belongs to others too. Whatever is not asked to change stays as it
//! is, to the byte: white space, order, spellings of numbers and keys, even
//! duplicates. Of members with the same name the last counts, as it does for
//! `serde_json`, Python and AWS.

use std::ops::Range;

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A member: where its key begins, where its value ends, and both.
pub struct Member<'a> {
    key: String,
    value: &'a str,
    span: Range<usize>,
    value_span: Range<usize>,
}

/// Text that is no JSON object. Says where, never what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnObject {
    /// RFC 8259, section 8.1, forbids it; editors on Windows write it.
    #[error("it begins with a byte order mark: save it as UTF-8 without one")]
    ByteOrderMark,
    /// It is a JSON string that holds JSON text: some tools encode what is JSON
    /// already.
    #[error(
        "it is encoded twice: a JSON string that holds the JSON object; store the object itself"
    )]
    EncodedTwice,
    /// Windows PowerShell writes it unless told otherwise.
    #[error("it is UTF-16 text: save it as UTF-8 without a byte order mark")]
    Utf16,
    /// Neither of UTF-8 nor of UTF-16.
    #[error("it is binary, not text: store a JSON object as UTF-8 text")]
    Binary,
    /// It is something else from that place on.
    #[error("it is not a JSON object (line {line}, column {column})")]
    At {
        /// From 1 on.
        line: usize,
        /// In bytes, from 1 on.
        column: usize,
    },
}

impl From<serde_json::Error> for NotAnObject {
    fn from(error: serde_json::Error) -> Self {
        Self::At {
            line: error.line(),
            column: error.column(),
        }
    }
}

impl<'a> Member<'a> {
    /// The key, its escapes undone.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The value as JSON text.
    pub fn value(&self) -> &'a str {
        self.value
    }
}

/// The text of a secret that is stored as bytes.
///
/// # Errors
///
/// When they are not UTF-8: the error says what they are instead.
pub fn decoded(bytes: Vec<u8>) -> Result<String, NotAnObject> {
    String::from_utf8(bytes).map_err(|error| {
        let bytes = error.as_bytes();
        let has_mark = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
        if has_mark || is_utf_16(bytes) {
            NotAnObject::Utf16
        } else {
            NotAnObject::Binary
        }
    })
}

/// Whether an object begins here, of which every other byte is zero.
fn is_utf_16(bytes: &[u8]) -> bool {
    matches!(bytes, [b'{', 0, ..] | [0, b'{', ..])
}

/// What a text is that is not an object.
fn otherwise(text: &str, error: serde_json::Error) -> NotAnObject {
    if is_utf_16(text.as_bytes()) {
        return NotAnObject::Utf16;
    }
    match serde_json::from_str::<String>(text) {
        Ok(inner) if inner.trim_start().starts_with('{') => NotAnObject::EncodedTwice,
        Ok(_) | Err(_) if text.contains('\0') => NotAnObject::Binary,
        Ok(_) | Err(_) => error.into(),
    }
}

/// The members of the object, in their order.
///
/// # Errors
///
/// When the text is no JSON object.
pub fn members(text: &str) -> Result<Vec<Member<'_>>, NotAnObject> {
    struct Members<'a>(&'a str);

    impl<'de> Visitor<'de> for Members<'de> {
        type Value = Vec<Member<'de>>;

        fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            out.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
                let (key_span, value_span) =
                    (within(self.0, key.get()), within(self.0, value.get()));
                members.push(Member {
                    key: serde_json::from_str(key.get()).map_err(serde::de::Error::custom)?,
                    value: value.get(),
                    span: key_span.start..value_span.end,
                    value_span,
                });
            }
            Ok(members)
        }
    }

    if text.starts_with('\u{feff}') {
        return Err(NotAnObject::ByteOrderMark);
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let members = deserializer
        .deserialize_map(Members(text))
        .and_then(|members| deserializer.end().map(|()| members));
    members.map_err(|error| otherwise(text, error))
}

/// Where `part` lies in `text`, of which it is a slice.
fn within(text: &str, part: &str) -> Range<usize> {
    let start = part.as_ptr().addr() - text.as_ptr().addr();
    start..start + part.len()
}

/// Sets a member, in its place if there is one, else after the last, in the way
/// that the document is laid out.
pub(crate) fn set(text: &str, key: &str, value: &str) -> Result<String, NotAnObject> {
    let members = members(text)?;
    if let Some(member) = members.iter().rfind(|member| member.key == key) {
        return Ok(splice(text, member.value_span.clone(), value));
    }
    let key = serde_json::Value::from(key);
    // What is before it is white space.
    let open = text.find('{').map_or(0, |at| at + 1);
    let Some(last) = members.last() else {
        return Ok(splice(text, open..open, &format!("{key}:{value}")));
    };
    // As the last member stands to what is before it, and its value to its key.
    let between = match members.len().checked_sub(2) {
        None => &text[open..last.span.start],
        Some(before) => after_comma(&text[members[before].span.end..last.span.start]),
    };
    let colon = &text[last.span.start..last.value_span.start];
    let after_colon = colon.rfind(':').map_or("", |at| &colon[at + 1..]);
    let member = format!(",{between}{key}:{after_colon}{value}");
    Ok(splice(text, last.span.end..last.span.end, &member))
}

/// Removes every member of that name, each with one comma: if one were left, it
/// would count.
pub(crate) fn remove(text: &str, key: &str) -> Result<String, NotAnObject> {
    let members = members(text)?;
    let mut left = String::with_capacity(text.len());
    let mut copied = 0;
    let mut is_first = true;
    for (at, member) in members.iter().enumerate() {
        if member.key != key {
            is_first = false;
            continue;
        }
        let removed = if is_first {
            let next = members.get(at + 1).map(|next| next.span.start);
            member.span.start..next.unwrap_or(member.span.end)
        } else {
            // From the end of the one before it: its comma goes along.
            members[at - 1].span.end..member.span.end
        };
        left.push_str(&text[copied..removed.start]);
        copied = removed.end;
    }
    left.push_str(&text[copied..]);
    Ok(left)
}

/// The white space after the comma between two members.
fn after_comma(between: &str) -> &str {
    between.find(',').map_or("", |comma| &between[comma + 1..])
}

fn splice(text: &str, range: Range<usize>, with: &str) -> String {
    let mut spliced = text.to_owned();
    spliced.replace_range(range, with);
    spliced
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use super::*;

    fn map(text: &str) -> Map<String, Value> {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_member_is_set_in_its_place() {
        for (text, set_to) in [
            (r#"{"a":1,"k":2,"b":3}"#, r#"{"a":1,"k":"v","b":3}"#),
            ("{ \"k\" :\t2.50 }\n", "{ \"k\" :\t\"v\" }\n"),
            (r#"{"\u006b":1}"#, r#"{"\u006b":"v"}"#),
            (r#"{"k":1,"k":2}"#, r#"{"k":1,"k":"v"}"#),
            (r#"{"a":{"k":1},"k":[1, 2]}"#, r#"{"a":{"k":1},"k":"v"}"#),
        ] {
            assert_eq!(set(text, "k", "\"v\"").unwrap(), set_to);
        }
    }

    #[test]
    fn a_new_member_follows_the_documents_layout() {
        for (text, set_to) in [
            ("{}", r#"{"k":"v"}"#),
            (r#"{"a":1}"#, r#"{"a":1,"k":"v"}"#),
            (r#"{"a": 1, "b": 2}"#, r#"{"a": 1, "b": 2, "k": "v"}"#),
            (
                "{\n  \"a\": 1,\n  \"b\": 2\n}\n",
                "{\n  \"a\": 1,\n  \"b\": 2,\n  \"k\": \"v\"\n}\n",
            ),
            ("{\n  \"a\": 1\n}", "{\n  \"a\": 1,\n  \"k\": \"v\"\n}"),
        ] {
            assert_eq!(set(text, "k", "\"v\"").unwrap(), set_to);
        }
    }

    #[test]
    fn a_member_is_removed_with_its_comma() {
        for (text, removed) in [
            (r#"{"k":1}"#, "{}"),
            (r#"{"k":1, "a":2}"#, r#"{"a":2}"#),
            (r#"{"a":2, "k":1}"#, r#"{"a":2}"#),
            (r#"{"a":2, "k":1, "b":3}"#, r#"{"a":2, "b":3}"#),
            (r#"{"k":1,"a":2,"k":3}"#, r#"{"a":2}"#),
            (r#"{"k":1, "k":2, "a":2, "k":3 , "k":4}"#, r#"{"a":2}"#),
            (r#"{ "k":1, "k":2 }"#, "{  }"),
            (r#"{"a":2}"#, r#"{"a":2}"#),
            ("{\n \"a\": 1,\n \"k\": 2\n}\n", "{\n \"a\": 1\n}\n"),
        ] {
            assert_eq!(remove(text, "k").unwrap(), removed);
        }
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for text in [
            "",
            "[]",
            "7",
            "{",
            "{} {}",
            "{\"a\":1,}",
            "\u{feff}{}",
            "{\"a\":\"\u{1}\"}",
            "{a:1}",
        ] {
            assert!(members(text).is_err(), "{text:?}");
            assert!(set(text, "k", "1").is_err());
            assert!(remove(text, "k").is_err());
        }
    }

    #[test]
    fn a_refusal_says_where_and_not_what() {
        for (text, words) in [
            (
                "\u{feff}{}",
                "it begins with a byte order mark: save it as UTF-8 without one",
            ),
            (
                "{\n \"a\": CANARY}",
                "it is not a JSON object (line 2, column 7)",
            ),
            ("\"CANARY\"", "it is not a JSON object (line 1, column 8)"),
            ("\"{\\\"CANARY\\\":1}\"", "it is encoded twice"),
            (" \" \\n{\\\"CANARY\\\":1}\"\n", "it is encoded twice"),
            ("{\0\"\0C\0", "it is UTF-16 text"),
            ("\0{\0\"\0C", "it is UTF-16 text"),
            ("CANARY\0\u{1}", "it is binary"),
        ] {
            let refused = members(text).err().expect("an error");
            assert!(refused.to_string().starts_with(words), "{refused}");
            assert!(!refused.to_string().contains("CANARY"));
        }
    }

    #[test]
    fn bytes_are_text_or_it_is_said_what_they_are() {
        for (bytes, decoded) in [
            (&b"{}"[..], Ok("{}")),
            (b"\xff\xfe{\0}\0", Err(NotAnObject::Utf16)),
            (b"\xfe\xff\0{\0}", Err(NotAnObject::Utf16)),
            (b"{\0\xe9\0}\0", Err(NotAnObject::Utf16)),
            (b"\x1f\x8b\x08", Err(NotAnObject::Binary)),
            (b"{\"a\":\"\xe9\"}", Err(NotAnObject::Binary)),
        ] {
            let found = super::decoded(bytes.to_vec());
            assert_eq!(found.as_deref().map_err(Clone::clone), decoded, "{bytes:?}");
        }
    }

    #[test]
    fn many_members_of_one_name_are_removed_in_one_go() {
        let text = format!("{{{}\"a\":1}}", "\"k\":1,".repeat(9_000));
        assert_eq!(remove(&text, "k").unwrap(), "{\"a\":1}");
    }

    /// An object with odd spacing, as text.
    fn object() -> impl Strategy<Value = String> {
        let space = prop_oneof![Just(""), Just(" "), Just("\n  "), Just("\t")];
        let key = prop_oneof![Just("k".to_owned()), "[a-d\u{e9}\"\\\\]{0,3}"];
        let value = prop_oneof![
            Just("1.50".to_owned()),
            Just("null".to_owned()),
            Just("{\"k\": [1 , {}]}".to_owned()),
            ".{0,6}".prop_map(|text| json!(text).to_string()),
        ];
        let member = (
            space.clone(),
            key,
            space.clone(),
            space.clone(),
            value,
            space.clone(),
        )
            .prop_map(|(a, key, b, c, value, d)| format!("{a}{}{b}:{c}{value}{d}", json!(key)));
        (proptest::collection::vec(member, 0..5), space)
            .prop_map(|(members, space)| format!("{space}{{{}}}{space}", members.join(",")))
    }

    /// The other members, to the byte.
    fn others(text: &str) -> Vec<String> {
        let members = members(text).unwrap();
        let others = members.iter().filter(|member| member.key != "k");
        others
            .map(|member| text[member.span.clone()].to_owned())
            .collect()
    }

    proptest! {
        #[test]
        fn setting_changes_that_member_alone(text in object(), value in ".{0,8}") {
            let json = json!(value).to_string();
            let after = set(&text, "k", &json).unwrap();
            let mut expected = map(&text);
            expected.insert("k".to_owned(), json!(value));
            prop_assert_eq!(map(&after), expected);
            prop_assert_eq!(others(&after), others(&text));
        }

        #[test]
        fn setting_a_member_back_restores_the_text(text in object()) {
            let found = members(&text).unwrap();
            let last = found.iter().rfind(|member| member.key == "k");
            prop_assume!(last.is_some());
            let after = set(&text, "k", "[1, 2]").unwrap();
            prop_assert_eq!(set(&after, "k", last.unwrap().value()).unwrap(), text.clone());
        }

        #[test]
        fn setting_a_new_member_and_removing_it_restores_the_text(text in object()) {
            prop_assume!(!map(&text).contains_key("new"));
            let set = set(&text, "new", "1").unwrap();
            prop_assert_eq!(remove(&set, "new").unwrap(), text);
        }

        #[test]
        fn removing_leaves_the_others(text in object()) {
            let after = remove(&text, "k").unwrap();
            let mut expected = map(&text);
            expected.remove("k");
            prop_assert_eq!(map(&after), expected);
            prop_assert_eq!(others(&after), others(&text));
        }

        #[test]
        fn any_text_is_edited_or_refused(text in ".{0,40}") {
            _ = set(&text, "k", "1");
            _ = remove(&text, "k");
        }
    }
}
