//! Which records were changed or deleted within some time.
//!
//! Source: REST API Developer Guide, "sObject Get Updated" and "sObject Get
//! Deleted"; SOAP API Developer Guide, "Data Replication".

use http::StatusCode;
use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::call::Call;
use crate::error::ApiError;
use crate::inner_query::{Found, rows};
use crate::objects::{self, Object};

/// How far back a window may begin. Source: the REST API's own words, as in the
/// field ExceptionMessage of the object `ApiEvent`; getomnico/omni, pull request
/// 450, for deletions.
const START_AGO_MAX: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How far back deletions are told.
const DELETED_AGO_MAX: SignedDuration = SignedDuration::from_hours(15 * 24);

/// How far ahead a window's records are looked for: nothing changes later than
/// now, but for a clock that was turned back.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// A window's shortest length: times are cut to the minute.
const MINUTE: SignedDuration = SignedDuration::from_secs(60);

/// The most ids that one answer may have.
const IDS_MAX: usize = 600_000;

/// From when to when a client asks, cut to the minute.
#[derive(Debug, PartialEq, Eq)]
struct Window {
    start: Timestamp,
    end: Timestamp,
}

/// Answers `sobjects/{object}/updated`.
pub(crate) fn updated(call: &Call<'_>) -> Result<Answer, ApiError> {
    let (object, window, now) = asked(call)?;
    let (name, within) = (&object.name, window.condition(now));
    let soql = format!("SELECT Id FROM {name} WHERE {within}");
    let rows = limited(rows(call, &soql, Found::Live)?)?;
    let ids: Vec<&Value> = rows.iter().map(|row| &row["Id"]).collect();
    let updated = json!({"ids": ids, "latestDateCovered": written(window.covered(now))});
    Ok(Answer::json(StatusCode::OK, &updated))
}

/// Answers `sobjects/{object}/deleted`.
pub(crate) fn deleted(call: &Call<'_>) -> Result<Answer, ApiError> {
    let (object, mut window, now) = asked(call)?;
    let earliest = minute(now - DELETED_AGO_MAX).max(first_day());
    window.start = window.start.max(earliest);
    let rows = if object.has("IsDeleted") {
        let (name, within) = (&object.name, window.condition(now));
        let soql =
            format!("SELECT Id, SystemModstamp FROM {name} WHERE IsDeleted = true AND {within}");
        limited(rows(call, &soql, Found::All)?)?
    } else {
        Vec::new()
    };
    let records: Vec<Value> = rows
        .iter()
        .map(|row| json!({"id": row["Id"], "deletedDate": row["SystemModstamp"]}))
        .collect();
    let deleted = json!({
        "deletedRecords": records,
        "earliestDateAvailable": written(earliest),
        "latestDateCovered": written(window.covered(now)),
    });
    Ok(Answer::json(StatusCode::OK, &deleted))
}

fn asked(call: &Call<'_>) -> Result<(Object, Window, Timestamp), ApiError> {
    let object = objects::named(call, call.segments.get("object"))?;
    let now = Timestamp::from_millisecond(call.org.clock.now_ms()).unwrap_or(Timestamp::MAX);
    let parameter = |name| {
        let value = call.request.parameter(name);
        value.ok_or_else(|| ApiError::missing_parameter(name))
    };
    let window = Window::read(&parameter("start")?, &parameter("end")?, now)?;
    Ok((object, window, now))
}

/// The rows, if there are not too many. The code is documented, the words are
/// not.
fn limited(rows: Vec<Value>) -> Result<Vec<Value>, ApiError> {
    if rows.len() <= IDS_MAX {
        return Ok(rows);
    }
    let message = format!("more than {IDS_MAX} ids: ask for less time");
    Err(refused("EXCEEDED_ID_LIMIT", message))
}

impl Window {
    fn read(start: &str, end: &str, now: Timestamp) -> Result<Self, ApiError> {
        let window = Self {
            start: time(start)?,
            end: time(end)?,
        };
        // Nobody could confirm these words, which are those of the SOAP API.
        if window.end.duration_since(window.start) < MINUTE {
            return Err(invalid(
                "endDate must be at least one minute greater than startDate",
            ));
        }
        // Source: jsforce/jsforce, issue 406.
        if window.start < first_day() {
            return Err(invalid("startDate before org replication enabled date"));
        }
        if now.duration_since(window.start) > START_AGO_MAX + MINUTE {
            return Err(invalid("startDate cannot be more than 30 days ago"));
        }
        Ok(window)
    }

    /// The condition that finds its records: a date of the year 9999 would be
    /// none of SOQL's.
    fn condition(&self, now: Timestamp) -> String {
        let start = &self.start;
        let end = &self
            .end
            .min(minute(now.saturating_add(AHEAD).unwrap_or(now)));
        let literal = |time: &Timestamp| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let (start, end) = (literal(start), literal(end));
        format!("SystemModstamp >= {start} AND SystemModstamp < {end}")
    }

    /// Up to when its answer is whole.
    fn covered(&self, now: Timestamp) -> Timestamp {
        self.end.min(minute(now))
    }
}

/// A time, cut to the minute. What another text gets is not documented.
fn time(text: &str) -> Result<Timestamp, ApiError> {
    let time: Result<Timestamp, _> = text.parse();
    time.map(minute)
        .map_err(|_| invalid(&format!("invalid date: {text}")))
}

fn minute(time: Timestamp) -> Timestamp {
    let seconds = time.as_second();
    Timestamp::from_second(seconds - seconds.rem_euclid(60)).unwrap_or(time)
}

/// When the org was created.
fn first_day() -> Timestamp {
    let day = date(2024, 1, 15).to_zoned(TimeZone::UTC);
    day.map_or(Timestamp::MIN, |day| day.timestamp())
}

fn written(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.000+0000").to_string()
}

fn invalid(words: &str) -> ApiError {
    refused("INVALID_REPLICATION_DATE", words.to_owned())
}

fn refused(code: &'static str, message: String) -> ApiError {
    ApiError::caller(StatusCode::BAD_REQUEST, code, message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(start: &str, end: &str) -> String {
        let now = "2026-03-31T12:00:30Z".parse().expect("a time");
        match Window::read(start, end, now) {
            Ok(window) => format!(
                "{} to {}",
                window.condition(now),
                written(window.covered(now))
            ),
            Err(error) => error.message,
        }
    }

    #[test]
    fn a_window_is_cut_to_the_minute() {
        let told = "SystemModstamp >= 2026-03-30T10:00:00Z AND \
                    SystemModstamp < 2026-03-31T11:59:00Z to 2026-03-31T11:59:00.000+0000";
        for (start, end) in [
            ("2026-03-30T10:00:59Z", "2026-03-31T11:59:00+00:00"),
            (
                "2026-03-30T12:00:00.5+02:00",
                "2026-03-31T11:59:59.999+0000",
            ),
        ] {
            assert_eq!(read(start, end), told);
        }
        let far = read("2026-03-31T00:00:00Z", "9999-12-30T00:00:00Z");
        assert!(far.contains("< 2026-04-01T12:00:00Z to"), "{far}");
        let future = read("2026-03-31T00:00:00Z", "2026-04-02T00:00:00Z");
        assert!(
            future.ends_with("to 2026-03-31T12:00:00.000+0000"),
            "{future}"
        );
    }

    /// Captured are the words about replication; the others see `Window::read`.
    #[test]
    fn windows_have_limits() {
        let end = "2026-03-31T12:00:00Z";
        for (start, end, words) in [
            (
                "2026-03-31T12:00:00Z",
                "2026-03-31T12:00:59Z",
                "endDate must be at least one minute greater than startDate",
            ),
            (
                "2026-03-31T12:00:00Z",
                "2026-03-30T12:00:00Z",
                "endDate must be at least one minute greater than startDate",
            ),
            (
                "2024-01-14T23:59:00Z",
                end,
                "startDate before org replication enabled date",
            ),
            (
                "2026-03-01T11:58:59Z",
                end,
                "startDate cannot be more than 30 days ago",
            ),
            ("2026-03-31", end, "invalid date: 2026-03-31"),
            ("", end, "invalid date: "),
            (
                "2026-03-31T10:00:00 00:00",
                end,
                "invalid date: 2026-03-31T10:00:00 00:00",
            ),
        ] {
            assert_eq!(read(start, end), words);
        }
        assert!(read("2026-03-01T12:00:00Z", end).starts_with("SystemModstamp"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(
            start in "(-?[0-9]{4,6}-[0-9]{2}-[0-9]{2}T[0-9:.+Z-]{0,14}|\\PC{0,20})",
            end in "[0-9]{4}-[01][0-9]-[0-2][0-9]T1[0-9]:[0-5][0-9]:00Z",
        ) {
            let _ = (read(&start, &end), read(&end, &start));
        }
    }
}
