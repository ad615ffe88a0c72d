//! Sessions that end because somebody says so.

use http::{Request, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;
use sfbox_emulator::Route;

use crate::client::{EXPIRED, Org, Reply, with};

const LIMITS: &str = "/services/data/v66.0/limits";
const REVOKE: &str = "/services/oauth2/revoke";

/// A request as jsforce sends it.
fn post(org: &Org, token: &str) -> Request<Full<Bytes>> {
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("token", token)
        .finish();
    let request = org.request("POST", REVOKE);
    let request = with(request, "content-type", "application/x-www-form-urlencoded");
    request.map(|_| form.into())
}

fn get(org: &Org, token: &str, more: &str) -> Request<Full<Bytes>> {
    let token: String = form_urlencoded::byte_serialize(token.as_bytes()).collect();
    org.request("GET", &format!("{REVOKE}?token={token}{more}"))
}

async fn call(org: &Org, token: &str) -> Reply {
    org.send(org.get(token, LIMITS)).await
}

#[tokio::test]
async fn a_revoked_token_opens_nothing_and_others_go_on() {
    let org = Org::start().await;
    for is_get in [false, true] {
        let (token, other) = (org.log_in().await, org.log_in().await);
        assert_eq!(call(&org, &token).await.status, StatusCode::OK);
        let request = || {
            if is_get {
                get(&org, &token, "")
            } else {
                post(&org, &token)
            }
        };
        let reply = org.send(request()).await;
        assert_eq!((reply.status, reply.text()), (StatusCode::OK, ""));
        assert_eq!(call(&org, &token).await.text(), EXPIRED);
        assert_eq!(org.introspect(&token).await.json()["active"], false);
        assert_eq!(call(&org, &other).await.status, StatusCode::OK);
        // Twice is once too often.
        let again = org.send(request()).await;
        assert_eq!(again.status, StatusCode::BAD_REQUEST);
        let words = "error=invalid_token&error_description=invalid%20token";
        assert_eq!(again.text(), words);
        let kind = "application/x-www-form-urlencoded;charset=UTF-8";
        assert_eq!(again.header("content-type"), kind);
    }
    let stats = org.emulator.control().stats();
    assert_eq!(stats.requests[&Route::Revoke], 4);
    assert_eq!((stats.api_calls, stats.unexpected), (4, 0));
}

#[tokio::test]
async fn a_page_may_have_its_function_called() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let reply = org.send(get(&org, &token, "&callback=app.done")).await;
    assert_eq!(
        (reply.status, reply.text()),
        (StatusCode::OK, "app.done({});")
    );
    let kind = "application/javascript;charset=UTF-8";
    assert_eq!(reply.header("content-type"), kind);
    assert_eq!(call(&org, &token).await.text(), EXPIRED);
    // What is no name is not written into a script.
    let reply = org.send(get(&org, "x", "&callback=alert(1)")).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert!(!reply.text().contains("alert"), "{}", reply.text());
}

/// A locator ends with its session.
#[tokio::test]
async fn a_locator_of_a_revoked_session_leads_nowhere() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let soql = "SELECT Id FROM Contact";
    let path = crate::client::query_path(soql);
    let request = with(
        org.get(&token, &path),
        "sforce-query-options",
        "batchSize=200",
    );
    assert_eq!(org.send(request).await.status, StatusCode::OK);
    org.send(post(&org, &token)).await;
    assert_eq!(org.query(&token, soql).await.text(), EXPIRED);
}

#[tokio::test]
async fn the_endpoints_are_discovered_without_a_session() {
    let org = Org::start().await;
    let request = org.request("GET", "/.well-known/openid-configuration");
    let told = org.send(request).await.json();
    let url = format!("https://{}", org.emulator.host());
    assert_eq!(told["issuer"], url);
    for (name, endpoint) in [
        ("token_endpoint", "token"),
        ("revocation_endpoint", "revoke"),
        ("introspection_endpoint", "introspect"),
        ("userinfo_endpoint", "userinfo"),
    ] {
        assert_eq!(told[name], format!("{url}/services/oauth2/{endpoint}"));
    }
}
