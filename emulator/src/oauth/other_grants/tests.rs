use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::super::tests::{FORM, HOST, org, post, refusal, request};
use super::*;

const UNKNOWN: &str = "invalid_client_id: client identifier invalid";
const WRONG: &str = "invalid_client: invalid client credentials";
const EXPIRED: &str = "invalid_grant: expired access/refresh token";

/// Forms, and what they get. The words of the first three are captured (see
/// [`Refusal`]); those about missing parameters nobody could confirm.
const FORMS: [(&str, &str); 11] = [
    (
        "grant_type=password&client_id=key&client_secret=s%26cret&username=a&password=b",
        "invalid_grant: authentication failure",
    ),
    (
        "grant_type=refresh_token&client_id=key&client_secret=s%26cret&refresh_token=5Aep",
        EXPIRED,
    ),
    (
        "grant_type=authorization_code&client_id=key&client_secret=s%26cret&code=aPrx",
        "invalid_grant: invalid authorization code",
    ),
    (
        "grant_type=refresh_token&client_id=key&refresh_token=5Aep",
        EXPIRED,
    ),
    ("grant_type=password&client_id=key", WRONG),
    ("grant_type=password&username=a", UNKNOWN),
    (
        "grant_type=refresh_token&client_id=x&refresh_token=5Aep",
        UNKNOWN,
    ),
    (
        "grant_type=refresh_token&client_id=key&client_secret=x&refresh_token=5Aep",
        WRONG,
    ),
    (
        "grant_type=refresh_token&client_id=key",
        "invalid_request: missing required parameter: refresh_token",
    ),
    (
        "grant_type=authorization_code&client_id=key&code=",
        "invalid_request: missing required parameter: code",
    ),
    (
        "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer",
        "invalid_request: missing required parameter: assertion",
    ),
];

#[test]
fn other_grants_are_refused_as_documented() {
    let org = org();
    for (form, expected) in FORMS {
        assert_eq!(refusal(&org, &post(form)), expected, "{form}");
        // The shared login hosts know these flows as well.
        let shared = request("POST", LOGIN_HOSTS[0], &[("content-type", FORM)], form);
        assert_eq!(refusal(&org, &shared), expected, "{form}");
    }
    let stats = org.stats.snapshot();
    assert_eq!(
        (stats.logins, stats.failed_logins),
        (0, 2 * FORMS.len() as u64)
    );
}

/// An unsigned JWT with these claims.
fn assertion(claims: &Value) -> String {
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}.c2ln", part(&json!({"alg": "RS256"})), part(claims))
}

/// Nobody could confirm the words about what is no assertion.
#[test]
fn an_assertion_is_looked_at_and_never_enough() {
    let org = org();
    let url = format!("https://{HOST}");
    let jwt = |iss: &str, aud: &str| assertion(&json!({"iss": iss, "aud": aud, "sub": "a@b.c"}));
    for (kind, assertion, expected) in [
        ("jwt", "x".to_owned(), "invalid_grant: invalid assertion"),
        ("saml2", "x".to_owned(), "invalid_grant: invalid assertion"),
        ("jwt", jwt("x", &url), UNKNOWN),
        ("jwt", assertion(&json!({"iss": 1})), UNKNOWN),
        (
            "jwt",
            jwt("key", "https://evil.example"),
            "invalid_grant: audience is invalid",
        ),
        (
            "jwt",
            jwt("key", "login.salesforce.com"),
            "invalid_grant: audience is invalid",
        ),
        (
            "jwt",
            jwt("key", "https://login.salesforce.com"),
            "invalid_grant: user hasn't approved this consumer",
        ),
        (
            "jwt",
            jwt("key", &url),
            "invalid_grant: user hasn't approved this consumer",
        ),
    ] {
        let grant = format!("urn:ietf:params:oauth:grant-type:{kind}-bearer");
        let form = format!("grant_type={grant}&assertion={assertion}");
        assert_eq!(refusal(&org, &post(&form)), expected, "{form}");
    }
}
