//! From SOQL's tree to SQL, with every value bound.

mod filter;
mod fragment;
mod joins;
mod selected;

use jiff::civil::Date;
use rusqlite::types::Value;

use crate::schema::{Kind, SObject};
use crate::soql::{Code, Direction, Nulls, Ordering, Query, Selection, SoqlError};

pub(crate) use fragment::Fragment;
use joins::Joins;
pub(crate) use selected::{Member, Selected};

/// Which rows a query sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rows {
    /// Those that exist: the `query` resource.
    Live,
    /// Deleted ones too: `queryAll`.
    All,
}

/// A statement ready for SQLite.
///
/// It runs in two steps: the keys of all matching rows first, which are the
/// result's snapshot, then each page's rows by key.
#[derive(Debug)]
pub(crate) struct Statement {
    /// Answers the `rowid` of every matching row, in order.
    pub(crate) keys: Fragment,
    /// What to read of a row; `None` for `COUNT()`.
    pub(crate) record: Option<RecordQuery>,
}

/// Reads one row by its key.
#[derive(Debug)]
pub(crate) struct RecordQuery {
    /// SQL with the key as its only parameter.
    pub(crate) sql: String,
    /// Which column goes where.
    pub(crate) selected: Selected,
}

/// Translates `query`, which was read from `soql`, as of `today`.
pub(crate) fn translate(
    query: &Query,
    soql: &str,
    rows: Rows,
    today: Date,
) -> Result<Statement, SoqlError> {
    let sobject = SObject::named(&query.from.text).ok_or_else(|| unknown_object(query, soql))?;
    let mut joins = Joins::new(
        sobject,
        query.alias.as_ref().map(|alias| alias.text.as_str()),
        soql,
    );
    let selected = select(query, &mut joins)?;
    let mut condition = Fragment::new(match rows {
        Rows::Live => "t0.\"IsDeleted\" = 0",
        Rows::All => "1",
    });
    if let Some(wanted) = &query.condition {
        condition = condition.and(filter::translate(wanted, &mut joins, today)?);
    }
    let order = order_by(&query.order, &mut joins)?;
    let from = joins.clause();
    let mut keys = Fragment::new(&format!("SELECT t0.rowid FROM {from} WHERE "));
    keys.push(condition);
    keys.push_text(&format!(" ORDER BY {order}t0.rowid LIMIT ? OFFSET ?"));
    // The parser admits no count that SQLite could not hold; -1 is no limit.
    let bound = |count: u64| Value::Integer(i64::try_from(count).unwrap_or(i64::MAX));
    keys.bind(query.limit.map_or(Value::Integer(-1), bound));
    keys.bind(bound(query.offset.unwrap_or(0)));
    let record = selected.map(|(selected, columns)| RecordQuery {
        sql: format!(
            "SELECT {} FROM {from} WHERE t0.rowid = ?",
            columns.join(", ")
        ),
        selected,
    });
    Ok(Statement { keys, record })
}

fn select(
    query: &Query,
    joins: &mut Joins<'_>,
) -> Result<Option<(Selected, Vec<String>)>, SoqlError> {
    match &query.selection {
        Selection::Count if query.order.is_empty() => Ok(None),
        Selection::Count => Err(SoqlError::new(
            Code::MalformedQuery,
            "COUNT() cannot be used with ORDER BY",
        )),
        Selection::Fields(paths) => selected::select(paths, joins).map(Some),
    }
}

fn order_by(order: &[Ordering], joins: &mut Joins<'_>) -> Result<String, SoqlError> {
    let mut sql = String::new();
    for ordering in order {
        let column = joins.resolve(&ordering.field)?;
        if column.field.kind == Kind::LongText {
            let message = format!(
                "field '{}' can not be sorted in a query call",
                column.field.name
            );
            return Err(joins.invalid_field(ordering.field.at, &message));
        }
        let direction = match ordering.direction {
            Direction::Ascending => "ASC",
            Direction::Descending => "DESC",
        };
        let nulls = match ordering.nulls {
            Nulls::First => "FIRST",
            Nulls::Last => "LAST",
        };
        sql.push_str(&format!(
            "{} {direction} NULLS {nulls}, ",
            column.comparable()
        ));
    }
    Ok(sql)
}

fn unknown_object(query: &Query, soql: &str) -> SoqlError {
    let message = format!(
        "sObject type '{}' is not supported. If you are attempting to use a custom object, be sure to append the \
         '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.",
        query.from.text
    );
    SoqlError::at(Code::InvalidType, soql, query.from.at, &message)
}

#[cfg(test)]
mod tests;
