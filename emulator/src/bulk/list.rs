//! Lists of jobs, in pages.
//!
//! Source: Bulk API 2.0 and Bulk API Developer Guide, "Get Information About All
//! Jobs", "Get Information About All Query Jobs". The order is not documented; the
//! name of a page is the emulator's own.

use http::StatusCode;
use serde::Serialize;

use crate::answer::Answer;
use crate::call::Call;
use crate::error::ApiError;
use crate::id::RecordId;
use crate::jobs::{Job, Jobs};

/// Jobs of a page. Source: as above.
const PAGE_JOBS: usize = 1_000;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page<J> {
    done: bool,
    next_records_url: Option<String>,
    records: Vec<J>,
}

/// A page of the jobs that `described` describes, from the one on that the request
/// names.
pub(super) fn page<J: Serialize>(
    call: &Call<'_>,
    kind: &str,
    jobs: &Jobs,
    described: impl Fn(&Job) -> Option<J>,
) -> Result<Answer, ApiError> {
    let from = match call.request.parameter("queryLocator") {
        None => None,
        Some(name) => Some(RecordId::parse(&name).ok_or_else(ApiError::invalid_locator)?),
    };
    let mut wanted = jobs
        .all()
        .filter(|job| from.as_ref().is_none_or(|from| job.about.id >= *from))
        .filter_map(|job| Some((&job.about.id, described(job)?)));
    let records = wanted
        .by_ref()
        .take(PAGE_JOBS)
        .map(|(_, job)| job)
        .collect();
    let next = wanted.next().map(|(id, _)| {
        let version = call.version;
        format!("/services/data/{version}/jobs/{kind}?queryLocator={id}")
    });
    let page = Page {
        done: next.is_none(),
        next_records_url: next,
        records,
    };
    Ok(Answer::json(StatusCode::OK, &page))
}
