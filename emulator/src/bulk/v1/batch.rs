//! The batches of a job.
//!
//! Source: Bulk API 2.0 and Bulk API Developer Guide, "Add a Batch to a Job" to "Get
//! Bulk Query Results". Words that no public capture shows are the emulator's own.

use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::reply::{Form, Refusal, refused};
use super::run::{self, Upload};
use super::{about_job, batches_mut, entered, info, known};
use crate::answer::Answer;
use crate::bulk::export::csv;
use crate::bulk::table::{CSV, writer, written};
use crate::database::Batch as Rows;
use crate::error::ApiError;
use crate::jobs::{About, Batch, BatchResult, BatchState, BatchesState, Jobs, Outcome, Table};
use crate::json_body;
use crate::org::Org;
use crate::request::{BATCH_BYTES_MAX, Request};
use crate::segments::Segments;
use crate::settings::ChildPages;

const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");

/// Answers `POST …/job/{job}/batch`: the batch runs at once, and is told as one that
/// waits.
pub(crate) fn add(org: &Org, request: &Request, segments: &Segments) -> Answer {
    let form = {
        let state = org.state();
        match known(&state.jobs, segments.get("job")) {
            Ok((_, batches)) if batches.content == "JSON" => Form::Json,
            _ => Form::of(request),
        }
    };
    match added(org, request, segments, form) {
        Ok(answer) => answer,
        Err(refusal) => form.refusal(&refusal),
    }
}

fn added(org: &Org, request: &Request, segments: &Segments, form: Form) -> Result<Answer, Refusal> {
    entered(org, request, segments)?;
    let id = segments.get("job");
    let body = body(request)?;
    let now_ms = org.clock.now_ms();
    let (about, upload, mut batch) = {
        let mut state = org.state();
        let batch_id = state.jobs.batch_id();
        let (about, batches) = known(&state.jobs, id)?;
        if batches.state != BatchesState::Open {
            return Err(refused(
                "InvalidJobState",
                "a job takes batches while it is open",
            ));
        }
        check_kind(request, &batches.content)?;
        let upload = Upload {
            about: about.clone(),
            task: batches.task.clone(),
            is_of_all: batches.operation.eq_ignore_ascii_case("queryAll"),
            is_json: batches.content == "JSON",
            body: body.clone(),
        };
        let batch = Batch {
            id: batch_id,
            created_ms: now_ms,
            changed_ms: now_ms,
            state: BatchState::Queued,
            message: None,
            took_ms: 0,
            request: body,
            result: BatchResult::Nothing,
        };
        (about.clone(), upload, batch)
    };
    let mut told = form.written(StatusCode::CREATED, &info::batch(&about, &batch, form));
    let ended = run::run(org, &upload);
    batch.changed_ms = org.clock.now_ms();
    match ended {
        Ok(ran) => {
            batch.state = BatchState::Completed;
            batch.result = ran.result;
            batch.took_ms = ran.took_ms;
            told = ran.ignored.named_in(told);
        }
        Err(failure) => {
            batch.state = BatchState::Failed;
            batch.message = Some(failure);
        }
    }
    let mut state = org.state();
    // It is gone if the org was reset, or others needed its room.
    let job = state.jobs.get_mut(id);
    if let Some((about, batches)) = job.and_then(batches_mut) {
        batches.batches.push(batch);
        let id = about.id.clone();
        state.jobs.forget_old(&id, now_ms);
    }
    Ok(told)
}

/// What was sent. Source of the words: jsforce/jsforce, issues 31 and 88.
fn body(request: &Request) -> Result<Bytes, Refusal> {
    let body = json_body::plain(request, BATCH_BYTES_MAX);
    let body = body.map_err(|error: ApiError| {
        if error.code == "JSON_PARSER_ERROR" {
            exceeded()
        } else {
            refused("ClientInputError", &error.message)
        }
    })?;
    if body.is_empty() {
        return Err(refused(
            "ClientInputError",
            "Unable to find any data to create batch",
        ));
    }
    Ok(body)
}

fn exceeded() -> Refusal {
    let words = format!("Failed to read request. Exceeded max size limit of {BATCH_BYTES_MAX}");
    refused("ClientInputError", &words)
}

/// What is answered to a batch that is too long to be read.
pub(crate) fn too_large() -> Answer {
    Form::Xml.refusal(&exceeded())
}

/// Whether a batch is what its job takes.
fn check_kind(request: &Request, content: &str) -> Result<(), Refusal> {
    if !matches!(content, "CSV" | "JSON") {
        let words = format!("this emulator does not support batches of the content type {content}");
        return Err(refused("EMULATOR_UNSUPPORTED", &words));
    }
    let kind = request.media_type().to_ascii_lowercase();
    let sent = match kind.as_str() {
        "text/csv" => "CSV",
        "application/json" => "JSON",
        "application/xml" | "text/xml" => "XML",
        _ => content,
    };
    if sent == content {
        return Ok(());
    }
    let words = format!("a batch in {sent} was added to a job of the content type {content}");
    Err(refused("InvalidBatch", &words))
}

/// Answers `GET …/job/{job}/batch`.
pub(crate) fn all(org: &Org, request: &Request, segments: &Segments) -> Answer {
    about_job(org, request, segments, |form, state| {
        let (about, batches) = known(&state.jobs, segments.get("job"))?;
        let all = batches.batches.iter();
        let all: Vec<_> = all.map(|batch| info::batch(about, batch, form)).collect();
        Ok(form.list("batchInfoList", &all))
    })
}

/// Answers `GET …/job/{job}/batch/{batch}`.
pub(crate) fn one(org: &Org, request: &Request, segments: &Segments) -> Answer {
    about_job(org, request, segments, |form, state| {
        let (about, batch) = known_batch(&state.jobs, segments)?;
        let info = info::batch(about, batch, form);
        Ok(form.written(StatusCode::OK, &info))
    })
}

/// Answers `GET …/batch/{batch}/request`: what was sent, as it was sent.
pub(crate) fn request(org: &Org, request: &Request, segments: &Segments) -> Answer {
    about_job(org, request, segments, |_, state| {
        let (_, batches) = known(&state.jobs, segments.get("job"))?;
        let (_, batch) = known_batch(&state.jobs, segments)?;
        let kind = if batches.content == "JSON" { JSON } else { CSV };
        Ok(Answer::new(StatusCode::OK, kind, batch.request.clone()))
    })
}

/// Answers `GET …/batch/{batch}/result`: what became of each record, or the ids of a
/// query's results.
pub(crate) fn results(org: &Org, request: &Request, segments: &Segments) -> Answer {
    about_job(org, request, segments, |form, state| {
        let (_, batches) = known(&state.jobs, segments.get("job"))?;
        let (_, batch) = known_batch(&state.jobs, segments)?;
        match &batch.result {
            // Source: simple-salesforce/simple-salesforce, issue 366.
            BatchResult::Nothing => Err(refused("InvalidBatch", "Records not processed")),
            BatchResult::Records { chunks, .. } => {
                let ids: Vec<&str> = chunks.iter().map(|chunk| chunk.id.as_str()).collect();
                Ok(form.ids(&ids))
            }
            BatchResult::Rows(outcomes) if batches.content == "JSON" => {
                let rows: Vec<Value> = outcomes.iter().map(json_row).collect();
                Ok(Answer::json(StatusCode::OK, &rows))
            }
            BatchResult::Rows(outcomes) => Ok(Answer::new(StatusCode::OK, CSV, csv_rows(outcomes))),
        }
    })
}

/// Answers `GET …/batch/{batch}/result/{result}`: records that a query found.
pub(crate) fn result(org: &Org, request: &Request, segments: &Segments) -> Answer {
    let mut wanted = None;
    let answer = about_job(org, request, segments, |form, state| {
        let (about, batches) = known(&state.jobs, segments.get("job"))?;
        let (_, batch) = known_batch(&state.jobs, segments)?;
        let no_result = || refused("InvalidBatch", "Invalid result id");
        let BatchResult::Records { found, chunks } = &batch.result else {
            return Err(no_result());
        };
        let id = segments.get("result");
        let chunk = chunks.iter().find(|chunk| chunk.id.as_str() == id);
        let chunk = chunk.ok_or_else(no_result)?.clone();
        let is_json = batches.content == "JSON";
        wanted = Some((form, about.clone(), found.clone(), chunk, is_json));
        Ok(Answer::empty(StatusCode::OK))
    });
    let Some((form, about, found, chunk, is_json)) = wanted else {
        return answer;
    };
    // The records are read without the state's lock.
    let rows = Rows {
        rows: chunk.rows,
        children: ChildPages::OwnLocator,
    };
    let page = org.database().page(
        &found.record,
        &found.matches,
        &chunk.place,
        rows,
        about.version,
    );
    match page {
        Ok(page) if is_json => Answer::json(StatusCode::OK, &page.records),
        Ok(page) => Answer::new(StatusCode::OK, CSV, csv(&found, &page, Table::default())),
        Err(error) => {
            let error = ApiError::internal(&error);
            form.refusal(&unknown(&error))
        }
    }
}

fn unknown(error: &ApiError) -> Refusal {
    refused("Unknown", &error.message)
}

/// The batch that a path names, and its job.
fn known_batch<'j>(jobs: &'j Jobs, segments: &Segments) -> Result<(&'j About, &'j Batch), Refusal> {
    let (about, batches) = known(jobs, segments.get("job"))?;
    let batch = batches.batch(segments.get("batch"));
    let batch = batch.ok_or_else(|| refused("InvalidBatch", "Invalid batch id"))?;
    Ok((about, batch))
}

/// Source: "Get Batch Results", for CSV; the answer in
/// simple-salesforce/simple-salesforce, issue 627, for JSON.
fn json_row(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Saved { id, is_new } => {
            json!({"success": true, "created": is_new, "id": id.as_str(), "errors": []})
        }
        Outcome::Failed { error, .. } => {
            let error = json!({
                "statusCode": error.code,
                "message": error.message,
                "fields": error.fields,
                "extendedErrorDetails": null,
            });
            json!({"success": false, "created": false, "id": null, "errors": [error]})
        }
    }
}

fn csv_rows(outcomes: &[Outcome]) -> Bytes {
    let mut lines = writer(Table::default());
    // Writing to memory has no errors.
    let _ = lines.write_record(["Id", "Success", "Created", "Error"]);
    for outcome in outcomes {
        let _ = match outcome {
            Outcome::Saved { id, is_new } => {
                lines.write_record([id.as_str(), "true", &is_new.to_string(), ""])
            }
            Outcome::Failed { error, .. } => {
                lines.write_record(["", "false", "false", &error.to_string()])
            }
        };
    }
    Bytes::from(written(lines))
}
