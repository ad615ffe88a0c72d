//! A statement ready for SQLite.

use std::sync::Arc;

use super::Fragment;
use super::shape::{Form, RecordQuery};
use crate::schema::Name;

/// What a statement asks for.
#[derive(Debug)]
pub(crate) enum Statement {
    /// `COUNT()`: only how many.
    Count(Fragment),
    /// Records. They are read in two steps: what matches first, which is the
    /// result's snapshot, then the rows of each page.
    Records {
        matching: Matching,
        record: Arc<RecordQuery>,
    },
    /// Groups of records, in one page.
    Groups(GroupQuery),
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

/// Reads groups.
#[derive(Debug)]
pub(crate) struct GroupQuery {
    /// Answers at most one group more than a result may have.
    pub(crate) sql: Fragment,
    /// What a group's record has: the value of the column of the same number.
    pub(crate) members: Vec<(Name, Form)>,
}

/// Groups that a result may have: they come without a locator.
///
/// Source: SOQL and SOSL Reference, "Considerations for GROUP BY".
pub(crate) const GROUPS_MAX: usize = 2_000;
