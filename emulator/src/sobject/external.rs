//! Records by an external id.
//!
//! Source: REST API Developer Guide, "sObject Rows by External ID", "Insert or
//! Update (Upsert) a Record Using an External ID".

use std::sync::Arc;

use http::StatusCode;
use percent_encoding::percent_decode_str;
use rusqlite::types::Value as Stored;

use super::writer::Writer;
use super::{answer_record, created, foreign_key, object, refusal, saved, upsert, write};
use crate::answer::Answer;
use crate::call::Call;
use crate::database::Database;
use crate::error::ApiError;
use crate::id::RecordId;
use crate::json_body;
use crate::schema::{Field, SObject};

/// From this version on an update by external id answers a body.
const BODY_OF_UPDATE_SINCE: u16 = 46;

/// What a path names: records of an object with a value in a field.
struct Key<'a> {
    sobject: &'a Arc<SObject>,
    field: &'a Field,
    /// Decoded.
    value: Stored,
}

/// Answers `GET sobjects/{object}/{field}/{value}`.
pub(crate) fn retrieve(call: &Call<'_>) -> Result<Answer, ApiError> {
    let key = key(call)?;
    let ids = key.records(&call.org.database())?;
    match ids.as_slice() {
        [] => Err(refusal::no_record()),
        [id] => answer_record(call, key.sobject, id),
        ids => Ok(choices(call, key.sobject, ids)),
    }
}

/// Answers `PATCH sobjects/{object}/{field}/{value}`: an update if there is such
/// a record, else a new one.
pub(crate) fn upsert(call: &Call<'_>) -> Result<Answer, ApiError> {
    let key = key(call)?;
    let body = json_body::object(call.request)?;
    let ids = key.records(&call.org.database())?;
    if ids.len() > 1 {
        return Ok(choices(call, key.sobject, &ids));
    }
    let is_update_only = call.request.parameter("updateOnly").as_deref() == Some("true");
    let writer = Writer::of(call);
    let (id, is_new) = call.write(|database| {
        let keyed = (key.field, &key.value);
        let body = foreign_key::resolved((&call.org.schema, database), key.sobject, &body)?;
        if is_update_only {
            upsert::update_only(&writer, database, key.sobject, &body, keyed)
        } else {
            upsert::upsert(&writer, database, key.sobject, &body, keyed)
        }
    })?;
    let has_body = call.version.number() >= BODY_OF_UPDATE_SINCE;
    Ok(match (is_new, has_body) {
        (true, _) => created(call, key.sobject, &id, has_body.then_some(true)),
        (false, true) => saved(StatusCode::OK, &id, Some(false)),
        (false, false) => Answer::empty(StatusCode::NO_CONTENT),
    })
}

/// Answers `DELETE sobjects/{object}/{field}/{value}`.
pub(crate) fn delete(call: &Call<'_>) -> Result<Answer, ApiError> {
    let key = key(call)?;
    let ids = key.records(&call.org.database())?;
    match ids.as_slice() {
        [] => Err(refusal::no_record()),
        [id] => {
            call.write(|database| write::delete(call.org, database, key.sobject, id))?;
            Ok(Answer::empty(StatusCode::NO_CONTENT))
        }
        ids => Ok(choices(call, key.sobject, ids)),
    }
}

fn key<'a>(call: &Call<'a>) -> Result<Key<'a>, ApiError> {
    let sobject = object(call)?;
    let field = upsert::field(sobject, call.segments.get("field"))?;
    // A slash of the value is `%2F`: only so it is no further segment.
    let value = percent_decode_str(call.segments.get("value")).decode_utf8();
    let value = value.map_err(|_| ApiError::not_found())?.into_owned();
    let value = upsert::key(field, &field.read(&value))?;
    Ok(Key {
        sobject,
        field,
        value,
    })
}

impl Key<'_> {
    /// The records that it finds; none that is deleted.
    fn records(&self, database: &Database) -> Result<Vec<RecordId>, ApiError> {
        upsert::found(database, self.sobject, (self.field, &self.value))
    }
}

/// 300, if several records have the value of an external id that is not unique: their
/// URLs.
fn choices(call: &Call<'_>, sobject: &SObject, ids: &[RecordId]) -> Answer {
    let (version, object) = (call.version, &sobject.name);
    let url = |id| format!("/services/data/{version}/sobjects/{object}/{id}");
    let urls: Vec<String> = ids.iter().map(url).collect();
    Answer::json(StatusCode::MULTIPLE_CHOICES, &urls)
}
