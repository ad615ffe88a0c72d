//! What a job and a batch say of themselves.
//!
//! Source: Bulk API 2.0 and Bulk API Developer Guide, "JobInfo", "BatchInfo".

use super::reply::{Element, Form};
use crate::jobs::{About, Batch, BatchState, Batches, BatchesState};
use crate::org::Org;
use serde_json::Value;

/// A job.
pub(super) fn job(org: &Org, about: &About, batches: &Batches, form: Form) -> Element {
    let counts = batches.batches.iter().map(Batch::counts);
    let (processed, failed) = counts.fold((0, 0), |all, own| (all.0 + own.0, all.1 + own.1));
    let took: u64 = batches.batches.iter().map(|batch| batch.took_ms).sum();
    let count = |state| Value::from(batches.count(state));
    let state = match batches.state {
        BatchesState::Open => "Open",
        BatchesState::Closed => "Closed",
        BatchesState::Aborted => "Aborted",
    };
    let mut members: Vec<(&'static str, Value)> = vec![
        ("id", about.id.as_str().into()),
        ("operation", batches.operation.as_str().into()),
        ("object", (*about.object.name).into()),
        ("createdById", org.user.as_str().into()),
        ("createdDate", form.instant(about.created_ms)),
        ("systemModstamp", form.instant(about.changed_ms)),
        ("state", state.into()),
    ];
    let key = batches.task.as_ref().and_then(|task| task.key.as_ref());
    members.extend(key.map(|key| ("externalIdFieldName", (*key.name).into())));
    members.extend([
        ("concurrencyMode", batches.concurrency.as_str().into()),
        ("contentType", batches.content.as_str().into()),
        ("numberBatchesQueued", count(BatchState::Queued)),
        ("numberBatchesInProgress", 0.into()),
        ("numberBatchesCompleted", count(BatchState::Completed)),
        ("numberBatchesFailed", count(BatchState::Failed)),
        ("numberBatchesTotal", batches.batches.len().into()),
        ("numberRecordsProcessed", processed.into()),
        ("numberRetries", 0.into()),
        ("apiVersion", f64::from(about.version.number()).into()),
        ("numberRecordsFailed", failed.into()),
        ("totalProcessingTime", took.into()),
        ("apiActiveProcessingTime", took.into()),
        ("apexProcessingTime", 0.into()),
    ]);
    Element {
        name: "jobInfo",
        members,
    }
}

/// A batch of a job.
pub(super) fn batch(about: &About, batch: &Batch, form: Form) -> Element {
    let (processed, failed) = batch.counts();
    let state = match batch.state {
        BatchState::Queued => "Queued",
        BatchState::Completed => "Completed",
        BatchState::Failed => "Failed",
    };
    let mut members: Vec<(&'static str, Value)> = vec![
        ("id", batch.id.as_str().into()),
        ("jobId", about.id.as_str().into()),
        ("state", state.into()),
    ];
    let message = batch.message.as_deref();
    members.extend(message.map(|message| ("stateMessage", message.into())));
    members.extend([
        ("createdDate", form.instant(batch.created_ms)),
        ("systemModstamp", form.instant(batch.changed_ms)),
        ("numberRecordsProcessed", processed.into()),
        ("numberRecordsFailed", failed.into()),
        ("totalProcessingTime", batch.took_ms.into()),
        ("apiActiveProcessingTime", batch.took_ms.into()),
        ("apexProcessingTime", 0.into()),
    ]);
    Element {
        name: "batchInfo",
        members,
    }
}
