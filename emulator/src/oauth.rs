//! OAuth: the token endpoint, where the client credentials flow works and every
//! other is refused, introspection, revocation, and where all of it is.
//!
//! Source: Salesforce Help, "OAuth 2.0 Client Credentials Flow for Server-to-
//! Server Integration".

mod client;
mod discovery;
mod introspection;
mod other_grants;
mod refusal;
mod revocation;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{Method, StatusCode};
use ring::hmac;
use serde::Serialize;

use crate::answer::Answer;
use crate::format::Format;
use crate::names::LOGIN_HOSTS;
use crate::org::{Org, SCOPE};
use crate::request::Request;
use crate::settings::TokenFormat;
use client::Secret;
use refusal::Refusal;

pub(crate) use discovery::discovery;
pub(crate) use introspection::introspect;
pub(crate) use revocation::revoke;

/// What the token endpoint answers to a login that worked.
#[derive(Serialize)]
struct Granted {
    access_token: String,
    signature: String,
    scope: &'static str,
    instance_url: String,
    id: String,
    token_type: &'static str,
    issued_at: String,
    token_format: TokenFormat,
}

/// Answers a request to the token endpoint.
pub(crate) fn token(org: &Org, request: &Request) -> Answer {
    let format = format(request);
    let granted = format.and_then(|_| grant(org, request));
    match granted {
        Ok(granted) => granted.answer(format.unwrap_or(Format::Json)),
        Err(refusal) => {
            org.stats.record(|stats| stats.failed_logins += 1);
            refusal.answer(format.unwrap_or(Format::Json))
        }
    }
}

/// The format in which the answer is asked for: JSON or a form.
fn format(request: &Request) -> Result<Format, Refusal> {
    let parameter = request.form_parameter("format");
    match Format::asked(request, parameter.as_deref()) {
        Ok(None | Some(Format::Json)) => Ok(Format::Json),
        Ok(Some(Format::UrlEncoded)) => Ok(Format::UrlEncoded),
        Ok(Some(Format::Xml)) | Err(()) => Err(Refusal::OTHER_FORMAT),
    }
}

fn grant(org: &Org, request: &Request) -> Result<Granted, Refusal> {
    match grant_type(request)?.as_str() {
        "client_credentials" => client_credentials(org, request),
        other => Err(other_grants::refusal(org, request, other)),
    }
}

fn grant_type(request: &Request) -> Result<String, Refusal> {
    // A GET is what becomes of a POST that was redirected.
    if request.method != Method::POST {
        return Err(Refusal::OTHER_GRANT_TYPE);
    }
    // A body of another type has no parameters.
    let parameter = |name| {
        let value = request.is_form().then(|| request.form_parameter(name));
        value.flatten().filter(|value| !value.is_empty())
    };
    // The device flow begins without a grant.
    let missing = match parameter("response_type") {
        Some(_) => Refusal::OTHER_RESPONSE_TYPE,
        None => Refusal::NO_GRANT_TYPE,
    };
    parameter("grant_type").ok_or(missing)
}

fn client_credentials(org: &Org, request: &Request) -> Result<Granted, Refusal> {
    if LOGIN_HOSTS.contains(&request.host()) {
        return Err(Refusal::WRONG_DOMAIN);
    }
    client::authenticate(org, request, Secret::Required)?;
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
    let (access_token, token_format) = org.open_session().map_err(|_| Refusal::NO_RANDOMNESS)?;
    org.stats.record(|stats| stats.logins += 1);
    let id = identity_url(org, request);
    let issued_at = now_ms.to_string();
    Ok(Granted {
        signature: sign(org.credentials.consumer_secret.expose(), &id, &issued_at),
        access_token,
        scope: SCOPE,
        instance_url,
        id,
        token_type: "Bearer",
        issued_at,
        token_format,
    })
}

impl Granted {
    fn answer(&self, format: Format) -> Answer {
        match format {
            Format::UrlEncoded => Answer::form(StatusCode::OK, self),
            Format::Json | Format::Xml => Answer::json(StatusCode::OK, self),
        }
    }
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

/// Base64 of HMAC-SHA256, keyed with the consumer secret, over id and time.
fn sign(secret: &str, id: &str, issued_at: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    STANDARD.encode(hmac::sign(&key, format!("{id}{issued_at}").as_bytes()))
}

#[cfg(test)]
mod tests;
