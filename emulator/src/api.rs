//! From a request to its answer, once no fault stands in between.

use http::{HeaderName, HeaderValue, Method, StatusCode};
use serde_json::json;

use crate::answer::Answer;
use crate::error::ApiError;
use crate::oauth::{self, LOGIN_HOSTS, identity_url};
use crate::org::{DAILY_API_REQUESTS, Org, USERNAME};
use crate::query;
use crate::request::{Authorization, Request};
use crate::route::{Resource, Versioned};
use crate::session::SessionId;
use crate::session::jwt::is_jwt;
use crate::version::ApiVersion;

const LIMIT_INFO: HeaderName = HeaderName::from_static("sforce-limit-info");

/// Answers a request.
pub(crate) fn answer(org: &Org, request: &Request, resource: &Resource) -> Answer {
    let is_login = matches!(resource, Resource::Token | Resource::Introspect);
    if LOGIN_HOSTS.contains(&request.host()) && !is_login {
        return ApiError::url_not_reset().into();
    }
    match resource {
        Resource::Token => oauth::token(org, request),
        Resource::Introspect => oauth::introspect(org, request),
        Resource::UserInfo => identity(org, request, &user_info(org)),
        Resource::Identity { org: id, user }
            if *id == org.id.as_str() && *user == org.user.as_str() =>
        {
            identity(org, request, &user_info(org))
        }
        Resource::Versions => read_only(request, || {
            Answer::json(StatusCode::OK, &ApiVersion::list())
        }),
        Resource::Versioned(version, versioned) => {
            api_call(org, request, *version, versioned).unwrap_or_else(Answer::from)
        }
        Resource::Retired => ApiError::gone().into(),
        Resource::Identity { .. } | Resource::Unknown => ApiError::not_found().into(),
    }
}

/// A call that needs a session and counts against the daily limit.
fn api_call(
    org: &Org,
    request: &Request,
    version: ApiVersion,
    versioned: &Versioned,
) -> Result<Answer, ApiError> {
    let session = session(org, request)?;
    let mut used = 0;
    org.stats.record(|stats| {
        stats.api_calls += 1;
        used = stats.api_calls;
    });
    let answered = match versioned {
        Versioned::Unknown => Err(ApiError::not_found()),
        _ if !is_read(&request.method) => Err(ApiError::method_not_allowed(&request.method)),
        Versioned::Resources => Ok(resources(org, version)),
        Versioned::Limits => Ok(limits(used)),
        Versioned::Query(rows) => query::first_page(org, request, version, *rows, session),
        Versioned::QueryMore { locator } => {
            query::next_page(org, request, version, locator, session)
        }
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

/// Who the token's user is. A bad token gets 403 and plain text, unlike
/// everywhere else.
fn identity(org: &Org, request: &Request, body: &serde_json::Value) -> Answer {
    let known = match request.authorization() {
        Authorization::Token(token) => org.session(token).is_some(),
        _ => false,
    };
    if known {
        Answer::json(StatusCode::OK, body)
    } else {
        Answer::text(StatusCode::FORBIDDEN, "Bad_OAuth_Token")
    }
}

fn user_info(org: &Org) -> serde_json::Value {
    json!({
        "sub": identity_url(org),
        "user_id": org.user.as_str(),
        "organization_id": org.id.as_str(),
        "preferred_username": USERNAME,
        "name": "Integration User",
        "email": "user@demo.example",
        "active": true,
        "urls": { "rest": format!("{}/services/data/v{{version}}/", org.names.url) },
    })
}

/// Only what this emulator serves.
fn resources(org: &Org, version: ApiVersion) -> Answer {
    let path = |name: &str| format!("/services/data/{version}/{name}");
    let body = json!({
        "limits": path("limits"),
        "query": path("query"),
        "queryAll": path("queryAll"),
        "identity": format!("{}/id/{}/{}", org.names.url, org.id, org.user),
    });
    Answer::json(StatusCode::OK, &body)
}

fn limits(used: u64) -> Answer {
    let remaining = DAILY_API_REQUESTS.saturating_sub(used);
    Answer::json(
        StatusCode::OK,
        &json!({"DailyApiRequests": {"Max": DAILY_API_REQUESTS, "Remaining": remaining}}),
    )
}

fn read_only(request: &Request, answer: impl FnOnce() -> Answer) -> Answer {
    if is_read(&request.method) {
        answer()
    } else {
        ApiError::method_not_allowed(&request.method).into()
    }
}

fn is_read(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}
