//! Functions of all rows of a group.

use std::cmp::Ordering;
use std::panic::{RefUnwindSafe, UnwindSafe};

use rusqlite::functions::{Aggregate, Context};
use rusqlite::types::Value;
use rusqlite::{Connection, Result};

use super::FLAGS;

/// Defines them.
pub(super) fn define(connection: &Connection) -> Result<()> {
    connection.create_aggregate_function("least", 2, FLAGS, Extreme(Ordering::Less))?;
    connection.create_aggregate_function("greatest", 2, FLAGS, Extreme(Ordering::Greater))?;
    connection.create_aggregate_function("sum_of_integers", 1, FLAGS, SumOfIntegers)
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
