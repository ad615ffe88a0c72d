//! Several requests in one: `composite`.
//!
//! Source: REST API Developer Guide, "Composite", "Composite Subrequest".

pub(crate) mod batch;
pub(crate) mod collections;
pub(crate) mod graph;
mod item_error;
mod reference;
pub(crate) mod tree;

use bytes::Bytes;
use http::header::LOCATION;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::call::Call;
use crate::error::{ApiError, Blame};
use crate::ignored::Ignored;
use crate::json_body;
use crate::transaction::Transaction;
use reference::Results;

/// Requests that a composite request may have. Source: as above.
const PARTS_MAX: usize = 25;

/// What a part's `httpHeaders` may not have. Source: as above.
const REFUSED_HEADERS: [&str; 3] = ["accept", "authorization", "content-type"];

/// What the parts get whose transaction another one ended.
const ROLLED_BACK: &str = "The transaction was rolled back since another operation in the same \
                           transaction failed.";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Whole {
    #[serde(default)]
    all_or_none: bool,
    /// Says in which order parts may run; here they run in theirs.
    #[serde(default, rename = "collateSubrequests")]
    _collate: Option<bool>,
    composite_request: Vec<Part>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Part {
    method: String,
    url: String,
    reference_id: String,
    #[serde(default)]
    body: Option<Value>,
    #[serde(default)]
    http_headers: Map<String, Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PartAnswer {
    body: Value,
    http_headers: Map<String, Value>,
    http_status_code: u16,
    reference_id: String,
}

/// What the parts answered.
struct Answered {
    answers: Vec<PartAnswer>,
    /// Whether what they wrote is kept.
    is_kept: bool,
    blame: Blame,
    /// What the statements of queries say and the org ignores.
    ignored: Ignored,
}

/// Answers `POST composite`.
pub(crate) fn composite(call: &Call<'_>) -> Result<Answer, ApiError> {
    let whole: Whole = json_body::parsed(call.request)?;
    check_nesting(call)?;
    check_number(whole.composite_request.len())?;
    check(&whole.composite_request)?;
    let Answered {
        answers,
        blame,
        ignored,
        ..
    } = answered(call, &whole.composite_request, whole.all_or_none)?;
    let mut answer = Answer::json(StatusCode::OK, &json!({"compositeResponse": answers}));
    answer.blame = blame;
    Ok(ignored.named_in(answer))
}

/// Carries out the parts; with `all_or_none`, all of them or none.
fn answered(call: &Call<'_>, parts: &[Part], all_or_none: bool) -> Result<Answered, ApiError> {
    let transaction = Transaction::begin(call, all_or_none)?;
    let mut results = Results::default();
    let mut answers: Vec<PartAnswer> = Vec::new();
    let mut blame = Blame::Caller;
    let mut ignored = Ignored::default();
    let mut failed = None;
    for (place, part) in parts.iter().enumerate() {
        let answer = match failed {
            Some(_) => halted(ROLLED_BACK).into(),
            None => carried_out(call, part, &results).unwrap_or_else(Answer::from),
        };
        if answer.blame == Blame::Client {
            blame = Blame::Client;
        }
        ignored.add_part(&answer);
        let answer = PartAnswer::new(&part.reference_id, &answer);
        if all_or_none && failed.is_none() && answer.is_refusal() {
            failed = Some(place);
        }
        results.add(&part.reference_id, &answer.body);
        answers.push(answer);
    }
    transaction.end(failed.is_none())?;
    for answer in answers.iter_mut().take(failed.unwrap_or(0)) {
        *answer = PartAnswer::new(&answer.reference_id, &halted(ROLLED_BACK).into());
    }
    Ok(Answered {
        answers,
        is_kept: failed.is_none(),
        blame,
        ignored,
    })
}

/// A composite request is no part of another. What Salesforce answers is not
/// documented.
fn check_nesting(call: &Call<'_>) -> Result<(), ApiError> {
    if call.is_part {
        return Err(ApiError::invalid_input(
            "a composite request cannot be a part of another",
        ));
    }
    Ok(())
}

/// What makes the whole request fail. The words are the emulator's own.
fn check(parts: &[Part]) -> Result<(), ApiError> {
    let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    for (place, part) in parts.iter().enumerate() {
        let reference = &part.reference_id;
        if reference.is_empty() || !reference.bytes().all(is_legal) {
            return Err(ApiError::invalid_input(
                "a referenceId has letters, digits and _ only",
            ));
        }
        if parts[..place]
            .iter()
            .any(|other| other.reference_id == *reference)
        {
            return Err(ApiError::invalid_input("a referenceId is there twice"));
        }
        let mut headers = part.http_headers.keys();
        if headers.any(|name| REFUSED_HEADERS.contains(&name.to_ascii_lowercase().as_str())) {
            return Err(ApiError::invalid_input("a part cannot have this header"));
        }
    }
    Ok(())
}

fn check_number(parts: usize) -> Result<(), ApiError> {
    if (1..=PARTS_MAX).contains(&parts) {
        return Ok(());
    }
    Err(ApiError::invalid_input("there can be 1 to 25 parts"))
}

fn carried_out(call: &Call<'_>, part: &Part, results: &Results) -> Result<Answer, ApiError> {
    let method = method(&part.method)?;
    let url = results
        .resolved(&part.url)
        .map_err(|missing| halted(&missing))?;
    let body = match &part.body {
        Some(body) => {
            let body = results
                .resolved_in(body)
                .map_err(|missing| halted(&missing))?;
            Bytes::from(body.to_string())
        }
        None => Bytes::new(),
    };
    let headers = part.http_headers.iter().map(|(name, value)| {
        let name = HeaderName::try_from(name).ok()?;
        Some((name, HeaderValue::try_from(value.as_str()?).ok()?))
    });
    let headers = headers.collect::<Option<HeaderMap>>();
    let headers = headers.ok_or_else(|| ApiError::invalid_input("a header is malformed"))?;
    Ok(call.part(&call.request.part(method, &url, headers, body)))
}

fn method(name: &str) -> Result<Method, ApiError> {
    let known = [
        Method::GET,
        Method::POST,
        Method::PATCH,
        Method::PUT,
        Method::DELETE,
        Method::HEAD,
    ];
    let method = known.into_iter().find(|method| method.as_str() == name);
    method.ok_or_else(|| ApiError::invalid_input("a method is not supported"))
}

fn halted(words: &str) -> ApiError {
    ApiError::caller(StatusCode::BAD_REQUEST, "PROCESSING_HALTED", words)
}

impl PartAnswer {
    fn new(reference_id: &str, answer: &Answer) -> Self {
        let location = answer
            .headers
            .get(LOCATION)
            .and_then(|place| place.to_str().ok());
        let headers = location.map(|place| ("Location".to_owned(), Value::from(place)));
        Self {
            body: body(answer),
            http_headers: headers.into_iter().collect(),
            http_status_code: answer.status.as_u16(),
            reference_id: reference_id.to_owned(),
        }
    }

    fn is_refusal(&self) -> bool {
        self.http_status_code >= 400
    }
}

/// An answer's JSON; null without a body.
fn body(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or(Value::Null)
}
