//! What a request says of a record that is written.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::call::Call;
use crate::error::ApiError;
use crate::json_body;

/// Parameters that change how a record is saved. All but the first change nothing
/// here: this org has no assignment rules, sends no emails, and has one user.
///
/// Source: User Interface API Developer Guide, "Create a Record", "Update a Record".
const FLAGS: [&str; 5] = [
    ALLOW_SAVE_ON_DUPLICATE,
    "useDefaultRule",
    "triggerUserEmail",
    "triggerOtherEmail",
    "handleOwnerChange",
];

const ALLOW_SAVE_ON_DUPLICATE: &str = "allowSaveOnDuplicate";

/// The body of a write.
///
/// Source: User Interface API Developer Guide, "Record Input".
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    #[serde(default)]
    allow_save_on_duplicate: Option<bool>,
    #[serde(default)]
    api_name: Option<String>,
    fields: Map<String, Value>,
}

/// A record to be written.
#[derive(Debug, PartialEq)]
pub(super) struct Input {
    /// The object, of a new record only.
    pub(super) object: Option<String>,
    pub(super) fields: Map<String, Value>,
    /// Whether the record is saved even if a duplicate rule warns of it.
    pub(super) allows_duplicates: bool,
}

impl Input {
    /// Reads body and parameters.
    pub(super) fn read(call: &Call<'_>) -> Result<Self, ApiError> {
        let body: Body = json_body::parsed(call.request)?;
        let mut allows_duplicates = body.allow_save_on_duplicate.unwrap_or(false);
        for (name, value) in call.request.parameters() {
            let is_known = FLAGS.contains(&&*name);
            let is_on = match &*value {
                "true" => true,
                "false" => false,
                _ if is_known => return Err(ApiError::missing_parameter(&name)),
                _ => continue,
            };
            allows_duplicates |= is_on && name == ALLOW_SAVE_ON_DUPLICATE;
        }
        Ok(Self {
            object: body.api_name,
            fields: body.fields,
            allows_duplicates,
        })
    }
}
