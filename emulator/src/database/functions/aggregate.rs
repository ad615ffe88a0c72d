//! Functions of all rows of a group.

use std::cmp::Ordering;
use std::panic::{RefUnwindSafe, UnwindSafe};

use rusqlite::functions::{Aggregate, Context};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Result};

use super::FLAGS;

/// Defines them.
pub(super) fn define(connection: &Connection) -> Result<()> {
    connection.create_aggregate_function("least", 2, FLAGS, Extreme(Ordering::Less))?;
    connection.create_aggregate_function("greatest", 2, FLAGS, Extreme(Ordering::Greater))?;
    connection.create_aggregate_function("sum_of_integers", 1, FLAGS, SumOfIntegers)?;
    connection.create_aggregate_function("sum_of_fractions", 1, FLAGS, SumOfFractions)
}

/// `least(key, value)` and `greatest(key, value)`: the value with the least or
/// greatest key, none of which is null; of several the one that is least in
/// bytes, so that the result does not depend on the order of the rows. MIN and
/// MAX of text need it, which is compared in another form than it is shown in.
struct Extreme(Ordering);

/// A key and its value.
type Keyed = (String, String);

impl Aggregate<Option<Keyed>, Option<String>> for Extreme
where
    Option<Keyed>: RefUnwindSafe + UnwindSafe,
{
    fn init(&self, _: &mut Context<'_>) -> Result<Option<Keyed>> {
        Ok(None)
    }

    fn step(&self, context: &mut Context<'_>, best: &mut Option<Keyed>) -> Result<()> {
        let Some(key) = context.get_raw(0).as_str_or_null()? else {
            return Ok(());
        };
        let value = context.get_raw(1).as_str()?;
        let is_better = best.as_ref().is_none_or(|(best_key, best_value)| {
            let order = key.cmp(best_key.as_str());
            order == self.0 || order == Ordering::Equal && value < best_value.as_str()
        });
        if is_better {
            *best = Some((key.to_owned(), value.to_owned()));
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, best: Option<Option<Keyed>>) -> Result<Option<String>> {
        Ok(best.flatten().map(|(_, value)| value))
    }
}

/// `sum_of_integers(value)`: SQLite's own fails where it overflows.
struct SumOfIntegers;

impl Aggregate<Option<i128>, Value> for SumOfIntegers {
    fn init(&self, _: &mut Context<'_>) -> Result<Option<i128>> {
        Ok(None)
    }

    fn step(&self, context: &mut Context<'_>, sum: &mut Option<i128>) -> Result<()> {
        if let Some(value) = context.get_raw(0).as_i64_or_null()? {
            *sum = Some(sum.unwrap_or_default() + i128::from(value));
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, sum: Option<Option<i128>>) -> Result<Value> {
        Ok(match sum.flatten() {
            None => Value::Null,
            Some(sum) => match i64::try_from(sum) {
                Ok(sum) => Value::Integer(sum),
                Err(_) => Value::Real(sum as f64),
            },
        })
    }
}

/// `sum_of_fractions(value)`: as in decimal, where 0.1 and 0.2 are 0.3. A field's
/// numbers have at most 18 digits, and their sum no more decimal places than the
/// one that has most.
///
/// Source: Object Reference, "Field Types", of `double`.
struct SumOfFractions;

/// The sum in binary, what rounding took from it, and its decimal places.
#[derive(Default)]
struct Decimal {
    sum: f64,
    lost: f64,
    places: usize,
}

impl Decimal {
    /// Adds with the error of each addition kept apart (Neumaier's sum), so that the
    /// order of the rows does not show.
    fn add(&mut self, value: f64) {
        let sum = self.sum + value;
        self.lost += if self.sum.abs() >= value.abs() {
            self.sum - sum + value
        } else {
            value - sum + self.sum
        };
        self.sum = sum;
        let shortest = value.to_string();
        let fraction = shortest.split_once('.').map_or("", |(_, fraction)| fraction);
        self.places = self.places.max(fraction.len());
    }

    fn rounded(&self) -> f64 {
        // What overflowed has no error that could be added.
        let lost = if self.sum.is_finite() { self.lost } else { 0.0 };
        let sum = self.sum + lost;
        let decimal = format!("{sum:.*}", self.places);
        decimal.parse().unwrap_or(sum)
    }
}

impl Aggregate<Option<Decimal>, Option<f64>> for SumOfFractions {
    fn init(&self, _: &mut Context<'_>) -> Result<Option<Decimal>> {
        Ok(None)
    }

    fn step(&self, context: &mut Context<'_>, sum: &mut Option<Decimal>) -> Result<()> {
        let value = match context.get_raw(0) {
            ValueRef::Null => return Ok(()),
            ValueRef::Integer(value) => value as f64,
            value => value.as_f64()?,
        };
        sum.get_or_insert_default().add(value);
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, sum: Option<Option<Decimal>>) -> Result<Option<f64>> {
        Ok(sum.flatten().map(|sum| sum.rounded()))
    }
}
