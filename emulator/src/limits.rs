//! What is left of the org's limits.

use http::StatusCode;
use serde_json::json;

use crate::answer::Answer;
use crate::call::Call;
use crate::error::ApiError;
use crate::org::DAILY_API_REQUESTS;

/// Answers `limits`.
pub(crate) fn limits(call: &Call<'_>) -> Result<Answer, ApiError> {
    let remaining = DAILY_API_REQUESTS.saturating_sub(call.used);
    Ok(Answer::json(
        StatusCode::OK,
        &json!({"DailyApiRequests": {"Max": DAILY_API_REQUESTS, "Remaining": remaining}}),
    ))
}
