//! Which records changed in a span of time. Source: REST API Developer Guide, "sObject Get
//! Deleted" and "sObject Get Updated".

use percent_encoding::utf8_percent_encode;
use serde::Deserialize;

use crate::answer::Answer;
use crate::call::{Call, Operation, Path, RESERVED};
use crate::contract::sobjects::Changes;
use crate::error::Error;
use crate::moment;
use crate::names::ObjectName;
use crate::token::Fingerprint;

/// Salesforce cuts times to minutes, and the start must be before the end then.
const MINUTE_MS: u64 = 60_000;

/// A span of time, in milliseconds since 1970.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) start_ms: u64,
    pub(crate) end_ms: u64,
}

/// `sobjects.deleted`.
pub(crate) struct Deleted {
    pub(crate) object: String,
    pub(crate) span: Span,
}

/// `sobjects.updated`.
pub(crate) struct Updated {
    pub(crate) object: String,
    pub(crate) span: Span,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Covered {
    latest_date_covered: String,
    earliest_date_available: Option<String>,
}

impl Operation for Deleted {
    type Output = Changes;

    fn call(&self) -> Result<Call, Error> {
        call(&self.object, "deleted", self.span)
    }

    fn read(&self, answer: Answer, _: &Fingerprint) -> Result<Changes, Error> {
        read(&answer)
    }
}

impl Operation for Updated {
    type Output = Changes;

    fn call(&self) -> Result<Call, Error> {
        call(&self.object, "updated", self.span)
    }

    fn read(&self, answer: Answer, _: &Fingerprint) -> Result<Changes, Error> {
        read(&answer)
    }
}

fn call(object: &str, which: &str, span: Span) -> Result<Call, Error> {
    let object = ObjectName::parse(object)?;
    let Span { start_ms, end_ms } = span;
    if start_ms / MINUTE_MS >= end_ms / MINUTE_MS {
        return Err(Error::InvalidInput(
            "the start is not at least one minute before the end".to_owned(),
        ));
    }
    let (start, end) = (moment(start_ms)?, moment(end_ms)?);
    let path = format!("sobjects/{object}/{which}/?start={start}&end={end}");
    Ok(Call::get(Path::Versioned(path)))
}

fn moment(ms: u64) -> Result<String, Error> {
    let time = moment::written(ms);
    let time = time.ok_or_else(|| Error::InvalidInput("the time is out of range".to_owned()))?;
    Ok(utf8_percent_encode(&time, &RESERVED).to_string())
}

fn read(answer: &Answer) -> Result<Changes, Error> {
    if !answer.is_success() {
        return Err(answer.failure());
    }
    let body = answer.text("a list of changes")?;
    let covered = serde_json::from_str(&body).ok();
    let times = covered.and_then(|covered: Covered| {
        let covered_at_ms = moment::read(&covered.latest_date_covered)?;
        let earliest = covered.earliest_date_available;
        Some((covered_at_ms, earliest.as_deref().and_then(moment::read)))
    });
    let (covered_at_ms, earliest_at_ms) =
        times.ok_or_else(|| answer.unexpected("no list of changes"))?;
    Ok(Changes {
        body,
        covered_at_ms,
        earliest_at_ms,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::answer::tests::answer;
    use crate::names::{ApiVersion, Host};

    fn uri(start_ms: u64, end_ms: u64) -> Result<String, Error> {
        let deleted = Deleted {
            object: "Account".to_owned(),
            span: Span { start_ms, end_ms },
        };
        let host = Host::parse("acme.my.salesforce.com").unwrap();
        Ok(deleted.call()?.uri(&host, ApiVersion::DEFAULT)?.to_string())
    }

    fn changes(body: &str) -> Result<Changes, Error> {
        read(&answer(200, "application/json", body))
    }

    #[test]
    fn a_span_becomes_two_times() {
        assert_eq!(
            uri(1_367_712_000_000, 1_367_971_200_000).unwrap(),
            "https://acme.my.salesforce.com/services/data/v66.0/sobjects/Account/deleted/?start=\
             2013-05-05T00%3A00%3A00%2B00%3A00&end=2013-05-08T00%3A00%3A00%2B00%3A00"
        );
    }

    #[test]
    fn a_span_has_a_minute_at_least() {
        for (start, end, accepted) in [
            (0, MINUTE_MS, true),
            (0, MINUTE_MS - 1, false),
            (MINUTE_MS - 1, MINUTE_MS, true),
            (MINUTE_MS, MINUTE_MS, false),
            (2 * MINUTE_MS, MINUTE_MS, false),
            (0, u64::MAX, false),
        ] {
            assert_eq!(uri(start, end).is_ok(), accepted, "{start} {end}");
        }
    }

    #[test]
    fn an_answer_says_until_when_it_is_complete() {
        let body = r#"{"deletedRecords":[{"id":"001","deletedDate":"2013-05-07T22:07:19.000+0000"}],"earliestDateAvailable":"2013-05-03T15:57:00.000+0000","latestDateCovered":"2013-05-08T21:20:00.000+0000"}"#;
        let read = changes(body).unwrap();
        assert_eq!(read.body, body);
        assert_eq!(read.covered_at_ms, 1_368_048_000_000);
        assert_eq!(read.earliest_at_ms, Some(1_367_596_620_000));
        let body = r#"{"ids":[],"latestDateCovered":"2013-05-08T21:20:00.000+0000"}"#;
        assert_eq!(changes(body).unwrap().earliest_at_ms, None);
        for body in [
            "{}",
            "",
            r#"{"latestDateCovered":null}"#,
            r#"{"latestDateCovered":"x"}"#,
        ] {
            assert!(
                matches!(changes(body), Err(Error::UnexpectedAnswer(_))),
                "{body}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_span_and_any_answer_are_survived(start: u64, end: u64, body in "\\PC{0,60}") {
            _ = uri(start, end);
            _ = changes(&body);
        }
    }
}
