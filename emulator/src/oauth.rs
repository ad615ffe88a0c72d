//! The token endpoint: the client credentials flow, and its every refusal.
//!
//! Source: Salesforce Help, "OAuth 2.0 Client Credentials Flow for Server-to-
//! Server Integration" and "OAuth 2.0 Error Codes".

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{Method, StatusCode};
use ring::hmac;
use serde::Serialize;

use crate::answer::Answer;
use crate::org::Org;
use crate::request::{Authorization, Request};

/// Hosts that every org shares, where this flow is not available.
pub(crate) const LOGIN_HOSTS: [&str; 2] = ["login.salesforce.com", "test.salesforce.com"];

/// What the endpoint answers to a refused login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
struct Refusal {
    error: &'static str,
    error_description: &'static str,
}

/// What it answers to a login that worked.
#[derive(Serialize)]
struct Granted<'a> {
    access_token: &'a str,
    signature: &'a str,
    scope: &'static str,
    instance_url: &'a str,
    id: &'a str,
    token_type: &'static str,
    issued_at: &'a str,
    token_format: &'static str,
}

/// The credentials in a request.
#[derive(PartialEq, Eq)]
struct Client {
    key: String,
    secret: String,
}

impl Refusal {
    const fn new(error: &'static str, error_description: &'static str) -> Self {
        Self {
            error,
            error_description,
        }
    }
}

const WRONG_DOMAIN: Refusal = Refusal::new("invalid_grant", "request not supported on this domain");
const NO_GRANT_TYPE: Refusal =
    Refusal::new("invalid_request", "missing required parameter: grant_type");
const OTHER_GRANT_TYPE: Refusal =
    Refusal::new("unsupported_grant_type", "grant type not supported");
/// The emulator's own: Salesforce also answers in XML and as a form.
const OTHER_FORMAT: Refusal = Refusal::new(
    "invalid_request",
    "this emulator supports only the format json",
);
const UNKNOWN_CLIENT: Refusal = Refusal::new("invalid_client_id", "client identifier invalid");
const WRONG_SECRET: Refusal = Refusal::new("invalid_client", "invalid client credentials");
const NO_USER: Refusal = Refusal::new("invalid_grant", "no client credentials user enabled");
/// The words are documented, the code is not.
const TOO_MANY: Refusal = Refusal::new("invalid_grant", "login rate exceeded");

/// Answers a request to the token endpoint.
pub(crate) fn token(org: &Org, request: &Request) -> Answer {
    match grant(org, request) {
        Ok(answer) => answer,
        Err(refusal) => {
            org.stats.record(|stats| stats.failed_logins += 1);
            let answer = Answer::json(StatusCode::BAD_REQUEST, &refusal);
            match refusal {
                NO_GRANT_TYPE | OTHER_GRANT_TYPE | OTHER_FORMAT => answer.unexpected(),
                _ => answer,
            }
        }
    }
}

fn grant(org: &Org, request: &Request) -> Result<Answer, Refusal> {
    if LOGIN_HOSTS.contains(&request.host()) {
        return Err(WRONG_DOMAIN);
    }
    check_form(request)?;
    let client = client(request)?;
    if client.key != org.credentials.consumer_key {
        return Err(UNKNOWN_CLIENT);
    }
    let secret = org.credentials.consumer_secret.expose();
    if client.secret != secret {
        return Err(WRONG_SECRET);
    }
    let now_ms = org.clock.now_ms();
    let instance_url = {
        let mut state = org.state();
        if !state.settings.run_as_user {
            return Err(NO_USER);
        }
        let limit = state.settings.logins_per_hour;
        if !state.logins.admit(now_ms, limit) {
            return Err(TOO_MANY);
        }
        state
            .settings
            .instance_url
            .clone()
            .unwrap_or_else(|| org.url.clone())
    };
    let Ok(access_token) = org.open_session() else {
        return Ok(Answer::text(StatusCode::INTERNAL_SERVER_ERROR, "no randomness").unexpected());
    };
    org.stats.record(|stats| stats.logins += 1);
    let id = identity_url(org);
    let issued_at = now_ms.to_string();
    Ok(Answer::json(
        StatusCode::OK,
        &Granted {
            access_token: &access_token,
            signature: &sign(secret, &id, &issued_at),
            scope: "api",
            instance_url: &instance_url,
            id: &id,
            token_type: "Bearer",
            issued_at: &issued_at,
            token_format: "opaque",
        },
    ))
}

/// The URL that names org and user.
pub(crate) fn identity_url(org: &Org) -> String {
    format!("https://login.salesforce.com/id/{}/{}", org.id, org.user)
}

fn check_form(request: &Request) -> Result<(), Refusal> {
    // A GET is what becomes of a POST that was redirected.
    if request.method != Method::POST {
        return Err(OTHER_GRANT_TYPE);
    }
    // A body of another type has no parameters.
    let grant_type = if request.is_form() {
        request.form_parameter("grant_type")
    } else {
        None
    };
    match grant_type.as_deref() {
        None | Some("") => return Err(NO_GRANT_TYPE),
        Some("client_credentials") => {}
        Some(_) => return Err(OTHER_GRANT_TYPE),
    }
    match request.form_parameter("format").as_deref() {
        None | Some("json") => Ok(()),
        Some(_) => Err(OTHER_FORMAT),
    }
}

/// The credentials from the header, from the form, or from both if they agree.
fn client(request: &Request) -> Result<Client, Refusal> {
    let form = form_client(request);
    let basic = match request.authorization() {
        Authorization::Basic(encoded) => Some(basic_client(encoded).ok_or(WRONG_SECRET)?),
        _ => None,
    };
    match (basic, form) {
        (Some(basic), Some(form)) if basic != form => Err(WRONG_SECRET),
        (Some(client), _) | (None, Some(client)) => Ok(client),
        (None, None) => Err(UNKNOWN_CLIENT),
    }
}

fn form_client(request: &Request) -> Option<Client> {
    let key = request.form_parameter("client_id")?;
    let secret = request.form_parameter("client_secret").unwrap_or_default();
    Some(Client { key, secret })
}

fn basic_client(encoded: &str) -> Option<Client> {
    let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (key, secret) = decoded.split_once(':')?;
    Some(Client {
        key: key.to_owned(),
        secret: secret.to_owned(),
    })
}

/// Base64 of HMAC-SHA256, keyed with the consumer secret, over id and time.
fn sign(secret: &str, id: &str, issued_at: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    STANDARD.encode(hmac::sign(&key, format!("{id}{issued_at}").as_bytes()))
}

#[cfg(test)]
mod tests;
