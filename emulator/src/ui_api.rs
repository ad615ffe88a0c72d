//! The User Interface API: what an object is, what a new record begins as, and records
//! as people see them.
//!
//! Source: User Interface API Developer Guide, "Object Info", "Record Defaults"; the
//! values are those of captured answers in trailheadapps/lwc-recipes
//! (`getObjectInfo.json`, `getRecordCreateDefaults.json`).

mod defaults;
mod exception;
mod info;
mod input;
mod record;
pub(crate) mod records;
mod selection;

use std::sync::Arc;

use http::StatusCode;

use crate::answer::Answer;
use crate::call::Call;
use crate::error::ApiError;
use crate::schema::SObject;

/// Objects of this org that are not in the guide's "All Supported Objects".
const NOT_SUPPORTED: [&str; 2] = ["Event", "Task"];

/// Answers `ui-api/object-info/{object}`.
pub(crate) fn object_info(call: &Call<'_>) -> Result<Answer, ApiError> {
    let sobject = object(call)?;
    Ok(Answer::json(StatusCode::OK, &info::info(call, sobject)))
}

/// Answers `ui-api/record-defaults/create/{object}`.
pub(crate) fn create_defaults(call: &Call<'_>) -> Result<Answer, ApiError> {
    let sobject = object(call)?;
    Ok(Answer::json(
        StatusCode::OK,
        &defaults::defaults(call, sobject)?,
    ))
}

/// The object that a path names.
fn object<'a>(call: &Call<'a>) -> Result<&'a Arc<SObject>, ApiError> {
    let name = call.segments.get("object");
    named(call, name).ok_or_else(|| not_supported(name))
}

/// The object of that name, if the API has it.
fn named<'a>(call: &Call<'a>, name: &str) -> Option<&'a Arc<SObject>> {
    let sobject = call.org.schema.named(name)?;
    (!NOT_SUPPORTED.contains(&&*sobject.name)).then_some(sobject)
}

/// An object that the API does not have. The status and the words could not be
/// confirmed.
fn not_supported(name: &str) -> ApiError {
    let message = format!("Object {name} is not supported in UI API");
    ApiError::caller(StatusCode::BAD_REQUEST, "INVALID_TYPE", message)
}
