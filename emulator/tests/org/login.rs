//! Logins and sessions.

use std::time::Duration;

use http::StatusCode;
use sfbox_emulator::{Emulator, OrgSettings, Unauthorized};

use crate::client::{EXPIRED, Org, with};

const LIMITS: &str = "/services/data/v66.0/limits";

#[tokio::test]
async fn a_login_opens_a_session_that_calls_can_use() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let reply = org.send(org.get(&token, LIMITS)).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.header("sforce-limit-info"), "api-usage=1/100000");
    assert_eq!(reply.json()["DailyApiRequests"]["Remaining"], 99_999);
    assert_eq!(
        reply.header("x-request-id"),
        reply.header("x-sfdc-request-id")
    );
    assert_eq!(reply.header("x-request-id").len(), 32);
    let older = with(
        org.request("GET", LIMITS),
        "authorization",
        &format!("OAuth {token}"),
    );
    assert_eq!(org.send(older).await.status, StatusCode::OK);
    let stats = org.emulator.control().stats();
    assert_eq!(
        (
            stats.logins,
            stats.failed_logins,
            stats.unauthorized,
            stats.unexpected
        ),
        (1, 0, 0, 0)
    );
}

#[tokio::test]
async fn a_login_without_a_length_is_refused_where_one_is_required() {
    let org = Org::start_with(Emulator::builder().body_length_required()).await;
    let mut http1 = org.connect_http1().await.expect("a connection");
    let chunked = with(org.login_request(), "transfer-encoding", "chunked");
    let reply = http1.send(chunked).await.expect("a reply");
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert_eq!(reply.json()["error"], "invalid_request", "{}", reply.text());
    let stats = org.emulator.control().stats();
    assert_eq!((stats.logins, stats.unexpected), (0, 1));
    // Both protocols tell a known length.
    org.log_in().await;
    let reply = http1.send(org.login_request()).await.expect("a reply");
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
}

#[tokio::test]
async fn a_login_in_chunks_is_accepted_unless_a_length_is_required() {
    let org = Org::start().await;
    let mut http1 = org.connect_http1().await.expect("a connection");
    let chunked = with(org.login_request(), "transfer-encoding", "chunked");
    let reply = http1.send(chunked).await.expect("a reply");
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
}

#[tokio::test]
async fn a_call_without_a_session_is_refused() {
    let org = Org::start().await;
    for request in [org.request("GET", LIMITS), org.get("made-up", LIMITS)] {
        let reply = org.send(request).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
        assert_eq!(reply.text(), EXPIRED);
        assert_eq!(reply.header("www-authenticate"), "Token");
    }
    let reply = org
        .send(with(
            org.request("GET", LIMITS),
            "authorization",
            "Basic eDp5",
        ))
        .await;
    assert_eq!(
        (reply.status, reply.error().as_str()),
        (
            StatusCode::UNAUTHORIZED,
            "INVALID_AUTH_HEADER: INVALID_HEADER_TYPE"
        )
    );
    let stats = org.emulator.control().stats();
    assert_eq!(
        (stats.unauthorized, stats.unexpected, stats.api_calls),
        (3, 1, 0)
    );
}

#[tokio::test]
async fn a_session_ends_by_command_and_by_idling() {
    let org = Org::start_with(Emulator::builder().session_timeout(Duration::from_secs(900))).await;
    let control = org.emulator.control();
    let token = org.log_in().await;
    assert_eq!(
        (
            control.open_sessions(),
            control.expire_sessions(),
            control.open_sessions()
        ),
        (1, 1, 0)
    );
    assert_eq!(org.send(org.get(&token, LIMITS)).await.text(), EXPIRED);

    let token = org.log_in().await;
    control
        .advance_clock(Duration::from_secs(890))
        .expect("a clock");
    assert_eq!(
        org.send(org.get(&token, LIMITS)).await.status,
        StatusCode::OK
    );
    control
        .advance_clock(Duration::from_secs(890))
        .expect("a clock");
    assert_eq!(
        org.send(org.get(&token, LIMITS)).await.status,
        StatusCode::OK,
        "use prolongs it"
    );
    control
        .advance_clock(Duration::from_secs(901))
        .expect("a clock");
    assert_eq!(org.send(org.get(&token, LIMITS)).await.text(), EXPIRED);
}

#[tokio::test]
async fn an_org_can_refuse_every_token_in_every_way() {
    let org = Org::start().await;
    let control = org.emulator.control();
    for (unauthorized, error) in [
        (
            Unauthorized::SessionExpired,
            "INVALID_SESSION_ID: Session expired or invalid",
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
    assert_eq!(control.stats().unexpected, 0);
}

#[tokio::test]
async fn an_org_can_claim_to_live_elsewhere() {
    let org = Org::start().await;
    let control = org.emulator.control();
    let instance_url = Some("https://evil.example/".to_owned());
    control.set_settings(OrgSettings {
        instance_url,
        ..control.settings()
    });
    let reply = org.send(org.login_request()).await;
    assert_eq!(reply.json()["instance_url"], "https://evil.example/");
}

#[tokio::test]
async fn a_bad_token_gets_plain_text_from_the_identity_service() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let reply = org.send(org.get(&token, "/services/oauth2/userinfo")).await;
    let user = reply.json();
    let path = format!(
        "/id/{}/{}",
        user["organization_id"].as_str().expect("an id"),
        user["user_id"].as_str().expect("an id")
    );
    assert_eq!(
        org.send(org.get(&token, &path)).await.status,
        StatusCode::OK
    );
    assert_eq!(
        org.send(org.get(&token, "/id/00D/005")).await.status,
        StatusCode::NOT_FOUND
    );
    for path in [path.as_str(), "/services/oauth2/userinfo"] {
        let reply = org.send(org.get("bad", path)).await;
        assert_eq!(
            (reply.status, reply.text()),
            (StatusCode::FORBIDDEN, "Bad_OAuth_Token")
        );
    }
}

#[tokio::test]
async fn a_wrong_login_is_counted_as_failed() {
    let org = Org::start().await;
    let request = org
        .login_request()
        .map(|_| "grant_type=client_credentials&client_id=x&client_secret=y".into());
    let reply = org.send(request).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        reply.text(),
        r#"{"error":"invalid_client_id","error_description":"client identifier invalid"}"#
    );
    let stats = org.emulator.control().stats();
    assert_eq!(
        (stats.logins, stats.failed_logins, stats.unexpected),
        (0, 1, 0)
    );
}
