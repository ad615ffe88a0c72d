//! OAuth: the token endpoint, which is the client credentials flow, and
//! introspection.
//!
//! Source: Salesforce Help, "OAuth 2.0 Client Credentials Flow for Server-to-
//! Server Integration".

mod client;
mod introspection;
mod refusal;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{Method, StatusCode};
use ring::hmac;
use serde::Serialize;

use crate::answer::Answer;
use crate::names::LOGIN_HOSTS;
use crate::org::{Org, SCOPE};
use crate::request::Request;
use crate::settings::TokenFormat;
use refusal::Refusal;

pub(crate) use introspection::introspect;

/// What the token endpoint answers to a login that worked.
#[derive(Serialize)]
struct Granted<'a> {
    access_token: &'a str,
    signature: &'a str,
    scope: &'static str,
    instance_url: &'a str,
    id: &'a str,
    token_type: &'static str,
    issued_at: &'a str,
    token_format: TokenFormat,
}

/// Answers a request to the token endpoint.
pub(crate) fn token(org: &Org, request: &Request) -> Answer {
    match grant(org, request) {
        Ok(answer) => answer,
        Err(refusal) => {
            org.stats.record(|stats| stats.failed_logins += 1);
            refusal.into()
        }
    }
}

fn grant(org: &Org, request: &Request) -> Result<Answer, Refusal> {
    if LOGIN_HOSTS.contains(&request.host()) {
        return Err(Refusal::WRONG_DOMAIN);
    }
    check_form(request)?;
    client::authenticate(org, request)?;
    let now_ms = org.clock.now_ms();
    let instance_url = {
        let mut state = org.state();
        if !state.settings.run_as_user {
            return Err(Refusal::NO_USER);
        }
        let limit = state.settings.logins_per_hour;
        if !state.logins.admit(now_ms, limit) {
            return Err(Refusal::TOO_MANY);
        }
        state
            .settings
            .instance_url
            .clone()
            .unwrap_or_else(|| org.names.url(request.asked()).into_owned())
    };
    let Ok((access_token, token_format)) = org.open_session() else {
        return Ok(Answer::text(StatusCode::INTERNAL_SERVER_ERROR, "no randomness").unexpected());
    };
    org.stats.record(|stats| stats.logins += 1);
    let id = identity_url(org, request);
    let issued_at = now_ms.to_string();
    Ok(Answer::json(
        StatusCode::OK,
        &Granted {
            access_token: &access_token,
            signature: &sign(org.credentials.consumer_secret.expose(), &id, &issued_at),
            scope: SCOPE,
            instance_url: &instance_url,
            id: &id,
            token_type: "Bearer",
            issued_at: &issued_at,
            token_format,
        },
    ))
}

/// The URL that names org and user, where a client that sends its token there finds out
/// who it is.
///
/// At Salesforce it is below `https://login.salesforce.com`. Here it is below the URL that
/// the client asked by: at the real login host nobody knows this org's tokens, and they are
/// nobody's business.
pub(crate) fn identity_url(org: &Org, request: &Request) -> String {
    let url = org.names.url(request.asked());
    format!("{url}/id/{}/{}", org.id, org.user)
}

fn check_form(request: &Request) -> Result<(), Refusal> {
    // A GET is what becomes of a POST that was redirected.
    if request.method != Method::POST {
        return Err(Refusal::OTHER_GRANT_TYPE);
    }
    // A body of another type has no parameters.
    let grant_type = if request.is_form() {
        request.form_parameter("grant_type")
    } else {
        None
    };
    match grant_type.as_deref() {
        None | Some("") => return Err(Refusal::NO_GRANT_TYPE),
        Some("client_credentials") => {}
        Some(_) => return Err(Refusal::OTHER_GRANT_TYPE),
    }
    match request.form_parameter("format").as_deref() {
        None | Some("json") => Ok(()),
        Some(_) => Err(Refusal::OTHER_FORMAT),
    }
}

/// Base64 of HMAC-SHA256, keyed with the consumer secret, over id and time.
fn sign(secret: &str, id: &str, issued_at: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    STANDARD.encode(hmac::sign(&key, format!("{id}{issued_at}").as_bytes()))
}

#[cfg(test)]
mod tests;
