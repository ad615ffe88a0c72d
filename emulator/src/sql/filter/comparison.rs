//! One value of a row against values of the statement.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use rusqlite::types::Value;

use super::super::Fragment;
use super::super::operand::{Operand, Role};
use crate::id::RecordId;
use crate::schema::{DataType, Kind};
use crate::soql::{self, Code, Comparison, DateRange, Literal, RelativeDate, SoqlError};

/// What is said about a value.
pub(super) struct Predicate<'a> {
    operand: Operand,
    soql: &'a str,
    today: Date,
}

impl<'a> Predicate<'a> {
    pub(super) fn new(operand: Operand, soql: &'a str, today: Date) -> Result<Self, SoqlError> {
        let is_filterable = match operand.role {
            Role::Field | Role::Shown => operand.field.is_filterable(),
            Role::DatePart | Role::Aggregate => true,
        };
        let predicate = Self {
            operand,
            soql,
            today,
        };
        if is_filterable {
            return Ok(predicate);
        }
        let message = format!(
            "field '{}' can not be filtered in a query call",
            predicate.operand.name
        );
        Err(predicate.invalid_field(&message))
    }

    pub(super) fn compare(
        &self,
        comparison: Comparison,
        value: &soql::Value,
    ) -> Result<Fragment, SoqlError> {
        let literal = &value.literal;
        let ordered = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        if *literal == Literal::Null || (is_null(literal) && !ordered) {
            return self.compare_with_null(comparison);
        }
        if let Literal::Relative(relative) = literal {
            return self.compare_with_range(comparison, *relative);
        }
        if comparison == Comparison::Like {
            return self.like(literal);
        }
        if ordered && matches!(self.operand.kind, Kind::Boolean | Kind::MultiPicklist) {
            return Err(self.invalid_operator());
        }
        let value = self.value(literal)?;
        let operand = self.operand.comparable();
        Ok(match comparison {
            // SQLite looks `IS` up in an index, and not what is in `coalesce`.
            Comparison::Equal => operand.between("(", "").then(" IS ?)", value),
            Comparison::NotEqual => operand.between("(", "").then(" IS NOT ?)", value),
            other => operand
                .between("coalesce(", "")
                .then(&format!(" {} ?, 0)", other.as_str()), value),
        })
    }

    /// Of a boolean, null is false.
    ///
    /// Source: SOQL and SOSL Reference, "Use null in WHERE".
    fn compare_with_null(&self, comparison: Comparison) -> Result<Fragment, SoqlError> {
        let operand = self.operand.sql.clone();
        match (comparison, self.operand.kind) {
            (Comparison::Equal, Kind::Boolean) => Ok(operand.between("(", " IS 0)")),
            (Comparison::NotEqual, Kind::Boolean) => Ok(operand.between("(", " IS 1)")),
            (Comparison::Equal, _) => Ok(operand.between("(", " IS NULL)")),
            (Comparison::NotEqual, _) => Ok(operand.between("(", " IS NOT NULL)")),
            _ => Err(self.invalid_operator()),
        }
    }

    fn compare_with_range(
        &self,
        comparison: Comparison,
        relative: RelativeDate,
    ) -> Result<Fragment, SoqlError> {
        let range = relative
            .on(self.today)
            .ok_or_else(SoqlError::date_out_of_range)?;
        let (first, end) = self.bounds(range)?;
        let compared = |operator: &str, bound| {
            let operand = self.operand.sql.clone().between("coalesce(", "");
            operand.then(&format!(" {operator} ?, 0)"), bound)
        };
        let before = |bound| compared("<", bound);
        let since = |bound| compared(">=", bound);
        match comparison {
            Comparison::Equal => Ok(since(first).and(before(end))),
            Comparison::NotEqual => Ok(since(first).and(before(end)).not()),
            Comparison::Less => Ok(before(first)),
            Comparison::LessOrEqual => Ok(before(end)),
            Comparison::Greater => Ok(since(end)),
            Comparison::GreaterOrEqual => Ok(since(first)),
            Comparison::Like => Err(self.invalid_operator()),
        }
    }

    /// The range as the field stores it.
    fn bounds(&self, range: DateRange) -> Result<(Value, Value), SoqlError> {
        match self.operand.kind {
            Kind::Date => Ok((
                Value::Text(range.first.to_string()),
                Value::Text(range.end.to_string()),
            )),
            Kind::DateTime => midnight(range.first)
                .zip(midnight(range.end))
                .ok_or_else(|| self.wrong_type()),
            _ => Err(self.wrong_type()),
        }
    }

    fn like(&self, literal: &Literal) -> Result<Fragment, SoqlError> {
        if self.operand.kind != Kind::Text {
            return Err(self.invalid_operator());
        }
        let Literal::Text(text) = literal else {
            return Err(self.wrong_type());
        };
        let pattern = Value::Text(text.pattern.clone());
        let operand = self.operand.sql.clone().between("is_like(", "");
        Ok(operand.then(", ?)", pattern))
    }

    pub(super) fn one_of(&self, values: &[soql::Value]) -> Result<Fragment, SoqlError> {
        let mut choices = Vec::new();
        let mut bound: Vec<Value> = Vec::new();
        for value in values {
            if is_null(&value.literal) || matches!(value.literal, Literal::Relative(_)) {
                choices.push(self.compare(Comparison::Equal, value)?);
            } else {
                bound.push(self.value(&value.literal)?);
            }
        }
        if !bound.is_empty() {
            let mut found = self.operand.comparable().between("(", " IS NOT NULL AND ");
            found.push(self.operand.comparable());
            found.push_text(" IN (");
            found.push(Fragment::list(distinct(bound)));
            found.push_text("))");
            choices.push(found);
        }
        Ok(Fragment::join(choices, "OR", "0"))
    }

    pub(super) fn includes(&self, values: &[soql::Value]) -> Result<Fragment, SoqlError> {
        if self.operand.kind != Kind::MultiPicklist {
            return Err(self.invalid_operator());
        }
        let mut choices = Vec::new();
        for value in values {
            let choice = match &value.literal {
                Literal::Text(text) => self.operand.folded(&text.value),
                Literal::Null => Value::Text(String::new()),
                _ => return Err(self.wrong_type()),
            };
            let operand = self.operand.sql.clone().between("includes(", "");
            choices.push(operand.then(", ?)", choice));
        }
        Ok(Fragment::join(choices, "OR", "0"))
    }

    /// The literal as the field stores it, if it is of the field's type.
    fn value(&self, literal: &Literal) -> Result<Value, SoqlError> {
        match (self.operand.kind, literal) {
            (Kind::Id | Kind::Reference, Literal::Text(text)) => {
                let id = RecordId::parse(&text.value);
                let id = id.ok_or_else(|| self.invalid_id(&text.value))?;
                Ok(Value::Text(id.to_string()))
            }
            (Kind::Text | Kind::MultiPicklist, Literal::Text(text)) => {
                Ok(self.operand.folded(&text.value))
            }
            (Kind::Boolean, Literal::Boolean(value)) => Ok(Value::Integer(i64::from(*value))),
            (Kind::Integer | Kind::Double, Literal::Integer(value)) => Ok(Value::Integer(*value)),
            (Kind::Integer | Kind::Double, Literal::Double(value)) => Ok(Value::Real(*value)),
            // In an org with one currency, every amount is in it.
            (Kind::Double, Literal::Currency { amount, .. })
                if self.operand.field.data_type == DataType::Currency
                    && self.operand.role == Role::Field =>
            {
                Ok(Value::Real(*amount))
            }
            (Kind::Date, Literal::Date(value)) => Ok(Value::Text(value.to_string())),
            (Kind::DateTime, Literal::DateTime(value)) => Ok(Value::Integer(*value)),
            (Kind::Time, Literal::Time(value)) => {
                Ok(Value::Text(value.strftime("%H:%M:%S%.3fZ").to_string()))
            }
            _ => Err(self.wrong_type()),
        }
    }

    fn wrong_type(&self) -> SoqlError {
        let Operand { kind, name, .. } = &self.operand;
        let quotes = match kind {
            Kind::Id | Kind::Reference | Kind::Text | Kind::MultiPicklist => {
                "should be enclosed in quotes"
            }
            _ => "should not be enclosed in quotes",
        };
        let message = format!(
            "value of filter criterion for field '{name}' must be of type {} and {quotes}",
            kind.name()
        );
        self.invalid_field(&message)
    }

    fn invalid_field(&self, message: &str) -> SoqlError {
        SoqlError::at(Code::InvalidField, self.soql, self.operand.at, message)
    }

    /// Source of the place: UnofficialSF/LightningFlowComponents#255, of the
    /// words of ids: the same.
    fn invalid_operator(&self) -> SoqlError {
        let kind = match self.operand.kind {
            Kind::Id | Kind::Reference => "id",
            other => other.name(),
        };
        let message = format!("invalid operator on {kind} field");
        let code = Code::InvalidQueryFilterOperator;
        SoqlError::at(code, self.soql, self.operand.at, &message)
    }

    fn invalid_id(&self, text: &str) -> SoqlError {
        let message = format!("invalid ID field: {text}");
        SoqlError::at(Code::MalformedQuery, self.soql, self.operand.at, &message)
    }
}

/// Salesforce stores an empty string as null.
fn is_null(literal: &Literal) -> bool {
    match literal {
        Literal::Null => true,
        Literal::Text(text) => text.value.is_empty(),
        _ => false,
    }
}

/// Each value once: SQLite limits how many there are in a statement, and a
/// statement of Salesforce's length has room for fewer different ones.
fn distinct(values: Vec<Value>) -> impl Iterator<Item = Fragment> {
    let mut seen = std::collections::HashSet::new();
    values.into_iter().filter_map(move |value| {
        let is_new = seen.insert(format!("{value:?}"));
        is_new.then(|| Fragment::with("?", value))
    })
}

fn midnight(day: Date) -> Option<Value> {
    let midnight = day.to_zoned(TimeZone::UTC).ok()?;
    Some(Value::Integer(midnight.timestamp().as_millisecond()))
}
