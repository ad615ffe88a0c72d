//! A batch, run.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::bulk::rows::{Failure, Heading, Lines, Row};
use crate::bulk::table::reader;
use crate::bulk::{statement, work};
use crate::database::{Batch, Place};
use crate::error::ApiError;
use crate::ignored::Ignored;
use crate::jobs::{About, BatchResult, Chunk, Found, Table, Task};
use crate::org::Org;
use crate::resource::Route;
use crate::settings::ChildPages;
use crate::sql::Rows;

/// Records of a batch. Source: Bulk API 2.0 and Bulk API Developer Guide, "Batches".
const BATCH_ROWS_MAX: usize = 10_000;

/// Records of one result of a query: a result is made in memory.
const RESULT_ROWS: usize = 100_000;

/// Records that are read at once to find where the results begin.
const STEP_ROWS: usize = 10_000;

/// A batch, and what its job is to do with it.
pub(super) struct Upload {
    pub(super) about: About,
    /// `None` if it is a statement.
    pub(super) task: Option<Task>,
    pub(super) is_of_all: bool,
    pub(super) is_json: bool,
    pub(super) body: Bytes,
}

/// A batch that was run.
pub(super) struct Ran {
    pub(super) result: BatchResult,
    /// In milliseconds.
    pub(super) took_ms: u64,
    /// What its statement says and the org ignores.
    pub(super) ignored: Ignored,
}

/// What became of it, or why there is nothing.
pub(super) fn run(org: &Org, upload: &Upload) -> Result<Ran, Failure> {
    match &upload.task {
        None => query(org, upload),
        Some(task) if upload.is_json => json(org, upload, task),
        Some(task) => csv(org, upload, task),
    }
}

fn csv(org: &Org, upload: &Upload, task: &Task) -> Result<Ran, Failure> {
    let mut text = reader(&upload.body, Table::default());
    let names = text.headers();
    let names = names
        .map_err(|error| format!("InvalidBatch : {error}"))?
        .clone();
    let rows = reader(&upload.body, Table::default())
        .into_records()
        .count();
    check_number(rows)?;
    let columns = heading(org, upload, task).columns(names.iter())?;
    Ok(written(
        org,
        upload,
        task,
        Lines::new(columns, text.records()),
    ))
}

fn json(org: &Org, upload: &Upload, task: &Task) -> Result<Ran, Failure> {
    let records: Vec<Map<String, Value>> =
        serde_json::from_slice(&upload.body).map_err(|error| format!("InvalidBatch : {error}"))?;
    check_number(records.len())?;
    let heading = heading(org, upload, task);
    for record in &records {
        heading.check_names(record)?;
    }
    let rows = records.into_iter().map(Ok);
    Ok(written(org, upload, task, rows))
}

fn heading<'a>(org: &'a Org, upload: &'a Upload, task: &'a Task) -> Heading<'a> {
    Heading {
        schema: &org.schema,
        sobject: &upload.about.object,
        task,
    }
}

fn written(org: &Org, upload: &Upload, task: &Task, rows: impl Iterator<Item = Row>) -> Ran {
    let work = work::Work {
        org,
        route: Route::BulkV1Batch,
        sobject: &upload.about.object,
        task,
    };
    let (outcomes, took_ms) = work.carry_out(rows);
    Ran {
        result: BatchResult::Rows(outcomes),
        took_ms,
        ignored: Ignored::default(),
    }
}

/// Source: salesforce.stackexchange.com, question 332337, whose figures count one
/// more than the records that the guide allows.
fn check_number(rows: usize) -> Result<(), Failure> {
    if rows <= BATCH_ROWS_MAX {
        return Ok(());
    }
    Err(format!(
        "InvalidBatch : Exceeded number of records: {}. Number of records should be less than or \
         equal to {}",
        rows + 1,
        BATCH_ROWS_MAX + 1
    ))
}

fn query(org: &Org, upload: &Upload) -> Result<Ran, Failure> {
    let begin = Instant::now();
    let text = std::str::from_utf8(&upload.body).unwrap_or_default().trim();
    let rows = if upload.is_of_all {
        Rows::All
    } else {
        Rows::Live
    };
    let ran = statement::run(org, upload.about.version, text, rows);
    let statement::Ran { found, ignored, .. } = ran.map_err(|error| failed(&error))?;
    let chunks = chunks(org, upload, &found).map_err(|error| failed(&error))?;
    let took = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(Ran {
        result: BatchResult::Records { found, chunks },
        took_ms: took,
        ignored,
    })
}

/// Source: errors of jobs that other programs show, as in airbyte's.
fn failed(error: &ApiError) -> Failure {
    let code = match error.code {
        "API_ERROR" => "FUNCTIONALITY_NOT_ENABLED",
        code => code,
    };
    format!(
        "InvalidBatch : Failed to process query: {code}: {}",
        error.message
    )
}

/// Where each result begins: there is at least one.
fn chunks(org: &Org, upload: &Upload, found: &Found) -> Result<Arc<[Chunk]>, ApiError> {
    let mut chunks = Vec::new();
    let mut place = Place::default();
    loop {
        let id = org.state().jobs.result_id();
        let left = found.matches.count().saturating_sub(place.row);
        let rows = left.min(RESULT_ROWS);
        chunks.push(Chunk {
            id,
            place: place.clone(),
            rows,
        });
        if left <= RESULT_ROWS {
            return Ok(chunks.into());
        }
        place = after(org, upload, found, place, rows)?;
    }
}

/// The place so many records further on.
fn after(
    org: &Org,
    upload: &Upload,
    found: &Found,
    mut place: Place,
    mut rows: usize,
) -> Result<Place, ApiError> {
    while rows > 0 {
        let step = rows.min(STEP_ROWS);
        let batch = Batch {
            rows: step,
            children: ChildPages::OwnLocator,
        };
        let version = upload.about.version;
        let page = org
            .database()
            .page(&found.record, &found.matches, &place, batch, version);
        place = page.map_err(|error| ApiError::internal(&error))?.end;
        rows -= step;
    }
    Ok(place)
}
