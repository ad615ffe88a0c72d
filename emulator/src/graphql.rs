//! GraphQL: lists of records, and writes.
//!
//! Source: GraphQL API Developer Guide, "Query Records", "Mutations Schema",
//! "Create a Record".

mod document;
mod mutation;
mod query;

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::call::Call;
use crate::error::ApiError;
use crate::json_body;
use document::{Field, Kind, Operation};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    query: String,
    #[serde(default)]
    variables: Option<Map<String, Value>>,
    #[serde(default)]
    operation_name: Option<String>,
}

/// Answers `POST graphql`. What a document does wrong is said in `errors`, with
/// status 200.
pub(crate) fn graphql(call: &Call<'_>) -> Result<Answer, ApiError> {
    let asked: Asked = json_body::parsed(call.request)?;
    let body = match executed(call, asked) {
        Ok(data) => json!({"data": data, "errors": []}),
        Err(message) => json!({"data": null, "errors": [{"message": message}]}),
    };
    Ok(Answer::json(StatusCode::OK, &body))
}

fn executed(call: &Call<'_>, asked: Asked) -> Result<Value, String> {
    let variables = asked.variables.unwrap_or_default();
    let operations = document::parse(&asked.query, &variables)?;
    let operation = chosen(&operations, asked.operation_name.as_deref())?;
    let mut data = Map::new();
    for field in &operation.fields {
        if field.name != "uiapi" {
            return Err(no_field(field));
        }
        let value = match operation.kind {
            Kind::Query => query::uiapi(call, field)?,
            Kind::Mutation => mutation::uiapi(call, field)?,
        };
        data.insert(field.alias.clone(), value);
    }
    Ok(Value::Object(data))
}

/// The operation that runs. Source: GraphQL specification, "GetOperation".
fn chosen<'o>(operations: &'o [Operation], name: Option<&str>) -> Result<&'o Operation, String> {
    match (name, operations) {
        (None, [operation]) => Ok(operation),
        (None, _) => Err("there is not exactly one operation, and none is named".to_owned()),
        (Some(name), operations) => operations
            .iter()
            .find(|operation| operation.name.as_deref() == Some(name))
            .ok_or_else(|| format!("there is no operation {name}")),
    }
}

fn no_field(field: &Field) -> String {
    format!("this emulator has no field {} here", field.name)
}
