//! Bulk jobs: they can be created, and nothing more. No job ever runs.
//!
//! Source: Bulk API 2.0 and Bulk API Developer Guide, "Create a Job".

pub(crate) mod v1;

use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::call::Call;
use crate::error::ApiError;
use crate::id::RecordId;
use crate::json_body;
use crate::org::Org;
use crate::record::date_time;
use crate::schema::SObject;
use crate::soql;

/// What a job does with the records that are uploaded to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Operation {
    Insert,
    Update,
    Upsert,
    Delete,
    HardDelete,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum QueryOperation {
    Query,
    QueryAll,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Delimiter {
    Backquote,
    Caret,
    #[default]
    Comma,
    Pipe,
    Semicolon,
    Tab,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum LineEnding {
    #[default]
    Lf,
    Crlf,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Content {
    #[default]
    Csv,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Ingest {
    object: String,
    operation: Operation,
    external_id_field_name: Option<String>,
    #[serde(rename = "assignmentRuleId")]
    _assignment_rule: Option<String>,
    #[serde(default)]
    column_delimiter: Delimiter,
    #[serde(default)]
    line_ending: LineEnding,
    #[serde(default)]
    content_type: Content,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Query {
    operation: QueryOperation,
    query: String,
    #[serde(default)]
    column_delimiter: Delimiter,
    #[serde(default)]
    line_ending: LineEnding,
    #[serde(default)]
    content_type: Content,
}

/// A job that was created.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Job<O> {
    id: String,
    operation: O,
    object: String,
    created_by_id: String,
    created_date: String,
    system_modstamp: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id_field_name: Option<String>,
    concurrency_mode: &'static str,
    content_type: Content,
    api_version: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_url: Option<String>,
    line_ending: LineEnding,
    column_delimiter: Delimiter,
}

/// Answers `POST jobs/ingest`.
pub(crate) fn ingest(call: &Call<'_>) -> Result<Answer, ApiError> {
    let asked: Ingest = json_body::parsed(call.request)?;
    let object = object(call.org, &asked.object)?;
    let key = match (asked.operation, &asked.external_id_field_name) {
        (Operation::Upsert, Some(name)) => {
            let field = object.field(name);
            let field = field.filter(|field| field.external_id || field.name == "Id");
            Some(
                field
                    .ok_or_else(|| refused("externalIdFieldName is no external id"))?
                    .name
                    .to_string(),
            )
        }
        (Operation::Upsert, None) => return Err(refused("an upsert needs externalIdFieldName")),
        (_, Some(_)) => return Err(refused("only an upsert has externalIdFieldName")),
        (_, None) => None,
    };
    call.wrote();
    let version = call.version;
    let (id, now) = (job_id(call.org), now(call.org));
    let job = Job {
        content_url: Some(format!("services/data/{version}/jobs/ingest/{id}/batches")),
        id,
        operation: asked.operation,
        object: object.name.to_string(),
        created_by_id: call.org.user.to_string(),
        created_date: now.clone(),
        system_modstamp: now,
        state: "Open",
        external_id_field_name: key,
        concurrency_mode: "Parallel",
        content_type: asked.content_type,
        api_version: f64::from(version.number()),
        line_ending: asked.line_ending,
        column_delimiter: asked.column_delimiter,
    };
    Ok(Answer::json(StatusCode::OK, &job))
}

/// Answers `POST jobs/query`: a read, so that no write is counted.
pub(crate) fn query(call: &Call<'_>) -> Result<Answer, ApiError> {
    let asked: Query = json_body::parsed(call.request)?;
    let statement = soql::parse(&asked.query)?;
    let object = object(call.org, &statement.from.name.text)?;
    let now = now(call.org);
    let job = Job {
        id: job_id(call.org),
        operation: asked.operation,
        object: object.name.to_string(),
        created_by_id: call.org.user.to_string(),
        created_date: now.clone(),
        system_modstamp: now,
        state: "UploadComplete",
        external_id_field_name: None,
        concurrency_mode: "Parallel",
        content_type: asked.content_type,
        api_version: f64::from(call.version.number()),
        content_url: None,
        line_ending: asked.line_ending,
        column_delimiter: asked.column_delimiter,
    };
    Ok(Answer::json(StatusCode::OK, &job))
}

fn object<'o>(org: &'o Org, name: &str) -> Result<&'o SObject, ApiError> {
    let object = org.schema.named(name);
    object
        .map(|object| &**object)
        .ok_or_else(|| refused("there is no such object"))
}

/// The code is documented for jobs, the words are the emulator's own.
fn refused(words: &str) -> ApiError {
    ApiError::caller(StatusCode::BAD_REQUEST, "API_ERROR", words)
}

fn job_id(org: &Org) -> String {
    RecordId::new("750", org.next_request() + 1).to_string()
}

fn now(org: &Org) -> String {
    date_time(org.clock.now_ms())
}
