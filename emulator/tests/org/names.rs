//! The names of an org: which it answers to, and by which its answers call it.

use std::net::{Ipv4Addr, Ipv6Addr};

use http::StatusCode;
use serde_json::Value;
use sfbox_emulator::{Builder, Effect, Emulator, Fault, FaultRoute};
use tokio::net::TcpStream;

use crate::client::{Org, with};

const RESOURCES: &str = "/services/data/v66.0";
const VERSIONS: &str = "/services/data";
const USER_INFO: &str = "/services/oauth2/userinfo";

/// Every URL in which an answer calls the org by a name, by what it is.
async fn urls(org: &Org, authority: &str) -> [(&'static str, String); 6] {
    let text = |value: &Value| value.as_str().expect("a URL").to_owned();
    let send = async |request| org.send(Org::addressed(request, authority)).await.json();
    let login = send(org.login_request()).await;
    let token = text(&login["access_token"]);
    let resources = send(org.get(&token, RESOURCES)).await;
    let user = send(org.get(&token, USER_INFO)).await;
    let introspected = send(org.introspect_request(&token)).await;
    [
        ("instance_url", text(&login["instance_url"])),
        ("id", text(&login["id"])),
        ("identity", text(&resources["identity"])),
        ("sub", text(&user["sub"])),
        ("urls", text(&user["urls"]["rest"])),
        ("introspected", text(&introspected["sub"])),
    ]
}

/// Asks for the org by that name, and is called back to `url` and nowhere else.
async fn is_called(org: &Org, authority: &str, url: &str) {
    let own = format!("{url}/");
    for (what, named) in urls(org, authority).await {
        let is_own = named == url || named.starts_with(&own);
        assert!(is_own, "{authority}: {what} is {named}");
    }
}

fn known_as_emulator() -> Builder {
    Emulator::builder()
        .also_known_as("emulator")
        .also_known_as("10.0.0.7")
}

#[tokio::test]
async fn an_answer_calls_the_org_by_the_name_that_was_asked_for() {
    for (scheme, builder) in [
        ("https", known_as_emulator()),
        ("http", known_as_emulator().plain()),
    ] {
        let org = Org::start_with(builder).await;
        let port = org.emulator.address().port();
        for name in [
            "127.0.0.1",
            "localhost",
            "[::1]",
            "emulator",
            "10.0.0.7",
            "acme.my.salesforce.com",
        ] {
            let authority = format!("{name}:{port}");
            is_called(&org, &authority, &format!("{scheme}://{authority}")).await;
        }
        // As a container's port is published.
        is_called(&org, "localhost:1", &format!("{scheme}://localhost:1")).await;
        assert_eq!(org.emulator.control().stats().unexpected, 0);
    }
}

#[tokio::test]
async fn a_client_that_is_led_to_the_org_is_answered_as_at_salesforce() {
    let org = Org::start().await;
    let own = org.emulator.host();
    is_called(&org, own, &format!("https://{own}")).await;
}

#[tokio::test]
async fn a_public_url_is_in_every_answer() {
    let own = "https://acme.my.salesforce.com";
    let org = Org::start_with(Emulator::builder().plain().public_url(own)).await;
    assert_eq!(org.emulator.url(), own);
    let authority = org.emulator.address().to_string();
    for name in [authority.as_str(), "localhost", "acme.my.salesforce.com"] {
        is_called(&org, name, own).await;
    }
}

#[tokio::test]
async fn the_certificate_has_every_name_and_address() {
    let org = Org::start_with(known_as_emulator()).await;
    let address = org.emulator.address();
    let handshake = async |name: &str| {
        let stream = TcpStream::connect(address).await.expect("a connection");
        org.handshake_as(name, stream, &[b"http/1.1"]).await
    };
    for name in [
        "127.0.0.1",
        "localhost",
        "::1",
        "emulator",
        "10.0.0.7",
        org.emulator.host(),
    ] {
        let secured = handshake(name).await;
        assert!(secured.is_ok(), "{name}: {:?}", secured.err());
    }
    for name in ["evil.example", "127.0.0.2", "::2"] {
        assert!(handshake(name).await.is_err(), "{name}");
    }
}

#[tokio::test]
async fn both_addresses_of_loopback_reach_it() {
    let org = Org::start().await;
    let port = org.emulator.address().port();
    assert_eq!(org.emulator.address().ip(), Ipv4Addr::LOCALHOST);
    let has_ipv6 = std::net::TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok();
    let reached = TcpStream::connect((Ipv6Addr::LOCALHOST, port)).await;
    assert_eq!(reached.is_ok(), has_ipv6);
    drop(reached);
    let Org { emulator } = org;
    emulator.stop().await;
    assert!(
        TcpStream::connect((Ipv6Addr::LOCALHOST, port))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn an_address_that_is_listened_on_is_a_name() {
    for (address, shown) in [("127.0.0.2", "127.0.0.2"), ("127.0.0.1", "localhost")] {
        let listen = address.parse().expect("an address");
        let org = Org::start_with(Emulator::builder().listen(listen)).await;
        assert_eq!(org.emulator.address().ip(), listen);
        let authority = org.emulator.address().to_string();
        is_called(&org, &authority, &format!("https://{authority}")).await;
        let stream = TcpStream::connect(org.emulator.address()).await;
        let stream = stream.expect("a connection");
        let secured = org.handshake_as(address, stream, &[b"http/1.1"]).await;
        assert!(secured.is_ok(), "{:?}", secured.err());
        let port = org.emulator.address().port();
        let url = format!("https://{shown}:{port}");
        assert_eq!(org.emulator.local_url(), url);
    }
}

/// A page's owner can point any name at this machine, and the page then sends what it
/// likes under that name.
#[tokio::test]
async fn a_request_under_any_other_name_does_nothing_at_all() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let before = org.emulator.control().stats();
    // It would meet the fault, if it got so far.
    let fault = Fault {
        route: FaultRoute::Any,
        skip: 0,
        count: Some(1),
        effect: Effect::Cut,
    };
    org.emulator.control().faults(vec![fault]).expect("a fault");
    let create = || {
        let request = org.get(&token, "/services/data/v66.0/sobjects/Account");
        let request = with(request, "content-type", "application/json");
        let mut request = request.map(|_| r#"{"Name": "Zimt"}"#.into());
        *request.method_mut() = http::Method::POST;
        request
    };
    for authority in [
        "evil.example",
        "evil.example:8443",
        "127.0.0.2",
        "localhost.evil.example",
        "[::2]:1",
    ] {
        for request in [create(), org.login_request()] {
            let path = request.uri().path().to_owned();
            let reply = org.send(Org::addressed(request, authority)).await;
            assert_eq!(
                reply.status,
                StatusCode::MISDIRECTED_REQUEST,
                "{authority}{path}"
            );
            let served = "acme.my.salesforce.com, localhost, 127.0.0.1 and [::1]";
            assert!(reply.text().contains(served), "{}", reply.text());
        }
    }
    // In HTTP/1.1 a request can name two, or none.
    let mut http1 = org.connect_http1().await.expect("a connection");
    let mut two = with(create(), "host", "evil.example");
    two.headers_mut()
        .append("host", "localhost".parse().expect("a value"));
    for request in [two, with(create(), "host", "")] {
        let reply = http1.send(request).await.expect("a reply");
        assert_eq!(reply.status, StatusCode::MISDIRECTED_REQUEST);
    }
    // In HTTP/2 the answer to a HEAD has no body, however it ends.
    let head = Org::addressed(org.request("HEAD", VERSIONS), "evil.example");
    let reply = org.send(head).await;
    assert_eq!(reply.status, StatusCode::MISDIRECTED_REQUEST);
    assert_eq!(reply.body.len(), 0);
    let after = org.emulator.control().stats();
    assert_eq!((after.logins, after.failed_logins), (1, 0));
    assert_eq!(after.api_calls, before.api_calls);
    assert_eq!(after.requests, before.requests);
    assert_eq!(after.writes.values().sum::<u64>(), 0);
    assert_eq!(after.unexpected, before.unexpected + 13);
    // The fault is still there for the first request that is the org's.
    let mut connection = org.connect().await.expect("a connection");
    assert!(connection.send(org.request("GET", VERSIONS)).await.is_err());
}
