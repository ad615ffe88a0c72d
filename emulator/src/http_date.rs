//! Dates in headers.
//!
//! Source: RFC 9110, section 5.6.7; REST API Developer Guide, "Conditional
//! Request Headers", whose example has a wrong day of the week.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Reads a date such as `Tue, 10 Aug 2015 00:00:00 GMT`. The day of the week
/// is not compared with the date.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    let (weekday, rest) = text.trim().split_once(", ")?;
    if weekday.len() != 3 || !weekday.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    let (date, zone) = rest.rsplit_once(' ')?;
    if !matches!(zone, "GMT" | "UTC") {
        return None;
    }
    let date = DateTime::strptime("%d %b %Y %H:%M:%S", date).ok()?;
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_the_documented_form_is_a_date() {
        for (text, date) in [
            (
                "Mon, 10 Aug 2015 00:00:00 GMT",
                Some("2015-08-10T00:00:00Z"),
            ),
            (
                "Tue, 10 Aug 2015 00:00:00 GMT",
                Some("2015-08-10T00:00:00Z"),
            ),
            (
                "Sun, 06 Nov 1994 08:49:37 UTC",
                Some("1994-11-06T08:49:37Z"),
            ),
            ("Sun, 31 Feb 1994 08:49:37 GMT", None),
            ("Sunday, 06-Nov-94 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994 08:49:37 +0000", None),
            ("1994-11-06T08:49:37Z", None),
            ("yesterday", None),
            ("", None),
        ] {
            let date = date.map(|date| date.parse().expect("a time"));
            assert_eq!(read(text), date, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(
            text in "([A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT|\\PC{0,30})",
        ) {
            let _ = read(&text);
        }
    }
}
