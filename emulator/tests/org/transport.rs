//! TLS, HTTP/1.1, HTTP/2, and the end of it all.

use http::{StatusCode, Version};
use sfbox_emulator::{CertificateKind, Effect, Emulator, Fault, FaultRoute};

use crate::client::Org;

const VERSIONS: &str = "/services/data";

#[tokio::test]
async fn tls_offers_both_protocols() {
    let org = Org::start().await;
    let mut http2 = org.connect().await.expect("a connection");
    let mut http1 = org.connect_http1().await.expect("a connection");
    assert_eq!(
        (http2.version(), http1.version()),
        (Version::HTTP_2, Version::HTTP_11)
    );
    for connection in [&mut http2, &mut http1] {
        for _ in 0..2 {
            let reply = connection
                .send(org.request("GET", VERSIONS))
                .await
                .expect("a reply");
            assert_eq!(reply.status, StatusCode::OK);
        }
    }
    let stats = org.emulator.control().stats();
    assert_eq!((stats.protocols.http1, stats.protocols.http2), (2, 2));
    assert_eq!(
        (
            stats.connections.accepted,
            stats.connections.open,
            stats.connections.tls_handshakes
        ),
        (2, 2, 2)
    );
}

#[tokio::test]
async fn http2_can_be_left_out() {
    let org = Org::start_with(Emulator::builder().http1_only()).await;
    let mut connection = org.connect().await.expect("a connection");
    assert_eq!(connection.version(), Version::HTTP_11);
    assert_eq!(
        connection
            .send(org.request("GET", VERSIONS))
            .await
            .expect("a reply")
            .status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn plain_http_says_so_in_its_instance_url() {
    let org = Org::start_with(Emulator::builder().my_domain("Plain.My").plain()).await;
    assert_eq!(
        (org.emulator.host(), org.emulator.ca_pem()),
        ("plain.my.salesforce.com", None)
    );
    let reply = org.send(org.login_request()).await;
    let port = org.emulator.address().port();
    assert_eq!(
        reply.json()["instance_url"],
        format!("http://plain.my.salesforce.com:{port}")
    );
    assert_eq!(org.emulator.control().stats().connections.tls_handshakes, 0);
}

#[tokio::test]
async fn an_expired_certificate_is_refused_by_its_clients() {
    let org = Org::start_with(Emulator::builder().certificate(CertificateKind::Expired)).await;
    let error = org.connect().await.err().expect("a refusal").to_string();
    assert!(error.contains("expired"), "{error}");
    assert_eq!(org.emulator.control().stats().requests.len(), 0);
}

#[tokio::test]
async fn two_orgs_know_nothing_of_each_other() {
    let (one, other) = (
        Org::start().await,
        Org::start_with(Emulator::builder().my_domain("other.my")).await,
    );
    let token = one.log_in().await;
    assert_eq!(
        other.query(&token, "SELECT Id FROM User").await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(other.emulator.control().stats().logins, 0);
    assert_ne!(one.emulator.ca_pem(), other.emulator.ca_pem());
}

#[tokio::test]
async fn a_stopped_org_answers_nobody() {
    let org = Org::start().await;
    let control = org.emulator.control();
    let mut idle = org.connect_http1().await.expect("a connection");
    idle.send(org.request("GET", VERSIONS))
        .await
        .expect("a reply");
    let request = org.request("GET", VERSIONS);
    let address = org.emulator.address();
    org.emulator.stop().await;
    assert!(idle.send(request).await.is_err());
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
    assert_eq!(control.stats().connections.open, 0);
}

#[tokio::test]
async fn requests_in_flight_are_answered_when_it_stops() {
    let org = Org::start().await;
    let control = org.emulator.control();
    let hold = Fault {
        route: FaultRoute::Any,
        skip: 0,
        count: Some(1),
        effect: Effect::Hold,
    };
    control.faults(vec![hold]).expect("a fault");
    let mut connection = org.connect_http1().await.expect("a connection");
    let request = org.request("GET", VERSIONS);
    let reply = tokio::spawn(async move { connection.send(request).await });
    control.until_held(1).await;
    org.emulator.stop().await;
    let reply = reply.await.expect("no panic").expect("a reply");
    assert_eq!(reply.status, StatusCode::OK);
}

#[tokio::test]
async fn a_dropped_org_stops() {
    let org = Org::start().await;
    let address = org.emulator.address();
    let mut connection = org.connect().await.expect("a connection");
    let request = org.request("GET", VERSIONS);
    drop(org);
    // The listener is closed by a task; a connection that it accepted before
    // is closed without an answer at the latest.
    while tokio::net::TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    while connection.send(request.clone()).await.is_ok() {}
}

#[tokio::test]
async fn connections_past_the_limit_wait_for_their_turn() {
    const CONNECTIONS_MAX: u64 = 256;
    let org = Org::start_with(Emulator::builder().plain()).await;
    let control = org.emulator.control();
    let mut idle = Vec::new();
    for _ in 0..CONNECTIONS_MAX {
        idle.push(
            tokio::net::TcpStream::connect(org.emulator.address())
                .await
                .expect("a connection"),
        );
    }
    while control.stats().connections.open < CONNECTIONS_MAX {
        tokio::task::yield_now().await;
    }
    let mut waiting = org.connect().await.expect("the kernel accepts it");
    let request = org.request("GET", VERSIONS);
    let reply = tokio::spawn(async move { waiting.send(request).await });
    tokio::task::yield_now().await;
    assert_eq!(control.stats().connections.accepted, CONNECTIONS_MAX);
    idle.pop();
    let reply = reply.await.expect("no panic").expect("a reply");
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(control.stats().connections.accepted, CONNECTIONS_MAX + 1);
}

#[tokio::test]
async fn a_body_may_be_as_long_as_the_limit_and_no_longer() {
    const BODY_BYTES_MAX: usize = 16 * 1_024 * 1_024;
    const API_BODY_BYTES_MAX: usize = 52_428_800;
    const IDENTITY: &str = "/services/oauth2/userinfo";
    const QUERY: &str = "/services/data/v66.0/query";
    const ECHO: &str = "/services/apexrest/echo";
    let org = Org::start_with(Emulator::builder().plain()).await;
    for (path, bytes, status) in [
        (IDENTITY, BODY_BYTES_MAX, StatusCode::FORBIDDEN),
        (IDENTITY, BODY_BYTES_MAX + 1, StatusCode::PAYLOAD_TOO_LARGE),
        (QUERY, API_BODY_BYTES_MAX, StatusCode::UNAUTHORIZED),
        (QUERY, API_BODY_BYTES_MAX + 1, StatusCode::BAD_REQUEST),
        (ECHO, API_BODY_BYTES_MAX, StatusCode::UNAUTHORIZED),
        (ECHO, API_BODY_BYTES_MAX + 1, StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let request = org.request("POST", path);
        let reply = org.send(request.map(|_| vec![b'x'; bytes].into())).await;
        assert_eq!(reply.status, status, "{path} {bytes} bytes");
    }
}
