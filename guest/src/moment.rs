//! Moments as the API writes them, such as `2013-05-08T21:20:00.000+0000`. Pure.
//!
//! The calendar is that of `httpdate`, which the component has for HTTP's own dates: both
//! forms name the same parts. A library for all forms of times would make the component a
//! quarter larger.

use std::time::{Duration, UNIX_EPOCH};

/// The months, as HTTP's dates have them (RFC 9110, section 5.6.7).
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// The end of the year 9999, in milliseconds since 1970: the last one with four digits.
pub(crate) const MS_MAX: u64 = 253_402_300_799_999;

/// A moment in whole seconds, such as `2013-05-08T21:20:00+00:00`. `None`: its year has more
/// than four digits.
pub(crate) fn written(ms: u64) -> Option<String> {
    if ms > MS_MAX {
        return None;
    }
    let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_millis(ms));
    // `Wed, 08 May 2013 21:20:00 GMT`
    let mut parts = date.split(' ').skip(1);
    let (day, month, year, time) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    Some(format!("{year}-{month:02}-{day}T{time}+00:00"))
}

/// The milliseconds since 1970 of a moment that the API has written. `None`: it is not one,
/// or it is before 1970.
pub(crate) fn read(text: &str) -> Option<u64> {
    let (date, rest) = text.split_once('T')?;
    let mut date = date.split('-');
    let (year, month, day) = (date.next()?, date.next()?, date.next()?);
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let has_form = [(year, 4), (month, 2), (day, 2)]
        .iter()
        .all(|(part, length)| part.len() == *length && is_digits(part));
    if !has_form || date.next().is_some() {
        return None;
    }
    // In Greenwich, which is all that the API writes.
    let time = ["+0000", "+00:00", "Z"]
        .iter()
        .find_map(|zone| rest.strip_suffix(zone))?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let ms: u64 = match fraction.len() {
        1..=3 if is_digits(fraction) => format!("{fraction:0<3}").parse().ok()?,
        _ => return None,
    };
    let month = MONTHS.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
    // HTTP's form names the day of the week, and the API's does not.
    let moment = DAYS.iter().find_map(|of_week| {
        let date = format!("{of_week}, {day} {month} {year} {time} GMT");
        httpdate::parse_http_date(&date).ok()
    })?;
    let since_1970 = moment.duration_since(UNIX_EPOCH).ok()?;
    u64::try_from(since_1970.as_millis()).ok()?.checked_add(ms)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn moments_are_read_in_every_form_of_the_api() {
        for (text, ms) in [
            ("1970-01-01T00:00:00.000+0000", Some(0)),
            ("2013-05-08T21:20:00.000+0000", Some(1_368_048_000_000)),
            ("2013-05-08T21:20:00.123Z", Some(1_368_048_000_123)),
            ("2013-05-08T21:20:00+00:00", Some(1_368_048_000_000)),
            ("2024-02-29T23:59:59.9Z", Some(1_709_251_199_900)),
            ("2013-05-08T21:20:00.000+0200", None),
            ("2013-05-08T21:20:00.000", None),
            ("2013-05-08", None),
            ("2013-13-08T21:20:00Z", None),
            ("2013-00-08T21:20:00Z", None),
            ("2013-05-32T21:20:00Z", None),
            ("2013-05-08T25:20:00Z", None),
            ("1969-12-31T23:59:59Z", None),
            ("13-05-08T21:20:00Z", None),
            ("2013-05-08-01T21:20:00Z", None),
            ("2013-05-08T21:20:00.1234Z", None),
            ("2013-05-08T21:20:00.xZ", None),
            ("\u{e9}", None),
            ("", None),
        ] {
            assert_eq!(read(text), ms, "{text}");
        }
    }

    #[test]
    fn the_last_moment_has_a_year_of_four_digits() {
        assert_eq!(written(MS_MAX).unwrap(), "9999-12-31T23:59:59+00:00");
        assert_eq!(written(MS_MAX + 1), None);
    }

    proptest! {
        #[test]
        fn a_moment_is_read_as_it_was_written(seconds in 0..=MS_MAX / 1_000) {
            let text = written(seconds * 1_000).unwrap();
            prop_assert_eq!(read(&text), Some(seconds * 1_000), "{}", text);
        }

        #[test]
        fn any_text_is_survived(text in "[0-9TZ:+. -]{0,30}", other in "\\PC{0,30}") {
            _ = read(&text);
            _ = read(&other);
        }
    }
}
