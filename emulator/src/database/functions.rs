//! What SOQL can do with values and SQLite cannot.

mod aggregate;
mod date_part;

use std::collections::HashMap;

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, Result};

use crate::collation::{Pattern, fold};

/// What stands between the values of a multi-select picklist.
const SEPARATOR: char = ';';

const FLAGS: FunctionFlags = FunctionFlags::SQLITE_UTF8.union(FunctionFlags::SQLITE_DETERMINISTIC);

/// Defines them all.
pub(super) fn define(connection: &Connection) -> Result<()> {
    connection
        .create_scalar_function("fold", 1, FLAGS, |context| Ok(text(context, 0)?.map(fold)))?;
    connection.create_scalar_function("is_like", 2, FLAGS, is_like)?;
    connection.create_scalar_function("includes", 2, FLAGS, includes)?;
    connection.create_scalar_function("label", 2, FLAGS, label)?;
    connection.create_scalar_function("rank", 2, FLAGS, rank)?;
    date_part::define(connection)?;
    aggregate::define(connection)
}

/// `is_like(value, pattern)`: false of null.
fn is_like(context: &Context<'_>) -> Result<bool> {
    let pattern = context.get_or_create_aux(1, |pattern| {
        Ok::<_, rusqlite::types::FromSqlError>(Pattern::new(pattern.as_str()?))
    })?;
    Ok(text(context, 0)?.is_some_and(|text| pattern.matches(text)))
}

/// `includes(value, choice)`: whether a multi-select picklist has every value of
/// the choice, which is in the form in which texts are compared. One without
/// values has that of the empty choice.
fn includes(context: &Context<'_>) -> Result<bool> {
    let value = text(context, 0)?.map(fold).unwrap_or_default();
    let choice = text(context, 1)?.unwrap_or_default();
    let has = |wanted| value.split(SEPARATOR).any(|value| value == wanted);
    Ok(choice.split(SEPARATOR).all(has))
}

/// `label(value, labels)`: what users see of a picklist's value, or of each of
/// several. `labels` is a JSON object, whose keys are in the form in which
/// texts are compared. A value without a label is its own.
fn label(context: &Context<'_>) -> Result<Option<String>> {
    let labels = context.get_or_create_aux(1, |labels| {
        serde_json::from_str::<HashMap<String, String>>(labels.as_str()?)
            .map_err(|error| Error::UserFunctionError(Box::new(error)))
    })?;
    let Some(value) = text(context, 0)? else {
        return Ok(None);
    };
    let label = |value| labels.get(&fold(value)).map_or(value, String::as_str);
    let labels: Vec<&str> = value.split(SEPARATOR).map(label).collect();
    Ok(Some(labels.join(";")))
}

/// `rank(value, values)`: text that sorts as a picklist does, by the place of
/// the value among `values`, a JSON array in the form in which texts are
/// compared. Other values come after them, in alphabetical order.
fn rank(context: &Context<'_>) -> Result<Option<String>> {
    let places = context.get_or_create_aux(1, |values| {
        serde_json::from_str::<Vec<String>>(values.as_str()?)
            .map(|values| {
                let places = values.into_iter().enumerate();
                places
                    .map(|(place, value)| (value, place))
                    .collect::<HashMap<_, _>>()
            })
            .map_err(|error| Error::UserFunctionError(Box::new(error)))
    })?;
    let Some(value) = text(context, 0)? else {
        return Ok(None);
    };
    let value = fold(value);
    let place = places.get(&value).copied().unwrap_or(places.len());
    Ok(Some(format!("{place:06}{value}")))
}

/// The text that an argument is; `None` of null.
fn text<'c>(context: &'c Context<'_>, argument: usize) -> Result<Option<&'c str>> {
    match context.get_raw(argument) {
        ValueRef::Null => Ok(None),
        value => Ok(Some(value.as_str()?)),
    }
}

#[cfg(test)]
mod tests;
