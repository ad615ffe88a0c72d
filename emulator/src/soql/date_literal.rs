//! Date literals relative to now, such as `LAST_N_DAYS:30`.
//!
//! Source: SOQL and SOSL Reference, "Date Formats and Date Literals". The org's
//! user has the time zone GMT and the locale en_US (weeks begin on Sunday), and
//! its fiscal year is the calendar year.

use std::fmt;

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan as _};

/// A literal, not yet tied to a day: from `first` whole units after the
/// current one up to but not including `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RelativeDate {
    unit: Unit,
    first: i64,
    end: i64,
}

/// The days that a literal means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DateRange {
    /// The first day in it.
    pub(crate) first: Date,
    /// The first day after it.
    pub(crate) end: Date,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl RelativeDate {
    /// Reads a literal without a number, such as `TODAY`.
    pub(super) fn named(word: &str) -> Option<Self> {
        let word = word.to_ascii_uppercase();
        let (unit, first, end) = match word.as_str() {
            "YESTERDAY" => (Unit::Day, -1, 0),
            "TODAY" => (Unit::Day, 0, 1),
            "TOMORROW" => (Unit::Day, 1, 2),
            "LAST_90_DAYS" => return Self::counted("LAST_N_DAYS", 90),
            "NEXT_90_DAYS" => return Self::counted("NEXT_N_DAYS", 90),
            _ => {
                let (which, unit) = word.split_once('_')?;
                let unit = Unit::singular(unit)?;
                match which {
                    "LAST" => (unit, -1, 0),
                    "THIS" => (unit, 0, 1),
                    "NEXT" => (unit, 1, 2),
                    _ => return None,
                }
            }
        };
        Some(Self { unit, first, end })
    }

    /// Reads the part before the colon of a literal with a number, such as
    /// `LAST_N_DAYS:30`.
    pub(super) fn counted(word: &str, number: u32) -> Option<Self> {
        let word = word.to_ascii_uppercase();
        let number = i64::from(number);
        let (unit, first, end) = if let Some(unit) = word.strip_prefix("LAST_N_") {
            match Unit::plural(unit)? {
                // Days alone include the current one.
                Unit::Day => (Unit::Day, -number, 1),
                unit => (unit, -number, 0),
            }
        } else if let Some(unit) = word.strip_prefix("NEXT_N_") {
            (Unit::plural(unit)?, 1, number + 1)
        } else {
            let unit = word.strip_prefix("N_")?.strip_suffix("_AGO")?;
            (Unit::plural(unit)?, -number, 1 - number)
        };
        Some(Self { unit, first, end })
    }

    /// The days that it means on the day `today`; `None` outside the calendar.
    pub(crate) fn on(self, today: Date) -> Option<DateRange> {
        let begin = self.unit.begin(today)?;
        Some(DateRange {
            first: begin.checked_add(self.unit.times(self.first)?).ok()?,
            end: begin.checked_add(self.unit.times(self.end)?).ok()?,
        })
    }
}

impl fmt::Display for RelativeDate {
    /// Writes the shortest literal that means the same days.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { unit, first, end } = *self;
        match (unit, first, end) {
            (Unit::Day, -1, 0) => out.write_str("YESTERDAY"),
            (Unit::Day, 0, 1) => out.write_str("TODAY"),
            (Unit::Day, 1, 2) => out.write_str("TOMORROW"),
            (Unit::Day, first, 1) if first <= 0 => write!(out, "LAST_N_DAYS:{}", -first),
            (unit, -1, 0) => write!(out, "LAST_{}", unit.name()),
            (unit, 0, 1) => write!(out, "THIS_{}", unit.name()),
            (unit, 1, 2) => write!(out, "NEXT_{}", unit.name()),
            (unit, first, 0) if unit != Unit::Day => {
                write!(out, "LAST_N_{}S:{}", unit.name(), -first)
            }
            (unit, 1, end) => write!(out, "NEXT_N_{}S:{}", unit.name(), end - 1),
            (unit, first, _) => write!(out, "N_{}S_AGO:{}", unit.name(), -first),
        }
    }
}

impl Unit {
    const fn name(self) -> &'static str {
        match self {
            Self::Day => "DAY",
            Self::Week => "WEEK",
            Self::Month => "MONTH",
            Self::Quarter => "QUARTER",
            Self::Year => "YEAR",
        }
    }

    fn singular(word: &str) -> Option<Self> {
        match word {
            "WEEK" => Some(Self::Week),
            "MONTH" => Some(Self::Month),
            "QUARTER" | "FISCAL_QUARTER" => Some(Self::Quarter),
            "YEAR" | "FISCAL_YEAR" => Some(Self::Year),
            _ => None,
        }
    }

    fn plural(word: &str) -> Option<Self> {
        match word {
            "DAYS" => Some(Self::Day),
            other => Self::singular(other.strip_suffix('S')?),
        }
    }

    /// The first day of the unit that `day` lies in.
    fn begin(self, day: Date) -> Option<Date> {
        match self {
            Self::Day => Some(day),
            Self::Week => day
                .checked_sub(i64::from(day.weekday().since(Weekday::Sunday)).days())
                .ok(),
            Self::Month => Some(day.first_of_month()),
            Self::Quarter => Date::new(day.year(), (day.month() - 1) / 3 * 3 + 1, 1).ok(),
            Self::Year => Some(day.first_of_year()),
        }
    }

    fn times(self, number: i64) -> Option<Span> {
        let span = Span::new();
        match self {
            Self::Day => span.try_days(number),
            Self::Week => span.try_weeks(number),
            Self::Month => span.try_months(number),
            Self::Quarter => span.try_months(number.checked_mul(3)?),
            Self::Year => span.try_years(number),
        }
        .ok()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn literals_mean_the_documented_days() {
        // A Wednesday.
        let today = date(2026, 5, 20);
        for (literal, first, end) in [
            ("YESTERDAY", date(2026, 5, 19), date(2026, 5, 20)),
            ("today", date(2026, 5, 20), date(2026, 5, 21)),
            ("TOMORROW", date(2026, 5, 21), date(2026, 5, 22)),
            ("LAST_WEEK", date(2026, 5, 10), date(2026, 5, 17)),
            ("THIS_WEEK", date(2026, 5, 17), date(2026, 5, 24)),
            ("NEXT_WEEK", date(2026, 5, 24), date(2026, 5, 31)),
            ("LAST_MONTH", date(2026, 4, 1), date(2026, 5, 1)),
            ("NEXT_QUARTER", date(2026, 7, 1), date(2026, 10, 1)),
            ("THIS_FISCAL_QUARTER", date(2026, 4, 1), date(2026, 7, 1)),
            ("LAST_YEAR", date(2025, 1, 1), date(2026, 1, 1)),
            ("LAST_90_DAYS", date(2026, 2, 19), date(2026, 5, 21)),
            ("NEXT_90_DAYS", date(2026, 5, 21), date(2026, 8, 19)),
        ] {
            let range = RelativeDate::named(literal).and_then(|literal| literal.on(today));
            assert_eq!(range, Some(DateRange { first, end }), "{literal}");
        }
    }

    #[test]
    fn counted_literals_mean_the_documented_days() {
        let today = date(2026, 5, 20);
        for (literal, number, first, end) in [
            ("LAST_N_DAYS", 1, date(2026, 5, 19), date(2026, 5, 21)),
            ("NEXT_N_DAYS", 2, date(2026, 5, 21), date(2026, 5, 23)),
            ("N_DAYS_AGO", 3, date(2026, 5, 17), date(2026, 5, 18)),
            ("LAST_N_WEEKS", 2, date(2026, 5, 3), date(2026, 5, 17)),
            ("n_months_ago", 2, date(2026, 3, 1), date(2026, 4, 1)),
            ("NEXT_N_FISCAL_YEARS", 2, date(2027, 1, 1), date(2029, 1, 1)),
            ("LAST_N_QUARTERS", 1, date(2026, 1, 1), date(2026, 4, 1)),
        ] {
            let range =
                RelativeDate::counted(literal, number).and_then(|literal| literal.on(today));
            assert_eq!(range, Some(DateRange { first, end }), "{literal}:{number}");
        }
    }

    #[test]
    fn what_is_written_means_the_same_days() {
        let read = |text: &str| match text.split_once(':') {
            Some((word, number)) => RelativeDate::counted(word, number.parse().expect("a number")),
            None => RelativeDate::named(text),
        };
        for (literal, written) in [
            ("YESTERDAY", "YESTERDAY"),
            ("LAST_90_DAYS", "LAST_N_DAYS:90"),
            ("LAST_N_DAYS:0", "TODAY"),
            ("N_DAYS_AGO:1", "YESTERDAY"),
            ("N_DAYS_AGO:3", "N_DAYS_AGO:3"),
            ("NEXT_90_DAYS", "NEXT_N_DAYS:90"),
            ("NEXT_N_DAYS:0", "NEXT_N_DAYS:0"),
            ("LAST_N_WEEKS:0", "LAST_N_WEEKS:0"),
            ("LAST_N_WEEKS:1", "LAST_WEEK"),
            ("LAST_N_FISCAL_YEARS:2", "LAST_N_YEARS:2"),
            ("N_MONTHS_AGO:0", "THIS_MONTH"),
            ("N_QUARTERS_AGO:2", "N_QUARTERS_AGO:2"),
            ("NEXT_N_MONTHS:1", "NEXT_MONTH"),
            ("NEXT_N_MONTHS:5", "NEXT_N_MONTHS:5"),
        ] {
            let relative = read(literal).expect("a literal");
            assert_eq!(relative.to_string(), written);
            assert_eq!(read(written), Some(relative), "{literal}");
        }
    }

    #[test]
    fn what_is_no_literal_is_none() {
        for word in ["SOMEDAY", "LAST_DAY", "LAST_", "THIS_DAYS", "é"] {
            assert_eq!(RelativeDate::named(word), None, "{word}");
        }
        for word in ["LAST_N_DAY", "LAST_N", "N_AGO", "N_DAYS", "TODAY"] {
            assert_eq!(RelativeDate::counted(word, 1), None, "{word}");
        }
        let far = RelativeDate::counted("NEXT_N_YEARS", u32::MAX).expect("a literal");
        assert_eq!(far.on(date(2026, 5, 20)), None);
    }
}
