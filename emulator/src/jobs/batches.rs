//! A job of the first Bulk API, and its batches.

use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;

use super::export::Found;
use super::outcome::Outcome;
use super::task::Task;
use crate::database::Place;
use crate::id::RecordId;

/// What is known of the job.
#[derive(Debug)]
pub(crate) struct Batches {
    /// As it was asked for.
    pub(crate) operation: String,
    /// What is to be written; `None` if it reads.
    pub(crate) task: Option<Task>,
    pub(crate) concurrency: String,
    /// `CSV`, `JSON` and so on.
    pub(crate) content: String,
    pub(crate) state: BatchesState,
    pub(crate) batches: Vec<Batch>,
}

/// How far the job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum BatchesState {
    Open,
    Closed,
    Aborted,
}

/// One batch. It runs when it is added.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub(crate) id: RecordId,
    pub(crate) created_ms: i64,
    pub(crate) changed_ms: i64,
    pub(crate) state: BatchState,
    /// Why it failed.
    pub(crate) message: Option<String>,
    pub(crate) took_ms: u64,
    /// What was sent.
    pub(crate) request: Bytes,
    pub(crate) result: BatchResult,
}

/// How far a batch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum BatchState {
    Queued,
    Completed,
    Failed,
}

/// What became of a batch.
#[derive(Clone, Debug)]
pub(crate) enum BatchResult {
    /// There is nothing yet, or nothing at all.
    Nothing,
    /// Each of its records was written, or not.
    Rows(Arc<[Outcome]>),
    /// Its statement found these, in results of a bounded size.
    Records { found: Found, chunks: Arc<[Chunk]> },
}

/// A result of a statement: so many records from a place on.
#[derive(Clone, Debug)]
pub(crate) struct Chunk {
    pub(crate) id: RecordId,
    pub(crate) place: Place,
    pub(crate) rows: usize,
}

impl Batches {
    /// The batch with this id, of 15 or 18 characters.
    pub(crate) fn batch(&self, id: &str) -> Option<&Batch> {
        let id = RecordId::parse(id)?;
        self.batches.iter().find(|batch| batch.id == id)
    }

    /// How many batches are in that state.
    pub(crate) fn count(&self, state: BatchState) -> usize {
        let batches = self.batches.iter();
        batches.filter(|batch| batch.state == state).count()
    }

    pub(super) fn kept_bytes(&self) -> usize {
        self.batches.iter().map(Batch::kept_bytes).sum()
    }
}

impl Batch {
    /// How many records it has, and how many of them failed.
    pub(crate) fn counts(&self) -> (usize, usize) {
        match &self.result {
            BatchResult::Nothing => (0, 0),
            BatchResult::Rows(outcomes) => {
                let failed = outcomes.iter().filter(|outcome| outcome.is_failure());
                (outcomes.len(), failed.count())
            }
            BatchResult::Records { found, .. } => (found.matches.count(), 0),
        }
    }

    fn kept_bytes(&self) -> usize {
        let result = match &self.result {
            BatchResult::Nothing => 0,
            BatchResult::Rows(outcomes) => size_of_val(&**outcomes),
            BatchResult::Records { found, .. } => found.kept_bytes(),
        };
        self.request.len() + result
    }
}
