//! The records that were viewed last, as a resource.
//!
//! Source: REST API Developer Guide, "Recently Viewed Items", "View Recently
//! Viewed Records", "MRU Header".

use std::collections::HashMap;

use http::{HeaderName, StatusCode};
use serde_json::Value;

use crate::answer::Answer;
use crate::call::Call;
use crate::error::ApiError;
use crate::id::RecordId;
use crate::inner_query::{Found, rows};
use crate::objects::{self, Object};
use crate::resource::Route;
use crate::viewed::VIEWED_MAX;

static MRU: HeaderName = HeaderName::from_static("sforce-mru");

/// The first version that knows the header.
const MRU_SINCE: u16 = 60;

/// Answers `recent`: at most as many as `limit` says.
pub(crate) fn recent(call: &Call<'_>) -> Result<Answer, ApiError> {
    let limit = match call.request.parameter("limit") {
        None => VIEWED_MAX,
        Some(limit) => limit
            .parse()
            .map_err(|_| ApiError::missing_parameter("limit"))?,
    };
    Ok(Answer::json(StatusCode::OK, &items(call, None, limit)?))
}

/// The records that were viewed last, or those of one object, with their names.
pub(crate) fn items(
    call: &Call<'_>,
    object: Option<&str>,
    limit: usize,
) -> Result<Vec<Value>, ApiError> {
    let ids: Vec<RecordId> = call.org.state().viewed.ids().cloned().collect();
    let mut found = HashMap::new();
    for of in objects::all(call) {
        let is_asked = object.is_none_or(|name| of.name.eq_ignore_ascii_case(name));
        let own = ids
            .iter()
            .filter(|id| id.as_str().starts_with(&of.key_prefix));
        let own: Vec<&RecordId> = own.collect();
        if is_asked && !own.is_empty() {
            found.extend(named(call, &of, &own)?);
        }
    }
    let items = ids.iter().filter_map(|id| found.remove(id.as_str()));
    Ok(items.take(limit).collect())
}

/// Live records by their ids, each with the name that people know it by.
fn named(
    call: &Call<'_>,
    object: &Object,
    ids: &[&RecordId],
) -> Result<Vec<(String, Value)>, ApiError> {
    let ids: Vec<String> = ids.iter().map(|id| format!("'{id}'")).collect();
    let name_field = object.name_field.as_deref();
    let fields = name_field.map_or_else(|| "Id".to_owned(), |name| format!("Id, {name}"));
    let (of, ids) = (&object.name, ids.join(", "));
    let soql = format!("SELECT {fields} FROM {of} WHERE Id IN ({ids})");
    let rows = rows(call, &soql, Found::Live)?;
    let named = rows.into_iter().filter_map(|mut row| {
        let id = row["Id"].as_str()?.to_owned();
        let name = name_field.and_then(|field| row.as_object_mut()?.remove(field));
        row["Name"] = name.unwrap_or_default();
        Some((id, row))
    });
    Ok(named.collect())
}

/// Remembers the record that an answered call was about.
pub(crate) fn note(call: &Call<'_>, answer: &Answer) {
    if !answer.status.is_success() || !updates_mru(call) {
        return;
    }
    let id = match call.route {
        Route::Retrieve | Route::Update => Some(call.segments.get("id").to_owned()),
        Route::Create | Route::Upsert | Route::RetrieveByExternalId => id_of(&answer.body),
        _ => None,
    };
    if let Some(id) = id.as_deref().and_then(RecordId::parse) {
        call.org.state().viewed.add(id);
    }
}

/// Whether the header lets the call be remembered, as every call is without it.
fn updates_mru(call: &Call<'_>) -> bool {
    let mut values = call.request.headers(&MRU);
    let is_off = values.any(|value| {
        let option = value.split_once('=');
        option.is_some_and(|(name, value)| {
            name.trim().eq_ignore_ascii_case("updateMru")
                && value.trim().eq_ignore_ascii_case("false")
        })
    });
    !(is_off && call.version.number() >= MRU_SINCE)
}

fn id_of(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let id = body.get("id").or_else(|| body.get("Id"))?;
    id.as_str().map(str::to_owned)
}
