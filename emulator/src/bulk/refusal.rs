//! Why a job of Bulk API 2.0 cannot be what it is asked to be.
//!
//! Source: Bulk API 2.0 and Bulk API Developer Guide. Words that no public capture
//! shows are the emulator's own.

use http::StatusCode;

use crate::call::Call;
use crate::error::ApiError;
use crate::jobs::State;

/// Refuses a call about a job as a part of another call, which would hold the turn to
/// write that the job needs. Source: REST API Developer Guide, "Composite" and
/// "Batch", whose lists of resources have no jobs; the words are the emulator's own.
pub(super) fn part(call: &Call<'_>) -> Result<(), ApiError> {
    if call.is_part {
        return Err(ApiError::invalid_input(
            "a job cannot be a part of another request",
        ));
    }
    Ok(())
}

/// A job that cannot be made. The code is documented for jobs.
pub(super) fn api_error(words: &str) -> ApiError {
    ApiError::caller(StatusCode::BAD_REQUEST, "API_ERROR", words)
}

/// A job that there is not, or no longer. Source: "Get Information About a Query
/// Job".
pub(super) fn no_job() -> ApiError {
    ApiError::caller(
        StatusCode::NOT_FOUND,
        "NOT_FOUND",
        "The requested resource does not exist",
    )
}

/// A step that a job cannot take in its state.
pub(super) fn state(words: &str) -> ApiError {
    ApiError::caller(StatusCode::BAD_REQUEST, "INVALIDJOBSTATE", words)
}

/// A job that cannot be aborted any more. The words are documented for one that is
/// completed.
pub(super) fn abort(state: State) -> ApiError {
    let state = match state {
        State::JobComplete => "Completed",
        State::Failed => "Failed",
        State::Aborted => "Aborted",
        State::Open | State::UploadComplete | State::InProgress => "begun",
    };
    self::state(&format!("Aborting already {state} Job not allowed"))
}

/// A job that cannot be deleted yet. Source: "Delete a Query Job".
pub(super) fn not_terminated() -> ApiError {
    api_error("Error encountered when deleting the job because the job is not terminated")
}

/// A call in another version than the job's. The status is documented.
pub(super) fn other_version() -> ApiError {
    let words = "a query job is read in the API version in which it was made";
    ApiError::caller(StatusCode::CONFLICT, "API_ERROR", words)
}
