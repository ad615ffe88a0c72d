//! Searches: by a statement of SOSL, and by parameters.
//!
//! Source: REST API Developer Guide, "Search", "Parameterized Search".

mod parameters;
mod run;
mod share;

use http::StatusCode;
use serde::Serialize;

use crate::answer::Answer;
use crate::call::Call;
use crate::error::ApiError;
use crate::json_body;
use crate::record::Record;
use crate::sosl::{self, Search};

/// The first version whose answer is an object. Clients' fixtures of older versions
/// have the list alone; where the border is could not be confirmed.
const OBJECT_SINCE: u16 = 37;

/// What was found.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    search_records: Vec<Record>,
}

/// Answers `search?q=`: a statement of SOSL.
pub(crate) fn by_statement(call: &Call<'_>) -> Result<Answer, ApiError> {
    let sosl = call.request.parameter("q");
    let sosl = sosl.ok_or_else(|| ApiError::missing_parameter("q"))?;
    found(call, &sosl::parse(&sosl)?)
}

/// Answers `GET parameterizedSearch`.
pub(crate) fn by_parameters(call: &Call<'_>) -> Result<Answer, ApiError> {
    found(call, &parameters::of_uri(call.request)?)
}

/// Answers `POST parameterizedSearch`: a read whose parameters are in its body.
pub(crate) fn by_body(call: &Call<'_>) -> Result<Answer, ApiError> {
    found(
        call,
        &parameters::of_body(json_body::parsed(call.request)?)?,
    )
}

fn found(call: &Call<'_>, search: &Search) -> Result<Answer, ApiError> {
    let (search_records, ignored) = run::run(call, search)?;
    let answer = if call.version.number() < OBJECT_SINCE {
        Answer::json(StatusCode::OK, &search_records)
    } else {
        Answer::json(StatusCode::OK, &Found { search_records })
    };
    Ok(ignored.named_in(answer))
}
