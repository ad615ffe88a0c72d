//! Days, times of day, and points in time.
//!
//! Source: SOQL and SOSL Reference, "Date Formats and Date Literals in WHERE"; the first and
//! the last day are from "Date Formats and Date Literals".

use super::refused;
use crate::error::Error;

const YEARS: std::ops::RangeInclusive<i64> = 1_700..=4_000;

/// How far a place on earth is from UTC at most, in minutes.
const OFFSET_MAX: i64 = 14 * 60;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// A day, as `2026-05-07`.
pub(super) fn date(text: &str) -> Result<String, Error> {
    match day(text) {
        Some(_) => Ok(text.to_owned()),
        None => Err(refused(
            "a date is a day such as `2026-05-07`, from 1700-01-01 to 4000-12-31",
        )),
    }
}

/// A time of day in UTC.
pub(super) fn time(text: &str) -> Result<String, Error> {
    match time_of_day(text) {
        Some(_) => Ok(text.to_owned()),
        None => Err(refused("a time of day is such as `22:07:19.000Z`")),
    }
}

/// A point in time, with a colon in its offset: a server of Salesforce refused the form without
/// one, in which Salesforce itself writes times.
pub(super) fn datetime(text: &str) -> Result<String, Error> {
    match (milliseconds(text), text.len().checked_sub(5)) {
        (None, _) => Err(refused(
            "a point in time is such as `2026-05-07T22:07:19Z`, from the year 1700 to 4000",
        )),
        (Some(_), Some(sign)) if text.get(sign..).is_some_and(is_offset_without_colon) => {
            let (time, offset) = text.split_at_checked(sign + 3).unwrap_or((text, ""));
            Ok(format!("{time}:{offset}"))
        }
        (Some(_), _) => Ok(text.to_owned()),
    }
}

fn is_offset_without_colon(end: &str) -> bool {
    let digits = end.strip_prefix(['+', '-']);
    digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The milliseconds from midnight to a time of day. `None`: it is not one.
pub(in crate::soql) fn time_of_day(text: &str) -> Option<i64> {
    text.strip_suffix('Z').and_then(of_day)
}

/// The milliseconds from 1970 to a point in time; negative before. `None`: it is not one.
pub(in crate::soql) fn milliseconds(text: &str) -> Option<i64> {
    let (date, rest) = text.split_once('T')?;
    let (time, offset) = match rest.strip_suffix('Z') {
        Some(time) => (time, 0),
        None => {
            let sign = rest.rfind(['+', '-'])?;
            let (time, offset) = rest.split_at_checked(sign)?;
            (time, offset_minutes(offset)?)
        }
    };
    Some(day(date)? * DAY_MS + of_day(time)? - offset * 60_000)
}

/// `+hh:mm` or `+hhmm`.
fn offset_minutes(text: &str) -> Option<i64> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let digits = match digits.split_once(':') {
        Some((hours, minutes)) if hours.len() == 2 => format!("{hours}{minutes}"),
        Some(_) => return None,
        None => digits.to_owned(),
    };
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes = number(hours, 2)? * 60 + number(minutes, 2).filter(|&minutes| minutes < 60)?;
    (minutes <= OFFSET_MAX).then_some(sign * minutes)
}

/// The days from 1970 to this one.
fn day(text: &str) -> Option<i64> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let (year, month, day) = (number(year, 4)?, number(month, 2)?, number(day, 2)?);
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    let is_day = parts.next().is_none() && YEARS.contains(&year) && (1..=length).contains(&day);
    is_day.then(|| {
        // The year begins in March here, so that its last day can be the 29th of February.
        let (year, month) = match month {
            1 | 2 => (year - 1, month + 9),
            _ => (year, month - 3),
        };
        let leap_days = year / 4 - year / 100 + year / 400;
        year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - 719_468
    })
}

/// The milliseconds of the day at `hh:mm:ss`, with or without a fraction.
fn of_day(text: &str) -> Option<i64> {
    let (time, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let mut parts = time.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    let (hours, minutes, seconds) = (number(hours, 2)?, number(minutes, 2)?, number(seconds, 2)?);
    let ms = match fraction.len() {
        1..=3 => number(&format!("{fraction:0<3}"), 3)?,
        _ => return None,
    };
    let is_time = parts.next().is_none() && hours < 24 && minutes < 60 && seconds < 60;
    is_time.then_some(((hours * 60 + minutes) * 60 + seconds) * 1_000 + ms)
}

/// A number of so many digits.
fn number(text: &str, digits: usize) -> Option<i64> {
    let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_a_day_that_salesforce_has() {
        for (text, is) in [
            ("1700-01-01", true),
            ("4000-12-31", true),
            ("1699-12-31", false),
            ("4001-01-01", false),
            ("2024-02-29", true),
            ("2000-02-29", true),
            ("1900-02-29", false),
            ("2026-02-29", false),
            ("2026-13-01", false),
            ("2026-00-01", false),
            ("2026-04-31", false),
            ("2026-4-1", false),
            ("2026-04-01T", false),
            ("2026-04-01-", false),
            ("+026-04-01", false),
            ("", false),
        ] {
            assert_eq!(date(text).is_ok(), is, "{text}");
        }
    }

    #[test]
    fn a_point_in_time_has_one_form_and_one_number() {
        for (text, form, ms) in [
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z", 0),
            (
                "1970-01-01T01:00:00.5+01:00",
                "1970-01-01T01:00:00.5+01:00",
                500,
            ),
            ("1969-12-31T23:30:00-0030", "1969-12-31T23:30:00-00:30", 0),
            (
                "2013-05-08T21:20:00.123+0000",
                "2013-05-08T21:20:00.123+00:00",
                1_368_048_000_123,
            ),
            (
                "2024-02-29T23:59:59Z",
                "2024-02-29T23:59:59Z",
                1_709_251_199_000,
            ),
            (
                "1700-01-01T00:00:00Z",
                "1700-01-01T00:00:00Z",
                -8_520_336_000_000,
            ),
        ] {
            assert_eq!(datetime(text).as_deref(), Ok(form));
            assert_eq!(milliseconds(text), Some(ms), "{text}");
        }
        for text in [
            "2026-05-07",
            "2026-05-07T22:07:19",
            "2026-05-07 22:07:19Z",
            "2026-05-07T24:00:00Z",
            "2026-05-07T22:60:00Z",
            "2026-05-07T22:00:60Z",
            "2026-05-07T22:00:00.1234Z",
            "2026-05-07T22:00:00.Z",
            "2026-05-07T22:00:00+15:00",
            "2026-05-07T22:00:00+1:00",
            "2026-05-07T22:00:00+010:0",
            "2026-05-07T22:00:00+0160",
            "2026-05-07T22:00:00ZZ",
            "2026-02-30T22:00:00Z",
            "2026-05-07T22:00:00Z OR Id != null",
            "\u{e9}",
        ] {
            assert!(datetime(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_time_of_day_is_in_utc() {
        for (text, is) in [
            ("22:07:19Z", true),
            ("22:07:19.000Z", true),
            ("22:07:19", false),
            ("22:07Z", false),
            ("24:00:00Z", false),
            ("22:07:19+01:00", false),
        ] {
            assert_eq!(time(text).is_ok(), is, "{text}");
        }
    }
}
