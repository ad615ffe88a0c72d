//! What Salesforce answers of one record that was written: alone, or as one of many. Pure.
//! Source: REST API Developer Guide, "sObject Basic Information" and "sObject Collections".

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::answer::{Answer, errors};
use crate::error::ApiError;

/// A record of which Salesforce says whether it was written.
#[derive(Debug)]
pub(crate) struct Saved {
    pub(crate) id: Option<String>,
    /// Only this tells: a record that was rolled back can have an id, and one that was saved
    /// can have errors, as a platform event has.
    pub(crate) success: bool,
    pub(crate) created: Option<bool>,
    pub(crate) errors: Vec<ApiError>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    id: Option<String>,
    success: bool,
    created: Option<bool>,
    #[serde(borrow)]
    errors: Option<&'a RawValue>,
}

impl Saved {
    /// Reads an answer of one record. `None`: it is not such an answer.
    pub(crate) fn one(answer: &Answer) -> Option<Self> {
        let entry: Entry<'_> = serde_json::from_slice(&answer.body).ok()?;
        Some(Self::of(entry, answer))
    }

    /// Reads an answer of many records, in the order of the request.
    pub(crate) fn many(answer: &Answer) -> Option<Vec<Self>> {
        let entries: Vec<Entry<'_>> = serde_json::from_slice(&answer.body).ok()?;
        let entries = entries.into_iter();
        Some(entries.map(|entry| Self::of(entry, answer)).collect())
    }

    /// The errors are for the caller, as those of a refusal: without the session's secrets.
    fn of(entry: Entry<'_>, answer: &Answer) -> Self {
        let errors = entry.errors.map(|json| errors::read(json.get().as_bytes()));
        let mut errors = errors.unwrap_or_default();
        answer.secrets.errors(&mut errors);
        Self {
            id: entry.id,
            success: entry.success,
            created: entry.created,
            errors,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::answer::tests::answer;

    fn one(body: &[u8]) -> Option<Saved> {
        Saved::one(&with(body))
    }

    fn many(body: &[u8]) -> Option<Vec<Saved>> {
        Saved::many(&with(body))
    }

    fn with(body: &[u8]) -> Answer {
        let mut answer = answer(200, "application/json", "");
        answer.body = body.to_vec();
        answer
    }

    #[test]
    fn an_error_that_repeats_the_token_is_handed_on_without_it() {
        let mut answer = with(
            br#"[{"success":false,"errors":[{"statusCode":"C","message":"a CANARY-token b"}]}]"#,
        );
        answer.secrets.add("CANARY-token");
        let rows = Saved::many(&answer).unwrap();
        assert_eq!(rows[0].errors[0].message, "a [redacted] b");
    }

    #[test]
    fn a_record_says_whether_it_was_written() {
        let saved = one(br#"{"id":"001","success":true,"errors":[]}"#).unwrap();
        assert_eq!((saved.id.as_deref(), saved.success), (Some("001"), true));
        assert_eq!((saved.created, saved.errors), (None, Vec::new()));
        let event = br#"{"id":"e","success":true,"errors":[{"statusCode":"OPERATION_ENQUEUED","message":"uuid","fields":[]}]}"#;
        let event = one(event).unwrap();
        assert_eq!(
            (event.success, &*event.errors[0].code),
            (true, "OPERATION_ENQUEUED")
        );
        let rows = br#"[{"id":"001","success":false,"errors":[{"statusCode":"C","message":"m","fields":["F"]}]},{"success":true,"created":true,"id":"2"}]"#;
        let rows = many(rows).unwrap();
        assert!(!rows[0].success && rows[0].id.is_some());
        assert_eq!(
            (&*rows[0].errors[0].code, rows[1].created),
            ("C", Some(true))
        );
    }

    #[test]
    fn what_does_not_say_it_is_no_such_answer() {
        for body in [
            "",
            "{}",
            "[]",
            "null",
            r#"{"success":null}"#,
            r#"{"success":1}"#,
            "<html>",
        ] {
            assert!(one(body.as_bytes()).is_none(), "{body}");
        }
        for body in ["", "{}", "[{}]", "[null]", "null"] {
            assert!(many(body.as_bytes()).is_none(), "{body}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            _ = one(&body);
            _ = many(&body);
        }
    }
}
