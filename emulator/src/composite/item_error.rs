//! Why one record of several was not written.

use serde::Serialize;
use serde_json::Value;

use crate::error::ApiError;

/// The error of one record, which has other names than that of a whole request.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ItemError {
    status_code: &'static str,
    message: String,
    fields: Vec<String>,
    /// The duplicates, if they are the reason. That errors of records have them is
    /// unconfirmed; those of whole requests do.
    #[serde(skip_serializing_if = "Option::is_none")]
    duplicate_result: Option<Value>,
}

impl From<ApiError> for ItemError {
    fn from(error: ApiError) -> Self {
        Self {
            status_code: error.code,
            message: error.message,
            fields: error.fields.unwrap_or_default(),
            duplicate_result: error.duplicates.map(|duplicates| duplicates.result()),
        }
    }
}
