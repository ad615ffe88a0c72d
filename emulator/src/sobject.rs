//! The records of an object, one at a time.
//!
//! Source: REST API Developer Guide, "sObject Basic Information", "sObject
//! Rows".

mod contention;
mod draft;
pub(crate) mod external;
pub(crate) mod foreign_key;
mod refusal;
pub(crate) mod upsert;
mod value;
pub(crate) mod write;
pub(crate) mod writer;

use std::sync::Arc;

use http::StatusCode;
use http::header::LOCATION;
use rusqlite::types::Value as Stored;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::answer::Answer;
use crate::call::Call;
use crate::database::Database;
use crate::error::ApiError;
use crate::id::RecordId;
use crate::json_body;
use crate::record::Record;
use crate::schema::{Field, SObject};
use crate::sql::RowQuery;
use crate::version::ApiVersion;
use writer::Writer;

/// What a create or an upsert answers.
#[derive(Serialize)]
struct Saved<'a> {
    id: &'a str,
    success: bool,
    errors: [(); 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<bool>,
}

/// Answers `POST sobjects/{object}`: a new record.
pub(crate) fn create(call: &Call<'_>) -> Result<Answer, ApiError> {
    let sobject = object(call)?;
    let body = json_body::object(call.request)?;
    let id = call.write(|database| {
        let body = foreign_key::resolved((&call.org.schema, database), sobject, &body)?;
        write::create(&Writer::of(call), database, sobject, &body)
    })?;
    Ok(created(call, sobject, &id, None))
}

/// Answers `GET sobjects/{object}/{id}`, with all fields or those of `fields`.
pub(crate) fn retrieve(call: &Call<'_>) -> Result<Answer, ApiError> {
    let sobject = object(call)?;
    let id = record_id(sobject, call.segments.get("id"))?;
    answer_record(call, sobject, &id)
}

/// Answers `PATCH sobjects/{object}/{id}`: new values for fields.
pub(crate) fn update(call: &Call<'_>) -> Result<Answer, ApiError> {
    let sobject = object(call)?;
    let id = record_id(sobject, call.segments.get("id"))?;
    let body = json_body::object(call.request)?;
    call.write(|database| {
        let body = foreign_key::resolved((&call.org.schema, database), sobject, &body)?;
        write::update(&Writer::of(call), database, sobject, &id, &body, None)
    })?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

/// Answers `DELETE sobjects/{object}/{id}`.
pub(crate) fn delete(call: &Call<'_>) -> Result<Answer, ApiError> {
    let sobject = object(call)?;
    let id = record_id(sobject, call.segments.get("id"))?;
    call.write(|database| write::delete(call.org, database, sobject, &id))?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

/// The object that a path names, in any case.
pub(crate) fn object<'a>(call: &Call<'a>) -> Result<&'a Arc<SObject>, ApiError> {
    let object = call.org.schema.named(call.segments.get("object"));
    object.ok_or_else(ApiError::not_found)
}

/// The id that a segment is, if it is one of the object's.
pub(crate) fn record_id(sobject: &SObject, segment: &str) -> Result<RecordId, ApiError> {
    match RecordId::parse(segment) {
        Some(id) if sobject.owns(id.as_str()) => Ok(id),
        Some(_) => Err(refusal::incorrect_type(&sobject.fields[0], segment)),
        None if refusal::looks_like_id(segment) => Err(refusal::malformed(segment)),
        None => Err(refusal::no_external_id(segment)),
    }
}

/// These fields of a record; `None` if there is no such record.
pub(crate) fn read(
    database: &Database,
    sobject: &Arc<SObject>,
    fields: Vec<Arc<Field>>,
    id: &RecordId,
    version: ApiVersion,
) -> Result<Option<Record>, ApiError> {
    let query = RowQuery::new(sobject, fields);
    database
        .read(&query, id.as_str(), version)
        .map_err(|error| ApiError::internal(&error))
}

/// These fields of a record; `None` if it is deleted, or there is none.
pub(crate) fn live(
    database: &Database,
    sobject: &Arc<SObject>,
    fields: Vec<Arc<Field>>,
    id: &RecordId,
    version: ApiVersion,
) -> Result<Option<Record>, ApiError> {
    if is_deleted(database, sobject, id)? {
        return Ok(None);
    }
    read(database, sobject, fields, id, version)
}

/// These fields of a record that exists.
///
/// # Errors
///
/// 404 if it is deleted, or there is none.
pub(crate) fn existing(
    database: &Database,
    sobject: &Arc<SObject>,
    fields: Vec<Arc<Field>>,
    id: &RecordId,
    version: ApiVersion,
) -> Result<Record, ApiError> {
    if is_deleted(database, sobject, id)? {
        return Err(refusal::deleted());
    }
    read(database, sobject, fields, id, version)?.ok_or_else(refusal::no_record)
}

fn is_deleted(database: &Database, sobject: &SObject, id: &RecordId) -> Result<bool, ApiError> {
    let found = database
        .find(sobject, "Id", &Stored::Text(id.to_string()))
        .map_err(|error| ApiError::internal(&error))?;
    Ok(found.iter().any(|found| found.is_deleted))
}

/// Takes a member out of a record, whose names may be in any case.
pub(crate) fn take(record: &mut Map<String, Value>, name: &str) -> Option<Value> {
    let mut names = record.keys();
    let name = names.find(|own| own.eq_ignore_ascii_case(name)).cloned()?;
    record.remove(&name)
}

/// What is no id of any object.
pub(crate) fn malformed(id: &str) -> ApiError {
    refusal::malformed(id)
}

/// The fields that a list names.
pub(crate) fn fields<'n>(
    sobject: &SObject,
    names: impl Iterator<Item = &'n str>,
) -> Result<Vec<Arc<Field>>, ApiError> {
    let field = |name: &str| {
        let field = sobject.field(name.trim()).cloned();
        field.ok_or_else(|| refusal::no_field(name.trim(), sobject))
    };
    names.map(field).collect()
}

/// Answers a record that exists.
fn answer_record(
    call: &Call<'_>,
    sobject: &Arc<SObject>,
    id: &RecordId,
) -> Result<Answer, ApiError> {
    let fields = match call.request.parameter("fields") {
        // The id comes in any case, as in the guide's example.
        Some(list) => {
            let mut fields = fields(sobject, list.split(','))?;
            let id = &sobject.fields[0];
            if fields.iter().all(|field| field.name != id.name) {
                fields.push(Arc::clone(id));
            }
            fields
        }
        None => sobject.fields.clone(),
    };
    let database = call.org.database();
    let record = existing(&database, sobject, fields, id, call.version)?;
    Ok(Answer::json(StatusCode::OK, &record))
}

/// 201, with where the record is.
fn created(call: &Call<'_>, sobject: &SObject, id: &RecordId, created: Option<bool>) -> Answer {
    let (version, object) = (call.version, &sobject.name);
    let place = format!("/services/data/{version}/sobjects/{object}/{id}");
    let answer = saved(StatusCode::CREATED, id, created);
    match place.try_into() {
        Ok(place) => answer.with(LOCATION, place),
        Err(_) => answer,
    }
}

fn saved(status: StatusCode, id: &RecordId, created: Option<bool>) -> Answer {
    let saved = Saved {
        id: id.as_str(),
        success: true,
        errors: [],
        created,
    };
    Answer::json(status, &saved)
}
