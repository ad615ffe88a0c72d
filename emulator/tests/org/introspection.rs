//! What an org tells of its tokens.

use std::time::Duration;

use http::StatusCode;
use serde_json::json;
use sfbox_emulator::{CannedAnswer, Effect, Emulator, Fault, FaultRoute, Route};

use crate::client::{EXPIRED, Org};

const LIMITS: &str = "/services/data/v66.0/limits";

#[tokio::test]
async fn a_session_is_told_and_not_prolonged() {
    let org = Org::start_with(Emulator::builder().session_timeout(Duration::from_secs(900))).await;
    let control = org.emulator.control();
    let token = org.log_in().await;
    let reply = org.introspect(&token).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(
        reply.header("content-type"),
        "application/json;charset=UTF-8"
    );
    assert_eq!(reply.header("sforce-limit-info"), "", "no call of the API");
    let first = reply.json();
    let seconds = |name: &str| first[name].as_i64().expect(name);
    assert_eq!(first["active"], true);
    assert_eq!(seconds("exp") - seconds("iat"), 900);
    control
        .advance_clock(Duration::from_secs(890))
        .expect("a clock");
    assert_eq!(org.introspect(&token).await.json(), first);
    control
        .advance_clock(Duration::from_secs(10))
        .expect("a clock");
    assert_eq!(
        org.introspect(&token).await.json(),
        json!({"active": false})
    );
    assert_eq!(org.send(org.get(&token, LIMITS)).await.text(), EXPIRED);
    let stats = control.stats();
    assert_eq!(stats.requests[&Route::Introspect], 3);
    assert_eq!(
        (
            stats.api_calls,
            stats.logins,
            stats.failed_logins,
            stats.unauthorized,
            stats.unexpected
        ),
        (0, 1, 0, 1, 0)
    );
}

#[tokio::test]
async fn an_org_can_start_by_telling_nothing_and_be_told_otherwise() {
    let org = Org::start_with(Emulator::builder().introspection_refused()).await;
    let token = org.log_in().await;
    let reply = org.introspect(&token).await;
    assert_eq!(
        (reply.status, reply.json()["error"].as_str()),
        (StatusCode::BAD_REQUEST, Some("unauthorized_client"))
    );
    let settings = org
        .control("POST", "org", &json!({"introspection": true}))
        .await
        .json();
    assert_eq!(settings["introspection"], true);
    assert_eq!(org.introspect(&token).await.json()["active"], true);
}

#[tokio::test]
async fn a_fault_strikes_introspection_alone() {
    let org = Org::start().await;
    let answer = CannedAnswer {
        status: 503,
        headers: Vec::new(),
        body: String::new(),
    };
    let fault = Fault {
        route: FaultRoute::Only(Route::Introspect),
        skip: 0,
        count: Some(1),
        effect: Effect::Answer(answer),
    };
    org.emulator.control().faults(vec![fault]).expect("a fault");
    let token = org.log_in().await;
    assert_eq!(
        org.introspect(&token).await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(org.introspect(&token).await.status, StatusCode::OK);
    let fault = json!([{"route": "introspect", "effect": "cut"}]);
    assert_eq!(
        org.control("POST", "faults", &fault).await.status,
        StatusCode::OK
    );
}
