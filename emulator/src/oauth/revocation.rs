//! The revocation endpoint: the end of a session by its token.
//!
//! Source: Mobile SDK Development Guide, "Revoking OAuth Tokens"; Salesforce
//! Developers Blog, "Revoking OAuth 2.0 Access Tokens and Refresh Tokens", for
//! GET and JSONP. An error is written as a form, as omniphx/forrest, issue 213,
//! and jsforce show it.

use http::{Method, StatusCode};
use serde_json::json;

use super::refusal::Refusal;
use crate::answer::Answer;
use crate::format::{self, Format};
use crate::jsonp;
use crate::org::Org;
use crate::request::Request;

/// Answers a request to the revocation endpoint. It needs nothing but the token,
/// and counts neither as a login nor as a call of the API.
pub(crate) fn revoke(org: &Org, request: &Request) -> Answer {
    let revoked = revoked(org, request);
    // What is no name would be a script of the caller's choice. What Salesforce
    // does with one is not documented.
    let callback = request.parameter("callback");
    if let Some(function) = callback.filter(|name| jsonp::is_function(name)) {
        return match revoked {
            Ok(()) => Answer::script(&function, &json!({})),
            Err(refusal) => Answer::script(&function, &refusal),
        };
    }
    let format = if format::names_json(request) {
        Format::Json
    } else {
        Format::UrlEncoded
    };
    match revoked {
        Ok(()) => Answer::empty(StatusCode::OK),
        Err(refusal) => refusal.answer(format),
    }
}

fn revoked(org: &Org, request: &Request) -> Result<(), Refusal> {
    let token = match request.method {
        Method::POST if request.is_form() => request.form_parameter("token"),
        Method::GET => request.parameter("token"),
        _ => None,
    };
    let token = token.filter(|token| !token.is_empty());
    if org.revoke(&token.ok_or(Refusal::NO_TOKEN_TYPE)?) {
        Ok(())
    } else {
        Err(Refusal::INVALID_TOKEN)
    }
}
