//! A job of Bulk API 2.0 that reads, and what a statement found.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::task::{State, Table};
use crate::database::{Matches, Place};
use crate::sql::RecordQuery;

/// What is known of it.
#[derive(Debug)]
pub(crate) struct Export {
    /// Whether deleted records count.
    pub(crate) is_of_all: bool,
    pub(crate) table: Table,
    pub(crate) state: State,
    pub(crate) found: Found,
    /// Where pages begin, as far as they have been named to the client, by the rows
    /// before them.
    pub(crate) places: BTreeMap<usize, Place>,
}

/// The records that a statement found when it ran.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) record: Arc<RecordQuery>,
    pub(crate) matches: Matches,
    /// What a line of CSV has of a record, in the order of the statement.
    pub(crate) columns: Arc<[Column]>,
}

/// A column of CSV.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) heading: String,
    /// Its place among the record's values.
    pub(crate) place: usize,
}

impl Found {
    pub(super) fn kept_bytes(&self) -> usize {
        self.matches.kept() * size_of::<i64>()
    }
}
