//! How many records the objects have.
//!
//! Source: REST API Developer Guide, "Record Count". Salesforce counts now and
//! then; this org counts at once, and as there neither deleted records nor, of
//! objects that it does not have, any.

use http::StatusCode;
use serde_json::json;

use crate::answer::Answer;
use crate::call::Call;
use crate::error::ApiError;
use crate::inner_query::{Found, count};
use crate::objects;

/// Answers `limits/recordCount`: for the objects of `sObjects`, or for all.
pub(crate) fn counts(call: &Call<'_>) -> Result<Answer, ApiError> {
    let list = call.request.parameter("sObjects");
    let is_asked = |name: &str| {
        list.as_deref().is_none_or(|list| {
            let mut names = list.split(',');
            names.any(|asked| asked.trim().eq_ignore_ascii_case(name))
        })
    };
    let counts: Result<Vec<_>, ApiError> = objects::all(call)
        .iter()
        .filter(|object| is_asked(&object.name))
        .map(|object| {
            let name = &object.name;
            let soql = format!("SELECT COUNT() FROM {name}");
            let count = count(call, &soql, Found::Live)?;
            Ok(json!({"count": count, "name": name}))
        })
        .collect();
    Ok(Answer::json(StatusCode::OK, &json!({"sObjects": counts?})))
}
