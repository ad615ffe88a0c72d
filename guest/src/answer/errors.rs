//! The errors in an answer, whatever is wrong with the text around their codes.
//!
//! The code is what a caller branches on, so nothing beside it may cost it: a null
//! in the place of a message or of a field, a member of another type, or a message
//! that was cut in the middle of a character. Public captures have all of these.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};
use serde_json::value::RawValue;

use super::remedy;
use crate::error::ApiError;

/// REST says `errorCode`, the composite family `statusCode`, Bulk v1
/// `exceptionCode`.
const CODES: [&str; 3] = ["errorCode", "statusCode", "exceptionCode"];

/// The same three families' words for it.
const MESSAGES: [&str; 2] = ["message", "exceptionMessage"];

const FIELDS: &str = "fields";

type Members<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

/// The errors of a body: an array of them, or one alone. None if it has no code.
pub(crate) fn read(body: &[u8]) -> Vec<ApiError> {
    let text = text_of(body);
    let errors: Vec<&RawValue> = match serde_json::from_str(text.as_ref()) {
        Ok(errors) => errors,
        Err(_) => return one(text.as_ref()),
    };
    let errors = errors.into_iter();
    errors.filter_map(|json| error(json.get())).collect()
}

/// A member of a body that is an object, if it is text.
pub(super) fn text_member(body: &[u8], name: &str) -> Option<String> {
    let text = text_of(body);
    let members: Members<'_> = serde_json::from_str(text.as_ref()).ok()?;
    string(members.get(name)?)
}

/// A proxy may have put a byte order mark before it, or cut it within a character.
fn text_of(body: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body))
}

/// The errors of an object: it is one, or it is the output of the UI API, which lists them
/// by themselves and by field (User Interface API Developer Guide, "Error with Output").
fn one(json: &str) -> Vec<ApiError> {
    if let Some(error) = error(json) {
        return vec![error];
    }
    let member = |json: &str, name: &str| -> Option<String> {
        let members: Members<'_> = serde_json::from_str(json).ok()?;
        Some(members.get(name)?.get().to_owned())
    };
    let Some(output) = member(json, "output") else {
        return Vec::new();
    };
    let whole = member(&output, "errors").unwrap_or_default();
    let mut found = list(&whole);
    let by_field = member(&output, "fieldErrors").unwrap_or_default();
    let by_field: BTreeMap<String, &RawValue> = serde_json::from_str(&by_field).unwrap_or_default();
    for (field, errors) in by_field {
        let errors = list(errors.get()).into_iter().map(|mut error| {
            if error.fields.is_empty() {
                error.fields.push(field.clone());
            }
            error
        });
        found.extend(errors);
    }
    found
}

fn list(json: &str) -> Vec<ApiError> {
    let errors: Vec<&RawValue> = serde_json::from_str(json).unwrap_or_default();
    errors
        .into_iter()
        .filter_map(|json| error(json.get()))
        .collect()
}

fn error(json: &str) -> Option<ApiError> {
    let members: Members<'_> = serde_json::from_str(json).ok()?;
    let first = |names: &[&str]| names.iter().find_map(|name| members.get(*name)).copied();
    let mut codes = CODES.iter().filter_map(|name| string(members.get(*name)?));
    let code = codes.find(|code| !code.is_empty())?;
    let message = first(&MESSAGES).and_then(words).unwrap_or_default();
    Some(ApiError {
        remedy: remedy::of(&code, &message),
        code,
        message,
        fields: members
            .get(FIELDS)
            .map_or_else(Vec::new, |fields| names(fields)),
        details: details(&members),
    })
}

/// The members that no other part of an error has, as one object.
fn details(members: &Members<'_>) -> Option<String> {
    let known = |name: &str| CODES.contains(&name) || MESSAGES.contains(&name) || name == FIELDS;
    let others: Members<'_> = members
        .iter()
        .filter(|(name, _)| !known(name))
        .map(|(name, value)| (name.clone(), *value))
        .collect();
    match others.is_empty() {
        true => None,
        false => serde_json::to_string(&others).ok(),
    }
}

/// The names of fields: a list of them, or one alone.
fn names(fields: &RawValue) -> Vec<String> {
    match serde_json::from_str::<Vec<&RawValue>>(fields.get()) {
        Ok(fields) => fields.into_iter().filter_map(string).collect(),
        Err(_) => string(fields).into_iter().collect(),
    }
}

/// A value in words: text as it is, and anything else as the JSON that it is.
fn words(value: &RawValue) -> Option<String> {
    match value.get() {
        "null" => None,
        json => Some(string(value).unwrap_or_else(|| json.to_owned())),
    }
}

/// A JSON string's text. Half of a surrogate pair becomes a replacement character.
fn string(value: &RawValue) -> Option<String> {
    struct Text(String);

    struct Letters;

    impl Visitor<'_> for Letters {
        type Value = Text;

        fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str("a string")
        }

        fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Text, E> {
            Ok(Text(String::from_utf8_lossy(bytes).into_owned()))
        }
    }

    impl<'de> Deserialize<'de> for Text {
        fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
            value.deserialize_bytes(Letters)
        }
    }

    let Text(text) = serde_json::from_str(value.get()).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one(body: &str) -> (String, String, Vec<String>) {
        let mut errors = read(body.as_bytes());
        assert_eq!(errors.len(), 1, "{body}");
        let error = errors.remove(0);
        (error.code, error.message, error.fields)
    }

    #[test]
    fn nothing_beside_a_code_costs_it() {
        for (rest, message, fields) in [
            (r#""message":null"#, "", &[][..]),
            (r#""message":null,"fields":null"#, "", &[]),
            (r#""message":"m","fields":[null]"#, "m", &[]),
            (r#""message":"m","fields":["A",null,"B"]"#, "m", &["A", "B"]),
            (r#""message":"m","fields":[1,{"x":[]},"A"]"#, "m", &["A"]),
            (r#""message":"m","fields":"A""#, "m", &["A"]),
            (r#""message":"m","fields":{}"#, "m", &[]),
            (r#""message":7"#, "7", &[]),
            (r#""message":["a",{"b":1}]"#, r#"["a",{"b":1}]"#, &[]),
            (
                r#""message":"cut \ud83d""#,
                "cut \u{fffd}\u{fffd}\u{fffd}",
                &[],
            ),
            (r#""x":"\ud83d","y":1e999,"message":"m""#, "m", &[]),
            (r#""statusCode":null,"message":"m""#, "m", &[]),
            (r#""duplicateResult":{"x":[1]}"#, "", &[]),
        ] {
            for body in [
                format!(r#"[{{"errorCode":"C",{rest}}}]"#),
                format!(r#"{{{rest},"errorCode":"C"}}"#),
                format!("\u{feff} [ {{\"errorCode\":\"C\",{rest}}} ]\n"),
            ] {
                let fields: Vec<String> = fields.iter().map(|&name| name.to_owned()).collect();
                let expected = ("C".to_owned(), message.to_owned(), fields);
                assert_eq!(one(&body), expected, "{body}");
            }
        }
    }

    #[test]
    fn the_output_of_the_ui_api_lists_errors_by_themselves_and_by_field() {
        let body = r#"{"message":"An error occurred while trying to update the record.","statusCode":400,"enhancedErrorType":"RecordError","output":{"errors":[{"errorCode":"DUPLICATES_DETECTED","message":"m"}],"fieldErrors":{"Name":[{"constituentField":null,"duplicateRecordError":null,"errorCode":"REQUIRED_FIELD_MISSING","field":"Name","fieldLabel":"Name","message":"Required fields are missing: [Name]"}],"X":7}}}"#;
        let errors = read(body.as_bytes());
        let codes: Vec<&str> = errors.iter().map(|error| &*error.code).collect();
        assert_eq!(codes, ["DUPLICATES_DETECTED", "REQUIRED_FIELD_MISSING"]);
        assert_eq!(errors[1].fields, ["Name"]);
        for body in [
            r#"{"output":7}"#,
            r#"{"output":{}}"#,
            r#"{"output":{"errors":{},"fieldErrors":[]}}"#,
        ] {
            assert!(read(body.as_bytes()).is_empty(), "{body}");
        }
    }

    #[test]
    fn an_entry_without_a_code_does_not_cost_the_others_theirs() {
        let body = r#"[{"message":"x"},null,{"errorCode":null},7,{"errorCode":"C"}]"#;
        assert_eq!(one(body).0, "C");
    }

    #[test]
    fn bytes_that_are_not_utf_8_do_not_cost_a_code() {
        let errors = read(b"[{\"errorCode\":\"C\",\"message\":\"caf\xe9\"}]");
        assert_eq!(errors[0].message, "caf\u{fffd}");
    }

    #[test]
    fn what_has_no_code_is_no_error() {
        for body in [
            "",
            "null",
            "[]",
            "[{}]",
            "<html>",
            r#"["/services/data/v66.0/sobjects/A/1"]"#,
            r#"[{"errorCode":null,"message":"m"}]"#,
            r#"[{"errorCode":"","message":"m"}]"#,
            r#"[{"errorCode":7}]"#,
            r#"{"message":"Unauthorized"}"#,
            r#"[{"errorCode":"C""#,
        ] {
            assert!(read(body.as_bytes()).is_empty(), "{body}");
        }
    }

    #[test]
    fn a_member_is_read_if_it_is_text() {
        let body = br#"{"error":"invalid_grant","error_description":null,"n":7}"#;
        assert_eq!(text_member(body, "error").as_deref(), Some("invalid_grant"));
        assert_eq!(text_member(body, "error_description"), None);
        assert_eq!(text_member(body, "n"), None);
        assert_eq!(text_member(b"[]", "error"), None);
    }

    proptest! {
        #[test]
        fn any_message_is_read_as_it_was_written(message in ".{0,40}", field in ".{1,10}") {
            let body = serde_json::json!([{"errorCode": "C", "message": message, "fields": [field]}]);
            let expected = ("C".to_owned(), message, vec![field]);
            prop_assert_eq!(one(&body.to_string()), expected);
        }
    }
}
