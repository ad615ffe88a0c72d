//! What the door answers to a login: the key itself, as a token that is worth something at
//! this door alone. Pure.
//!
//! Source of the members: Salesforce Help, "OAuth 2.0 Client Credentials Flow for
//! Server-to-Server Integration".

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use jiff::Timestamp;
use ring::hmac;
use serde::Serialize;

#[derive(Serialize)]
struct Grant<'a> {
    access_token: &'a str,
    signature: String,
    scope: &'static str,
    instance_url: &'a str,
    id: &'a str,
    token_type: &'static str,
    issued_at: String,
}

/// The answer to the login of a key, at a door of this URL, for a user whose identity is at
/// `id`.
pub(crate) fn response(key: &str, door: &str, id: &str, now: Timestamp) -> http::Response<Bytes> {
    let issued_at = now.as_millisecond().to_string();
    let grant = Grant {
        access_token: key,
        // As Salesforce signs it: by the client's secret, which is the key.
        signature: sign(key, id, &issued_at),
        scope: "api",
        instance_url: door,
        id,
        token_type: "Bearer",
        issued_at,
    };
    // Texts always have a form in JSON.
    let body = serde_json::to_vec(&grant).unwrap_or_default();
    let mut response = http::Response::new(Bytes::from(body));
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/json;charset=UTF-8"),
    );
    // RFC 6749, section 5.1.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Base64 of HMAC-SHA256, keyed with the client's secret, over id and time.
fn sign(secret: &str, id: &str, issued_at: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    BASE64_STANDARD.encode(hmac::sign(&key, format!("{id}{issued_at}").as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_answered_with_the_key_and_the_door() {
        let id = "https://localhost:8443/id/00D/005";
        let response = response("k", "https://localhost:8443", id, Timestamp::UNIX_EPOCH);
        assert_eq!(response.headers()["cache-control"], "no-store");
        let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(body["access_token"], "k");
        assert_eq!(body["instance_url"], "https://localhost:8443");
        assert_eq!(body["id"], id);
        assert_eq!(body["token_type"], "Bearer");
        assert_eq!(body["issued_at"], "0");
        assert_eq!(body["signature"], sign("k", id, "0"));
    }
}
