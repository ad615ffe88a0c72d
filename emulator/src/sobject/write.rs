//! Writing one record, with what Salesforce checks and fills in.

use rusqlite::types::Value as Stored;
use serde_json::{Map, Value};

use super::draft::Purpose;
use super::writer::Writer;
use super::{contention, draft, refusal};
use crate::database::{Database, Row};
use crate::error::ApiError;
use crate::id::RecordId;
use crate::import::stamp as stamped;
use crate::incoming::complete;
use crate::org::Org;
use crate::schema::{Field, Kind, SObject, Schema};
use crate::seed::record_id;
use crate::soql::SoqlError;

/// What `IsDeleted` stores of a record that `queryAll` still finds, and of one that
/// nothing finds any more.
const IN_RECYCLE_BIN: i64 = 1;
const ERASED: i64 = 2;

/// Creates a record and answers its id.
pub(crate) fn create(
    writer: &Writer<'_>,
    database: &mut Database,
    sobject: &SObject,
    body: &Map<String, Value>,
) -> Result<RecordId, ApiError> {
    let schema = &writer.org.schema;
    let row = draft::read(schema, sobject, body, (Purpose::Create, None))?;
    insert(writer, database, sobject, row)
}

/// Creates a record with this value of its external id.
pub(crate) fn create_keyed<'s>(
    writer: &Writer<'_>,
    database: &mut Database,
    sobject: &'s SObject,
    body: &Map<String, Value>,
    (field, value): (&'s Field, &Stored),
) -> Result<RecordId, ApiError> {
    let schema = &writer.org.schema;
    let mut row = draft::read(schema, sobject, body, (Purpose::Create, Some(field)))?;
    row.push((&field.name, value.clone()));
    insert(writer, database, sobject, row)
}

/// Changes fields of a record, which `keyed` found if it is given.
pub(crate) fn update(
    writer: &Writer<'_>,
    database: &mut Database,
    sobject: &SObject,
    id: &RecordId,
    body: &Map<String, Value>,
    keyed: Option<&Field>,
) -> Result<(), ApiError> {
    if !sobject.updateable {
        return Err(refusal::not_writable("updated", sobject));
    }
    let org = writer.org;
    let mut row = draft::read(&org.schema, sobject, body, (Purpose::Update, keyed))?;
    draft::check_update(sobject, &row)?;
    check_exists(database, sobject, id)?;
    check_database((&org.schema, database), sobject, &row, Some(id))?;
    contention::check_locks(org, database, sobject, &row, Some(id))?;
    if sobject.has_person() {
        rename(database, sobject, id, &mut row)?;
    }
    contention::check_duplicates(writer, database, sobject, &row, Some(id))?;
    stamp(org, sobject, &mut row);
    database
        .change(sobject, id.as_str(), &row)
        .map_err(|error| ApiError::internal(&error))
}

/// Moves a record to the recycle bin.
pub(crate) fn delete(
    org: &Org,
    database: &mut Database,
    sobject: &SObject,
    id: &RecordId,
) -> Result<(), ApiError> {
    remove(org, database, sobject, id, IN_RECYCLE_BIN)
}

/// Deletes a record for good.
pub(crate) fn erase(
    org: &Org,
    database: &mut Database,
    sobject: &SObject,
    id: &RecordId,
) -> Result<(), ApiError> {
    remove(org, database, sobject, id, ERASED)
}

fn remove(
    org: &Org,
    database: &mut Database,
    sobject: &SObject,
    id: &RecordId,
    mark: i64,
) -> Result<(), ApiError> {
    if !sobject.deletable {
        let what = format!("deleting records of {}", sobject.name);
        return Err(SoqlError::unsupported(&what).into());
    }
    check_exists(database, sobject, id)?;
    let mut row = vec![("IsDeleted", Stored::Integer(mark))];
    contention::check_locks(org, database, sobject, &row, Some(id))?;
    stamp(org, sobject, &mut row);
    database
        .change(sobject, id.as_str(), &row)
        .map_err(|error| ApiError::internal(&error))
}

fn insert<'s>(
    writer: &Writer<'_>,
    database: &mut Database,
    sobject: &'s SObject,
    mut row: Row<'s>,
) -> Result<RecordId, ApiError> {
    let org = writer.org;
    check_createable(sobject)?;
    draft::check_create(sobject, &row)?;
    check_database((&org.schema, database), sobject, &row, None)?;
    contention::check_locks(org, database, sobject, &row, None)?;
    let internal = |error| ApiError::internal(&error);
    let number = database.last_key(sobject).map_err(internal)?;
    let id = record_id(sobject, number);
    let text = Stored::Text(id.to_string());
    complete(&stamped(org), sobject, number + 1, &mut row);
    // A custom object's name is the record's id, unless it is given.
    let is_named = row.iter().any(|(name, _)| *name == "Name");
    if sobject.field("Name").is_some() && !is_named {
        row.push(("Name", text.clone()));
    }
    row.push(("Id", text));
    contention::check_duplicates(writer, database, sobject, &row, Some(&id))?;
    database.add(sobject, &row).map_err(internal)?;
    Ok(id)
}

/// Users need a licence, and files bytes, which this emulator does not have.
pub(crate) fn check_createable(sobject: &SObject) -> Result<(), ApiError> {
    if !sobject.createable {
        return Err(refusal::not_writable("inserted", sobject));
    }
    let has_bytes = sobject
        .fields
        .iter()
        .any(|field| field.kind == Kind::Base64);
    if has_bytes || sobject.name == "User" {
        let what = format!("creating records of {}", sobject.name);
        return Err(SoqlError::unsupported(&what).into());
    }
    Ok(())
}

fn check_exists(database: &Database, sobject: &SObject, id: &RecordId) -> Result<(), ApiError> {
    let stored = Stored::Text(id.to_string());
    let found = database
        .find(sobject, "Id", &stored)
        .map_err(|error| ApiError::internal(&error))?;
    match found.first() {
        None => Err(refusal::no_cross_reference(http::StatusCode::NOT_FOUND)),
        Some(found) if found.is_deleted => Err(refusal::deleted()),
        Some(_) => Ok(()),
    }
}

/// External ids are unique, and references lead to a record.
fn check_database(
    (schema, database): (&Schema, &Database),
    sobject: &SObject,
    row: &Row<'_>,
    own: Option<&RecordId>,
) -> Result<(), ApiError> {
    let find = |sobject: &SObject, field: &str, value: &Stored| {
        database
            .find(sobject, field, value)
            .map_err(|error| ApiError::internal(&error))
    };
    for (name, value) in row.iter().filter(|(_, value)| *value != Stored::Null) {
        let Some(field) = sobject.field(name) else {
            continue;
        };
        if let (Kind::Reference, Stored::Text(id)) = (field.kind, value)
            && let Some(to) = schema.referenced(field).find(|to| to.owns(id))
            && !find(to, "Id", value)?.iter().any(|found| !found.is_deleted)
        {
            return Err(refusal::no_cross_reference(http::StatusCode::BAD_REQUEST));
        }
        if field.unique
            && let Some(other) = find(sobject, name, value)?
                .iter()
                .find(|found| !found.is_deleted && own.is_none_or(|own| own.as_str() != found.id))
        {
            return Err(refusal::duplicate(field, &other.id));
        }
    }
    Ok(())
}

/// Makes the name of a person whose parts change.
fn rename(
    database: &Database,
    sobject: &SObject,
    id: &RecordId,
    row: &mut Row<'_>,
) -> Result<(), ApiError> {
    let mut words = Vec::new();
    for part in ["FirstName", "LastName"] {
        let word = match row.iter().find(|(name, _)| *name == part) {
            Some((_, Stored::Text(word))) => Some(word.clone()),
            Some(_) => None,
            None => database
                .text(sobject, part, id.as_str())
                .map_err(|error| ApiError::internal(&error))?,
        };
        words.extend(word);
    }
    row.push(("Name", Stored::Text(words.join(" "))));
    Ok(())
}

/// Who changed a record, and when by the org's clock.
fn stamp(org: &Org, sobject: &SObject, row: &mut Row<'_>) {
    let now = Stored::Integer(org.clock.now_ms());
    let user = Stored::Text(org.user.to_string());
    for (name, value) in [
        ("LastModifiedById", user),
        ("LastModifiedDate", now.clone()),
        ("SystemModstamp", now),
    ] {
        if sobject.field(name).is_some() {
            row.push((name, value));
        }
    }
}
