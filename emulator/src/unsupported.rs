//! What Salesforce does and this emulator does not, by a path and a method that
//! this emulator knows: a 405 would say that Salesforce does not do it either.

use crate::answer::Answer;
use crate::call::Call;
use crate::error::ApiError;

/// Answers such a request.
pub(crate) fn unsupported(call: &Call<'_>) -> Result<Answer, ApiError> {
    // `/services/data/vXX.X/` has four slashes.
    let below = call
        .request
        .path()
        .splitn(5, '/')
        .last()
        .unwrap_or_default();
    let what = format!("{} {}", call.request.method, below.trim_end_matches('/'));
    Err(ApiError::unsupported_resource(&what))
}
