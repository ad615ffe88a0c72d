//! Statements whose result are records.

use std::sync::Arc;

use super::children;
use super::count::count;
use super::rows::{bound, condition, joins, ordered};
use super::shape::RecordQuery;
use super::statement::{Matching, Statement};
use super::{Environment, Fragment, selected};
use crate::schema::SObject;
use crate::soql::{Item, Query, SoqlError};

/// Translates a statement about the records of `sobject`.
pub(super) fn translate(
    query: &Query,
    items: &[Item],
    soql: &str,
    sobject: &Arc<SObject>,
    environment: Environment<'_>,
) -> Result<Statement, SoqlError> {
    let mut joins = joins(query, soql, sobject, environment);
    let mut subqueries = children::Subqueries::of(query, soql, sobject, environment)?;
    let mut member = |subquery: &Query| subqueries.translate(subquery);
    let selected = selected::select(query, items, &mut joins, &mut member)?;
    let condition = condition(query, &mut joins)?;
    let order = ordered(query, &mut joins)?;
    joins.check()?;
    let from = joins.clause();
    let offset = query.offset.unwrap_or(0);
    let is_stored = order.text.is_empty() && offset == 0;
    let key = selected.columns.len();
    let mut sql = Fragment::new("SELECT ");
    sql.push(Fragment::list(selected.columns));
    sql.push_text(&format!(", t0.rowid FROM {from} WHERE "));
    let matching = if is_stored {
        sql.push(condition.clone());
        sql.push_text(" AND t0.rowid > ? AND t0.rowid <= ? ORDER BY t0.rowid LIMIT ?");
        Matching::Stored(count(query, sobject, environment.rows, &from, condition))
    } else {
        sql.push_text("t0.rowid = ?");
        let mut keys = Fragment::new(&format!("SELECT t0.rowid FROM {from} WHERE "));
        keys.push(condition);
        keys.push_text(" ORDER BY ");
        keys.push(order);
        keys.push_text("t0.rowid LIMIT ? OFFSET ?");
        keys.bind(bound(query.limit));
        keys.bind(bound(Some(offset)));
        Matching::Ordered(keys)
    };
    let record = RecordQuery {
        sql,
        selected: selected.root,
        key,
    };
    Ok(Statement::Records {
        matching,
        record: Arc::new(record),
    })
}
