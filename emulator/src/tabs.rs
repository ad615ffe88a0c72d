//! The tabs of the user interface.
//!
//! Source: REST API Developer Guide, "Get Tabs".

use http::StatusCode;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::call::Call;
use crate::error::ApiError;
use crate::icons::{colors, icon_url, icons};
use crate::objects::{self, Object};

/// Standard objects that have a tab, of those that any org has here.
const STANDARD: [&str; 10] = [
    "Account",
    "Campaign",
    "Case",
    "Contact",
    "ContentVersion",
    "Event",
    "Lead",
    "Opportunity",
    "Product2",
    "Task",
];

/// Answers `tabs`: one for each object that people work with.
pub(crate) fn tabs(call: &Call<'_>) -> Result<Answer, ApiError> {
    let url = call.org.names.url(call.request.asked());
    let objects = objects::all(call).into_iter();
    let tabs: Vec<Value> = objects
        .filter(|object| object.is_custom() || STANDARD.contains(&object.name.as_str()))
        .map(|object| tab(&object, &url))
        .collect();
    Ok(Answer::json(StatusCode::OK, &tabs))
}

fn tab(object: &Object, url: &str) -> Value {
    let name = if object.is_custom() {
        object.name.clone()
    } else {
        format!("standard-{}", object.name)
    };
    json!({
        "colors": colors(object),
        "custom": object.is_custom(),
        "iconUrl": icon_url(object, url, 32),
        "icons": icons(object, url),
        "label": object.label_plural,
        "miniIconUrl": icon_url(object, url, 16),
        "name": name,
        "sobjectName": object.name,
        "url": format!("{url}/{}/o", object.key_prefix),
    })
}
