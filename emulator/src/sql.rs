//! From SOQL's tree to SQL, with every value bound.
//!
//! A statement is about records, about groups of them, or only about how many
//! there are; each has its file. What they share: the tables that paths lead
//! through (`joins`), what has a value in a row (`operand`), conditions (`filter`).

mod children;
mod count;
mod environment;
mod fields;
mod filter;
mod fragment;
mod groups;
mod ignored;
mod joins;
mod operand;
mod order;
mod records;
mod row;
mod rows;
mod selected;
mod shape;
mod statement;
mod unsupported;

use crate::soql::{Code, Query, Selection, SoqlError};

pub(crate) use environment::{Environment, Rows};
pub(crate) use fragment::Fragment;
pub(crate) use ignored::ignored;
pub(crate) use row::RowQuery;
pub(crate) use shape::{ChildQuery, Form, Member, RecordQuery, Selected};
pub(crate) use statement::{GROUPS_MAX, GroupQuery, Matching, Statement};

/// Translates `query`, which was read from `soql`.
pub(crate) fn translate(
    query: &Query,
    soql: &str,
    environment: Environment<'_>,
) -> Result<Statement, SoqlError> {
    unsupported::refuse(query)?;
    if let [parent, ..] = query.from.parents.as_slice() {
        let message = format!("unexpected token: '{}.'", parent.text);
        return Err(SoqlError::at(
            Code::MalformedQuery,
            soql,
            parent.at,
            &message,
        ));
    }
    let sobject = environment.object(&query.from.name, soql)?;
    if let Some(condition) = &query.condition {
        filter::semi_join::check(condition)?;
    }
    match &query.selection {
        Selection::Count => count::translate(query, soql, sobject, environment),
        Selection::Members(items) if query.is_grouped() => {
            groups::translate(query, items, soql, sobject, environment).map(Statement::Groups)
        }
        Selection::Members(items) => records::translate(query, items, soql, sobject, environment),
    }
}

#[cfg(test)]
mod tests;
