//! A job of Bulk API 2.0 that writes.

use std::sync::Arc;

use bytes::Bytes;

use super::outcome::Outcome;
use super::task::{State, Table, Task};

/// What is known of it.
#[derive(Debug)]
pub(crate) struct Ingest {
    pub(crate) task: Task,
    pub(crate) table: Table,
    pub(crate) state: State,
    /// What was uploaded: once, or not yet.
    pub(crate) upload: Option<Bytes>,
    /// What became of the upload's records, in their order; of none, unless the job
    /// is complete.
    pub(crate) outcomes: Arc<[Outcome]>,
    /// Why it failed.
    pub(crate) failure: Option<String>,
    /// How long it took.
    pub(crate) took_ms: u64,
}

impl Ingest {
    /// A job that waits for its upload.
    pub(crate) fn new(task: Task, table: Table) -> Self {
        Self {
            task,
            table,
            state: State::Open,
            upload: None,
            outcomes: Arc::new([]),
            failure: None,
            took_ms: 0,
        }
    }

    /// How many records failed.
    pub(crate) fn failed(&self) -> usize {
        let failed = self.outcomes.iter().filter(|outcome| outcome.is_failure());
        failed.count()
    }

    pub(super) fn kept_bytes(&self) -> usize {
        let upload = self.upload.as_ref().map_or(0, Bytes::len);
        upload + size_of_val(&*self.outcomes)
    }
}
