//! The columns of a statement's result.

use std::collections::HashMap;

use crate::jobs::Column;
use crate::soql::{Expression, Item, Path, Query, Selection};
use crate::sql::{Member, Selected};

/// What a line cannot have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unflat {
    Compound,
    Children,
    TypeOf,
}

/// The columns in the order in which the statement names them.
///
/// Source: Bulk API 2.0 and Bulk API Developer Guide, "Get Results for a Query Job":
/// the columns have the order of the SELECT list from version 50 on.
pub(super) fn columns(query: &Query, selected: &Selected) -> Result<Vec<Column>, Unflat> {
    let mut headings = Vec::new();
    push(selected, "", &mut headings)?;
    let asked = asked(query);
    let mut columns: Vec<Column> = headings
        .into_iter()
        .enumerate()
        .map(|(place, heading)| Column { heading, place })
        .collect();
    // What FIELDS() stands for keeps its order: the place of the column before.
    let mut last = 0;
    let mut rank = HashMap::new();
    for column in &columns {
        last = asked
            .get(&column.heading.to_ascii_lowercase())
            .copied()
            .unwrap_or(last);
        rank.insert(column.place, last);
    }
    columns.sort_by_key(|column| rank.get(&column.place).copied());
    Ok(columns)
}

fn push(selected: &Selected, before: &str, headings: &mut Vec<String>) -> Result<(), Unflat> {
    for member in &selected.members {
        match member {
            Member::Value { name, .. } => headings.push(format!("{before}{name}")),
            Member::Parent {
                relationship,
                record,
            } => push(record, &format!("{before}{relationship}."), headings)?,
            Member::Compound { .. } => return Err(Unflat::Compound),
            Member::Children { .. } => return Err(Unflat::Children),
            Member::TypeOf { .. } => return Err(Unflat::TypeOf),
        }
    }
    Ok(())
}

/// The fields that the statement names, in lower case, and their places in it.
fn asked(query: &Query) -> HashMap<String, usize> {
    let Selection::Members(items) = &query.selection else {
        return HashMap::new();
    };
    let own = [Some(&query.from.name), query.from.alias.as_ref()];
    let is_own = |name: &str| {
        own.iter()
            .flatten()
            .any(|own| own.text.eq_ignore_ascii_case(name))
    };
    let name = |path: &Path| {
        let parents = match path.parents.split_first() {
            Some((first, rest)) if is_own(first) => rest,
            _ => &path.parents,
        };
        let names = parents.iter().chain([&path.field]);
        let names: Vec<String> = names.map(|name| name.to_ascii_lowercase()).collect();
        names.join(".")
    };
    let places = items.iter().enumerate();
    let named = places.filter_map(|(place, item)| match item {
        Item::Value {
            expression: Expression::Field(path),
            ..
        } => Some((name(path), place)),
        _ => None,
    });
    named.collect()
}
