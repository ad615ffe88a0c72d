//! `/__emulator/`.

use http::StatusCode;
use serde_json::{Value, json};
use sfbox_emulator::Stats;

use crate::client::{Org, with};

/// A browser sends a page's requests to loopback, too, under any name.
#[tokio::test]
async fn pages_of_others_control_nothing() {
    let org = Org::start().await;
    org.log_in().await;
    let expire = |authority: &str, origin: Option<&str>| {
        let mut request = org.request("POST", "/__emulator/expire-sessions");
        let uri = format!("https://{authority}/__emulator/expire-sessions");
        *request.uri_mut() = uri.parse().expect("a URI");
        match origin {
            Some(origin) => with(request, "origin", origin),
            None => request,
        }
    };
    let own = org.emulator.host();
    for (authority, origin, status) in [
        ("evil.example", None, StatusCode::MISDIRECTED_REQUEST),
        (own, Some("https://evil.example"), StatusCode::FORBIDDEN),
        (own, Some("null"), StatusCode::FORBIDDEN),
        (
            "127.0.0.1",
            Some("https://127.0.0.1:1"),
            StatusCode::FORBIDDEN,
        ),
    ] {
        let reply = org.send(expire(authority, origin)).await;
        assert_eq!(reply.status, status, "{authority} {origin:?}");
        assert_eq!(org.emulator.control().open_sessions(), 1);
    }
    let address = org.emulator.address();
    let reply = org
        .send(expire("127.0.0.1", Some(&format!("https://{address}"))))
        .await;
    assert_eq!(reply.json(), json!({"expired": 1}));
}

#[tokio::test]
async fn http_does_what_the_handle_does() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let nothing = Value::Null;
    assert_eq!(
        org.control("GET", "sessions", &nothing).await.json(),
        json!({"open": 1})
    );
    assert_eq!(
        org.control("POST", "expire-sessions", &nothing)
            .await
            .json(),
        json!({"expired": 1})
    );
    assert_eq!(
        org.query(&token, "SELECT Id FROM User").await.status,
        StatusCode::UNAUTHORIZED
    );
    let settings = org
        .control("POST", "org", &json!({"run_as_user": false}))
        .await
        .json();
    assert_eq!(settings["run_as_user"], false);
    assert_eq!(org.control("GET", "org", &nothing).await.json(), settings);
    assert_eq!(
        org.send(org.login_request()).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        org.control("POST", "clock", &json!({"advance_ms": 1_000}))
            .await
            .status,
        StatusCode::OK
    );
    let seed = json!({"object": "Account", "rows": [{"Name": "Zimt"}]});
    let ids = org.control("POST", "seed", &seed).await.json();
    assert_eq!(ids["ids"].as_array().map(Vec::len), Some(1));
    let fault = json!([{"route": "token", "effect": {"answer": {"status": 500}}}]);
    assert_eq!(
        org.control("POST", "faults", &fault).await.status,
        StatusCode::OK
    );
    assert_eq!(
        org.send(org.login_request()).await.status,
        StatusCode::INTERNAL_SERVER_ERROR
    );
    assert_eq!(
        org.control("DELETE", "faults", &nothing).await.status,
        StatusCode::OK
    );
    assert_eq!(
        org.control("POST", "release", &nothing).await.json(),
        json!({"released": 0})
    );
    let stats: Stats =
        serde_json::from_value(org.control("GET", "stats", &nothing).await.json()).expect("stats");
    assert_eq!(
        (stats.logins, stats.failed_logins, stats.unauthorized),
        (1, 1, 1)
    );
    assert_eq!(
        stats.requests.values().sum::<u64>(),
        4,
        "control is not counted"
    );
}

#[tokio::test]
async fn a_reset_makes_everything_as_it_was() {
    let org = Org::start().await;
    let token = org.log_in().await;
    for (endpoint, body) in [
        ("org", json!({"logins_per_hour": 0})),
        ("faults", json!([{"route": "query", "effect": "cut"}])),
        (
            "seed",
            json!({"object": "Account", "rows": [{"Name": "Zimt"}]}),
        ),
        ("clock", json!({"advance_ms": 3_600_000})),
    ] {
        assert_eq!(
            org.control("POST", endpoint, &body).await.status,
            StatusCode::OK,
            "{endpoint}"
        );
    }
    assert_eq!(
        org.control("POST", "reset", &Value::Null).await.status,
        StatusCode::OK
    );
    assert_eq!(
        org.query(&token, "SELECT Id FROM User").await.status,
        StatusCode::UNAUTHORIZED
    );
    let token = org.log_in().await;
    assert_eq!(
        org.query(&token, "SELECT COUNT() FROM Account")
            .await
            .json()["totalSize"],
        50
    );
    let stats = org.emulator.control().stats();
    assert_eq!((stats.logins, stats.unauthorized), (1, 1));
}

#[tokio::test]
async fn unexpected_input_is_told_what_was_expected() {
    let org = Org::start().await;
    for (endpoint, body, words) in [
        (
            "org",
            json!({"run_as": true}),
            "expected one of `run_as_user`",
        ),
        ("org", json!([]), "expected"),
        (
            "faults",
            json!([{"route": "querry", "effect": "cut"}]),
            "did not match",
        ),
        (
            "faults",
            json!([{"route": "query", "effect": "explode"}]),
            "expected one of `answer`",
        ),
        (
            "faults",
            json!({"route": "query", "effect": "cut"}),
            "expected a sequence",
        ),
        (
            "faults",
            json!([{"route": "query", "effect": {"answer": {"status": 99}}}]),
            "from 200 to 599",
        ),
        ("locks", json!([{"record": {"id": "x"}}]), "not the id"),
        ("locks", json!([{"record": {}}]), "did not match"),
        (
            "duplicate-rules",
            json!([{"object": "Account", "field": "Foo"}]),
            "has no field",
        ),
        (
            "duplicate-rules",
            json!([{"object": "Account", "field": "Name", "action": "warn"}]),
            "expected `alert` or `block`",
        ),
        ("idempotency-keys", json!(["x"]), "not a UUID"),
        ("clock", json!({"advance_ms": -1}), "expected u64"),
        ("clock", json!({"advance_ms": u64::MAX}), "at most"),
        ("seed", json!({"object": "Account"}), "missing field `rows`"),
    ] {
        let reply = org.control("POST", endpoint, &body).await;
        let error = reply.json()["error"].as_str().expect("an error").to_owned();
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{endpoint}");
        assert!(error.contains(words), "{endpoint}: {error}");
    }
    assert_eq!(
        org.control("GET", "nowhere", &Value::Null).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        org.control("PUT", "stats", &Value::Null).await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
}
