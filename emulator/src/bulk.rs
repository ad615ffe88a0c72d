//! Bulk jobs, of both APIs. A job runs to its end while the call is answered that
//! completes its upload; only the states in which it was before are told in
//! between.
//!
//! Source: Bulk API 2.0 and Bulk API Developer Guide.

mod column;
pub(crate) mod export;
mod flat;
pub(crate) mod ingest;
mod list;
mod refusal;
mod rows;
mod statement;
mod table;
pub(crate) mod v1;
mod work;

use serde::{Deserialize, Serialize};

use crate::jobs::{About, Delimiter, LineEnding, State, Table};
use crate::org::Org;
use crate::record::date_time;

/// The one format of Bulk API 2.0.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Content {
    #[default]
    Csv,
}

/// The members that every job of Bulk API 2.0 has.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Described<O> {
    id: String,
    operation: O,
    object: String,
    created_by_id: String,
    created_date: String,
    system_modstamp: String,
    state: State,
    concurrency_mode: &'static str,
    content_type: Content,
    api_version: f64,
    job_type: &'static str,
    line_ending: LineEnding,
    column_delimiter: Delimiter,
}

impl<O> Described<O> {
    fn new(
        org: &Org,
        about: &About,
        (operation, state): (O, State),
        table: Table,
        job_type: &'static str,
    ) -> Self {
        Self {
            id: about.id.to_string(),
            operation,
            object: about.object.name.to_string(),
            created_by_id: org.user.to_string(),
            created_date: date_time(about.created_ms),
            system_modstamp: date_time(about.changed_ms),
            state,
            concurrency_mode: "Parallel",
            content_type: Content::Csv,
            api_version: f64::from(about.version.number()),
            job_type,
            line_ending: table.line_ending,
            column_delimiter: table.delimiter,
        }
    }
}
