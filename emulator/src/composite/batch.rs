//! Several independent requests in one: `composite/batch`.
//!
//! Source: REST API Developer Guide, "Batch".

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{body, check_nesting, check_number, method};
use crate::answer::Answer;
use crate::authorized;
use crate::call::Call;
use crate::error::{ApiError, Blame};
use crate::ignored::Ignored;
use crate::json_body;
use crate::transaction::Transaction;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Batch {
    #[serde(default)]
    halt_on_error: bool,
    batch_requests: Vec<Part>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Part {
    method: String,
    /// Relative to `/services/data/`: it begins with a version.
    url: String,
    #[serde(default)]
    rich_input: Option<Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Results {
    has_errors: bool,
    results: Vec<PartResult>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PartResult {
    status_code: u16,
    result: Value,
}

/// Answers `POST composite/batch`.
pub(crate) fn batch(call: &Call<'_>) -> Result<Answer, ApiError> {
    let batch: Batch = json_body::parsed(call.request)?;
    check_nesting(call)?;
    check_number(batch.batch_requests.len())?;
    let transaction = Transaction::begin(call, false)?;
    let mut results = Results {
        has_errors: false,
        results: Vec::new(),
    };
    let mut blame = Blame::Caller;
    let mut ignored = Ignored::default();
    for part in &batch.batch_requests {
        let answer = if results.has_errors && batch.halt_on_error {
            halted().into()
        } else {
            // Each part counts against the limit.
            authorized::count(call.org);
            carried_out(call, part).unwrap_or_else(Answer::from)
        };
        if answer.blame == Blame::Client {
            blame = Blame::Client;
        }
        ignored.add_part(&answer);
        results.has_errors |= answer.status.as_u16() >= 400;
        results.results.push(PartResult {
            status_code: answer.status.as_u16(),
            result: body(&answer),
        });
    }
    transaction.end(true)?;
    let mut answer = Answer::json(StatusCode::OK, &results);
    answer.blame = blame;
    Ok(ignored.named_in(answer))
}

fn carried_out(call: &Call<'_>, part: &Part) -> Result<Answer, ApiError> {
    let method = method(&part.method)?;
    let url = format!("/services/data/{}", part.url);
    let input = part.rich_input.as_ref().map(Value::to_string);
    let input = Bytes::from(input.unwrap_or_default());
    Ok(call.part(&call.request.part(method, &url, HeaderMap::new(), input)))
}

fn halted() -> ApiError {
    let message = "Batch processing halted per request";
    ApiError::caller(
        StatusCode::PRECONDITION_FAILED,
        "BATCH_PROCESSING_HALTED",
        message,
    )
}
