//! Menus of the user interface: apps and quick actions. This org has none of
//! either, as no app of a client credentials flow needs any.
//!
//! Source: REST API Developer Guide, "AppMenu Items", "AppMenu Mobile Items",
//! "Get AppMenu Types", "Quick Actions", "sObject Quick Actions". What the types
//! look like is not documented.

use http::StatusCode;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::call::Call;
use crate::error::ApiError;
use crate::objects;

/// Answers `appMenu`: the menus that there are.
pub(crate) fn app_menus(call: &Call<'_>) -> Result<Answer, ApiError> {
    let url = |name: &str| format!("/services/data/{}/appMenu/{name}", call.version);
    let menus = json!({"AppSwitcher": url("AppSwitcher"), "Salesforce1": url("Salesforce1")});
    Ok(Answer::json(StatusCode::OK, &menus))
}

/// Answers `appMenu/AppSwitcher` and `appMenu/Salesforce1`.
pub(crate) fn app_menu(_: &Call<'_>) -> Result<Answer, ApiError> {
    Ok(Answer::json(StatusCode::OK, &json!({"appMenuItems": []})))
}

/// Answers `quickActions`.
pub(crate) fn quick_actions(_: &Call<'_>) -> Result<Answer, ApiError> {
    Ok(Answer::json(StatusCode::OK, &Value::Array(Vec::new())))
}

/// Answers `sobjects/{object}/quickActions`.
pub(crate) fn quick_actions_of(call: &Call<'_>) -> Result<Answer, ApiError> {
    objects::named(call, call.segments.get("object"))?;
    quick_actions(call)
}
