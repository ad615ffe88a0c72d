//! Records by the value of an external id: changed if there are some, else new.
//!
//! Source: REST API Developer Guide, "Insert or Update (Upsert) a Record Using an
//! External ID"; SOAP API Developer Guide, "upsert()".

use std::sync::Arc;

use rusqlite::types::Value as Stored;
use serde_json::{Map, Value};

use super::writer::Writer;
use super::{draft, refusal, write};
use crate::database::Database;
use crate::error::ApiError;
use crate::id::RecordId;
use crate::schema::{Field, SObject};

/// The external id of that name.
pub(crate) fn field<'s>(sobject: &'s SObject, name: &str) -> Result<&'s Arc<Field>, ApiError> {
    let field = sobject.field(name).filter(|field| field.external_id);
    field.ok_or_else(|| refusal::no_external_id(name))
}

/// The records that have this value; none that is deleted.
pub(crate) fn found(
    database: &Database,
    sobject: &SObject,
    (field, value): (&Field, &Stored),
) -> Result<Vec<RecordId>, ApiError> {
    let found = database
        .find(sobject, &field.name, value)
        .map_err(|error| ApiError::internal(&error))?;
    let live = found.iter().filter(|found| !found.is_deleted);
    Ok(live
        .filter_map(|found| RecordId::parse(&found.id))
        .collect())
}

/// The value of an external id, as the field keeps it.
pub(crate) fn key(field: &Field, value: &Value) -> Result<Stored, ApiError> {
    draft::key(field, value)
}

/// Changes the first record that has this value, or creates one. Answers its id,
/// and whether it is new.
pub(crate) fn upsert<'s>(
    writer: &Writer<'_>,
    database: &mut Database,
    sobject: &'s SObject,
    body: &Map<String, Value>,
    keyed: (&'s Field, &Stored),
) -> Result<(RecordId, bool), ApiError> {
    match found(database, sobject, keyed)?.into_iter().next() {
        Some(id) => {
            write::update(writer, database, sobject, &id, body, Some(keyed.0))?;
            Ok((id, false))
        }
        None => {
            let id = write::create_keyed(writer, database, sobject, body, keyed)?;
            Ok((id, true))
        }
    }
}

/// Changes the first record that has this value, and creates none.
pub(super) fn update_only(
    writer: &Writer<'_>,
    database: &mut Database,
    sobject: &SObject,
    body: &Map<String, Value>,
    keyed: (&Field, &Stored),
) -> Result<(RecordId, bool), ApiError> {
    let id = found(database, sobject, keyed)?.into_iter().next();
    let id = id.ok_or_else(refusal::no_record)?;
    write::update(writer, database, sobject, &id, body, Some(keyed.0))?;
    Ok((id, false))
}
