//! The values that a WHERE clause compares with.

use jiff::Timestamp;
use jiff::civil::{Date, Time};

use super::date_literal::RelativeDate;
use super::error::SoqlError;
use super::text::Text;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    Null,
    Boolean(bool),
    Text(Text),
    Integer(i64),
    Double(f64),
    /// `USD5000`: a currency's ISO code, in upper case, and an amount in it.
    Currency {
        code: String,
        amount: f64,
    },
    Date(Date),
    /// Milliseconds since 1970-01-01T00:00:00Z.
    DateTime(i64),
    /// A time of day, in GMT.
    Time(Time),
    Relative(RelativeDate),
}

/// The years that a date may have. Source: SOQL and SOSL Reference, "Date
/// Formats and Date Literals".
const YEARS: std::ops::RangeInclusive<i16> = 1700..=4000;

impl Literal {
    /// Reads what begins with a digit or a sign.
    pub(super) fn number(source: &str) -> Result<Self, SoqlError> {
        integer(source)
            .or_else(|| double(source))
            .or_else(|| date(source))
            .or_else(|| date_time(source))
            .ok_or_else(|| SoqlError::unexpected(source))
            .and_then(Self::within_years)
    }

    fn within_years(self) -> Result<Self, SoqlError> {
        let year = match &self {
            Self::Date(date) => date.year(),
            Self::DateTime(ms) => match Timestamp::from_millisecond(*ms) {
                Ok(instant) => instant.to_zoned(jiff::tz::TimeZone::UTC).year(),
                Err(_) => return Err(SoqlError::date_out_of_range()),
            },
            _ => return Ok(self),
        };
        if YEARS.contains(&year) {
            Ok(self)
        } else {
            Err(SoqlError::date_out_of_range())
        }
    }
}

fn integer(source: &str) -> Option<Literal> {
    source.parse().ok().map(Literal::Integer)
}

fn double(source: &str) -> Option<Literal> {
    // `parse` reads more than numbers (`inf`, `nan`), none of which begins
    // with a digit; `1e999` it reads as infinite.
    source
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
        .map(Literal::Double)
}

fn date(source: &str) -> Option<Literal> {
    let shaped = shape(source) == "0000-00-00";
    shaped
        .then(|| source.parse().ok().map(Literal::Date))
        .flatten()
}

fn date_time(source: &str) -> Option<Literal> {
    let upper = source.to_ascii_uppercase();
    let (moment, zone) = match upper.strip_suffix('Z') {
        Some(moment) => (moment, "Z"),
        None => upper.split_at_checked(upper.len().checked_sub(6)?)?,
    };
    let moment_shape = shape(moment);
    let (seconds, fraction) = moment_shape.split_at_checked("0000-00-00T00:00:00".len())?;
    let shaped = seconds == "0000-00-00T00:00:00"
        && matches!(fraction, "" | ".0" | ".00" | ".000")
        && (zone == "Z" || matches!(shape(zone).as_str(), "+00:00" | "-00:00"));
    let instant: Timestamp = shaped.then(|| upper.parse().ok()).flatten()?;
    Some(Literal::DateTime(instant.as_millisecond()))
}

/// The text with every digit a `0`.
fn shape(source: &str) -> String {
    source
        .chars()
        .map(|symbol| if symbol.is_ascii_digit() { '0' } else { symbol })
        .collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_dates_and_datetimes_are_told_apart() {
        for (source, literal) in [
            ("5", Literal::Integer(5)),
            ("-5", Literal::Integer(-5)),
            ("+5", Literal::Integer(5)),
            ("1.5", Literal::Double(1.5)),
            ("1e3", Literal::Double(1_000.0)),
            ("2024-02-29", Literal::Date(civil::date(2024, 2, 29))),
            ("1970-01-01T00:00:01Z", Literal::DateTime(1_000)),
            ("1970-01-01t00:00:01z", Literal::DateTime(1_000)),
            ("1970-01-01T01:00:00.250+01:00", Literal::DateTime(250)),
            ("1969-12-31T23:00:00-01:00", Literal::DateTime(0)),
        ] {
            assert_eq!(Literal::number(source), Ok(literal), "{source}");
        }
    }

    #[test]
    fn other_shapes_are_unexpected_tokens() {
        for source in [
            "2023-02-29",
            "2024-1-1",
            "20240101",
            "2024-01-01T00:00:00",
            "2024-01-01T00:00Z",
            "2024-01-01T00:00:00+0100",
            "2024-01-01T25:00:00Z",
            "12abc",
            "1e999",
            "1.2.3",
            "5Z",
        ] {
            if source == "20240101" {
                assert_eq!(Literal::number(source), Ok(Literal::Integer(20_240_101)));
                continue;
            }
            assert_eq!(
                Literal::number(source),
                Err(SoqlError::unexpected(source)),
                "{source}"
            );
        }
    }

    #[test]
    fn years_end_where_salesforces_do() {
        for (source, valid) in [
            ("1700-01-01", true),
            ("1699-12-31", false),
            ("4000-12-31", true),
            ("4001-01-01", false),
            ("4000-12-31T23:59:59Z", true),
            ("4001-01-01T00:00:00Z", false),
        ] {
            assert_eq!(Literal::number(source).is_ok(), valid, "{source}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(source in "[-+0-9][-+.:0-9A-Za-zé]{0,30}") {
            let _ = Literal::number(&source);
        }
    }
}
