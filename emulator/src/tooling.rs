//! The Tooling API: what developers wrote for the org. They wrote nothing.
//!
//! Source: Tooling API Developer Guide, "REST Resources", `query`, and its
//! example of an answer.

use http::StatusCode;
use serde::Serialize;

use crate::answer::Answer;
use crate::call::Call;
use crate::database::Database;
use crate::error::ApiError;
use crate::ignored::Ignored;
use crate::query::{columns_of, environment};
use crate::record::Record;
use crate::schema::Schema;
use crate::soql;
use crate::sql::{Environment, Rows, Statement, translate};

/// A result, which is always in one page.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    size: usize,
    total_size: usize,
    done: bool,
    query_locator: (),
    entity_type_name: String,
    records: Vec<Record>,
}

/// Answers `tooling/query`. The statement is checked as every other one, on a
/// database that is empty.
///
/// # Errors
///
/// Those of a statement. Of the objects that the Tooling API has, only some are
/// known here; what is asked of another one is not supported.
pub(crate) fn query(call: &Call<'_>) -> Result<Answer, ApiError> {
    let text = call.request.parameter("q");
    let text = text.ok_or_else(ApiError::missing_query)?;
    let query = soql::parse(&text)?;
    let schema = Schema::tooling();
    let Some(sobject) = schema.named(&query.from.name.text) else {
        let name = format!("tooling/query of {}", query.from.name.text);
        return Err(ApiError::unsupported_resource(&name));
    };
    let environment = Environment {
        schema: &schema,
        ..environment(call, Rows::Live)
    };
    let internal = |error| ApiError::internal(&error);
    let database = Database::open(&schema).map_err(internal)?;
    let statement = translate(&query, &text, environment)?;
    let ignored = Ignored::of(&query, &schema);
    if call.request.parameter("columns").as_deref() == Some("true") {
        let columns = columns_of(&schema, &query)?;
        return Ok(ignored.named_in(columns));
    }
    let records = match statement {
        Statement::Groups(groups) => database.groups(&groups).map_err(internal)?,
        Statement::Count(_) | Statement::Records { .. } => Vec::new(),
    };
    let found = Found {
        size: records.len(),
        total_size: records.len(),
        done: true,
        query_locator: (),
        entity_type_name: sobject.name.to_string(),
        records,
    };
    Ok(ignored.named_in(Answer::json(StatusCode::OK, &found)))
}
