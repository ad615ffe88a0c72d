//! The Bulk jobs that an org keeps, of both APIs.
//!
//! Source: Bulk API 2.0 and Bulk API Developer Guide, "Bulk API and Bulk API 2.0
//! Limits and Allocations": a job is deleted seven days after it was made.

mod batches;
mod export;
mod ingest;
mod outcome;
mod task;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::id::RecordId;
use crate::schema::SObject;
use crate::version::ApiVersion;

pub(crate) use batches::{Batch, BatchResult, BatchState, Batches, BatchesState, Chunk};
pub(crate) use export::{Column, Export, Found};
pub(crate) use ingest::Ingest;
pub(crate) use outcome::{Outcome, RowError};
pub(crate) use task::{Delimiter, LineEnding, Operation, State, Table, Task};

/// Bytes that all jobs together may keep of what was uploaded, and of keys of
/// results. Beyond it the oldest jobs go; Salesforce bounds only their age.
pub(crate) const KEPT_BYTES_MAX: usize = 256 * 1_024 * 1_024;

/// Jobs that are kept, whatever they hold. Beyond it, too, the oldest go.
pub(crate) const JOBS_MAX: usize = 10_000;

/// How long a job is kept, in milliseconds.
const LIFETIME_MS: i64 = 7 * 24 * 60 * 60 * 1_000;

/// The key prefixes of jobs, of batches and of the results of batches.
const JOB: &str = "750";
const BATCH: &str = "751";
const RESULT: &str = "752";

/// Every job that is kept, the oldest first.
#[derive(Default)]
pub(crate) struct Jobs {
    kept: BTreeMap<RecordId, Job>,
    made: u64,
    /// Batches and results, which share their numbers.
    parts: u64,
}

/// One job.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) about: About,
    pub(crate) work: Work,
}

/// What jobs of every kind have.
#[derive(Clone, Debug)]
pub(crate) struct About {
    pub(crate) id: RecordId,
    pub(crate) object: Arc<SObject>,
    pub(crate) version: ApiVersion,
    pub(crate) created_ms: i64,
    pub(crate) changed_ms: i64,
}

/// What a job does.
#[derive(Debug)]
pub(crate) enum Work {
    /// Bulk API 2.0 writes.
    Ingest(Ingest),
    /// Bulk API 2.0 reads.
    Export(Export),
    /// The first Bulk API does either, in batches.
    Batches(Batches),
}

impl Jobs {
    /// Keeps a new job and answers what it is.
    pub(crate) fn add(
        &mut self,
        object: &Arc<SObject>,
        version: ApiVersion,
        now_ms: i64,
        work: Work,
    ) -> About {
        self.made += 1;
        let about = About {
            id: RecordId::new(JOB, self.made),
            object: Arc::clone(object),
            version,
            created_ms: now_ms,
            changed_ms: now_ms,
        };
        let job = Job {
            about: about.clone(),
            work,
        };
        self.kept.insert(about.id.clone(), job);
        self.forget_old(&about.id, now_ms);
        about
    }

    /// The job with this id, of 15 or 18 characters.
    pub(crate) fn get(&self, id: &str) -> Option<&Job> {
        self.kept.get(&RecordId::parse(id)?)
    }

    /// The same, to be changed.
    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Job> {
        self.kept.get_mut(&RecordId::parse(id)?)
    }

    /// Every job, the oldest first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Job> {
        self.kept.values()
    }

    /// Forgets a job.
    pub(crate) fn remove(&mut self, id: &RecordId) {
        self.kept.remove(id);
    }

    /// An id for a new batch.
    pub(crate) fn batch_id(&mut self) -> RecordId {
        self.parts += 1;
        RecordId::new(BATCH, self.parts)
    }

    /// An id for a new result of a batch.
    pub(crate) fn result_id(&mut self) -> RecordId {
        self.parts += 1;
        RecordId::new(RESULT, self.parts)
    }

    /// Forgets jobs until the others have room, but never the one that grew.
    pub(crate) fn forget_old(&mut self, grown: &RecordId, now_ms: i64) {
        let mut bytes: usize = self.kept.values().map(Job::kept_bytes).sum();
        while let Some((id, oldest)) = self.kept.first_key_value() {
            let has_room = bytes <= KEPT_BYTES_MAX && self.kept.len() <= JOBS_MAX;
            let is_old = now_ms.saturating_sub(oldest.about.created_ms) >= LIFETIME_MS;
            if id == grown || has_room && !is_old {
                return;
            }
            bytes -= oldest.kept_bytes();
            self.kept.pop_first();
        }
    }
}

impl Job {
    fn kept_bytes(&self) -> usize {
        match &self.work {
            Work::Ingest(ingest) => ingest.kept_bytes(),
            Work::Export(export) => export.found.kept_bytes(),
            Work::Batches(batches) => batches.kept_bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::schema::Schema;

    fn upload(bytes: usize) -> Work {
        Work::Ingest(Ingest {
            upload: Some(Bytes::from(vec![b'x'; bytes])),
            ..Ingest::new(
                Task {
                    operation: Operation::Insert,
                    key: None,
                },
                Table::default(),
            )
        })
    }

    fn account() -> Arc<SObject> {
        let schema = Schema::standard();
        Arc::clone(schema.named("Account").expect("an object"))
    }

    fn add(jobs: &mut Jobs, bytes: usize, now_ms: i64) -> RecordId {
        let work = upload(bytes);
        jobs.add(&account(), ApiVersion::LATEST, now_ms, work).id
    }

    #[test]
    fn a_job_is_found_by_both_forms_of_its_id() {
        let mut jobs = Jobs::default();
        let id = add(&mut jobs, 1, 0);
        assert!(id.as_str().starts_with(JOB));
        assert!(jobs.get(id.as_str()).is_some());
        assert!(jobs.get(id.short()).is_some());
        for other in ["", "750", "é", &id.as_str()[..17]] {
            assert!(jobs.get(other).is_none(), "{other}");
        }
        jobs.remove(&id);
        assert!(jobs.get(id.as_str()).is_none());
    }

    #[test]
    fn the_oldest_go_when_the_others_need_room() {
        let mut jobs = Jobs::default();
        let first = add(&mut jobs, KEPT_BYTES_MAX / 2, 0);
        let second = add(&mut jobs, KEPT_BYTES_MAX / 2, 0);
        assert!(jobs.get(first.as_str()).is_some());
        let third = add(&mut jobs, 1, 0);
        assert!(jobs.get(first.as_str()).is_none());
        assert!(jobs.get(second.as_str()).is_some());
        // One that alone is too much is kept, and nothing beside it.
        let whole = add(&mut jobs, KEPT_BYTES_MAX + 1, 0);
        assert!(jobs.get(third.as_str()).is_none());
        assert!(jobs.get(whole.as_str()).is_some());
    }

    #[test]
    fn a_job_is_kept_for_seven_days() {
        let mut jobs = Jobs::default();
        let first = add(&mut jobs, 1, 0);
        add(&mut jobs, 1, LIFETIME_MS - 1);
        assert!(jobs.get(first.as_str()).is_some());
        add(&mut jobs, 1, LIFETIME_MS);
        assert!(jobs.get(first.as_str()).is_none());
    }

    #[test]
    fn the_oldest_goes_when_there_are_too_many() {
        let mut jobs = Jobs::default();
        let first = add(&mut jobs, 0, 0);
        let account = account();
        for _ in 1..JOBS_MAX {
            jobs.add(&account, ApiVersion::LATEST, 0, upload(0));
        }
        assert!(jobs.get(first.as_str()).is_some());
        add(&mut jobs, 0, 0);
        assert!(jobs.get(first.as_str()).is_none());
    }
}
