//! Rows that another resource is made of: it asks the query resource, as a
//! client would, in the session and the version of its own call.

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use crate::answer::Answer;
use crate::call::Call;
use crate::error::ApiError;

/// Which records are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Live,
    /// Deleted and archived ones as well.
    All,
}

/// The query resource answered no page.
#[derive(Debug, Error)]
#[error("the query {soql} of a resource got {status}: {body}")]
struct Failed {
    soql: String,
    status: StatusCode,
    body: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    total_size: i64,
    #[serde(default)]
    next_records_url: Option<String>,
    records: Vec<Value>,
}

/// Every row of a statement, with its `attributes`.
///
/// # Errors
///
/// 500 if the statement cannot be run, which is the resource's fault.
pub(crate) fn rows(call: &Call<'_>, soql: &str, found: Found) -> Result<Vec<Value>, ApiError> {
    let mut page = first(call, soql, found)?;
    let mut rows = page.records;
    while let Some(next) = page.next_records_url {
        page = read(&asked(call, &next), soql)?;
        rows.append(&mut page.records);
    }
    Ok(rows)
}

/// How many rows a statement has: those of its first page's `totalSize`.
///
/// # Errors
///
/// As of [`rows`].
pub(crate) fn count(call: &Call<'_>, soql: &str, found: Found) -> Result<usize, ApiError> {
    let count = first(call, soql, found)?.total_size;
    Ok(usize::try_from(count).unwrap_or(0))
}

fn first(call: &Call<'_>, soql: &str, found: Found) -> Result<Page, ApiError> {
    let resource = match found {
        Found::Live => "query",
        Found::All => "queryAll",
    };
    let q: String = form_urlencoded::byte_serialize(soql.as_bytes()).collect();
    let version = call.version;
    let path = format!("/services/data/{version}/{resource}?q={q}");
    read(&asked(call, &path), soql)
}

fn asked(call: &Call<'_>, path: &str) -> Answer {
    let headers = HeaderMap::new();
    call.part(&call.request.part(Method::GET, path, headers, Bytes::new()))
}

fn read(answer: &Answer, soql: &str) -> Result<Page, ApiError> {
    let page = match answer.status {
        StatusCode::OK => serde_json::from_slice(&answer.body).ok(),
        _ => None,
    };
    page.ok_or_else(|| {
        ApiError::internal(&Failed {
            soql: soql.to_owned(),
            status: answer.status,
            body: String::from_utf8_lossy(&answer.body).into_owned(),
        })
    })
}
