//! Jobs of Bulk API 2.0 that write.
//!
//! Source: Bulk API 2.0 and Bulk API Developer Guide, "Create a Job" to "Get Job
//! Unprocessed Record Results".

mod run;

use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::table::{CSV, reader, writer, written};
use super::{Content, Described, list, refusal};
use crate::answer::Answer;
use crate::call::Call;
use crate::error::ApiError;
use crate::jobs::{
    About, Delimiter, Ingest, Job, Jobs, LineEnding, Operation, Outcome, State, Table, Task, Work,
};
use crate::json_body;
use crate::org::Org;
use crate::request::UPLOAD_BYTES_MAX;
use crate::schema::{Field, SObject};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Asked {
    object: String,
    operation: Operation,
    external_id_field_name: Option<String>,
    #[serde(rename = "assignmentRuleId")]
    _assignment_rule: Option<String>,
    #[serde(default)]
    column_delimiter: Delimiter,
    #[serde(default)]
    line_ending: LineEnding,
    #[serde(default, rename = "contentType")]
    _content_type: Content,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    state: Next,
}

/// A state that a job can be given.
#[derive(Clone, Copy, Deserialize)]
pub(super) enum Next {
    UploadComplete,
    Aborted,
}

/// A job, as a call about it answers.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    #[serde(flatten)]
    job: Described<Operation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id_field_name: Option<String>,
    /// Where the upload goes, as long as there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    content_url: Option<String>,
    #[serde(flatten)]
    counts: Option<Counts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<String>,
}

/// What an open job does not have yet.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Counts {
    number_records_processed: usize,
    number_records_failed: usize,
    retries: u32,
    total_processing_time: u64,
    api_active_processing_time: u64,
    apex_processing_time: u64,
}

/// Which records of an upload are asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Successful,
    Failed,
}

/// Answers `POST jobs/ingest`.
pub(crate) fn create(call: &Call<'_>) -> Result<Answer, ApiError> {
    refusal::part(call)?;
    let asked: Asked = json_body::parsed(call.request)?;
    let org = call.org;
    let object = org.schema.named(&asked.object);
    let object = object.ok_or_else(|| refusal::api_error("there is no such object"))?;
    let key = key(
        object,
        asked.operation,
        asked.external_id_field_name.as_deref(),
    );
    let task = Task {
        operation: asked.operation,
        key: key.map_err(refusal::api_error)?,
    };
    let table = Table {
        delimiter: asked.column_delimiter,
        line_ending: asked.line_ending,
    };
    call.wrote();
    let mut state = org.state();
    let work = Work::Ingest(Ingest::new(task, table));
    let now_ms = org.clock.now_ms();
    let id = state.jobs.add(object, call.version, now_ms, work).id;
    let (about, ingest) = named(&state.jobs, id.as_str())?;
    Ok(Answer::json(StatusCode::OK, &info(org, about, ingest)))
}

/// The field by which a job's upsert finds records; other operations have none.
pub(super) fn key(
    object: &SObject,
    operation: Operation,
    name: Option<&str>,
) -> Result<Option<Arc<Field>>, &'static str> {
    match (operation, name) {
        (Operation::Upsert, Some(name)) => {
            let field = object.field(name);
            let field = field.filter(|field| field.external_id || field.id_lookup);
            let field = field.ok_or("externalIdFieldName is no external id")?;
            Ok(Some(Arc::clone(field)))
        }
        (Operation::Upsert, None) => Err("an upsert needs externalIdFieldName"),
        (_, Some(_)) => Err("only an upsert has externalIdFieldName"),
        (_, None) => Ok(None),
    }
}

/// Answers `GET jobs/ingest`: those of Bulk API 2.0.
pub(crate) fn all(call: &Call<'_>) -> Result<Answer, ApiError> {
    let state = call.org.state();
    list::page(call, "ingest", &state.jobs, |job| {
        let ingest = ingest(job)?;
        Some(info(call.org, &job.about, ingest))
    })
}

/// Answers `GET jobs/ingest/{job}`.
pub(crate) fn one(call: &Call<'_>) -> Result<Answer, ApiError> {
    let state = call.org.state();
    let (about, ingest) = known(&state.jobs, call)?;
    Ok(Answer::json(StatusCode::OK, &info(call.org, about, ingest)))
}

/// Answers `PUT jobs/ingest/{job}/batches`: the upload, of which there is one.
pub(crate) fn upload(call: &Call<'_>) -> Result<Answer, ApiError> {
    let kind = call.request.media_type();
    if !kind.is_empty() && !kind.eq_ignore_ascii_case("text/csv") {
        return Err(ApiError::media_type(kind));
    }
    let body = json_body::plain(call.request, UPLOAD_BYTES_MAX)?;
    let now_ms = call.org.clock.now_ms();
    let mut state = call.org.state();
    let job = state.jobs.get_mut(call.segments.get("job"));
    let (about, ingest) = job.and_then(ingest_mut).ok_or_else(refusal::no_job)?;
    if ingest.state != State::Open || ingest.upload.is_some() {
        return Err(refusal::state(
            "a job takes one upload, and only while it is open",
        ));
    }
    ingest.upload = Some(body);
    about.changed_ms = now_ms;
    let id = about.id.clone();
    state.jobs.forget_old(&id, now_ms);
    Ok(Answer::empty(StatusCode::CREATED))
}

/// Answers `PATCH jobs/ingest/{job}`: the upload is complete, and the job runs; or
/// it is aborted.
pub(crate) fn change(call: &Call<'_>) -> Result<Answer, ApiError> {
    refusal::part(call)?;
    let Change { state: next } = json_body::parsed(call.request)?;
    let (about, ingest) = run::advance(call, next)?;
    Ok(Answer::json(
        StatusCode::OK,
        &info(call.org, &about, &ingest),
    ))
}

/// Answers `DELETE jobs/ingest/{job}`.
pub(crate) fn delete(call: &Call<'_>) -> Result<Answer, ApiError> {
    let mut state = call.org.state();
    let (about, ingest) = known(&state.jobs, call)?;
    if !ingest.state.is_final() && ingest.state != State::UploadComplete {
        return Err(refusal::not_terminated());
    }
    let id = about.id.clone();
    state.jobs.remove(&id);
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

/// Answers `GET jobs/ingest/{job}/successfulResults`.
pub(crate) fn successful(call: &Call<'_>) -> Result<Answer, ApiError> {
    results(call, Kind::Successful)
}

/// Answers `GET jobs/ingest/{job}/failedResults`.
pub(crate) fn failed(call: &Call<'_>) -> Result<Answer, ApiError> {
    results(call, Kind::Failed)
}

/// Answers `GET jobs/ingest/{job}/unprocessedrecords`: of a job that failed or was
/// aborted the whole upload, because nothing of it was begun.
pub(crate) fn unprocessed(call: &Call<'_>) -> Result<Answer, ApiError> {
    let finished = finished(call)?;
    let body = match finished.state {
        State::JobComplete => {
            let mut text = reader(&finished.upload, finished.table);
            let mut lines = writer(finished.table);
            if let Ok(names) = text.headers()
                && !names.is_empty()
            {
                let _ = lines.write_record(names);
            }
            Bytes::from(written(lines))
        }
        _ => finished.upload,
    };
    Ok(Answer::new(StatusCode::OK, CSV, body))
}

/// What the results of a job that has ended are made of.
struct Finished {
    state: State,
    table: Table,
    upload: Bytes,
    outcomes: Arc<[Outcome]>,
}

fn finished(call: &Call<'_>) -> Result<Finished, ApiError> {
    let state = call.org.state();
    let (_, ingest) = known(&state.jobs, call)?;
    if !ingest.state.is_final() {
        return Err(refusal::state("a job that has not ended has no results"));
    }
    Ok(Finished {
        state: ingest.state,
        table: ingest.table,
        upload: ingest.upload.clone().unwrap_or_default(),
        outcomes: Arc::clone(&ingest.outcomes),
    })
}

/// The records of an upload that were written, or were not, in its order.
fn results(call: &Call<'_>, kind: Kind) -> Result<Answer, ApiError> {
    let finished = finished(call)?;
    let mut text = reader(&finished.upload, finished.table);
    let mut lines = writer(finished.table);
    let heading = match kind {
        Kind::Successful => ["sf__Id", "sf__Created"],
        Kind::Failed => ["sf__Id", "sf__Error"],
    };
    // Writing to memory has no errors, and the upload was read once already.
    let names = text.headers().cloned().unwrap_or_default();
    let _ = lines.write_record(heading.into_iter().chain(&names));
    for (line, outcome) in text.records().zip(&*finished.outcomes) {
        let told = match (outcome, kind) {
            (Outcome::Saved { id, is_new }, Kind::Successful) => {
                [id.to_string(), is_new.to_string()]
            }
            (Outcome::Failed { id, error }, Kind::Failed) => [
                id.as_deref().unwrap_or_default().to_owned(),
                error.to_string(),
            ],
            _ => continue,
        };
        let line = line.unwrap_or_default();
        let _ = lines.write_record(told.iter().map(String::as_str).chain(&line));
    }
    let body = Bytes::from(written(lines));
    Ok(Answer::new(StatusCode::OK, CSV, body))
}

/// The job that a path names.
fn known<'j>(jobs: &'j Jobs, call: &Call<'_>) -> Result<(&'j About, &'j Ingest), ApiError> {
    named(jobs, call.segments.get("job"))
}

fn named<'j>(jobs: &'j Jobs, id: &str) -> Result<(&'j About, &'j Ingest), ApiError> {
    let job = jobs.get(id);
    let known = job.and_then(|job| Some((&job.about, ingest(job)?)));
    known.ok_or_else(refusal::no_job)
}

fn ingest(job: &Job) -> Option<&Ingest> {
    match &job.work {
        Work::Ingest(ingest) => Some(ingest),
        Work::Export(_) | Work::Batches(_) => None,
    }
}

fn ingest_mut(job: &mut Job) -> Option<(&mut About, &mut Ingest)> {
    match &mut job.work {
        Work::Ingest(ingest) => Some((&mut job.about, ingest)),
        Work::Export(_) | Work::Batches(_) => None,
    }
}

fn info(org: &Org, about: &About, ingest: &Ingest) -> Info {
    let Ingest { task, state, .. } = ingest;
    let (id, version) = (&about.id, about.version);
    let is_open = *state == State::Open;
    Info {
        job: Described::new(
            org,
            about,
            (task.operation, *state),
            ingest.table,
            "V2Ingest",
        ),
        external_id_field_name: task.key.as_ref().map(|key| key.name.to_string()),
        content_url: is_open.then(|| format!("services/data/{version}/jobs/ingest/{id}/batches")),
        counts: (!is_open).then(|| Counts {
            number_records_processed: ingest.outcomes.len(),
            number_records_failed: ingest.failed(),
            retries: 0,
            total_processing_time: ingest.took_ms,
            api_active_processing_time: ingest.took_ms,
            apex_processing_time: 0,
        }),
        error_message: ingest.failure.clone(),
    }
}
