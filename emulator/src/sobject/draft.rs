//! From a JSON object to values that can be stored.

use std::sync::Arc;

use rusqlite::types::Value as Stored;
use serde_json::{Map, Value};

use super::{refusal, value};
use crate::database::Row;
use crate::error::ApiError;
use crate::id::RecordId;
use crate::schema::{Field, Kind, SObject, Schema};

/// What a body is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Create,
    Update,
}

/// Reads the fields of a body, which names parents by their ids. `keyed` is the external
/// id in the path, which the body must not have.
pub(super) fn read<'s>(
    schema: &Schema,
    sobject: &'s SObject,
    body: &Map<String, Value>,
    (purpose, keyed): (Purpose, Option<&Field>),
) -> Result<Row<'s>, ApiError> {
    let mut row = Row::new();
    for (name, value) in body {
        // Collections and trees name the object here; elsewhere it is ignored.
        if name == "attributes" {
            continue;
        }
        let Some(field) = sobject.field(name) else {
            return Err(refusal::no_field(name, sobject));
        };
        if field.kind == Kind::Id || keyed.is_some_and(|keyed| keyed.name == field.name) {
            return Err(refusal::not_in_body(field));
        }
        let is_writable = match purpose {
            Purpose::Create => field.createable,
            Purpose::Update => field.updateable,
        };
        if !is_writable {
            return Err(refusal::read_only(field));
        }
        let stored = store(schema, field, value)?;
        check_record_type(sobject, field, &stored)?;
        row.retain(|(known, _)| *known != &*field.name);
        row.push((&field.name, stored));
    }
    Ok(row)
}

/// Whether a new record has what it needs.
pub(super) fn check_create(sobject: &SObject, row: &Row<'_>) -> Result<(), ApiError> {
    let is_given = |field: &Field| row.iter().any(|(own, _)| *own == &*field.name);
    let fields = sobject.fields.iter();
    let needed = fields.filter(|field| field.is_required() && !is_given(field));
    refuse_missing(needed.chain(emptied(sobject, row)))
}

/// Whether an update takes nothing away that a record needs.
pub(super) fn check_update(sobject: &SObject, row: &Row<'_>) -> Result<(), ApiError> {
    refuse_missing(emptied(sobject, row))
}

/// The fields that need a value and are said to have none.
fn emptied<'s>(sobject: &'s SObject, row: &Row<'_>) -> impl Iterator<Item = &'s Arc<Field>> {
    let is_emptied = |name: &str| {
        row.iter()
            .any(|(own, value)| *own == name && *value == Stored::Null)
    };
    let needed = sobject.fields.iter().filter(|field| !field.nillable);
    needed.filter(move |field| is_emptied(&field.name))
}

/// The value of an external id, as the field keeps it.
pub(super) fn key(field: &Field, value: &Value) -> Result<Stored, ApiError> {
    let stored = field.store(value);
    value::fitted(
        field,
        stored.map_err(|_| refusal::wrong_value(field, value))?,
    )
}

fn refuse_missing<'s>(missing: impl Iterator<Item = &'s Arc<Field>>) -> Result<(), ApiError> {
    let missing: Vec<&Arc<Field>> = missing.collect();
    // The one required reference of which other words are known.
    if let Some(owner) = missing.iter().find(|field| field.name == *"OwnerId") {
        return Err(refusal::no_owner(owner));
    }
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|field| &*field.name).collect();
    Err(refusal::missing(&names))
}

/// Whether a record type is one of those that describe tells of the object.
fn check_record_type(sobject: &SObject, field: &Field, stored: &Stored) -> Result<(), ApiError> {
    match stored {
        Stored::Text(id) if *field.name == *"RecordTypeId" => {
            let mut types = sobject.record_types.iter();
            let is_known = types.any(|of| of.active && of.id.as_str() == id);
            is_known
                .then_some(())
                .ok_or_else(|| refusal::no_record_type(field, id))
        }
        _ => Ok(()),
    }
}

fn store(schema: &Schema, field: &Field, value: &Value) -> Result<Stored, ApiError> {
    if let (Kind::Reference, Value::String(text)) = (field.kind, value) {
        let leads = |id: &RecordId| schema.leads_to(field, id.as_str());
        let id = RecordId::parse(text).filter(leads);
        let id = id.map(|id| Stored::Text(id.to_string()));
        return id.ok_or_else(|| refusal::incorrect_type(field, text));
    }
    if value.is_null() && field.kind == Kind::Boolean {
        return Err(refusal::null_boolean(field));
    }
    let stored = field.store(value);
    value::fitted(
        field,
        stored.map_err(|_| refusal::wrong_value(field, value))?,
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(object: &str, body: &Value) -> String {
        let schema = Schema::standard();
        let sobject = schema.named(object).expect("an object");
        let body = body.as_object().expect("an object");
        let keyed = sobject.field("Ext__c").map(|field| &**field);
        let row = read(&schema, sobject, body, (Purpose::Create, keyed))
            .and_then(|row| check_create(sobject, &row).map(|()| row));
        match row {
            Ok(row) => format!("{} fields", row.len()),
            Err(error) => format!("{}: {} {:?}", error.code, error.message, error.fields),
        }
    }

    #[test]
    fn what_the_schema_knows_is_checked() {
        for (object, body, outcome) in [
            (
                "Account",
                json!({"name": "A", "attributes": {"type": "Account"}}),
                "1 fields",
            ),
            (
                "Account",
                json!({"Name": "A", "AnnualRevenue": null}),
                "2 fields",
            ),
            (
                "Account",
                json!({"Id": "001Sb0000000001"}),
                "INVALID_FIELD: The Id field should not be specified in the sobject data. None",
            ),
            (
                "Account",
                json!({"Ext__c": "1"}),
                "INVALID_FIELD: The Ext__c field should not be specified in the sobject data. None",
            ),
            (
                "Account",
                json!({"Foo": 1}),
                "INVALID_FIELD: No such column 'Foo' on sobject of type Account None",
            ),
            (
                "Account",
                json!({"Phone": "1"}),
                "REQUIRED_FIELD_MISSING: Required fields are missing: [Name] Some([\"Name\"])",
            ),
            (
                "Account",
                json!({"Name": ""}),
                "REQUIRED_FIELD_MISSING: Required fields are missing: [Name] Some([\"Name\"])",
            ),
            (
                "Account",
                json!({"Name": " \t"}),
                "REQUIRED_FIELD_MISSING: Required fields are missing: [Name] Some([\"Name\"])",
            ),
            (
                "Contact",
                json!({"LastName": "A", "AccountId": "x"}),
                "MALFORMED_ID: Account ID: id value of incorrect type: x Some([\"AccountId\"])",
            ),
            (
                "Contact",
                json!({"LastName": "A", "AccountId": "003Sb0000000001"}),
                "MALFORMED_ID: Account ID: id value of incorrect type: 003Sb0000000001 Some([\"AccountId\"])",
            ),
            (
                "Account",
                json!({"Name": "A", "AnnualRevenue": "much"}),
                "JSON_PARSER_ERROR: Cannot deserialize instance of double from VALUE_STRING value much or request may be missing a required field None",
            ),
            (
                "Account",
                json!({"Name": "A", "Owner": {"Ext__c": "1"}}),
                "INVALID_FIELD: No such column 'Owner' on sobject of type Account None",
            ),
        ] {
            assert_eq!(refused(object, &body), outcome, "{body}");
        }
        let read_only = refused("Contact", &json!({"Name": "A"}));
        assert!(
            read_only.starts_with(
                "INVALID_FIELD_FOR_INSERT_UPDATE: Unable to create/update fields: Name."
            )
        );
    }
}
