//! What every call that needs a session has in common.

use http::{HeaderName, HeaderValue};

use crate::answer::Answer;
use crate::error::ApiError;
use crate::org::{DAILY_API_REQUESTS, Org};
use crate::request::{Authorization, Request};
use crate::session::SessionId;
use crate::session::jwt::is_jwt;

const LIMIT_INFO: HeaderName = HeaderName::from_static("sforce-limit-info");

/// The session of a request, which `Authorization` names.
pub(crate) fn session(org: &Org, request: &Request) -> Result<SessionId, ApiError> {
    let token = match request.authorization() {
        Authorization::Token(token) => Some(token),
        Authorization::Absent => None,
        Authorization::Basic(_) | Authorization::Other => return Err(ApiError::header_type()),
    };
    token.and_then(|token| org.session(token)).ok_or_else(|| {
        let variant = org.state().settings.unauthorized;
        ApiError::unauthorized(if token.is_some_and(is_jwt) {
            variant.of_jwt()
        } else {
            variant
        })
    })
}

/// Counts a call against the daily limit; answers how many there were, with
/// this one.
pub(crate) fn count(org: &Org) -> u64 {
    let mut used = 0;
    org.stats.record(|stats| {
        stats.api_calls += 1;
        used = stats.api_calls;
    });
    used
}

/// The answer, with how much of the daily limit is used.
pub(crate) fn with_usage(answer: Answer, used: u64) -> Answer {
    match HeaderValue::try_from(format!("api-usage={used}/{DAILY_API_REQUESTS}")) {
        Ok(usage) => answer.with(LIMIT_INFO, usage),
        Err(_) => answer,
    }
}
