//! `COUNT()`, and how many records a statement matches.

use std::sync::Arc;

use super::rows::{bound, condition, joins};
use super::statement::Statement;
use super::{Environment, Fragment, Rows};
use crate::schema::SObject;
use crate::soql::{Code, Query, SoqlError};

/// Translates `SELECT COUNT()`.
pub(super) fn translate(
    query: &Query,
    soql: &str,
    sobject: &Arc<SObject>,
    environment: Environment<'_>,
) -> Result<Statement, SoqlError> {
    // The words about GROUP BY are the emulator's own.
    for (is_there, message) in [
        (
            query.group.is_some(),
            "COUNT() cannot be used with GROUP BY: count a field, as COUNT(Id) does",
        ),
        (
            !query.order.is_empty(),
            "COUNT() cannot be used with ORDER BY",
        ),
    ] {
        if is_there {
            return Err(SoqlError::new(Code::MalformedQuery, message));
        }
    }
    let mut joins = joins(query, soql, sobject, environment);
    let condition = condition(query, &mut joins)?;
    joins.check()?;
    let from = joins.clause();
    let rows = environment.rows;
    Ok(Statement::Count(count(
        query, sobject, rows, &from, condition,
    )))
}

/// Counts rows, as many as LIMIT and OFFSET leave. Without a condition all but
/// the deleted ones are counted, of which there are few: the last key says how
/// many there are in all, because keys are given out in turn and no row is ever
/// taken away.
pub(super) fn count(
    query: &Query,
    sobject: &SObject,
    rows: Rows,
    from: &str,
    condition: Fragment,
) -> Fragment {
    let is_all = query.condition.is_none() && query.scope.is_none();
    if !is_all || query.offset.is_some() {
        let mut count = Fragment::new(&format!(
            "SELECT count(*) FROM (SELECT 1 FROM {from} WHERE "
        ));
        count.push(condition);
        count.push_text(" LIMIT ? OFFSET ?)");
        count.bind(bound(query.limit));
        count.bind(bound(Some(query.offset.unwrap_or(0))));
        return count;
    }
    let table = &sobject.name;
    let deleted = match rows {
        Rows::Live => format!("(SELECT count(*) FROM \"{table}\" WHERE \"IsDeleted\" = 1)"),
        Rows::All => "0".to_owned(),
    };
    let all = format!("coalesce((SELECT max(rowid) FROM \"{table}\"), 0) - {deleted}");
    // A negative limit is none, as in LIMIT.
    Fragment::with(
        &format!("SELECT CASE WHEN ?1 < 0 THEN {all} ELSE min({all}, ?1) END"),
        bound(query.limit),
    )
}
