//! Jobs of Bulk API 2.0 that read.
//!
//! Source: Bulk API 2.0 and Bulk API Developer Guide, "Create a Query Job" to
//! "Delete a Query Job".

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

use super::statement::Ran;
use super::table::{CSV, writer, written};
use super::{Content, Described, list, refusal, statement};
use crate::answer::Answer;
use crate::call::Call;
use crate::database::{Batch, Page, Place};
use crate::error::ApiError;
use crate::jobs::{About, Delimiter, Export, Found, Job, Jobs, LineEnding, State, Table, Work};
use crate::json_body;
use crate::org::Org;
use crate::settings::ChildPages;
use crate::sql::Rows;

static LOCATOR: HeaderName = HeaderName::from_static("sforce-locator");
static RECORDS: HeaderName = HeaderName::from_static("sforce-numberofrecords");

/// Records of a page, if the client does not say otherwise. Salesforce chooses it;
/// the guide's example begins its second page after so many.
const PAGE_ROWS: usize = 10_000;

/// The most that a client gets, whatever it says: a page is made in memory.
const PAGE_ROWS_MAX: usize = 250_000;

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Operation {
    Query,
    QueryAll,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Asked {
    operation: Operation,
    query: String,
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
    #[serde(rename = "state")]
    _state: Next,
}

/// The one state that a job can be given.
#[derive(Deserialize)]
enum Next {
    Aborted,
}

/// A job, as a call about it answers.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    #[serde(flatten)]
    job: Described<Operation>,
    #[serde(flatten)]
    counts: Option<Counts>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Counts {
    number_records_processed: usize,
    retries: u32,
    total_processing_time: u64,
    is_pk_chunking_supported: bool,
}

/// Answers `POST jobs/query`: a read, so that no write is counted.
pub(crate) fn create(call: &Call<'_>) -> Result<Answer, ApiError> {
    refusal::part(call)?;
    let asked: Asked = json_body::parsed(call.request)?;
    let (org, version) = (call.org, call.version);
    let rows = match asked.operation {
        Operation::Query => Rows::Live,
        Operation::QueryAll => Rows::All,
    };
    let Ran {
        object,
        found,
        ignored,
    } = statement::run(org, version, &asked.query, rows)?;
    let table = Table {
        delimiter: asked.column_delimiter,
        line_ending: asked.line_ending,
    };
    let work = Work::Export(Export {
        is_of_all: rows == Rows::All,
        table,
        state: State::JobComplete,
        found,
        places: BTreeMap::from([(0, Place::default())]),
    });
    let now_ms = org.clock.now_ms();
    let about = org.state().jobs.add(&object, version, now_ms, work);
    // It has found everything, and tells so when it is asked.
    let first = (asked.operation, State::UploadComplete);
    let info = Info {
        job: Described::new(org, &about, first, table, "V2Query"),
        counts: None,
    };
    Ok(ignored.named_in(Answer::json(StatusCode::OK, &info)))
}

/// Answers `GET jobs/query`.
pub(crate) fn all(call: &Call<'_>) -> Result<Answer, ApiError> {
    let state = call.org.state();
    list::page(call, "query", &state.jobs, |job| {
        let export = export(job)?;
        Some(info(call.org, &job.about, export))
    })
}

/// Answers `GET jobs/query/{job}`.
pub(crate) fn one(call: &Call<'_>) -> Result<Answer, ApiError> {
    let state = call.org.state();
    let (about, export) = known(&state.jobs, call)?;
    Ok(Answer::json(StatusCode::OK, &info(call.org, about, export)))
}

/// Answers `PATCH jobs/query/{job}`: no job can be aborted, because each is at its
/// end when it is created.
pub(crate) fn abort(call: &Call<'_>) -> Result<Answer, ApiError> {
    let _: Change = json_body::parsed(call.request)?;
    let state = call.org.state();
    let (_, export) = known(&state.jobs, call)?;
    Err(refusal::abort(export.state))
}

/// Answers `DELETE jobs/query/{job}`.
pub(crate) fn delete(call: &Call<'_>) -> Result<Answer, ApiError> {
    let mut state = call.org.state();
    let id = known(&state.jobs, call)?.0.id.clone();
    state.jobs.remove(&id);
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

/// Answers `GET jobs/query/{job}/results`: a page in CSV.
pub(crate) fn results(call: &Call<'_>) -> Result<Answer, ApiError> {
    let rows = match call.request.parameter("maxRecords") {
        None => PAGE_ROWS,
        Some(text) => {
            let rows = text.parse().ok().filter(|rows| *rows > 0);
            let rows: usize = rows.ok_or_else(|| ApiError::missing_parameter("maxRecords"))?;
            rows.min(PAGE_ROWS_MAX)
        }
    };
    let from = match call.request.parameter("locator") {
        None => 0,
        Some(name) => offset(&name).ok_or_else(ApiError::invalid_locator)?,
    };
    let (id, found, table, place) = {
        let state = call.org.state();
        let (about, export) = known(&state.jobs, call)?;
        let place = export.places.get(&from).cloned();
        let place = place.ok_or_else(ApiError::invalid_locator)?;
        (about.id.clone(), export.found.clone(), export.table, place)
    };
    let page = page(call, &found, &place, rows)?;
    // Records that were deleted since are on no page.
    let is_more = page.end.row < found.matches.count() && !page.records.is_empty();
    let next = is_more.then_some(page.end.row);
    if let Some(job) = call.org.state().jobs.get_mut(id.as_str())
        && let Work::Export(export) = &mut job.work
        && let Some(row) = next
    {
        export.places.insert(row, page.end.clone());
    }
    let count = HeaderValue::from(page.records.len());
    // The word stands for the end of the result.
    let locator = next.map_or_else(|| "null".to_owned(), locator);
    let answer =
        Answer::new(StatusCode::OK, CSV, csv(&found, &page, table)).with(RECORDS.clone(), count);
    Ok(match HeaderValue::try_from(locator) {
        Ok(locator) => answer.with(LOCATOR.clone(), locator),
        Err(_) => answer,
    })
}

fn page(call: &Call<'_>, found: &Found, from: &Place, rows: usize) -> Result<Page, ApiError> {
    let batch = Batch {
        rows,
        children: ChildPages::OwnLocator,
    };
    let database = call.org.database();
    database
        .page(&found.record, &found.matches, from, batch, call.version)
        .map_err(|error| ApiError::internal(&error))
}

/// The names of the columns, and a line for each record. Every page has the names.
pub(super) fn csv(found: &Found, page: &Page, table: Table) -> Bytes {
    let mut lines = writer(table);
    // Writing to memory has no errors.
    let _ = lines.write_record(found.columns.iter().map(|column| &column.heading));
    for record in &page.records {
        let values = record.values(&found.record.selected);
        let line = found.columns.iter().map(|column| values.get(column.place));
        let _ = lines.write_record(line.map(|value| value.map_or("", String::as_str)));
    }
    Bytes::from(written(lines))
}

/// A page's name, as the guide's examples are made: `MTAwMDA` is 10000.
fn locator(row: usize) -> String {
    STANDARD_NO_PAD.encode(row.to_string())
}

fn offset(locator: &str) -> Option<usize> {
    let text = STANDARD_NO_PAD.decode(locator).ok()?;
    let row = std::str::from_utf8(&text).ok()?.parse().ok()?;
    (self::locator(row) == locator).then_some(row)
}

/// The job that a path names, in the version of the path.
fn known<'j>(jobs: &'j Jobs, call: &Call<'_>) -> Result<(&'j About, &'j Export), ApiError> {
    let job = jobs.get(call.segments.get("job"));
    let known = job.and_then(|job| Some((&job.about, export(job)?)));
    let (about, export) = known.ok_or_else(refusal::no_job)?;
    if about.version != call.version {
        return Err(refusal::other_version());
    }
    Ok((about, export))
}

fn export(job: &Job) -> Option<&Export> {
    match &job.work {
        Work::Export(export) => Some(export),
        Work::Ingest(_) | Work::Batches(_) => None,
    }
}

fn info(org: &Org, about: &About, export: &Export) -> Info {
    let operation = if export.is_of_all {
        Operation::QueryAll
    } else {
        Operation::Query
    };
    Info {
        job: Described::new(
            org,
            about,
            (operation, export.state),
            export.table,
            "V2Query",
        ),
        counts: Some(Counts {
            number_records_processed: export.found.matches.count(),
            retries: 0,
            total_processing_time: 0,
            // Source: "PK Chunking": all custom objects, and some standard ones.
            is_pk_chunking_supported: about.object.is_custom(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_named_as_in_the_guide() {
        assert_eq!(locator(10_000), "MTAwMDA");
        assert_eq!(offset("MTAwMDA"), Some(10_000));
        for other in ["", "null", "MTAwMDA=", "MDEw", "x"] {
            assert_eq!(offset(other), None, "{other}");
        }
    }
}
