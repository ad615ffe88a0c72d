//! From a request to its answer, once no fault stands in between.

use crate::answer::Answer;
use crate::authorized;
use crate::call::Call;
use crate::error::ApiError;
use crate::names::LOGIN_HOSTS;
use crate::org::Org;
use crate::request::Request;
use crate::router::{Handler, Target};
use crate::version::ApiVersion;

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
    let session = authorized::session(org, request)?;
    let used = authorized::count(org);
    let call = Call {
        org,
        request,
        segments: &target.segments,
        route: target.route,
        version,
        session,
        used,
        is_part: false,
        parts: part,
    };
    Ok(authorized::with_usage(handled(&call, target), used))
}

/// A part of a call: it has the session of the whole, and is not counted.
fn part(whole: &Call<'_>, request: &Request) -> Answer {
    let target = Target::find(&request.method, request.path());
    let Some(version) = target.version else {
        return ApiError::not_found().into();
    };
    let call = Call {
        request,
        segments: &target.segments,
        route: target.route,
        version,
        is_part: true,
        ..*whole
    };
    handled(&call, &target)
}

fn handled(call: &Call<'_>, target: &Target) -> Answer {
    let answered = match &target.handler {
        Ok(Handler::Session(answer)) => answer(call),
        Ok(Handler::OAuth(_) | Handler::Open(_)) => Err(ApiError::not_found()),
        Err(error) => Err(error.clone()),
    };
    answered.unwrap_or_else(Answer::from)
}
