//! Apex: a class that answers what it is told, and anonymous code.

use http::StatusCode;
use serde_json::Value;
use sfbox_emulator::{Effect, Fault, FaultRoute, Route};

use crate::client::{EXPIRED, Org, with};

const ECHO: &str = "/services/apexrest/echo";
const ANONYMOUS: &str = "/services/data/v66.0/tooling/executeAnonymous";

#[tokio::test]
async fn the_class_answers_what_it_is_told_and_counts() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let bearer = format!("Bearer {token}");
    let refused = org.send(org.request("POST", ECHO)).await;
    assert_eq!(refused.text(), EXPIRED);
    for (method, path, body, status, answer) in [
        ("POST", "", "hello", 200, "hello"),
        (
            "GET",
            "/a/b?status=401&body=no&type=text/plain",
            "",
            401,
            "no",
        ),
        ("PUT", "/x?status=503", "busy", 503, "busy"),
        ("DELETE", "?bytes=3", "", 200, "xxx"),
        ("PATCH", "?status=204", "", 204, ""),
    ] {
        let request = with(
            org.request(method, &format!("{ECHO}{path}")),
            "authorization",
            &bearer,
        );
        let reply = org.send(request.map(|_| body.into())).await;
        assert_eq!(
            (reply.status.as_u16(), reply.text()),
            (status, answer),
            "{method} {path}"
        );
        assert_eq!(reply.header("echo-method"), method);
        assert!(!reply.header("sforce-limit-info").is_empty());
    }
    let odd = org.get(&token, &format!("{ECHO}?status=600"));
    assert_eq!(org.send(odd).await.status, StatusCode::BAD_REQUEST);
    let stats = org.emulator.control().stats();
    assert_eq!((stats.apex_executions, stats.writes[&Route::Apex]), (5, 4));
    assert_eq!((stats.api_calls, stats.requests[&Route::Apex]), (6, 7));
}

#[tokio::test]
async fn bodies_of_every_size_go_both_ways() {
    let org = Org::start().await;
    let bearer = format!("Bearer {}", org.log_in().await);
    for bytes in [0, 1, 1 << 20, 50_000_000] {
        let body: Vec<u8> = (0..bytes)
            .map(|at| u8::try_from(at % 251).expect("a byte"))
            .collect();
        let request = with(org.request("POST", ECHO), "authorization", &bearer);
        let reply = org.send(request.map(|_| body.clone().into())).await;
        assert!(reply.body == body, "{bytes} bytes");
    }
}

#[tokio::test]
async fn anonymous_code_is_a_get_that_writes() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let reply = org
        .send(org.get(&token, &format!("{ANONYMOUS}/?anonymousBody=delete%20x;")))
        .await;
    assert_eq!(
        reply.text(),
        r#"{"line":-1,"column":-1,"compiled":true,"success":true,"compileProblem":null,"exceptionStackTrace":null,"exceptionMessage":null}"#
    );
    let refused = org.send(org.get(&token, ANONYMOUS)).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    let stats = org.control("GET", "stats", &Value::Null).await.json();
    assert_eq!(stats["writes"]["execute_anonymous"], 1);
}

#[tokio::test]
async fn an_answer_can_be_cut_off_after_the_execution() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let cut = Fault {
        route: FaultRoute::Only(Route::Apex),
        skip: 0,
        count: Some(2),
        effect: Effect::CutAnswer,
    };
    org.emulator.control().faults(vec![cut]).expect("a fault");
    for (mut connection, executions) in [
        (org.connect().await.expect("HTTP/2"), 1),
        (org.connect_http1().await.expect("HTTP/1.1"), 2),
    ] {
        let request = with(
            org.request("POST", ECHO),
            "authorization",
            &format!("Bearer {token}"),
        );
        let reply = connection.send(request).await;
        assert!(reply.is_err(), "{reply:?}");
        assert_eq!(org.emulator.control().stats().apex_executions, executions);
    }
    let reply = org.send(org.get(&token, ECHO)).await;
    assert_eq!(reply.status, StatusCode::OK);
}
