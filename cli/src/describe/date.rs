//! Days, moments and times of day, as Salesforce reads them.
//!
//! Source: REST API Developer Guide, "Valid Date and DateTime Formats"; Bulk API 2.0
//! Developer Guide, "Valid Date Format in Records".

use jiff::civil::{Date, Time};

/// A day, as in `2026-02-28`.
pub(super) fn is_date(text: &str) -> bool {
    let has_form = form(text, "0000-00-00");
    has_form && text.parse::<Date>().is_ok()
}

/// A moment as Salesforce reads it in every version: `2026-02-28T12:00:00Z`, with or
/// without a fraction, and with an offset that has a colon. Salesforce itself writes
/// `+0000`.
pub(super) fn moment(text: &str) -> Option<String> {
    let (date, rest) = text.split_at_checked(10)?;
    let rest = rest.strip_prefix('T')?;
    let at = rest.find(['Z', '+', '-'])?;
    let (time, offset) = rest.split_at_checked(at)?;
    let offset = offset_of(offset)?;
    (is_date(date) && is_plain_time(time)).then(|| format!("{date}T{time}{offset}"))
}

/// A time of day: `12:00:00.000Z`; the fraction and the Z may be missing.
pub(super) fn is_time(text: &str) -> bool {
    is_plain_time(text.strip_suffix('Z').unwrap_or(text))
}

fn is_plain_time(text: &str) -> bool {
    let (seconds, fraction) = match text.split_once('.') {
        None => (text, None),
        Some((seconds, fraction)) => (seconds, Some(fraction)),
    };
    let is_fraction = fraction.is_none_or(|fraction| {
        (1..=9).contains(&fraction.len()) && fraction.bytes().all(|byte| byte.is_ascii_digit())
    });
    is_fraction && form(seconds, "00:00:00") && seconds.parse::<Time>().is_ok()
}

/// An offset with a colon; at most 14 hours, as everywhere on earth.
fn offset_of(text: &str) -> Option<String> {
    if text == "Z" {
        return Some(text.to_owned());
    }
    let (sign, rest) = text.split_at_checked(1)?;
    let digits = if form(rest, "00:00") {
        rest.replace(':', "")
    } else if form(rest, "0000") {
        rest.to_owned()
    } else {
        return None;
    };
    let (hours, minutes) = digits.split_at_checked(2)?;
    let number: u16 = digits.parse().ok()?;
    let minutes_of_hour: u8 = minutes.parse().ok()?;
    (number <= 1400 && minutes_of_hour < 60).then(|| format!("{sign}{hours}:{minutes}"))
}

/// Whether a text has a digit wherever the form has a zero, and is the form elsewhere.
fn form(text: &str, form: &str) -> bool {
    text.len() == form.len()
        && text
            .bytes()
            .zip(form.bytes())
            .all(|(byte, form)| match form {
                b'0' => byte.is_ascii_digit(),
                other => byte == other,
            })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (text, is_one) in [
            ("2024-02-29", true),
            ("2026-02-29", false),
            ("2026-13-01", false),
            ("2026-1-1", false),
            ("20260101", false),
            ("2026-01-01T00:00:00Z", false),
            ("01.02.2026", false),
            ("", false),
        ] {
            assert_eq!(is_date(text), is_one, "{text}");
        }
    }

    #[test]
    fn moments_have_an_offset_with_a_colon() {
        for (text, read) in [
            ("2026-02-28T12:00:00Z", Some("2026-02-28T12:00:00Z")),
            (
                "2026-02-28T12:00:00.000+0000",
                Some("2026-02-28T12:00:00.000+00:00"),
            ),
            (
                "2026-02-28T12:00:00-05:30",
                Some("2026-02-28T12:00:00-05:30"),
            ),
            (
                "2026-02-28T12:00:00+1400",
                Some("2026-02-28T12:00:00+14:00"),
            ),
            ("2026-02-28T12:00:00+1401", None),
            ("2026-02-28T12:00:00+0160", None),
            ("2026-02-28T12:00:00", None),
            ("2026-02-28 12:00:00Z", None),
            ("2026-02-28T24:00:00Z", None),
            ("2026-02-30T12:00:00Z", None),
            ("2026-02-28T12:00Z", None),
            ("2026-02-28T12:00:00.Z", None),
            ("2026-02-28", None),
            ("é026-02-28T12:00:00Z", None),
        ] {
            assert_eq!(moment(text).as_deref(), read, "{text}");
        }
    }

    #[test]
    fn times_of_day_are_those_of_a_clock() {
        for (text, is_one) in [
            ("12:00:00.000Z", true),
            ("23:59:59", true),
            ("24:00:00Z", false),
            ("12:00", false),
            ("1:00:00", false),
        ] {
            assert_eq!(is_time(text), is_one, "{text}");
        }
    }
}
