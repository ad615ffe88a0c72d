//! The introspection endpoint: what there is to know of a token, above all
//! when it ends.
//!
//! Source: Salesforce Help, "OpenID Connect Token Introspection", and RFC 7662.

use http::{Method, StatusCode};
use serde::Serialize;
use serde_json::json;

use super::client::Secret;
use super::refusal::Refusal;
use super::{client, identity_url};
use crate::answer::Answer;
use crate::format::Format;
use crate::names::LOGIN_HOSTS;
use crate::org::{Org, SCOPE, USERNAME};
use crate::request::Request;
use crate::session::Lifespan;

/// What the endpoint answers of a token whose session lives.
#[derive(Serialize)]
struct Active<'a> {
    active: bool,
    scope: &'static str,
    client_id: &'a str,
    username: &'static str,
    sub: &'a str,
    token_type: &'static str,
    /// The first second without the session, if nothing prolongs it. Like the
    /// others in seconds since 1970, and rounded down: what ends within a
    /// second is said to end at its beginning.
    exp: i64,
    iat: i64,
    nbf: i64,
}

/// Answers a request to the introspection endpoint. It counts neither as a
/// login nor as a call of the API, and prolongs no session.
pub(crate) fn introspect(org: &Org, request: &Request) -> Answer {
    match asked(org, request) {
        Ok(token) => match org.lifespan(&token) {
            Some(lifespan) => active(org, request, lifespan),
            // The same for a token that has ended, is another's or never was,
            // so that nobody can find out which. Source: RFC 7662, section 2.2.
            None => Answer::json(StatusCode::OK, &json!({"active": false})),
        },
        Err(refusal) => refusal.answer(Format::Json),
    }
}

/// The token that is asked about, if the request is one that is answered.
fn asked(org: &Org, request: &Request) -> Result<String, Refusal> {
    if LOGIN_HOSTS.contains(&request.host()) {
        return Err(Refusal::WRONG_DOMAIN);
    }
    let token = token(request)?;
    client::authenticate(org, request, Secret::Required)?;
    if !org.state().settings.introspection {
        return Err(Refusal::NO_INTROSPECTION);
    }
    Ok(token)
}

/// The parameter `token`. `token_type_hint` is only a hint: a token is found
/// with any, or none. Source: RFC 7662, section 2.1.
fn token(request: &Request) -> Result<String, Refusal> {
    // Neither another method nor a body of another type has parameters: a
    // token has no place in a URL, which ends up in logs.
    let has_form = request.method == Method::POST && request.is_form();
    has_form
        .then(|| request.form_parameter("token"))
        .flatten()
        .filter(|token| !token.is_empty())
        .ok_or(Refusal::NO_TOKEN)
}

fn active(org: &Org, request: &Request, lifespan: Lifespan) -> Answer {
    let opened_s = lifespan.opened_ms.div_euclid(1_000);
    Answer::json(
        StatusCode::OK,
        &Active {
            active: true,
            scope: SCOPE,
            client_id: &org.credentials.consumer_key,
            username: USERNAME,
            sub: &identity_url(org, request),
            token_type: "access_token",
            exp: lifespan.end_ms.div_euclid(1_000),
            iat: opened_s,
            nbf: opened_s,
        },
    )
}

#[cfg(test)]
mod tests;
