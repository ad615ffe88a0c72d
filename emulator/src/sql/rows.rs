//! What FROM, WHERE and ORDER BY say, of a statement, a subquery or groups.

use std::sync::Arc;

use rusqlite::types::Value;

use super::filter::Filter;
use super::joins::Joins;
use super::operand::Operand;
use super::{Environment, Fragment, order};
use crate::schema::SObject;
use crate::soql::{Expression, Query, SoqlError};

/// The scope whose records have the user as their owner. Source: SOQL and SOSL
/// Reference, "USING SCOPE".
pub(super) const MINE: &str = "mine";

/// The tables of a query, to which what it selects may add.
pub(super) fn joins<'q>(
    query: &'q Query,
    soql: &'q str,
    sobject: &'q Arc<SObject>,
    environment: Environment<'q>,
) -> Joins<'q> {
    let alias = query.from.alias.iter().map(|alias| alias.text.as_str());
    let names = alias.chain([&*sobject.name]).collect();
    Joins::new(environment, soql, sobject, names)
}

/// What holds of the rows.
pub(super) fn condition(query: &Query, joins: &mut Joins<'_>) -> Result<Fragment, SoqlError> {
    let (environment, soql) = (joins.environment, joins.soql);
    let mut condition = Fragment::new(environment.rows.condition());
    if is_mine(query, joins.sobject()) {
        let user = Value::Text(environment.user.to_string());
        condition = condition.and(Fragment::with("t0.\"OwnerId\" = ?", user));
    }
    if let Some(wanted) = &query.condition {
        let sobject = Arc::clone(joins.sobject());
        let mut operand = |expression: &Expression| Operand::of_row(expression, joins);
        let mut filter = Filter {
            environment,
            soql,
            sobject: &sobject,
            operand: &mut operand,
        };
        condition = condition.and(filter.translate(wanted)?);
    }
    Ok(condition)
}

/// Whether a query means records of the user alone.
pub(super) fn is_mine(query: &Query, sobject: &SObject) -> bool {
    let mut scope = query.scope.iter();
    scope.any(|scope| scope.text.eq_ignore_ascii_case(MINE)) && sobject.field("OwnerId").is_some()
}

/// A count as SQLite takes it; -1 is no limit. The parser admits none that it
/// could not hold.
pub(super) fn bound(count: Option<u64>) -> Value {
    let count = count.map(|count| i64::try_from(count).unwrap_or(i64::MAX));
    Value::Integer(count.unwrap_or(-1))
}

/// ORDER BY of records.
pub(super) fn ordered(query: &Query, joins: &mut Joins<'_>) -> Result<Fragment, SoqlError> {
    let soql = joins.soql;
    order::translate(&query.order, soql, |expression: &Expression| {
        Operand::of_row(expression, joins)
    })
}
