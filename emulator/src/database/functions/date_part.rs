//! Parts of dates and datetimes.
//!
//! Source: SOQL and SOSL Reference, "Date Functions". The user's time zone is
//! GMT, and the fiscal year is the calendar year.

use jiff::Timestamp;
use jiff::civil::{DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use rusqlite::functions::Context;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Result};

use super::FLAGS;
use crate::soql::{DatePart, Function};

const PARTS: [DatePart; 13] = [
    DatePart::CalendarMonth,
    DatePart::CalendarQuarter,
    DatePart::CalendarYear,
    DatePart::DayInMonth,
    DatePart::DayInWeek,
    DatePart::DayInYear,
    DatePart::DayOnly,
    DatePart::FiscalMonth,
    DatePart::FiscalQuarter,
    DatePart::FiscalYear,
    DatePart::HourInDay,
    DatePart::WeekInMonth,
    DatePart::WeekInYear,
];

/// Defines a function for each part, by its name in SOQL.
pub(super) fn define(connection: &Connection) -> Result<()> {
    for part in PARTS {
        let name = Function::Date(part).name();
        connection.create_scalar_function(name, 1, FLAGS, move |context| {
            Ok(instant(context)?.map_or(Value::Null, |instant| of(part, instant)))
        })?;
    }
    Ok(())
}

/// The date or datetime that the argument stores.
fn instant(context: &Context<'_>) -> Result<Option<DateTime>> {
    match context.get_raw(0) {
        ValueRef::Integer(milliseconds) => Ok(Timestamp::from_millisecond(milliseconds)
            .ok()
            .map(|instant| TimeZone::UTC.to_datetime(instant))),
        ValueRef::Null => Ok(None),
        date => {
            let date: Option<jiff::civil::Date> = date.as_str()?.parse().ok();
            Ok(date.map(|date| date.to_datetime(Time::midnight())))
        }
    }
}

fn of(part: DatePart, instant: DateTime) -> Value {
    let week = |day: i16| (day - 1) / 7 + 1;
    let day = i16::from(instant.day());
    let number = match part {
        DatePart::CalendarYear | DatePart::FiscalYear => instant.year(),
        DatePart::CalendarQuarter | DatePart::FiscalQuarter => {
            i16::from((instant.month() - 1) / 3 + 1)
        }
        DatePart::CalendarMonth | DatePart::FiscalMonth => i16::from(instant.month()),
        DatePart::DayInMonth => day,
        DatePart::DayInWeek => i16::from(instant.weekday().since(Weekday::Sunday)) + 1,
        DatePart::DayInYear => instant.day_of_year(),
        DatePart::DayOnly => return Value::Text(instant.date().to_string()),
        DatePart::HourInDay => i16::from(instant.hour()),
        DatePart::WeekInMonth => week(day),
        DatePart::WeekInYear => week(instant.day_of_year()),
    };
    Value::Integer(i64::from(number))
}
