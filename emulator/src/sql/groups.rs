//! Statements whose result are groups: GROUP BY, aggregates, HAVING.
//!
//! Source: SOQL and SOSL Reference, "GROUP BY" and what follows it, "Aggregate
//! Functions", "HAVING". Source of the words: what users report of them, but
//! where it is said.

mod measure;
mod sets;
mod values;

use std::collections::HashSet;
use std::sync::Arc;

use super::filter::{Filter, semi_join};
use super::operand::{Operand, Role};
use super::rows::{bound, condition, joins};
use super::shape::Form;
use super::statement::{GROUPS_MAX, GroupQuery};
use super::{Environment, Fragment, fields, order};
use crate::schema::{Name, SObject};
use crate::soql::{Code, Expression, Item, Name as Alias, Query, SoqlError};
use values::Values;

/// Translates a statement about groups of records of `sobject`.
pub(super) fn translate(
    query: &Query,
    items: &[Item],
    soql: &str,
    sobject: &Arc<SObject>,
    environment: Environment<'_>,
) -> Result<GroupQuery, SoqlError> {
    let mut joins = joins(query, soql, sobject, environment);
    let condition = condition(query, &mut joins)?;
    let mut values = Values::new(query, joins)?;
    let selected = select(query, items, &mut values)?;
    check(query)?;
    let having = having(query, &mut values)?;
    let order = ordered(query, &selected, &mut values)?;
    values.joins.check()?;
    let columns = selected.iter().map(|member| member.operand.sql.clone());
    let mut sql = Fragment::new("SELECT ");
    sql.push(Fragment::list(columns));
    sql.push_text(" FROM (");
    sql.push(values.groups());
    sql.push_text(") WHERE ");
    sql.push(having);
    if !order.text.is_empty() {
        sql.push_text(" ORDER BY ");
        sql.push_text(order.text.trim_end_matches(", "));
        sql.values.extend(order.values);
    }
    sql.push_text(" LIMIT ? OFFSET ?");
    let most = GROUPS_MAX as u64 + 1;
    sql.bind(bound(Some(
        query.limit.map_or(most, |limit| limit.min(most)),
    )));
    sql.bind(bound(Some(query.offset.unwrap_or(0))));
    let mut with = values.rows(&condition);
    with.push(sql);
    Ok(GroupQuery {
        sql: with,
        members: selected.into_iter().map(Selected::member).collect(),
    })
}

/// One member of a group's record.
struct Selected {
    name: Name,
    operand: Operand,
}

impl Selected {
    fn member(self) -> (Name, Form) {
        (self.name, self.operand.form())
    }
}

/// What the tree alone shows to be wrong.
fn check(query: &Query) -> Result<(), SoqlError> {
    for (is_there, clause) in [
        (query.limit.is_some(), "LIMIT"),
        (query.offset.is_some(), "OFFSET"),
    ] {
        if is_there && query.group.is_none() {
            return Err(malformed(&format!(
                "Non-grouped query that uses overall aggregate functions cannot also use {clause}"
            )));
        }
    }
    if let Some(having) = &query.having {
        // The words are the emulator's own.
        semi_join::refuse(having, "Semi join sub-selects are not allowed in HAVING")?;
    }
    Ok(())
}

fn select(
    query: &Query,
    items: &[Item],
    values: &mut Values<'_>,
) -> Result<Vec<Selected>, SoqlError> {
    let mut selected = Vec::new();
    let mut unnamed = 0;
    let mut add = |operand: Operand, alias: Option<&Alias>| {
        let name = match alias {
            Some(alias) => Name::from(alias.text.as_str()),
            None if is_named(&operand) => operand.field.name.clone(),
            None => {
                unnamed += 1;
                Name::from(format!("expr{}", unnamed - 1))
            }
        };
        selected.push(Selected { name, operand });
    };
    for item in items {
        match item {
            Item::Value { expression, alias } => {
                add(values.of(expression)?, alias.as_ref());
            }
            Item::Fields { set, .. } => {
                fields::check(query, *set)?;
                for path in fields::paths(values.joins.sobject(), item)? {
                    add(values.of(&Expression::Field(path))?, None);
                }
            }
            // The words of both are the emulator's own.
            Item::TypeOf(_) => {
                return Err(malformed("TYPEOF cannot be used in a query with groups"));
            }
            Item::Children(_) => {
                return Err(malformed(
                    "subqueries cannot be used in a query with groups",
                ));
            }
        }
    }
    let mut seen = HashSet::new();
    for Selected { name, .. } in &selected {
        if !seen.insert(name.to_lowercase()) {
            return Err(malformed(&format!("duplicate alias: {name}")));
        }
    }
    Ok(selected)
}

/// Whether a value without an alias has the name of its field.
fn is_named(operand: &Operand) -> bool {
    matches!(operand.role, Role::Field | Role::Shown)
}

fn having(query: &Query, values: &mut Values<'_>) -> Result<Fragment, SoqlError> {
    let Some(having) = &query.having else {
        return Ok(Fragment::new("1"));
    };
    let (environment, soql) = (values.joins.environment, values.joins.soql);
    let sobject = Arc::clone(values.joins.sobject());
    let mut operand = |expression: &Expression| values.of(expression);
    let mut filter = Filter {
        environment,
        soql,
        sobject: &sobject,
        operand: &mut operand,
    };
    filter.translate(having)
}

/// ORDER BY, which knows the second names of SELECT, too (unconfirmed).
fn ordered(
    query: &Query,
    selected: &[Selected],
    values: &mut Values<'_>,
) -> Result<Fragment, SoqlError> {
    let soql = values.joins.soql;
    order::translate(&query.order, soql, |expression| {
        let alias = match expression {
            Expression::Field(path) if path.parents.is_empty() => selected
                .iter()
                .find(|member| member.name.eq_ignore_ascii_case(&path.field)),
            _ => None,
        };
        match alias {
            Some(member) if !is_named(&member.operand) => Ok(member.operand.clone()),
            _ => values.ordered(expression),
        }
    })
}

fn malformed(message: &str) -> SoqlError {
    SoqlError::new(Code::MalformedQuery, message)
}
