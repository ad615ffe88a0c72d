//! Which resource answers what, and what is checked first.

use http::StatusCode;
use serde_json::{Value, json};
use sfbox_emulator::Route;

use crate::client::{EXPIRED, Org, with};

const NOT_FOUND: &str = "NOT_FOUND: The requested resource does not exist";
const NOT_ALLOWED: &str =
    "METHOD_NOT_ALLOWED: HTTP Method 'POST' not allowed. Allowed are GET,HEAD";

#[tokio::test]
async fn a_version_lists_its_resources() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let list = org.send(org.get(&token, "/services/data/v60.0")).await;
    let host = org.emulator.host();
    let user = org
        .send(org.get(&token, "/services/oauth2/userinfo"))
        .await
        .json();
    let id = |name: &str| user[name].as_str().expect("an id").to_owned();
    let (org_id, user_id) = (id("organization_id"), id("user_id"));
    let list = list.json();
    assert_eq!(
        list["identity"],
        format!("https://{host}/id/{org_id}/{user_id}")
    );
    // Names of the guide, of which the emulator serves some, and what it serves.
    for name in [
        "tooling",
        "search",
        "sobjects",
        "jobs",
        "limits",
        "graphql",
        "async-queries",
    ] {
        assert_eq!(list[name], format!("/services/data/v60.0/{name}"), "{name}");
    }
    assert_eq!(list.as_object().map(|list| list.len()), Some(48));
    let path = format!("/id/{org_id}/{user_id}");
    let identity = org.send(org.get(&token, &path)).await.json();
    assert_eq!(identity["user_id"], user["user_id"]);
    let reply = org.send(org.get(&token, &format!("{path}0"))).await;
    assert_eq!((reply.status.as_u16(), reply.text()), (404, "Bad_Id"));
}

/// A session comes first, then the path, then the method.
#[tokio::test]
async fn what_is_wrong_is_told_in_one_order() {
    let org = Org::start().await;
    let token = org.log_in().await;
    for (method, path, without, with_session) in [
        ("POST", "/services/data/v66.0/limits", None, NOT_ALLOWED),
        ("POST", "/services/data/v66.0/nothing", None, NOT_FOUND),
        ("GET", "/services/data/v66.0//limits", None, NOT_FOUND),
        ("GET", "/services/data/v66.0/%6Cimits", None, NOT_FOUND),
        (
            "GET",
            "/services/data/v66.0/query//",
            None,
            "INVALID_QUERY_LOCATOR: invalid query locator",
        ),
        (
            "GET",
            "/services/data/V66.0/limits",
            Some(NOT_FOUND),
            NOT_FOUND,
        ),
        ("POST", "/services/data", Some(NOT_ALLOWED), NOT_ALLOWED),
        ("POST", "/services/data//", Some(NOT_FOUND), NOT_FOUND),
    ] {
        let request = || org.request(method, path);
        let reply = org.send(request()).await;
        match without {
            Some(error) => assert_eq!(reply.error(), error, "{method} {path}"),
            None => assert_eq!(reply.text(), EXPIRED, "{method} {path}"),
        }
        let bearer = format!("Bearer {token}");
        let reply = org.send(with(request(), "authorization", &bearer)).await;
        assert_eq!(reply.error(), with_session, "{method} {path}");
        let is_counted = !reply.header("sforce-limit-info").is_empty();
        assert_eq!(is_counted, without.is_none(), "{method} {path}");
        let is_refused = reply.status == StatusCode::METHOD_NOT_ALLOWED;
        let allowed = if is_refused { "GET, HEAD" } else { "" };
        assert_eq!(reply.header("allow"), allowed, "{method} {path}");
    }
    let requests = org.emulator.control().stats().requests;
    for (route, count) in [
        (Route::Limits, 2),
        (Route::QueryMore, 2),
        (Route::Versions, 2),
        (Route::Other, 10),
    ] {
        assert_eq!(requests[&route], count, "{route:?}");
    }
    let requests = org.control("GET", "stats", &Value::Null).await.json();
    assert_eq!(
        requests["requests"],
        json!({"token": 1, "versions": 2, "limits": 2, "query_more": 2, "other": 10})
    );
}
