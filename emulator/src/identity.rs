//! Who the user of a token is, told in two ways.
//!
//! Source: Salesforce Help, "Identity URLs" and "Query for User Information";
//! the members are those of captured answers (mike4aday/SwiftlySalesforce,
//! `MockIdentity.json`, of 2022; a capture of userinfo in Chilkat's examples).

mod person;
mod refusal;

use http::{Method, StatusCode};
use serde_json::Value;

use crate::answer::Answer;
use crate::error::ApiError;
use crate::format::Format;
use crate::id::RecordId;
use crate::jsonp;
use crate::oauth::identity_url;
use crate::org::Org;
use crate::request::{Authorization, Request};
use crate::segments::Segments;
use crate::version::ApiVersion;
use person::Person;
use refusal::Refusal;

/// Answers `/services/oauth2/userinfo`: the user by OpenID Connect's names.
pub(crate) fn of_token(org: &Org, request: &Request, _: &Segments) -> Answer {
    let person = authorized(org, request).map(|()| person(org, request, None));
    match person {
        Ok(person) => formatted(request, &person.as_claims()),
        Err(refusal) => refusal.into(),
    }
}

/// Answers `/id/{org}/{user}`: there is one user.
pub(crate) fn of_user(org: &Org, request: &Request, segments: &Segments) -> Answer {
    match identified(org, request, segments) {
        Ok(person) => formatted(request, &person.as_identity()),
        Err(refusal) => refusal.into(),
    }
}

fn identified(org: &Org, request: &Request, segments: &Segments) -> Result<Person, Refusal> {
    authorized(org, request)?;
    let is = |name: &str, id: &RecordId| RecordId::parse(segments.get(name)).as_ref() == Some(id);
    if !is("org", &org.id) {
        // A token of this org does not open another's door; what is no id at all
        // names nothing.
        let other = RecordId::parse(segments.get("org"));
        let is_org = other.is_some_and(|id| id.as_str().starts_with("00D"));
        return Err(if is_org {
            Refusal::WRONG_ORG
        } else {
            Refusal::BAD_ID
        });
    }
    if !is("user", &org.user) {
        return Err(Refusal::BAD_ID);
    }
    let version = match request.parameter("version").as_deref() {
        None => None,
        Some("latest") => Some(ApiVersion::LATEST),
        Some(number) => Some(ApiVersion::numbered(number).ok_or(Refusal::INVALID_VERSION)?),
    };
    let callback = request.parameter("callback");
    if callback.is_some_and(|name| !jsonp::is_function(&name)) {
        return Err(Refusal::INVALID_CALLBACK);
    }
    Ok(person(org, request, version))
}

fn person(org: &Org, request: &Request, version: Option<ApiVersion>) -> Person {
    Person {
        id_url: identity_url(org, request),
        org_id: org.id.clone(),
        user_id: org.user.clone(),
        url: org.names.url(request.asked()).into_owned(),
        version,
    }
}

/// Whether a token comes along: in `Authorization`, or as `oauth_token`.
fn authorized(org: &Org, request: &Request) -> Result<(), Refusal> {
    let token = match request.authorization() {
        Authorization::Token(token) => Some(token.to_owned()),
        Authorization::Absent if request.method == Method::POST && request.is_form() => {
            request.form_parameter("oauth_token")
        }
        Authorization::Absent => request.parameter("oauth_token"),
        Authorization::Basic(_) | Authorization::Other => return Err(Refusal::BAD_TOKEN),
    };
    let token = token.ok_or(Refusal::NO_TOKEN)?;
    match org.session(&token) {
        Some(_) => Ok(()),
        None => Err(Refusal::BAD_TOKEN),
    }
}

/// The answer in the format that is asked for, which is JSON.
fn formatted(request: &Request, told: &Value) -> Answer {
    let parameter = request.parameter("format");
    match Format::asked(request, parameter.as_deref()) {
        Ok(None | Some(Format::Json)) => match request.parameter("callback") {
            Some(function) if jsonp::is_function(&function) => Answer::script(&function, told),
            _ => Answer::json(StatusCode::OK, told),
        },
        Ok(Some(Format::Xml)) => ApiError::no_such_format("XML").into(),
        Ok(Some(Format::UrlEncoded)) => ApiError::no_such_format("forms").into(),
        Err(()) => ApiError::no_such_format("this format").into(),
    }
}

#[cfg(test)]
mod tests;
