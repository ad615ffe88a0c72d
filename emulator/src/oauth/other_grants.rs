//! The grants that this org gives nobody, and what Salesforce says of them.
//!
//! Source: Salesforce Help, the page of each flow, and "OAuth 2.0 Authorization
//! Errors"; public captures, as [`Refusal`] names them.

use serde_json::Value;

use super::LOGIN_HOSTS;
use super::client::{self, Secret};
use super::refusal::Refusal;
use crate::org::Org;
use crate::request::Request;
use crate::session::jwt;

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const SAML_BEARER: &str = "urn:ietf:params:oauth:grant-type:saml2-bearer";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// Why a grant is refused.
pub(super) fn refusal(org: &Org, request: &Request, grant_type: &str) -> Refusal {
    let refused = match grant_type {
        "password" => password(org, request),
        "refresh_token" => refresh(org, request),
        "authorization_code" => code(org, request),
        JWT_BEARER => jwt_bearer(org, request),
        SAML_BEARER => assertion(request).map(|_| Refusal::INVALID_ASSERTION),
        EXCHANGE => Ok(Refusal::EXCHANGE),
        "device" => Ok(Refusal::DEVICE),
        _ => Ok(Refusal::OTHER_GRANT_TYPE),
    };
    refused.unwrap_or_else(|earlier| earlier)
}

/// The username-password flow, which new orgs block: whatever the password is.
fn password(org: &Org, request: &Request) -> Result<Refusal, Refusal> {
    client::authenticate(org, request, Secret::Required)?;
    Ok(Refusal::AUTHENTICATION_FAILURE)
}

/// A refresh token: the client credentials flow gives none, so that it is
/// another's.
fn refresh(org: &Org, request: &Request) -> Result<Refusal, Refusal> {
    client::authenticate(org, request, Secret::IfGiven)?;
    parameter(request, "refresh_token").ok_or(Refusal::NO_REFRESH_TOKEN)?;
    Ok(Refusal::EXPIRED_TOKEN)
}

/// The web server flow: no code was ever given out.
fn code(org: &Org, request: &Request) -> Result<Refusal, Refusal> {
    client::authenticate(org, request, Secret::IfGiven)?;
    parameter(request, "code").ok_or(Refusal::NO_CODE)?;
    Ok(Refusal::INVALID_CODE)
}

/// The JWT bearer flow: nobody has approved the app for any user. Its signature
/// is not looked at, because the app has no certificate.
fn jwt_bearer(org: &Org, request: &Request) -> Result<Refusal, Refusal> {
    let assertion = assertion(request)?;
    let claims = jwt::claims(&assertion).ok_or(Refusal::INVALID_ASSERTION)?;
    let claim = |name: &str| claims.get(name).and_then(Value::as_str);
    if claim("iss") != Some(org.credentials.consumer_key.as_str()) {
        return Err(Refusal::UNKNOWN_CLIENT);
    }
    let is_login = |aud: &str| {
        let host = aud.strip_prefix("https://").unwrap_or_default();
        LOGIN_HOSTS.contains(&host)
    };
    if !claim("aud").is_some_and(|aud| aud == org.names.url(request.asked()) || is_login(aud)) {
        return Err(Refusal::WRONG_AUDIENCE);
    }
    Ok(Refusal::NOT_APPROVED)
}

fn assertion(request: &Request) -> Result<String, Refusal> {
    parameter(request, "assertion").ok_or(Refusal::NO_ASSERTION)
}

fn parameter(request: &Request, name: &str) -> Option<String> {
    let value = request.form_parameter(name);
    value.filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests;
