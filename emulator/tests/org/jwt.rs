//! Tokens in JWT format.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use serde_json::{Value, json};
use sfbox_emulator::{
    Emulator, JWT_LIFETIME_MS, JwtLifetime, OrgSettings, TokenFormat, Unauthorized,
};

use crate::client::{EXPIRED, Org};

const LIMITS: &str = "/services/data/v66.0/limits";
const REFUSED: &str = r#"[{"message":"INVALID_JWT_FORMAT","errorCode":"INVALID_AUTH_HEADER"}]"#;

async fn start() -> Org {
    Org::start_with(Emulator::builder().jwt_tokens(JwtLifetime::default())).await
}

fn advance(org: &Org, seconds: u64) {
    org.emulator
        .control()
        .advance_clock(Duration::from_secs(seconds))
        .expect("a clock");
}

fn claims(token: &str) -> Value {
    let claims = token.split('.').nth(1).expect("claims");
    let json = URL_SAFE_NO_PAD.decode(claims).expect("base64url");
    serde_json::from_slice(&json).expect("JSON")
}

async fn assert_good(org: &Org, token: &str, why: &str) {
    let reply = org.send(org.get(token, LIMITS)).await;
    assert_eq!(reply.status, StatusCode::OK, "{why}");
}

async fn assert_refused(org: &Org, token: &str, why: &str) {
    let reply = org.send(org.get(token, LIMITS)).await;
    assert_eq!(
        (reply.status, reply.text()),
        (StatusCode::UNAUTHORIZED, REFUSED),
        "{why}"
    );
}

#[tokio::test]
async fn a_login_says_that_its_token_is_a_jwt() {
    let org = start().await;
    let login = org.send(org.login_request()).await.json();
    assert_eq!(login["token_format"], "jwt");
    assert_eq!(login["token_type"], "Bearer");
    assert_eq!(login["expires_in"], Value::Null);
    let token = login["access_token"].as_str().expect("a token");
    let claims = claims(token);
    assert_eq!(claims["iss"], login["instance_url"]);
    assert_eq!(
        claims["client_id"],
        org.emulator.credentials().consumer_key.as_str()
    );
    let lifetime =
        claims["exp"].as_u64().expect("a time") - claims["iat"].as_u64().expect("a time");
    assert_eq!(lifetime, JWT_LIFETIME_MS / 1_000);
    assert_good(&org, token, "fresh").await;
    let soql = "SELECT Id FROM Account";
    assert_eq!(org.query(token, soql).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_jwt_ends_when_it_says_whatever_its_use() {
    // Half an hour is longer than this timeout, which is not the JWT's.
    let builder = Emulator::builder()
        .jwt_tokens(JwtLifetime::default())
        .session_timeout(Duration::from_secs(60));
    let org = Org::start_with(builder).await;
    let token = org.log_in().await;
    let exp = claims(&token)["exp"].clone();
    for _ in 0..2 {
        advance(&org, 890);
        assert_good(&org, &token, "in time").await;
        assert_eq!(org.introspect(&token).await.json()["exp"], exp);
    }
    advance(&org, 20);
    assert_refused(&org, &token, "past its end").await;
    assert_eq!(
        org.introspect(&token).await.json(),
        json!({"active": false})
    );
    let reply = org.send(org.get(&token, "/services/oauth2/userinfo")).await;
    assert_eq!(
        (reply.status, reply.text()),
        (StatusCode::FORBIDDEN, "Bad_OAuth_Token")
    );
    assert_good(&org, &org.log_in().await, "a new one").await;
    let stats = org.emulator.control().stats();
    assert_eq!(
        (
            stats.logins,
            stats.unauthorized,
            stats.unexpected,
            stats.api_calls
        ),
        (2, 1, 0, 3)
    );
}

#[tokio::test]
async fn a_jwt_ends_by_command_too() {
    let org = start().await;
    let control = org.emulator.control();
    let token = org.log_in().await;
    assert_eq!((control.open_sessions(), control.expire_sessions()), (1, 1));
    assert_refused(&org, &token, "ended").await;
}

#[tokio::test]
async fn a_foreign_or_tampered_jwt_is_refused() {
    let org = start().await;
    let other = start().await;
    let token = org.log_in().await;
    // The same host, app and key: all but the session.
    let foreign = other.log_in().await;
    let parts: Vec<&str> = token.split('.').collect();
    let foreign_parts: Vec<&str> = foreign.split('.').collect();
    let mut longer = claims(&token);
    longer["exp"] = json!(9_999_999_999_u64);
    let longer = URL_SAFE_NO_PAD.encode(longer.to_string());
    let unsigned = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
    for (why, bad) in [
        ("another org's", foreign.clone()),
        (
            "a longer life",
            format!("{}.{longer}.{}", parts[0], parts[2]),
        ),
        (
            "another's signature",
            format!("{}.{}.{}", parts[0], parts[1], foreign_parts[2]),
        ),
        ("no signature", format!("{unsigned}.{}.x", parts[1])),
        ("one character more", format!("{token}A")),
    ] {
        assert_refused(&org, &bad, why).await;
        let told = org.introspect(&bad).await.json();
        assert_eq!(told, json!({"active": false}), "{why}");
    }
    assert_good(&org, &token, "untouched").await;
    assert_good(&other, &foreign, "at home").await;
    assert_eq!(org.emulator.control().stats().unauthorized, 5);
}

#[tokio::test]
async fn a_change_of_format_leaves_the_tokens_of_before_good() {
    let org = Org::start().await;
    let opaque = org.log_in().await;
    let change = json!({"token_format": "jwt", "jwt_lifetime_ms": 60_000});
    let settings = org.control("POST", "org", &change).await.json();
    assert_eq!(
        (&settings["token_format"], &settings["jwt_lifetime_ms"]),
        (&json!("jwt"), &json!(60_000))
    );
    let jwt = org.log_in().await;
    let longer = json!({"token_format": "opaque", "jwt_lifetime_ms": 120_000});
    org.control("POST", "org", &longer).await;
    assert_good(&org, &opaque, "opaque").await;
    assert_good(&org, &jwt, "a JWT").await;
    advance(&org, 60);
    assert_good(&org, &opaque, "opaque").await;
    assert_refused(&org, &jwt, "it ends when it said").await;
    advance(&org, 7_200);
    let reply = org.send(org.get(&opaque, LIMITS)).await;
    assert_eq!(reply.text(), EXPIRED, "each kind has its own refusal");
}

#[tokio::test]
async fn a_lifetime_out_of_range_is_not_set() {
    let org = start().await;
    for ms in [999_u64, 86_400_001] {
        let reply = org
            .control("POST", "org", &json!({"jwt_lifetime_ms": ms}))
            .await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
        let error = format!("a JWT lives from 1000 to 86400000 ms, not {ms}");
        assert_eq!(reply.json()["error"], error);
    }
    let settings = org.emulator.control().settings();
    assert_eq!(settings.jwt_lifetime_ms, JwtLifetime::default());
}

#[tokio::test]
async fn an_org_can_refuse_every_jwt_in_every_way() {
    let org = start().await;
    let control = org.emulator.control();
    for (unauthorized, error) in [
        (
            Unauthorized::SessionExpired,
            "INVALID_AUTH_HEADER: INVALID_JWT_FORMAT",
        ),
        (
            Unauthorized::NotValidForRest,
            "INVALID_SESSION_ID: This session is not valid for use with the REST API",
        ),
        (
            Unauthorized::InvalidJwtFormat,
            "INVALID_AUTH_HEADER: INVALID_JWT_FORMAT",
        ),
        (
            Unauthorized::InvalidHeaderType,
            "INVALID_AUTH_HEADER: INVALID_HEADER_TYPE",
        ),
    ] {
        control.set_settings(OrgSettings {
            refuse_all_tokens: true,
            unauthorized,
            ..control.settings()
        });
        let token = org.log_in().await;
        let reply = org.send(org.get(&token, LIMITS)).await;
        assert_eq!(
            (reply.status, reply.error().as_str()),
            (StatusCode::UNAUTHORIZED, error)
        );
    }
    assert_eq!(control.settings().token_format, TokenFormat::Jwt);
    assert_eq!(control.stats().unexpected, 0);
}
