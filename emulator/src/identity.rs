//! Who the user of a token is.

use http::StatusCode;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::error::ApiError;
use crate::oauth::identity_url;
use crate::org::{Org, USERNAME};
use crate::request::{Authorization, Request};
use crate::segments::Segments;

/// Answers `/services/oauth2/userinfo`. A bad token gets 403 and plain text,
/// unlike everywhere else.
pub(crate) fn of_token(org: &Org, request: &Request, _: &Segments) -> Answer {
    let known = match request.authorization() {
        Authorization::Token(token) => org.session(token).is_some(),
        _ => false,
    };
    if known {
        Answer::json(StatusCode::OK, &user_info(org, request))
    } else {
        Answer::text(StatusCode::FORBIDDEN, "Bad_OAuth_Token")
    }
}

/// Answers `/id/{org}/{user}`: there is one user.
pub(crate) fn of_user(org: &Org, request: &Request, segments: &Segments) -> Answer {
    if segments.get("org") == org.id.as_str() && segments.get("user") == org.user.as_str() {
        of_token(org, request, segments)
    } else {
        ApiError::not_found().into()
    }
}

fn user_info(org: &Org, request: &Request) -> Value {
    let url = org.names.url(request.asked());
    json!({
        "sub": identity_url(org, request),
        "user_id": org.user.as_str(),
        "organization_id": org.id.as_str(),
        "preferred_username": USERNAME,
        "name": "Integration User",
        "email": "user@demo.example",
        "active": true,
        "urls": { "rest": format!("{url}/services/data/v{{version}}/") },
    })
}
