//! List views: what people see of an object's records. An object has one of all
//! records, and one of the user's own if its records have owners.
//!
//! Source: REST API Developer Guide, "List Views for an Object", "Recent List
//! Views", "List View Basic Information", "List View Describe", "List View
//! Results".

mod columns;

use std::ops::RangeInclusive;

use http::StatusCode;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::call::Call;
use crate::error::ApiError;
use crate::id::RecordId;
use crate::inner_query::{Found, rows};
use crate::list_view::{self, ListView};
use crate::objects;

/// Records of one answer, unless the client says otherwise.
const LIMIT_DEFAULT: usize = 25;

/// Records that a client may ask for.
const LIMITS: RangeInclusive<usize> = 1..=2_000;

/// Answers `listviews`: those of an object.
pub(crate) fn all(call: &Call<'_>) -> Result<Answer, ApiError> {
    let views = list_view::of_object(call, call.segments.get("object"))?;
    let views: Vec<Value> = views.iter().map(|view| basics(view, call)).collect();
    list(call, &views)
}

/// Answers `listviews/recent`: nobody has looked at one in the user interface.
pub(crate) fn recent(call: &Call<'_>) -> Result<Answer, ApiError> {
    list(call, &[])
}

/// Answers `listviews/{listview}`.
pub(crate) fn one(call: &Call<'_>) -> Result<Answer, ApiError> {
    Ok(Answer::json(StatusCode::OK, &basics(&named(call)?, call)))
}

/// Answers `listviews/{listview}/describe`.
pub(crate) fn describe(call: &Call<'_>) -> Result<Answer, ApiError> {
    let view = named(call)?;
    let order = list_view::order(&view.object).map(|field| {
        json!({"fieldNameOrPath": field, "nullsPosition": "first", "sortDirection": "ascending"})
    });
    let condition = view
        .owner(call)
        .map(|owner| json!({"field": "OwnerId", "operator": "equals", "values": [owner.as_str()]}));
    let described = json!({
        "columns": columns::described(&view.object),
        "id": view.id.short(),
        "orderBy": order.collect::<Vec<_>>(),
        "query": view.query(call),
        "scope": null,
        "sobjectType": view.object.name,
        "whereCondition": condition,
    });
    Ok(Answer::json(StatusCode::OK, &described))
}

/// Answers `listviews/{listview}/results`: `limit` records from `offset` on.
pub(crate) fn results(call: &Call<'_>) -> Result<Answer, ApiError> {
    let view = named(call)?;
    let limit = number(call, "limit", LIMIT_DEFAULT)?;
    if !LIMITS.contains(&limit) {
        return Err(ApiError::missing_parameter("limit"));
    }
    let offset = number(call, "offset", 0)?;
    // One row more than is shown tells whether there are any.
    let soql = format!("{} LIMIT {} OFFSET {offset}", view.query(call), limit + 1);
    let rows = rows(call, &soql, Found::Live)?;
    let records: Vec<Value> = rows
        .iter()
        .take(limit)
        .map(|row| json!({"columns": columns::values(&view.object, row)}))
        .collect();
    let results = json!({
        "columns": columns::described(&view.object),
        "developerName": view.developer_name(),
        "done": rows.len() <= limit,
        "id": view.id.short(),
        "label": view.label(),
        "records": records,
        "size": records.len(),
    });
    Ok(Answer::json(StatusCode::OK, &results))
}

/// A parameter that is a number. What another text gets is not documented.
fn number(call: &Call<'_>, name: &str, default: usize) -> Result<usize, ApiError> {
    let Some(text) = call.request.parameter(name) else {
        return Ok(default);
    };
    text.parse().map_err(|_| ApiError::missing_parameter(name))
}

fn list(call: &Call<'_>, views: &[Value]) -> Result<Answer, ApiError> {
    let object = objects::named(call, call.segments.get("object"))?;
    let list = json!({
        "done": true,
        "listviews": views,
        "nextRecordsUrl": null,
        "size": views.len(),
        "sobjectType": object.name,
    });
    Ok(Answer::json(StatusCode::OK, &list))
}

/// The view that the path names.
fn named(call: &Call<'_>) -> Result<ListView, ApiError> {
    let id = RecordId::parse(call.segments.get("listview"));
    let views = list_view::of_object(call, call.segments.get("object"))?;
    let mut views = views.into_iter();
    views
        .find(|view| Some(&view.id) == id.as_ref())
        .ok_or_else(ApiError::not_found)
}

fn basics(view: &ListView, call: &Call<'_>) -> Value {
    let (version, object, id) = (call.version, &view.object.name, &view.id);
    let url = format!("/services/data/{version}/sobjects/{object}/listviews/{id}");
    json!({
        "describeUrl": format!("{url}/describe"),
        "developerName": view.developer_name(),
        "id": id.as_str(),
        "label": view.label(),
        "resultsUrl": format!("{url}/results"),
        "soqlCompatible": true,
        "url": url,
    })
}
