//! The values that a WHERE clause compares with.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::date_literal::RelativeDate;
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

/// Why a token is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is none of the literals.
    NoLiteral,
    /// It has the shape of this, and is none: `2024-02-30`.
    Invalid(&'static str),
    /// It is a date that Salesforce does not know.
    OutOfCalendar,
}

/// The years that a date may have. Source: SOQL and SOSL Reference, "Date
/// Formats and Date Literals".
const YEARS: std::ops::RangeInclusive<i16> = 1700..=4000;

impl Literal {
    /// Reads digits, with a sign and a point or without.
    pub(super) fn number(source: &str) -> Result<Self, Fault> {
        if let Ok(integer) = source.parse() {
            return Ok(Self::Integer(integer));
        }
        finite(source).map(Self::Double).ok_or(Fault::NoLiteral)
    }

    /// Reads a currency: `USD5000.50`, `usd-500`.
    pub(super) fn currency(source: &str) -> Result<Self, Fault> {
        let read = || {
            let (code, amount) = source.split_at_checked(3)?;
            let is_code = code.bytes().all(|byte| byte.is_ascii_alphabetic());
            let begins = amount.trim_start_matches(['+', '-']);
            let is_amount =
                begins.starts_with(|first: char| first.is_ascii_digit() || first == '.');
            let amount = finite(amount)?;
            (is_code && is_amount).then(|| Self::Currency {
                code: code.to_ascii_uppercase(),
                amount,
            })
        };
        read().ok_or(Fault::NoLiteral)
    }

    /// Reads `2024-02-29`.
    pub(super) fn date(source: &str) -> Result<Self, Fault> {
        let date: Date = source.parse().map_err(|_| Fault::Invalid("date"))?;
        within_years(date)?;
        Ok(Self::Date(date))
    }

    /// Reads `2024-02-29T10:00:00.000+0100`.
    pub(super) fn date_time(source: &str) -> Result<Self, Fault> {
        let invalid = Fault::Invalid("datetime");
        let (date, time) = source.split_once(['T', 't']).ok_or(invalid)?;
        let date: Date = date.parse().map_err(|_| invalid)?;
        let (time, offset) = time_and_offset(time).ok_or(invalid)?;
        let local = date
            .to_datetime(time)
            .to_zoned(TimeZone::UTC)
            .map_err(|_| Fault::OutOfCalendar)?;
        let instant = local
            .timestamp()
            .checked_sub(offset)
            .map_err(|_| Fault::OutOfCalendar)?;
        within_years(instant.to_zoned(TimeZone::UTC).date())?;
        Ok(Self::DateTime(instant.as_millisecond()))
    }

    /// Reads `10:00:00.000Z`.
    pub(super) fn time(source: &str) -> Result<Self, Fault> {
        let (time, offset) = time_and_offset(source).ok_or(Fault::Invalid("time"))?;
        Ok(Self::Time(time.wrapping_sub(offset)))
    }
}

/// The instant of a [`Literal::DateTime`].
pub(super) fn instant(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or_default()
}

/// `parse` reads more than numbers (`inf`, `1e5`), none of which the grammar
/// takes for one; of too many digits it makes something infinite.
fn finite(source: &str) -> Option<f64> {
    let number = source.parse::<f64>().ok()?;
    let is_number = source
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'+' | b'-'));
    (is_number && number.is_finite()).then_some(number)
}

fn within_years(date: Date) -> Result<(), Fault> {
    if YEARS.contains(&date.year()) {
        Ok(())
    } else {
        Err(Fault::OutOfCalendar)
    }
}

/// A time of day, whose fraction is cut to milliseconds, and how far its zone is
/// ahead of GMT: less than a day.
fn time_and_offset(source: &str) -> Option<(Time, SignedDuration)> {
    let zone = source.find(['Z', 'z', '+', '-'])?;
    let (time, zone) = source.split_at(zone);
    let (seconds, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let ms: String = fraction.chars().chain("00".chars()).take(3).collect();
    let mut parts = seconds.split(':');
    let mut part = || parts.next()?.parse::<i8>().ok();
    let (hour, minute, second) = (part()?, part()?, part()?);
    let nanosecond = ms.parse::<i32>().ok()? * 1_000_000;
    let time = Time::new(hour, minute, second, nanosecond).ok()?;
    Some((time, offset(zone)?))
}

fn offset(zone: &str) -> Option<SignedDuration> {
    let sign = match zone.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return Some(SignedDuration::ZERO),
    };
    let digits = zone[1..].replace(':', "");
    let (hours, minutes) = digits.split_at_checked(2)?;
    let (hours, minutes) = (hours.parse::<i64>().ok()?, minutes.parse::<i64>().ok()?);
    let is_offset = hours < 24 && minutes < 60;
    is_offset.then(|| SignedDuration::from_mins(sign * (hours * 60 + minutes)))
}

#[cfg(test)]
mod tests;
