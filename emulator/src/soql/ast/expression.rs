//! What has a value in a row: fields, and functions of fields.

use super::Path;

/// A field, or a function of one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expression {
    Field(Path),
    Call(Call),
    Distance(Distance),
}

/// `CALENDAR_YEAR(CreatedDate)`, `FORMAT(MIN(CloseDate))`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Call {
    pub(crate) function: Function,
    pub(crate) argument: Box<Expression>,
    pub(crate) at: usize,
}

/// A function of one argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    Aggregate(Aggregate),
    Date(DatePart),
    ToLabel,
    Format,
    ConvertCurrency,
    /// A datetime in the user's time zone; within date functions only.
    ConvertTimezone,
    /// 1 in a subtotal over the field, otherwise 0.
    Grouping,
}

/// A function of all records of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aggregate {
    Average,
    Count,
    CountDistinct,
    Maximum,
    Minimum,
    Sum,
}

/// A part of a date or a datetime.
///
/// Source: SOQL and SOSL Reference, "Date Functions".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DatePart {
    CalendarMonth,
    CalendarQuarter,
    CalendarYear,
    DayInMonth,
    /// 1 for Sunday.
    DayInWeek,
    DayInYear,
    /// The date of a datetime.
    DayOnly,
    FiscalMonth,
    FiscalQuarter,
    FiscalYear,
    HourInDay,
    /// 1 for days 1 to 7.
    WeekInMonth,
    /// 1 for days 1 to 7.
    WeekInYear,
}

/// `DISTANCE(Location__c, GEOLOCATION(37.7, -122.4), 'mi')`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Distance {
    pub(crate) from: Path,
    pub(crate) to: Location,
    pub(crate) unit: Unit,
    pub(crate) at: usize,
}

/// A place on Earth.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Location {
    /// The place in another field.
    Field(Path),
    /// In degrees.
    Coordinates { latitude: f64, longitude: f64 },
}

/// A unit of distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Kilometres,
    Miles,
}

impl Expression {
    /// The byte at which it begins.
    pub(crate) fn at(&self) -> usize {
        match self {
            Self::Field(path) => path.at,
            Self::Call(call) => call.at,
            Self::Distance(distance) => distance.at,
        }
    }

    /// Whether it is a field, and no function of one.
    pub(crate) const fn is_field(&self) -> bool {
        matches!(self, Self::Field(_))
    }

    /// Whether it makes a statement without GROUP BY a grouped one. A date
    /// function does: `SELECT CALENDAR_YEAR(CloseDate) FROM Opportunity` is
    /// refused because CloseDate is not grouped.
    pub(super) fn groups(&self) -> bool {
        self.calls(|function| {
            matches!(
                function,
                Function::Aggregate(_) | Function::Date(_) | Function::Grouping
            )
        })
    }

    fn calls(&self, is_wanted: impl Fn(Function) -> bool) -> bool {
        let mut expression = self;
        while let Self::Call(call) = expression {
            if is_wanted(call.function) {
                return true;
            }
            expression = &call.argument;
        }
        false
    }
}

/// Every function.
const FUNCTIONS: [Function; 24] = [
    Function::Aggregate(Aggregate::Average),
    Function::Aggregate(Aggregate::Count),
    Function::Aggregate(Aggregate::CountDistinct),
    Function::Aggregate(Aggregate::Maximum),
    Function::Aggregate(Aggregate::Minimum),
    Function::Aggregate(Aggregate::Sum),
    Function::Date(DatePart::CalendarMonth),
    Function::Date(DatePart::CalendarQuarter),
    Function::Date(DatePart::CalendarYear),
    Function::Date(DatePart::DayInMonth),
    Function::Date(DatePart::DayInWeek),
    Function::Date(DatePart::DayInYear),
    Function::Date(DatePart::DayOnly),
    Function::Date(DatePart::FiscalMonth),
    Function::Date(DatePart::FiscalQuarter),
    Function::Date(DatePart::FiscalYear),
    Function::Date(DatePart::HourInDay),
    Function::Date(DatePart::WeekInMonth),
    Function::Date(DatePart::WeekInYear),
    Function::ToLabel,
    Function::Format,
    Function::ConvertCurrency,
    Function::ConvertTimezone,
    Function::Grouping,
];

impl Function {
    /// The function of this name, in any case.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let is_named = |function: &Self| function.name().eq_ignore_ascii_case(name);
        FUNCTIONS.into_iter().find(is_named)
    }

    /// Its name, in the guide's spelling.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Aggregate(Aggregate::Average) => "AVG",
            Self::Aggregate(Aggregate::Count) => "COUNT",
            Self::Aggregate(Aggregate::CountDistinct) => "COUNT_DISTINCT",
            Self::Aggregate(Aggregate::Maximum) => "MAX",
            Self::Aggregate(Aggregate::Minimum) => "MIN",
            Self::Aggregate(Aggregate::Sum) => "SUM",
            Self::Date(DatePart::CalendarMonth) => "CALENDAR_MONTH",
            Self::Date(DatePart::CalendarQuarter) => "CALENDAR_QUARTER",
            Self::Date(DatePart::CalendarYear) => "CALENDAR_YEAR",
            Self::Date(DatePart::DayInMonth) => "DAY_IN_MONTH",
            Self::Date(DatePart::DayInWeek) => "DAY_IN_WEEK",
            Self::Date(DatePart::DayInYear) => "DAY_IN_YEAR",
            Self::Date(DatePart::DayOnly) => "DAY_ONLY",
            Self::Date(DatePart::FiscalMonth) => "FISCAL_MONTH",
            Self::Date(DatePart::FiscalQuarter) => "FISCAL_QUARTER",
            Self::Date(DatePart::FiscalYear) => "FISCAL_YEAR",
            Self::Date(DatePart::HourInDay) => "HOUR_IN_DAY",
            Self::Date(DatePart::WeekInMonth) => "WEEK_IN_MONTH",
            Self::Date(DatePart::WeekInYear) => "WEEK_IN_YEAR",
            Self::ToLabel => "toLabel",
            Self::Format => "FORMAT",
            Self::ConvertCurrency => "convertCurrency",
            Self::ConvertTimezone => "convertTimezone",
            Self::Grouping => "GROUPING",
        }
    }
}
