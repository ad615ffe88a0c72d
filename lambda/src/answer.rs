//! The answer to a request: a page, with Salesforce's records as they are. Pure.

use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use sfbox::Page;

use crate::refusal::Refusal;

/// The longest response of a function that was invoked synchronously, in bytes.
///
/// Source: AWS Lambda Developer Guide, "Lambda quotas": invocation payload, 6 MB
/// each for request and response.
pub(crate) const RESPONSE_BYTES_MAX: usize = 6 << 20;

/// Salesforce's page, as far as it is read.
#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    records: &'a RawValue,
}

/// The same, record by record.
#[derive(Deserialize)]
struct Records<'a> {
    #[serde(borrow)]
    records: Vec<&'a RawValue>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    total_size: Option<u64>,
    records: &'a RawValue,
    next: Option<&'a str>,
}

/// The answer with a page.
///
/// # Errors
///
/// When the page has no records, or the answer is too long.
pub(crate) fn of(page: &Page) -> Result<Box<RawValue>, Refusal> {
    let body: Body<'_> = serde_json::from_str(&page.body).map_err(|_| Refusal::Unreadable)?;
    bounded(&Answer {
        total_size: page.total_size,
        records: body.records,
        next: page.next.as_deref(),
    })
}

/// A page's records, each as Salesforce sent it.
///
/// # Errors
///
/// When the page has none that can be read.
pub(crate) fn records(page: &Page) -> Result<Vec<&RawValue>, Refusal> {
    let body: Records<'_> = serde_json::from_str(&page.body).map_err(|_| Refusal::Unreadable)?;
    Ok(body.records)
}

/// An answer as JSON, if Lambda takes it.
///
/// # Errors
///
/// When it is too long.
pub(crate) fn bounded(answer: &impl Serialize) -> Result<Box<RawValue>, Refusal> {
    let answer = to_raw_value(answer).map_err(|_| Refusal::Unreadable)?;
    let bytes = answer.get().len();
    if bytes > RESPONSE_BYTES_MAX {
        return Err(Refusal::TooLarge {
            bytes,
            limit: RESPONSE_BYTES_MAX,
        });
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(body: &str) -> Page {
        Page {
            body: body.to_owned(),
            total_size: Some(4_000),
            next: Some("n".to_owned()),
        }
    }

    #[test]
    fn records_stay_as_they_are() {
        let body = r#"{"totalSize":4000,"done":false,"nextRecordsUrl":"/x","records":[{"N":1.50,"L":12345678901234567890.0}, {"N" : 1e2}]}"#;
        assert_eq!(
            of(&page(body)).unwrap().get(),
            r#"{"totalSize":4000,"records":[{"N":1.50,"L":12345678901234567890.0}, {"N" : 1e2}],"next":"n"}"#
        );
        let page = page(body);
        let records = records(&page).unwrap();
        let texts: Vec<&str> = records.iter().map(|record| record.get()).collect();
        assert_eq!(
            texts,
            [r#"{"N":1.50,"L":12345678901234567890.0}"#, r#"{"N" : 1e2}"#]
        );
    }

    #[test]
    fn the_last_page_has_no_next() {
        let last = Page {
            next: None,
            ..page(r#"{"records":[]}"#)
        };
        assert_eq!(
            of(&last).unwrap().get(),
            r#"{"totalSize":4000,"records":[],"next":null}"#
        );
    }

    #[test]
    fn a_page_without_records_is_not_one() {
        for body in ["{}", "[]", "{", ""] {
            assert!(matches!(of(&page(body)), Err(Refusal::Unreadable)));
            assert!(matches!(records(&page(body)), Err(Refusal::Unreadable)));
        }
        let no_list = page(r#"{"records":1}"#);
        assert!(matches!(records(&no_list), Err(Refusal::Unreadable)));
    }

    #[test]
    fn an_answer_of_the_limit_passes_and_one_byte_more_does_not() {
        let answer = |bytes: usize| {
            of(&page(&format!(
                r#"{{"records":["{}"]}}"#,
                "x".repeat(bytes)
            )))
        };
        let room = RESPONSE_BYTES_MAX - answer(0).unwrap().get().len();
        assert_eq!(answer(room).unwrap().get().len(), RESPONSE_BYTES_MAX);
        let refused = answer(room + 1).unwrap_err();
        let Refusal::TooLarge { bytes, limit } = refused else {
            panic!("{refused}");
        };
        assert_eq!((bytes, limit), (RESPONSE_BYTES_MAX + 1, RESPONSE_BYTES_MAX));
        assert!(refused.advice().hint.unwrap().contains("batchSize"));
        assert!(refused.advice().hint.unwrap().contains("next"));
    }
}
