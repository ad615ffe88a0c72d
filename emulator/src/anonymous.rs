//! Anonymous Apex: a GET that changes something.
//!
//! Source: Tooling API Developer Guide, "REST Resources", `executeAnonymous`.

use http::StatusCode;
use serde::Serialize;

use crate::answer::Answer;
use crate::call::Call;
use crate::error::ApiError;

/// What an execution came to.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Executed {
    line: i32,
    column: i32,
    compiled: bool,
    success: bool,
    compile_problem: (),
    exception_stack_trace: (),
    exception_message: (),
}

/// Answers `tooling/executeAnonymous`. No Apex runs here: it is counted as a
/// write, and goes well.
pub(crate) fn execute(call: &Call<'_>) -> Result<Answer, ApiError> {
    let code = call.request.parameter("anonymousBody");
    if code.is_none_or(|code| code.is_empty()) {
        return Err(ApiError::missing_parameter("anonymousBody"));
    }
    call.wrote();
    let executed = Executed {
        line: -1,
        column: -1,
        compiled: true,
        success: true,
        compile_problem: (),
        exception_stack_trace: (),
        exception_message: (),
    };
    Ok(Answer::json(StatusCode::OK, &executed))
}
