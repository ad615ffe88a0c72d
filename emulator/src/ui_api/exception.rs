//! Why a record was not saved, in the form of the User Interface API.
//!
//! Source: User Interface API Developer Guide, "Error with Output", "Record
//! Exceptions", "Record Exception Error"; "Update a Record" says when it is the
//! response. The message is that of captured errors of `lightning/uiRecordApi`, which
//! passes the body on; that REST has exactly this body is unconfirmed.

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::error::{ApiError, Blame};
use crate::schema::SObject;

/// Of creates and updates alike.
const MESSAGE: &str = "An error occurred while trying to update the record. Please try again.";

/// The answer to a create or an update that failed: about the record if its data is at
/// fault, else the error as the other resources have it.
///
/// Duplicates are told with `theme`, the icon of their object.
pub(super) fn answer(error: ApiError, sobject: &SObject, theme: &Value) -> Answer {
    if error.status != StatusCode::BAD_REQUEST || error.blame == Blame::Client {
        return error.into();
    }
    Answer::json(error.status, &body(&error, sobject, theme))
}

fn body(error: &ApiError, sobject: &SObject, theme: &Value) -> Value {
    let fields = error.fields.iter().flatten();
    let mut by_field: Map<String, Value> = Map::new();
    for name in fields {
        let (field, error) = of_field(error, sobject, name);
        let errors = by_field.entry(field).or_insert_with(|| json!([]));
        if let Value::Array(errors) = errors {
            errors.push(error);
        }
    }
    let errors: Vec<Value> = match by_field.is_empty() {
        true => vec![of_record(error, theme)],
        false => Vec::new(),
    };
    json!({
        "enhancedErrorType": "RecordError",
        "message": MESSAGE,
        "output": {"errors": errors, "fieldErrors": by_field},
    })
}

/// The error of the whole record.
fn of_record(error: &ApiError, theme: &Value) -> Value {
    let mut entry = entry(error, [Value::Null, Value::Null, Value::Null]);
    let duplicates = error.duplicates.as_ref();
    if let Some(duplicates) = duplicates {
        entry["duplicateRecordError"] = duplicates.record_error(theme);
    }
    entry
}

/// The field that people see, which is the compound one of its parts, and the error.
fn of_field(error: &ApiError, sobject: &SObject, name: &str) -> (String, Value) {
    let Some(field) = sobject.field(name) else {
        let entry = entry(error, [Value::Null, name.into(), Value::Null]);
        return (name.to_owned(), entry);
    };
    let compound = field.compound.as_ref();
    match compound.and_then(|compound| sobject.field(compound)) {
        None => {
            let names = [Value::Null, (*field.name).into(), (*field.label).into()];
            (field.name.to_string(), entry(error, names))
        }
        Some(whole) => {
            let names = [
                (*field.name).into(),
                (*whole.name).into(),
                (*field.label).into(),
            ];
            (whole.name.to_string(), entry(error, names))
        }
    }
}

fn entry(error: &ApiError, [constituent, field, label]: [Value; 3]) -> Value {
    json!({
        "constituentField": constituent,
        "duplicateRecordError": null,
        "errorCode": error.code,
        "field": field,
        "fieldLabel": label,
        "message": error.message,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;

    fn of(error: ApiError, object: &str) -> Value {
        let schema = Schema::standard();
        let sobject = schema.named(object).expect("an object");
        let answer = answer(error, sobject, &Value::Null);
        serde_json::from_slice(&answer.body).expect("JSON")
    }

    fn bad(code: &'static str) -> ApiError {
        ApiError::caller(StatusCode::BAD_REQUEST, code, "words")
    }

    #[test]
    fn errors_of_fields_are_under_their_names() {
        let body = of(bad("REQUIRED_FIELD_MISSING").about(["Name"]), "Account");
        assert_eq!(body["output"]["errors"], json!([]));
        assert_eq!(
            body["output"]["fieldErrors"],
            json!({"Name": [{
                "constituentField": null, "duplicateRecordError": null,
                "errorCode": "REQUIRED_FIELD_MISSING", "field": "Name", "fieldLabel": "Account Name",
                "message": "words",
            }]})
        );
        let body = of(bad("STRING_TOO_LONG").about(["BillingCity"]), "Account");
        let error = &body["output"]["fieldErrors"]["BillingAddress"][0];
        assert_eq!(
            (&error["constituentField"], &error["field"]),
            (&json!("BillingCity"), &json!("BillingAddress"))
        );
    }

    #[test]
    fn errors_of_the_whole_record_stand_alone() {
        let body = of(bad("DUPLICATE_VALUE").about([]), "Account");
        assert_eq!(body["enhancedErrorType"], "RecordError");
        assert_eq!(body["output"]["errors"][0]["errorCode"], "DUPLICATE_VALUE");
        assert_eq!(body["output"]["fieldErrors"], json!({}));
    }

    #[test]
    fn what_is_not_about_the_data_is_an_array_as_elsewhere() {
        let missing = ApiError::caller(StatusCode::NOT_FOUND, "NOT_FOUND", "words");
        let body = of(missing, "Account");
        assert_eq!(body[0]["errorCode"], "NOT_FOUND");
        let unsupported = ApiError::unsupported_resource("x");
        assert_eq!(
            of(unsupported, "Account")[0]["errorCode"],
            "EMULATOR_UNSUPPORTED"
        );
    }
}
