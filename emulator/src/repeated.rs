//! Answers that repeat the secrets of their request, as a proxy's error page or a class that
//! logs its headers may.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::answer::Answer;

/// Has all that is repeated, in one value and in the body.
const REPEATED: HeaderName = HeaderName::from_static("x-repeated");

/// What JavaScript's `encodeURIComponent` encodes.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// Stands before a secret in base64, so that it begins at each bit of a character.
const BEFORE: [&str; 3] = ["", "k", "k:"];

/// Adds the secrets to an answer, in a header and as the first member of a body that is a
/// JSON object.
pub(crate) fn with_secrets(mut answer: Answer, secrets: &[&str]) -> Answer {
    let text = all_forms(secrets);
    if let Some(rest) = answer.body.strip_prefix(b"{") {
        let comma = if rest == b"}" { "" } else { "," };
        let member = format!("{{\"repeated\":{}{comma}", serde_json::Value::from(&*text));
        answer.body = Bytes::from([member.as_bytes(), rest].concat());
    }
    match HeaderValue::try_from(text) {
        Ok(value) => answer.with(REPEATED, value),
        Err(_) => answer,
    }
}

/// The secrets as they are, in percent-encoding, and in base64 from each bit on.
fn all_forms(secrets: &[&str]) -> String {
    let mut text = String::new();
    let mut add = |form: &str| {
        // Writing to a string cannot fail.
        _ = write!(text, "<{form}>");
    };
    for secret in secrets {
        add(secret);
        for set in [COMPONENT, NON_ALPHANUMERIC] {
            let encoded = utf8_percent_encode(secret, set).to_string();
            add(&encoded);
            add(&lower_escapes(&encoded));
        }
        for before in BEFORE {
            let whole = format!("{before}{secret}");
            add(&BASE64_STANDARD.encode(&whole));
            add(&BASE64_URL_SAFE_NO_PAD.encode(&whole));
        }
    }
    text
}

/// The same with `%2f` for `%2F`.
fn lower_escapes(encoded: &str) -> String {
    let mut parts = encoded.split('%');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        text.extend(["%", &digits.to_lowercase(), rest]);
    }
    text
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use serde_json::{Value, json};

    use super::*;

    const TOKEN: &str = "00D1!AQ.~";

    fn repeated(body: &Value) -> Answer {
        with_secrets(Answer::json(StatusCode::OK, body), &[TOKEN, "of the app"])
    }

    #[test]
    fn a_secret_is_repeated_in_every_form() {
        let answer = repeated(&json!({"a": 1}));
        let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
        let text = body["repeated"].as_str().expect("a text");
        assert_eq!(body["a"], 1);
        assert_eq!(answer.headers[REPEATED], text);
        for form in [
            "<00D1!AQ.~>",
            "<00D1%21AQ%2E%7E>",
            "<00D1%21AQ%2e%7e>",
            "<MDBEMSFBUS5+>",
            "<MDBEMSFBUS5->",
            "<of%20the%20app>",
        ] {
            assert!(text.contains(form), "{form}: {text}");
        }
        let aligned = BASE64_STANDARD.encode(format!("k:{TOKEN}"));
        assert!(text.contains(&aligned), "{text}");
    }

    #[test]
    fn a_body_that_is_no_object_stays_as_it_is() {
        assert_eq!(repeated(&json!([])).body, "[]");
        let empty: Value = serde_json::from_slice(&repeated(&json!({})).body).expect("JSON");
        assert_eq!(empty.as_object().map(serde_json::Map::len), Some(1));
        let nothing = with_secrets(Answer::empty(StatusCode::NO_CONTENT), &[TOKEN]);
        assert!(nothing.body.is_empty() && nothing.headers.contains_key(REPEATED));
    }
}
