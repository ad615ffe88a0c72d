//! Why a record cannot be read or written, in Salesforce's words.
//!
//! Source: REST API Developer Guide, "Status Codes and Error Responses"; the
//! words are those of captured answers, unless a function says otherwise.

use http::StatusCode;
use serde_json::Value;

use crate::error::ApiError;
use crate::id::RecordId;
use crate::schema::{Field, Name, SObject};

/// A path to a record that there is not.
pub(super) fn no_record() -> ApiError {
    let message = "The requested resource does not exist";
    ApiError::caller(StatusCode::NOT_FOUND, "NOT_FOUND", message)
}

/// A path whose segment is neither an id nor a field that is an external id.
pub(super) fn no_external_id(name: &str) -> ApiError {
    let message = format!("Provided external ID field does not exist or is not accessible: {name}");
    ApiError::caller(StatusCode::NOT_FOUND, "NOT_FOUND", message)
}

/// A record in the recycle bin.
pub(super) fn deleted() -> ApiError {
    let message = "entity is deleted";
    ApiError::caller(StatusCode::NOT_FOUND, "ENTITY_IS_DELETED", message).about([])
}

/// An id of no record. 404 where the path has it; where the body has it the
/// status is not documented.
pub(super) fn no_cross_reference(status: StatusCode) -> ApiError {
    let message = "invalid cross reference id";
    ApiError::caller(status, "INVALID_CROSS_REFERENCE_KEY", message).about([])
}

/// As long as an id, but none.
pub(super) fn looks_like_id(text: &str) -> bool {
    matches!(text.len(), 15 | 18) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// What is as long as an id, but none. Whether 400 or 404 is not clear.
pub(super) fn malformed(id: &str) -> ApiError {
    bad_request("MALFORMED_ID", format!("malformed id {id}"))
}

/// The id of another object's record.
pub(super) fn incorrect_type(field: &Field, id: &str) -> ApiError {
    let label = &field.label;
    let message = format!("{label}: id value of incorrect type: {id}");
    bad_request("MALFORMED_ID", message).about([&field.name])
}

pub(super) fn no_field(name: &str, sobject: &SObject) -> ApiError {
    let object = &sobject.name;
    let message = format!("No such column '{name}' on sobject of type {object}");
    bad_request("INVALID_FIELD", message)
}

/// A relationship in a record that can name its parents by their ids alone.
///
/// Source: see `foreign_key::refuse_all`.
pub(super) fn foreign_key(relationship: &str) -> ApiError {
    let message = format!("Cannot reference a foreign key field {relationship}.");
    bad_request("INVALID_FIELD", message).about([])
}

/// No record has the value that names a parent.
///
/// Source: apache/camel, `composite_response_example_failure.json`;
/// sorenkrabbe/Chrome-Salesforce-inspector, the test of imports against an org.
pub(super) fn no_parent((key, value): (&Field, &str), parent: &SObject) -> ApiError {
    let (field, object) = (&key.name, &parent.name);
    let message =
        format!("Foreign key external ID: {value} not found for field {field} in entity {object}");
    bad_request("INVALID_FIELD", message).about([])
}

/// Several records have it. Clients' logs have these words of upserts, after the field's
/// label and with the code `DUPLICATE_EXTERNAL_ID`. The SOAP API Developer Guide has that
/// code for upserts alone; nobody could confirm what is said of a parent.
pub(super) fn several_parents(ids: &[&str]) -> ApiError {
    let ids = ids.join(", ");
    let message = format!("More than one record found for external id field: [{ids}]");
    bad_request("INVALID_FIELD", message).about([])
}

/// A parent that is named by two of its values.
///
/// Source: salesforce.stackexchange.com, question 251266.
pub(super) fn too_many_keys(parent: &SObject) -> ApiError {
    let object = &parent.name;
    let message = format!(
        "More than 1 field provided in an external foreign key reference in entity: {object}"
    );
    bad_request("INVALID_FIELD", message).about([])
}

/// A parent of which nothing is said. Nobody could confirm code and words.
pub(super) fn no_key(relationship: &str) -> ApiError {
    let message = format!("No field provided in an external foreign key reference: {relationship}");
    bad_request("INVALID_FIELD", message).about([])
}

/// A value that does not name one record.
///
/// Source: notes of users of Data Loader and of Salesforce's MCP server; the code is
/// unconfirmed.
pub(super) fn no_such_key(field: &Field, parent: &SObject) -> ApiError {
    let (name, object) = (&field.name, &parent.name);
    let message =
        format!("Field name provided, {name} is not an External ID or indexed field for {object}");
    bad_request("INVALID_FIELD", message).about([])
}

/// A parent that is named twice, by a value and by its id.
///
/// Source: a comment about this error in a program that copies records between orgs
/// (GraphUpserter, for jsforce).
pub(super) fn two_parents(relationship: &str, field: &Field) -> ApiError {
    let name = &field.name;
    let message = format!(
        "Cannot specify both an external ID reference {relationship} and a salesforce id, {name}"
    );
    bad_request("INVALID_FIELD", message).about([])
}

/// A parent whose object is not known, or is another one than the field leads to. The
/// guides say that the type is needed; nobody could confirm code and words.
pub(super) fn no_type(relationship: &str, objects: &[Name]) -> ApiError {
    let objects: Vec<&str> = objects.iter().map(|name| &**name).collect();
    let message = format!(
        "The attributes of {relationship} must have the type of the parent: {}",
        objects.join(", ")
    );
    bad_request("INVALID_FIELD", message).about([])
}

/// A field that the path has already.
pub(super) fn not_in_body(field: &Field) -> ApiError {
    let name = &field.name;
    let message = format!("The {name} field should not be specified in the sobject data.");
    bad_request("INVALID_FIELD", message)
}

pub(super) fn read_only(field: &Field) -> ApiError {
    let name = &field.name;
    let message = format!(
        "Unable to create/update fields: {name}. Please check the security settings of this field \
         and verify that it is read/write for your profile or permission set."
    );
    bad_request("INVALID_FIELD_FOR_INSERT_UPDATE", message).about([name])
}

/// An object whose records callers cannot write in this way. Code and words are
/// unconfirmed.
pub(super) fn not_writable(done: &str, sobject: &SObject) -> ApiError {
    let message = format!("entity type cannot be {done}: {}", sobject.label);
    bad_request("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", message)
}

pub(super) fn missing(fields: &[&str]) -> ApiError {
    let message = format!("Required fields are missing: [{}]", fields.join(", "));
    let fields = fields.iter().map(|&field| field.to_owned()).collect();
    ApiError {
        fields: Some(fields),
        ..bad_request("REQUIRED_FIELD_MISSING", message)
    }
}

/// A record whose owner is taken away. Source: a program that sorts errors of
/// integrations (`AccountSyncIssue`), where the label is another one.
pub(super) fn no_owner(field: &Field) -> ApiError {
    let (name, label) = (&field.name, &field.label);
    let message = format!("{label}: owner cannot be blank");
    bad_request("INVALID_CROSS_REFERENCE_KEY", message).about([name])
}

/// A record type that is not one of the object's, or is not active.
pub(super) fn no_record_type(field: &Field, id: &str) -> ApiError {
    let (name, label) = (&field.name, &field.label);
    let message = format!("{label}: this ID value isn't valid for the user: {id}");
    bad_request("INVALID_CROSS_REFERENCE_KEY", message).about([name])
}

/// Null in a field that is true or false. Source: answers of the API and of Apex that
/// users of both show; the value is at the message's end, where null is nothing.
pub(super) fn null_boolean(field: &Field) -> ApiError {
    let (name, label) = (&field.name, &field.label);
    let message = format!("{label}: value not of required type: ");
    bad_request("INVALID_TYPE_ON_FIELD_IN_RECORD", message).about([name])
}

/// Another record has this external id.
pub(super) fn duplicate(field: &Field, other: &str) -> ApiError {
    let name = &field.name;
    let message =
        format!("duplicate value found: {name} duplicates value on record with id: {other}");
    bad_request("DUPLICATE_VALUE", message).about([])
}

/// A value of another type than the field's.
///
/// Source: restforce/restforce, issue 619; regican/Salesforce, issue 2;
/// forcedotcom/SalesforceMobileSDK-ReactNative, issue 194, for objects, of which only the
/// bracket is repeated.
pub(super) fn wrong_value(field: &Field, value: &Value) -> ApiError {
    let kind = field.kind.name().to_ascii_lowercase();
    let token = match value {
        Value::Null => "VALUE_NULL",
        Value::Bool(false) => "VALUE_FALSE",
        Value::Bool(true) => "VALUE_TRUE",
        Value::Number(number) if number.is_f64() => "VALUE_NUMBER_FLOAT",
        Value::Number(_) => "VALUE_NUMBER_INT",
        Value::String(_) => "VALUE_STRING",
        Value::Array(_) => "START_ARRAY",
        Value::Object(_) => "START_OBJECT",
    };
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(_) => "[".to_owned(),
        Value::Object(_) => "{".to_owned(),
        other => other.to_string(),
    };
    let message = format!(
        "Cannot deserialize instance of {kind} from {token} value {text} or request may be \
         missing a required field"
    );
    ApiError {
        member: Some(Box::from(&*field.name)),
        ..bad_request("JSON_PARSER_ERROR", message)
    }
}

/// A record that somebody else writes, or one that it refers to. Most captured answers
/// have this status.
pub(super) fn locked(id: Option<&RecordId>) -> ApiError {
    let mut message = "unable to obtain exclusive access to this record".to_owned();
    if let Some(id) = id {
        message.push_str(&format!(" or 1 records: {id}"));
    }
    bad_request("UNABLE_TO_LOCK_ROW", message).about([])
}

fn bad_request(code: &'static str, message: String) -> ApiError {
    ApiError::caller(StatusCode::BAD_REQUEST, code, message)
}
