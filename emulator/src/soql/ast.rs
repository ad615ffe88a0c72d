//! The tree of a statement.
//!
//! Names are as the statement writes them: only an object's schema knows their
//! case. A place (`at`) is the byte of the statement at which a part begins.

mod condition;
mod expression;
mod select;

use super::Literal;

pub(crate) use condition::{Comparison, Condition, Value};
pub(crate) use expression::{
    Aggregate, Call, DatePart, Distance, Expression, Function, Location, Unit,
};
pub(crate) use select::{FieldSet, Item, Selection, TypeOf, When};

/// A whole statement, a subquery, or the statement of a semi-join.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Query {
    pub(crate) selection: Selection,
    pub(crate) from: Source,
    /// Further objects of FROM: `c.Account a` in `FROM Contact c, c.Account a`.
    pub(crate) further: Vec<Source>,
    /// USING SCOPE.
    pub(crate) scope: Option<Name>,
    /// WHERE.
    pub(crate) condition: Option<Condition>,
    pub(crate) with: Vec<With>,
    pub(crate) group: Option<Grouping>,
    /// HAVING: like WHERE, with aggregates in the place of fields.
    pub(crate) having: Option<Condition>,
    pub(crate) order: Vec<Ordering>,
    pub(crate) limit: Option<u64>,
    pub(crate) offset: Option<u64>,
    /// FOR VIEW, FOR REFERENCE, FOR UPDATE: at most two, the second of which is
    /// FOR UPDATE.
    pub(crate) purposes: Vec<Purpose>,
    /// UPDATE TRACKING, UPDATE VIEWSTAT.
    pub(crate) statistics: Vec<Statistic>,
    /// ALL ROWS: deleted records, too.
    pub(crate) all_rows: bool,
    /// `SET OPTIONS (honorEmptyStrings = true)`.
    pub(crate) options: Vec<Setting>,
}

impl Query {
    /// A statement of SELECT and FROM alone.
    pub(crate) fn new(selection: Selection, from: Source) -> Self {
        Self {
            selection,
            from,
            further: Vec::new(),
            scope: None,
            condition: None,
            with: Vec::new(),
            group: None,
            having: None,
            order: Vec::new(),
            limit: None,
            offset: None,
            purposes: Vec::new(),
            statistics: Vec::new(),
            all_rows: false,
            options: Vec::new(),
        }
    }

    /// Whether a row of the result stands for several records: there is a
    /// GROUP BY, or an aggregate or a date function in SELECT. (`COUNT()` alone
    /// has no rows.)
    pub(crate) fn is_grouped(&self) -> bool {
        self.group.is_some() || self.selection.groups()
    }
}

/// One object of FROM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    /// What stands before the last dot: `Account` in the subquery's
    /// `FROM Account.Contacts`, or an alias in `FROM Contact c, c.Account a`.
    pub(crate) parents: Vec<Name>,
    /// The object; in a subquery the relationship.
    pub(crate) name: Name,
    /// The second name of the object in `FROM Account a`.
    pub(crate) alias: Option<Name>,
}

/// A name and the byte at which it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) at: usize,
}

/// A dotted name: parents, then a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) parents: Vec<String>,
    pub(crate) field: String,
    /// The byte at which it begins.
    pub(crate) at: usize,
}

/// One WITH clause.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum With {
    /// `WITH USER_MODE`, `WITH SYSTEM_MODE` and other single words.
    Mode(Name),
    /// `WITH DATA CATEGORY`: all of these hold.
    DataCategory(Vec<DataCategory>),
    /// `WITH Division = 'x'`.
    Setting(Setting),
    /// `WITH RecordVisibilityContext (maxDescriptorPerRecord = 100)`.
    Settings { name: Name, settings: Vec<Setting> },
}

/// A name and the value that it gets.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Setting {
    pub(crate) name: Name,
    /// A text, an integer or a boolean.
    pub(crate) literal: Literal,
}

/// `Geography__c AT (usa__c, uk__c)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DataCategory {
    pub(crate) group: Name,
    pub(crate) selector: CategorySelector,
    /// At least one.
    pub(crate) categories: Vec<Name>,
}

/// Which categories beside the named ones are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CategorySelector {
    At,
    Above,
    Below,
    AboveOrBelow,
}

/// GROUP BY.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Grouping {
    pub(crate) kind: GroupingKind,
    /// Fields and functions of fields; at least one.
    pub(crate) by: Vec<Expression>,
}

/// Which subtotals GROUP BY adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GroupingKind {
    /// None.
    Plain,
    /// One for each beginning of the list.
    Rollup,
    /// One for each combination.
    Cube,
}

/// One item of ORDER BY.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ordering {
    pub(crate) expression: Expression,
    pub(crate) direction: Direction,
    pub(crate) nulls: Nulls,
}

/// Which end of the order comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Ascending,
    Descending,
}

/// Where nulls go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nulls {
    First,
    Last,
}

/// What a FOR clause says the records are read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    View,
    Reference,
    /// Locks them; Apex only.
    Update,
}

/// What an UPDATE clause counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Statistic {
    Tracking,
    ViewStat,
}
