//! Dates and times as records in JSON and CSV have them.
//!
//! Source: REST API Developer Guide, "Valid Date and DateTime Formats"; the years are
//! those of Data Loader Guide, "Data Types Supported by Data Loader".

use std::ops::RangeInclusive;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

/// The years that a date may have.
const YEARS: RangeInclusive<i16> = 1700..=4000;

/// Reads `2026-01-31`, and no date with an offset or a time.
pub(super) fn date(text: &str) -> Option<Date> {
    let date = has_shape(text, "0000-00-00").then(|| text.parse::<Date>().ok());
    date.flatten().filter(is_known)
}

/// Reads `2026-01-31T12:00:00.000+01:00`; the fraction may be absent, and the colon of the
/// offset, which answers do not have.
pub(super) fn date_time(text: &str) -> Option<Timestamp> {
    let (second, rest) = text.split_at_checked("2026-01-31T12:00:00".len())?;
    if !has_shape(second, "0000-00-00T00:00:00") || second.ends_with(":60") {
        return None;
    }
    let offset = after_fraction(rest)?;
    let is_offset = offset == "Z"
        || ["+00:00", "-00:00", "+0000", "-0000"]
            .iter()
            .any(|shape| has_shape(offset, shape));
    let instant = is_offset.then(|| text.parse::<Timestamp>().ok()).flatten();
    instant.filter(|instant| is_known(&instant.to_zoned(TimeZone::UTC).date()))
}

/// Reads `14:30:00.000Z`; the fraction may be absent.
pub(super) fn time(text: &str) -> Option<Time> {
    let (second, rest) = text.split_at_checked("14:30:00".len())?;
    let is_time = has_shape(second, "00:00:00")
        && !second.ends_with(":60")
        && after_fraction(rest) == Some("Z");
    let time = is_time.then(|| text.trim_end_matches('Z').parse::<Time>().ok());
    time.flatten()
}

fn is_known(date: &Date) -> bool {
    YEARS.contains(&date.year())
}

/// What follows the fraction of a second, if there is one: it has at least a digit.
fn after_fraction(text: &str) -> Option<&str> {
    let Some(fraction) = text.strip_prefix('.') else {
        return Some(text);
    };
    let rest = fraction.trim_start_matches(|letter: char| letter.is_ascii_digit());
    (rest.len() < fraction.len()).then_some(rest)
}

/// Whether a text is like a shape, in which `0` is any digit.
fn has_shape(text: &str, shape: &str) -> bool {
    let is_like = |(letter, of): (u8, u8)| match of {
        b'0' => letter.is_ascii_digit(),
        other => letter == other,
    };
    text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(is_like)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_one_of_the_calendar() {
        for (text, is_date) in [
            ("2026-01-31", true),
            ("2024-02-29", true),
            ("1700-01-01", true),
            ("4000-12-31", true),
            ("2026-02-29", false),
            ("2026-02-30", false),
            ("2026-00-10", false),
            ("2026-13-10", false),
            // The first year and the last one are as documented.
            ("1699-12-31", false),
            ("4001-01-01", false),
            // Captured answers refuse times, and the guide refuses offsets.
            ("2019-11-26 00:00:00", false),
            ("2015-07-23T09:38:33.6366008+02:00", false),
            ("2026-01-31Z", false),
            ("2026-1-31", false),
            ("20260131", false),
            ("+002026-01-31", false),
            ("2026-01-31[Europe/Vienna]", false),
            ("31.01.2026", false),
            ("", false),
        ] {
            assert_eq!(date(text).is_some(), is_date, "{text}");
        }
    }

    #[test]
    fn an_instant_has_an_offset() {
        let noon = 1_769_860_800_000;
        for (text, ms) in [
            ("2026-01-31T12:00:00Z", Some(noon)),
            ("2026-01-31T12:00:00.000Z", Some(noon)),
            ("2026-01-31T13:00:00.25+01:00", Some(noon + 250)),
            ("2026-01-31T12:00:00.123456+00:00", Some(noon + 123)),
            ("2026-01-31T07:00:00-05:00", Some(noon)),
            // Answers are written so.
            ("2026-01-31T12:00:00.000+0000", Some(noon)),
            ("2026-02-30T12:00:00Z", None),
            ("2026-01-31T24:00:00Z", None),
            ("2026-01-31T12:60:00Z", None),
            ("2026-01-31T12:00:60Z", None),
            ("1699-12-31T23:59:59Z", None),
            ("4001-01-01T00:00:00Z", None),
            // Captured answers refuse it without an offset, or with a blank.
            ("2017-10-17 00:00:00", None),
            ("2026-01-31T12:00:00", None),
            ("2026-01-31T12:00:00.Z", None),
            ("2026-01-31T12:00Z", None),
            ("2026-01-31", None),
            ("2026-01-31T12:00:00+01", None),
            ("2026-01-31t12:00:00z", None),
            ("2026-01-31T12:00:00Z[UTC]", None),
            ("éééééééééé", None),
            ("", None),
        ] {
            let read = date_time(text).map(|instant| instant.as_millisecond());
            assert_eq!(read, ms, "{text}");
        }
    }

    #[test]
    fn a_time_is_in_gmt() {
        for (text, is_time) in [
            ("14:30:00.000Z", true),
            ("14:30:00Z", true),
            ("14:30:00", false),
            ("24:00:00Z", false),
            ("14:60:00Z", false),
            ("14:30:60Z", false),
            ("14:30:00.Z", false),
            ("14:30Z", false),
            ("14:30:00+01:00", false),
            ("2026-01-31T14:30:00Z", false),
            ("", false),
        ] {
            assert_eq!(time(text).is_some(), is_time, "{text}");
        }
    }
}
