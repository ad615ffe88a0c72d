//! From a request to its answer, once no fault stands in between.

use crate::answer::Answer;
use crate::authorized;
use crate::call::Call;
use crate::error::ApiError;
use crate::names::LOGIN_HOSTS;
use crate::org::Org;
use crate::request::Request;
use crate::resource::Route;
use crate::router::{Handler, Target};
use crate::version::ApiVersion;
use crate::{conditional, format, json_body, recent};

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
        Ok(Handler::Open(_)) if target.route == Route::Versions && format::is_xml_only(request) => {
            ApiError::no_such_format("XML").into()
        }
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
    if format::is_xml_only(request) {
        let refused = ApiError::no_such_format("XML").into();
        return Ok(authorized::with_usage(refused, used));
    }
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
        Ok(Handler::Session(answer)) => conditional::answer(call, *answer),
        Ok(Handler::OAuth(_) | Handler::Open(_)) => Err(ApiError::not_found()),
        Err(error) => Err(error.clone()),
    };
    let answer = answered.unwrap_or_else(|error| placed(error, call.request).into());
    recent::note(call, &answer);
    answer
}

/// The error with the place in the body that it is about, if it is about one.
fn placed(error: ApiError, request: &Request) -> ApiError {
    let member = error.member.as_deref();
    match member.and_then(|member| json_body::place(request, member)) {
        Some((line, column)) => error.at(line, column),
        None => error,
    }
}
