use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::super::tests::{FORM, HOST, basic, org, post, request};
use super::*;
use crate::error::Blame;
use crate::settings::TokenFormat;

const CLIENT: &str = "client_id=key&client_secret=s%26cret";

fn json(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).expect("JSON")
}

/// A new session's token.
fn open(org: &Org) -> String {
    org.open_session().expect("a token").0
}

/// What the endpoint says of `token`.
fn introspected(org: &Org, token: &str) -> Value {
    let answer = introspect(org, &post(&format!("token={token}&{CLIENT}")));
    assert_eq!(answer.status, StatusCode::OK);
    json(&answer)
}

fn refusal(org: &Org, request: &Request) -> (String, Blame) {
    let answer = introspect(org, request);
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let json = json(&answer);
    let member = |name: &str| json[name].as_str().expect(name).to_owned();
    let words = format!("{}: {}", member("error"), member("error_description"));
    (words, answer.blame)
}

#[test]
fn a_live_session_is_told_with_its_end() {
    let org = org();
    let before_s = org.clock.now_ms() / 1_000;
    let token = open(&org);
    let after_s = org.clock.now_ms() / 1_000;
    for request in [
        post(&format!("token={token}&{CLIENT}")),
        basic("key:s&cret", &format!("token={token}")),
        basic(
            "key:s&cret",
            &format!("token={token}&token_type_hint=access_token"),
        ),
        post(&format!(
            "token={token}&{CLIENT}&token_type_hint=refresh_token"
        )),
    ] {
        let answer = introspect(&org, &request);
        assert_eq!(
            (answer.status, answer.blame),
            (StatusCode::OK, Blame::Caller)
        );
        let json = json(&answer);
        let iat = json["iat"].as_i64().expect("a time");
        assert!((before_s..=after_s).contains(&iat));
        assert_eq!(
            json,
            json!({
                "active": true,
                "scope": "api",
                "client_id": "key",
                "username": "user@demo.example",
                "sub": identity_url(&org, &request),
                "token_type": "access_token",
                "exp": iat + 7_200,
                "iat": iat,
                "nbf": iat,
            })
        );
    }
    let stats = org.stats.snapshot();
    assert_eq!((stats.failed_logins, stats.api_calls), (0, 0));
}

#[test]
fn anything_else_is_not_active() {
    let inactive = json!({"active": false});
    let org = org();
    let other = super::super::tests::org();
    let token = open(&org);
    assert_eq!(introspected(&other, &token), inactive, "another org's");
    assert_eq!(introspected(&org, &token[1..]), inactive);
    assert_eq!(introspected(&org, &format!("{token}x")), inactive);
    assert_eq!(introspected(&org, "made-up"), inactive);
    assert_eq!(introspected(&org, &token)["active"], true);
    org.state().sessions.expire_all();
    assert_eq!(introspected(&org, &token), inactive, "ended");
}

#[test]
fn the_end_slides_with_use_and_not_with_looking() {
    let advance = |org: &Org, seconds| {
        org.clock
            .advance(Duration::from_secs(seconds))
            .expect("a clock");
    };
    let exp = |json: &Value| json["exp"].as_i64().expect("a time");
    let org = org();
    let token = open(&org);
    let first = introspected(&org, &token);
    advance(&org, 3_600);
    assert_eq!(introspected(&org, &token), first, "looking changes nothing");
    assert!(org.session(&token).is_some());
    let used = introspected(&org, &token);
    assert!(exp(&used) >= exp(&first) + 3_600, "use does");
    assert_eq!(used["iat"], first["iat"]);
    advance(&org, 7_190);
    assert_eq!(introspected(&org, &token), used);
    advance(&org, 10);
    assert_eq!(introspected(&org, &token), json!({"active": false}));
    assert!(org.session(&token).is_none());
}

#[test]
fn a_token_whose_every_use_is_refused_is_still_active() {
    let org = org();
    let token = open(&org);
    org.state().settings.refuse_all_tokens = true;
    assert_eq!(introspected(&org, &token)["active"], true);
}

#[test]
fn what_is_no_such_request_is_refused() {
    let (missing, client) = (Blame::Client, Blame::Caller);
    const MISSING: &str = "invalid_request: missing required parameter: token";
    const UNKNOWN: &str = "invalid_client_id: client identifier invalid";
    const WRONG: &str = "invalid_client: invalid client credentials";
    let org = org();
    let good = format!("token={}&{CLIENT}", open(&org));
    let json = [("content-type", "application/json")];
    let form = [("content-type", FORM)];
    for (request, words, blame) in [
        (post(CLIENT), MISSING, missing),
        (post(&format!("token=&{CLIENT}")), MISSING, missing),
        (request("POST", HOST, &json, &good), MISSING, missing),
        (request("GET", HOST, &[], ""), MISSING, missing),
        (request("PUT", HOST, &form, &good), MISSING, missing),
        (post("token=t"), UNKNOWN, client),
        (post("token=t&client_id=x&client_secret=s"), UNKNOWN, client),
        (post("token=t&client_id=key"), WRONG, client),
        (basic("key:other", "token=t"), WRONG, client),
        (basic("key:other", &good), WRONG, client),
        (
            request("POST", LOGIN_HOSTS[0], &form, &good),
            "invalid_grant: request not supported on this domain",
            client,
        ),
    ] {
        assert_eq!(refusal(&org, &request), (words.to_owned(), blame));
    }
    assert_eq!(org.stats.snapshot().failed_logins, 0, "it is no login");
}

#[test]
fn an_org_can_refuse_to_tell() {
    let org = org();
    let token = open(&org);
    org.state().settings.introspection = false;
    let words = "unauthorized_client: this app is not permitted to introspect tokens";
    assert_eq!(
        refusal(&org, &post(&format!("token={token}&{CLIENT}"))),
        (words.to_owned(), Blame::Caller)
    );
    assert!(
        org.session(&token).is_some(),
        "the token is good all the same"
    );
}

#[test]
fn a_jwt_is_told_with_the_end_that_it_tells_itself() {
    let org = org();
    org.state().settings.token_format = TokenFormat::Jwt;
    let token = open(&org);
    let claims = token.split('.').nth(1).expect("claims");
    let claims = URL_SAFE_NO_PAD.decode(claims).expect("base64url");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    let told = introspected(&org, &token);
    assert_eq!(told["active"], true);
    for name in ["exp", "iat", "client_id", "scope"] {
        assert_eq!(told[name], claims[name], "{name}");
    }
    org.clock
        .advance(Duration::from_secs(1_000))
        .expect("a clock");
    assert!(org.session(&token).is_some());
    assert_eq!(introspected(&org, &token), told, "neither use nor looking");
    org.clock
        .advance(Duration::from_secs(800))
        .expect("a clock");
    assert!(org.session(&token).is_none());
    assert_eq!(introspected(&org, &token), json!({"active": false}));
}
