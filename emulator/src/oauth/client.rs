//! The app that a request comes from, by its consumer key and secret.
//!
//! Source: Salesforce Help, "OAuth 2.0 Client Credentials Flow for Server-to-
//! Server Integration" and "OpenID Connect Token Introspection".

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::refusal::Refusal;
use crate::org::Org;
use crate::request::{Authorization, Request};

/// The credentials in a request.
#[derive(PartialEq, Eq)]
struct Client {
    key: String,
    secret: Option<String>,
}

/// Whether a request has to have the consumer secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Secret {
    Required,
    /// A missing one is as good as the right one: apps may do without.
    IfGiven,
}

/// Refuses a request that does not come from the org's app.
pub(super) fn authenticate(org: &Org, request: &Request, secret: Secret) -> Result<(), Refusal> {
    let client = client(request)?;
    if client.key != org.credentials.consumer_key {
        return Err(Refusal::UNKNOWN_CLIENT);
    }
    let is_right = match client.secret.as_deref() {
        Some(given) => given == org.credentials.consumer_secret.expose(),
        None => secret == Secret::IfGiven,
    };
    if is_right {
        Ok(())
    } else {
        Err(Refusal::WRONG_SECRET)
    }
}

/// The credentials from the header, from the form, or from both if they agree.
fn client(request: &Request) -> Result<Client, Refusal> {
    let form = form_client(request);
    let basic = match request.authorization() {
        Authorization::Basic(encoded) => Some(basic_client(encoded).ok_or(Refusal::WRONG_SECRET)?),
        _ => None,
    };
    match (basic, form) {
        (Some(basic), Some(form)) if basic != form => Err(Refusal::WRONG_SECRET),
        (Some(client), _) | (None, Some(client)) => Ok(client),
        (None, None) => Err(Refusal::UNKNOWN_CLIENT),
    }
}

fn form_client(request: &Request) -> Option<Client> {
    let key = request.form_parameter("client_id")?;
    let secret = request.form_parameter("client_secret");
    Some(Client { key, secret })
}

fn basic_client(encoded: &str) -> Option<Client> {
    let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (key, secret) = decoded.split_once(':')?;
    Some(Client {
        key: key.to_owned(),
        secret: Some(secret.to_owned()),
    })
}
