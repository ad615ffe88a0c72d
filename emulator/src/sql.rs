//! From SOQL's tree to SQL, with every value bound.

mod filter;
mod fragment;
mod joins;
mod row;
mod selected;
mod unsupported;

use jiff::civil::Date;
use rusqlite::types::Value;

use crate::schema::{SObject, Schema};
use crate::soql::{Code, Direction, Item, Nulls, Ordering, Query, Selection, SoqlError};

pub(crate) use fragment::Fragment;
use joins::Joins;
pub(crate) use row::RowQuery;
pub(crate) use selected::{ChildQuery, Member, Selected};

/// Which rows a query sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rows {
    /// Those that exist: the `query` resource.
    Live,
    /// Deleted ones too: `queryAll`.
    All,
}

impl Rows {
    fn condition(self) -> &'static str {
        match self {
            Self::Live => "t0.\"IsDeleted\" = 0",
            Self::All => "1",
        }
    }
}

/// How many subqueries a statement may have.
///
/// Source: SOQL and SOSL Reference, "Understanding Relationship Query
/// Limitations".
const CHILDREN_MAX: usize = 20;

/// A statement ready for SQLite.
///
/// It runs in two steps: what matches first, which is the result's snapshot,
/// then the rows of each page.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) matching: Matching,
    /// What to read of a row; `None` for `COUNT()`.
    pub(crate) record: Option<RecordQuery>,
}

/// How the matching rows are found.
#[derive(Debug)]
pub(crate) enum Matching {
    /// In an order of the statement's own: answers the `rowid` of each.
    Ordered(Fragment),
    /// In the order in which they are stored, so that a page can begin after any
    /// of them and nothing is kept of the others: answers how many there are.
    Stored(Fragment),
}

/// Reads rows: a column for each that is selected, and the `rowid` as the last.
#[derive(Debug)]
pub(crate) struct RecordQuery {
    /// With further parameters at its end. Of [`Matching::Ordered`]: the row's
    /// key. Of [`Matching::Stored`]: the key that a page begins after, the last
    /// key of the result, and how many rows.
    pub(crate) sql: Fragment,
    /// Which column goes where.
    pub(crate) selected: Selected,
    /// The column with the key.
    pub(crate) key: usize,
}

/// Translates `query`, which was read from `soql`, as of `today`.
pub(crate) fn translate(
    schema: &Schema,
    query: &Query,
    soql: &str,
    rows: Rows,
    today: Date,
) -> Result<Statement, SoqlError> {
    unsupported::refuse_clauses(query)?;
    let sobject = schema
        .named(&query.from.name.text)
        .filter(|sobject| sobject.queryable)
        .ok_or_else(|| unknown_object(query, soql))?;
    let mut joins = Joins::new(
        schema,
        sobject,
        query.from.alias.as_ref().map(|alias| alias.text.as_str()),
        soql,
    );
    let selected = match &query.selection {
        Selection::Count if query.order.is_empty() => None,
        Selection::Count => {
            let message = "COUNT() cannot be used with ORDER BY";
            return Err(SoqlError::new(Code::MalformedQuery, message));
        }
        Selection::Members(items) => {
            check_children(items)?;
            let children = |query: &Query| children((schema, sobject), query, soql, rows, today);
            Some(selected::select(items, &mut joins, children)?)
        }
    };
    let mut condition = Fragment::new(rows.condition());
    if let Some(wanted) = &query.condition {
        condition = condition.and(filter::translate(wanted, &mut joins, today)?);
    }
    let order = order_by(&query.order, &mut joins)?;
    let from = joins.clause();
    // -1 is no limit.
    let limit = Value::Integer(query.limit.map_or(-1, bound));
    let offset = query.offset.unwrap_or(0);
    let is_stored = order.is_empty() && offset == 0;
    let matching = if is_stored {
        let matching = query.condition.as_ref().map(|_| (&from, &condition));
        Matching::Stored(count(sobject, rows, matching, limit))
    } else {
        let mut keys = Fragment::new(&format!("SELECT t0.rowid FROM {from} WHERE "));
        keys.push(condition.clone());
        keys.push_text(&format!(" ORDER BY {order}t0.rowid LIMIT ? OFFSET ?"));
        keys.bind(limit);
        keys.bind(Value::Integer(bound(offset)));
        Matching::Ordered(keys)
    };
    let record = selected.map(|(selected, columns)| {
        let key = columns.len();
        let columns = columns.join(", ");
        let mut sql = Fragment::new(&format!("SELECT {columns}, t0.rowid FROM {from} WHERE "));
        if is_stored {
            sql.push(condition);
            sql.push_text(" AND t0.rowid > ? AND t0.rowid <= ? ORDER BY t0.rowid LIMIT ?");
        } else {
            sql.push_text("t0.rowid = ?");
        }
        RecordQuery { sql, selected, key }
    });
    Ok(Statement { matching, record })
}

/// Counts rows, `limit` at most. Without a condition all but the deleted ones
/// are counted, of which there are few: SQLite knows the number of all without
/// looking at them.
fn count(
    sobject: &SObject,
    rows: Rows,
    matching: Option<(&String, &Fragment)>,
    limit: Value,
) -> Fragment {
    let mut count = match matching {
        Some((from, condition)) => {
            let mut count = Fragment::new(&format!(
                "SELECT count(*) FROM (SELECT 1 FROM {from} WHERE "
            ));
            count.push(condition.clone());
            count.push_text(" LIMIT ?)");
            count
        }
        None => {
            let table = &sobject.name;
            let deleted = match rows {
                Rows::Live => format!("(SELECT count(*) FROM \"{table}\" WHERE \"IsDeleted\" = 1)"),
                Rows::All => "0".to_owned(),
            };
            // A negative limit is none, as in LIMIT.
            Fragment::new(&format!(
                "SELECT min(count(*) - {deleted}, CASE WHEN ?1 < 0 THEN count(*) ELSE ?1 END) FROM \"{table}\""
            ))
        }
    };
    count.bind(limit);
    count
}

/// Translates a subquery for the children of `parent`.
fn children(
    (schema, parent): (&Schema, &SObject),
    query: &Query,
    soql: &str,
    rows: Rows,
    today: Date,
) -> Result<Member, SoqlError> {
    unsupported::refuse_clauses(query)?;
    let Selection::Members(items) = &query.selection else {
        return Err(SoqlError::unsupported("COUNT() of children"));
    };
    let from = &query.from.name;
    let step = schema
        .children(parent, &from.text)
        .ok_or_else(|| unknown_relationship(&from.text))?;
    let alias = query.from.alias.as_ref().map(|alias| alias.text.as_str());
    let mut joins = Joins::new(schema, &step.sobject, alias, soql);
    let none = |_: &Query| Err(SoqlError::unsupported("subqueries of subqueries"));
    let (selected, columns) = selected::select(items, &mut joins, none)?;
    let mut condition = Fragment::new(rows.condition());
    if let Some(wanted) = &query.condition {
        condition = condition.and(filter::translate(wanted, &mut joins, today)?);
    }
    let order = order_by(&query.order, &mut joins)?;
    let (columns, from) = (columns.join(", "), joins.clause());
    let mut sql = Fragment::new(&format!("SELECT {columns} FROM {from} WHERE "));
    sql.push(condition);
    let limit = query.limit.map_or(-1, bound);
    let offset = bound(query.offset.unwrap_or(0));
    sql.push_text(&format!(
        " AND t0.\"{}\" = ? ORDER BY {order}t0.rowid LIMIT {limit} OFFSET {offset}",
        step.field.name
    ));
    Ok(Member::Children {
        relationship: step.relationship,
        query: ChildQuery { sql, selected },
    })
}

/// A count as SQLite takes it. The parser admits none that it could not hold.
fn bound(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn check_children(items: &[Item]) -> Result<(), SoqlError> {
    let is_children = |item: &&Item| matches!(item, Item::Children(_));
    if items.iter().filter(is_children).count() > CHILDREN_MAX {
        let message = format!("a query can have at most {CHILDREN_MAX} subqueries");
        return Err(SoqlError::new(Code::MalformedQuery, message));
    }
    Ok(())
}

/// Salesforce's wording, as its users report it; unconfirmed for v66.0.
fn unknown_relationship(name: &str) -> SoqlError {
    let message = format!(
        "Didn't understand relationship '{name}' in FROM part of query call. If you are attempting to use a custom \
         relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL \
         or the describe call for the appropriate names."
    );
    SoqlError::new(Code::InvalidType, message)
}

fn order_by(order: &[Ordering], joins: &mut Joins<'_>) -> Result<String, SoqlError> {
    let mut sql = String::new();
    for ordering in order {
        let path = unsupported::field(&ordering.expression)?;
        let column = joins.resolve(path)?;
        if !column.field.is_sortable() {
            let message = format!(
                "field '{}' can not be sorted in a query call",
                column.field.name
            );
            return Err(joins.invalid_field(path.at, &message));
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
        query.from.name.text
    );
    SoqlError::at(Code::InvalidType, soql, query.from.name.at, &message)
}

#[cfg(test)]
mod tests;
