//! Subqueries: the records that point to a record.
//!
//! Source of the limits: SOQL and SOSL Reference, "Understanding Relationship
//! Query Limitations" and "OFFSET".

use std::sync::Arc;

use rusqlite::types::Value;

use super::filter::semi_join;
use super::rows::{bound, condition, joins, ordered};
use super::selected::{self, Selection as Grown};
use super::shape::{ChildQuery, Member, Parametric, RecordQuery};
use super::{Environment, Fragment};
use crate::schema::SObject;
use crate::soql::{Code, Item, Query, Selection, SoqlError};

/// How many subqueries a statement may have.
pub(super) const CHILDREN_MAX: usize = 20;

/// Levels of records, the statement's own included.
pub(super) const LEVELS_MAX: usize = 5;

/// The first version with so many levels.
const MANY_LEVELS_SINCE: u16 = 58;

/// Levels of older versions.
const LEVELS_BEFORE: usize = 2;

/// The subqueries of a query.
pub(super) struct Subqueries<'q> {
    parent: &'q Query,
    sobject: &'q Arc<SObject>,
    soql: &'q str,
    environment: Environment<'q>,
    /// The levels of their records; the statement's own is the first.
    level: usize,
}

impl<'q> Subqueries<'q> {
    /// The subqueries of a whole statement.
    pub(super) fn of(
        parent: &'q Query,
        soql: &'q str,
        sobject: &'q Arc<SObject>,
        environment: Environment<'q>,
    ) -> Result<Self, SoqlError> {
        if number(parent) > CHILDREN_MAX {
            let message = format!("a query can have at most {CHILDREN_MAX} subqueries");
            return Err(malformed(message));
        }
        Ok(Self {
            parent,
            sobject,
            soql,
            environment,
            level: 2,
        })
    }

    /// Translates one.
    pub(super) fn translate(&mut self, query: &Query) -> Result<Member, SoqlError> {
        let (soql, environment) = (self.soql, self.environment);
        let items = self.check(query)?;
        let name = &query.from.name.text;
        let step = environment.schema.children(self.sobject, name);
        let step = step.ok_or_else(|| unknown_relationship(name))?;
        let mut joins = joins(query, soql, &step.sobject, environment);
        let mut below = Subqueries {
            parent: query,
            sobject: &step.sobject,
            level: self.level + 1,
            ..*self
        };
        let mut member = |subquery: &Query| below.translate(subquery);
        let Grown { root, columns, .. } = selected::select(query, items, &mut joins, &mut member)?;
        let condition = condition(query, &mut joins)?;
        let order = ordered(query, &mut joins)?;
        joins.check()?;
        let key = columns.len();
        let mut record = Fragment::new("SELECT ");
        record.push(Fragment::list(columns));
        record.push_text(&format!(", t0.rowid FROM {} WHERE ", joins.clause()));
        let keys = Fragment::new(&format!("SELECT t0.rowid FROM {} WHERE ", joins.clause()));
        let which = Children {
            condition,
            reference: &step.field.name,
            order,
            query,
        };
        let rows = which.of(record.clone());
        let keys = which.of(keys);
        record.push_text("t0.rowid = ?");
        Ok(Member::Children {
            relationship: step.relationship,
            query: Arc::new(ChildQuery {
                rows,
                keys,
                record: Arc::new(RecordQuery {
                    sql: record,
                    selected: root,
                    key,
                }),
            }),
        })
    }

    /// What a subquery selects, if it is one that can be.
    fn check<'i>(&self, query: &'i Query) -> Result<&'i [Item], SoqlError> {
        let levels_max = if self.environment.version.number() < MANY_LEVELS_SINCE {
            LEVELS_BEFORE
        } else {
            LEVELS_MAX
        };
        if self.level > levels_max {
            let away = levels_max - 1;
            return Err(malformed(format!(
                "SOQL statements cannot query aggregate relationships more than {away} level away from the root \
                 entity object."
            )));
        }
        let is_grouped = query.is_grouped() || query.selection == Selection::Count;
        let Selection::Members(items) = &query.selection else {
            return Err(malformed("only root queries support aggregate expressions"));
        };
        if is_grouped {
            return Err(malformed("only root queries support aggregate expressions"));
        }
        if let [parent, ..] = query.from.parents.as_slice() {
            let own = self.parent.from.alias.iter();
            let mut own = own
                .map(|alias| alias.text.as_str())
                .chain([&*self.sobject.name]);
            let is_own = own.any(|own| own.eq_ignore_ascii_case(&parent.text));
            if !is_own || query.from.parents.len() > 1 {
                return Err(unknown_relationship(&parent.text));
            }
        }
        if query.offset.is_some() && self.parent.limit != Some(1) {
            return Err(malformed(
                "a subquery can have an OFFSET only if its parent has LIMIT 1",
            ));
        }
        if let Some(condition) = &query.condition {
            semi_join::refuse(condition, semi_join::NESTED)?;
        }
        Ok(items)
    }
}

/// Which children, in which order.
struct Children<'q> {
    condition: Fragment,
    reference: &'q str,
    order: Fragment,
    query: &'q Query,
}

impl Children<'_> {
    /// Those of one record, after a SELECT and its FROM.
    fn of(&self, mut sql: Fragment) -> Parametric {
        sql.push(self.condition.clone());
        sql.push_text(&format!(" AND t0.\"{}\" = ?", self.reference));
        let place = sql.values.len();
        sql.bind(Value::Null);
        sql.push_text(" ORDER BY ");
        sql.push(self.order.clone());
        sql.push_text("t0.rowid LIMIT ? OFFSET ?");
        sql.bind(bound(self.query.limit));
        sql.bind(bound(Some(self.query.offset.unwrap_or(0))));
        Parametric::new(sql, place)
    }
}

/// How many subqueries a query has, those of subqueries included.
fn number(query: &Query) -> usize {
    let Selection::Members(items) = &query.selection else {
        return 0;
    };
    let children = items.iter().map(|item| match item {
        Item::Children(query) => 1 + number(query),
        _ => 0,
    });
    children.sum()
}

fn malformed(message: impl Into<String>) -> SoqlError {
    SoqlError::new(Code::MalformedQuery, message)
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
