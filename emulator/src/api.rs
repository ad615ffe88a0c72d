//! From a request to its answer, once no fault stands in between.

use http::{HeaderName, HeaderValue};

use crate::answer::Answer;
use crate::call::Call;
use crate::error::ApiError;
use crate::oauth::LOGIN_HOSTS;
use crate::org::{DAILY_API_REQUESTS, Org};
use crate::request::{Authorization, Request};
use crate::router::{Handler, Target};
use crate::session::SessionId;
use crate::session::jwt::is_jwt;
use crate::version::ApiVersion;

const LIMIT_INFO: HeaderName = HeaderName::from_static("sforce-limit-info");

/// Answers a request.
pub(crate) fn answer(org: &Org, request: &Request, target: &Target) -> Answer {
    let is_login = matches!(target.handler, Ok(Handler::OAuth(_)));
    if LOGIN_HOSTS.contains(&request.host()) && !is_login {
        return ApiError::url_not_reset().into();
    }
    if let Some(version) = target.version {
        return api_call(org, request, version, target).unwrap_or_else(Answer::from);
    }
    match &target.handler {
        Ok(Handler::OAuth(answer)) => answer(org, request),
        Ok(Handler::Open(answer)) => answer(org, request, &target.segments),
        // Every such row lies below a version: a test of the router says so.
        Ok(Handler::Session(_)) => ApiError::not_found().into(),
        Err(error) => error.clone().into(),
    }
}

/// A call that needs a session and counts against the daily limit, whether or
/// not its resource exists.
fn api_call(
    org: &Org,
    request: &Request,
    version: ApiVersion,
    target: &Target,
) -> Result<Answer, ApiError> {
    let session = session(org, request)?;
    let mut used = 0;
    org.stats.record(|stats| {
        stats.api_calls += 1;
        used = stats.api_calls;
    });
    let call = Call {
        org,
        request,
        segments: &target.segments,
        version,
        session,
        used,
    };
    let answered = match &target.handler {
        Ok(Handler::Session(answer)) => answer(&call),
        Ok(Handler::OAuth(_) | Handler::Open(_)) => Err(ApiError::not_found()),
        Err(error) => Err(error.clone()),
    };
    let answer = answered.unwrap_or_else(Answer::from);
    let usage = HeaderValue::try_from(format!("api-usage={used}/{DAILY_API_REQUESTS}"));
    Ok(match usage {
        Ok(usage) => answer.with(LIMIT_INFO, usage),
        Err(_) => answer,
    })
}

fn session(org: &Org, request: &Request) -> Result<SessionId, ApiError> {
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
