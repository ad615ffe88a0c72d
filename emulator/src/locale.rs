//! Values as users of the locale en_US see them, for FORMAT().
//!
//! Source: SOQL and SOSL Reference, "FORMAT()": numbers, dates, times and
//! currencies have the format of the user's locale. What that is in en_US is
//! from Salesforce Help, "Supported Date and Time Formats (ICU)" and "Number
//! Formats"; that REST writes exactly so is unconfirmed.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use crate::schema::{DataType, Field};

/// A whole number.
pub(crate) fn integer(value: i64) -> String {
    grouped(&value.to_string())
}

/// A decimal number that is a value of `field`, or made of some.
pub(crate) fn decimal(value: f64, field: &Field) -> String {
    let scale = match field.data_type {
        DataType::Int | DataType::Long => 2,
        _ => usize::try_from(field.scale).unwrap_or_default(),
    };
    let digits = grouped(&format!("{:.scale$}", value.abs()));
    let is_zero = !digits.contains(|digit: char| ('1'..='9').contains(&digit));
    let sign = if value < 0.0 && !is_zero { "-" } else { "" };
    match field.data_type {
        DataType::Currency => format!("{sign}${digits}"),
        DataType::Percent => format!("{sign}{digits}%"),
        _ => format!("{sign}{digits}"),
    }
}

/// A day, stored as `YYYY-MM-DD`.
pub(crate) fn date(stored: &str) -> String {
    match stored.parse::<Date>() {
        Ok(date) => day(date),
        Err(_) => stored.to_owned(),
    }
}

/// An instant, in milliseconds since 1970, in the user's time zone, GMT.
pub(crate) fn date_time(milliseconds: i64) -> String {
    let Ok(instant) = Timestamp::from_millisecond(milliseconds) else {
        return String::new(); // no such instant gets past the seed's checks
    };
    let instant: DateTime = TimeZone::UTC.to_datetime(instant);
    format!("{}, {}", day(instant.date()), clock(instant.time()))
}

/// A time of day, stored as `HH:MM:SS.mmmZ`.
pub(crate) fn time(stored: &str) -> String {
    match stored.trim_end_matches('Z').parse::<Time>() {
        Ok(time) => clock(time),
        Err(_) => stored.to_owned(),
    }
}

fn day(date: Date) -> String {
    format!("{}/{}/{:04}", date.month(), date.day(), date.year())
}

fn clock(time: Time) -> String {
    let hour = match time.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    let half = if time.hour() < 12 { "AM" } else { "PM" };
    format!("{hour}:{:02} {half}", time.minute())
}

/// A comma before every three digits of the whole part.
fn grouped(number: &str) -> String {
    let (sign, number) = match number.strip_prefix('-') {
        Some(number) => ("-", number),
        None => ("", number),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let mut grouped = sign.to_owned();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if !fraction.is_empty() {
        grouped.push('.');
        grouped.push_str(fraction);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;

    fn field(object: &str, name: &str) -> std::sync::Arc<Field> {
        let schema = Schema::standard();
        let sobject = schema.named(object).expect("an object");
        sobject.field(name).expect("a field").clone()
    }

    #[test]
    fn numbers_have_commas_and_the_digits_of_their_field() {
        for (value, text) in [
            (0, "0"),
            (999, "999"),
            (-1_000, "-1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(integer(value), text);
        }
        let amount = field("Opportunity", "Amount");
        for (value, text) in [
            (0.0, "$0.00"),
            (1_234.5, "$1,234.50"),
            (-5.0, "-$5.00"),
            (-0.001, "$0.00"),
        ] {
            assert_eq!(decimal(value, &amount), text);
        }
        assert_eq!(decimal(50.0, &field("Opportunity", "Probability")), "50%");
        assert_eq!(decimal(2.5, &field("Account", "NumberOfEmployees")), "2.50");
    }

    /// The example of the guide: December 28, 2015.
    #[test]
    fn dates_and_times_are_american() {
        assert_eq!(date("2015-12-28"), "12/28/2015");
        assert_eq!(date_time(1_451_260_800_000), "12/28/2015, 12:00 AM");
        assert_eq!(date_time(-60_000), "12/31/1969, 11:59 PM");
        assert_eq!(time("12:05:59.001Z"), "12:05 PM");
        assert_eq!(time("09:30:00.000Z"), "9:30 AM");
    }
}
