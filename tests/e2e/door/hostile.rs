//! Requests that are not what a client means.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use sfbox_emulator::{CannedAnswer, Effect, Route};

use super::{Door, QUERY};
use crate::org::Org;
use crate::terminal::until;

/// A connection to a door without TLS.
pub(super) fn connect(door: &Door) -> TcpStream {
    let port = door.url().rsplit(':').next().unwrap();
    let stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    let patience = Some(Duration::from_secs(30));
    stream.set_read_timeout(patience).unwrap();
    stream
}

/// What the door answers to these bytes, to the end of the connection.
fn told(door: &Door, bytes: &[u8]) -> String {
    let mut stream = connect(door);
    // The door may have refused it before all of it has come.
    _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// The status of the first answer; empty for a connection that was ended without one.
fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}

const BODY: &str = r#"{"Name":"smuggled"}"#;

/// What a head says of [`BODY`], what follows it, and what is wrong with it.
const READ_IN_TWO_WAYS: [(&str, &str); 33] = [
    (
        "both lengths",
        "Content-Length: 19^Transfer-Encoding: chunked^^0^^",
    ),
    (
        "both, turned",
        "Transfer-Encoding: chunked^Content-Length: 19^^0^^",
    ),
    ("two lengths", "Content-Length: 19^Content-Length: 3^^{}"),
    (
        "a length twice",
        "Content-Length: 19^Content-Length: 19^^{}",
    ),
    ("a list of lengths", "Content-Length: 19, 19^^{}"),
    ("a signed length", "Content-Length: +19^^{}"),
    ("a negative length", "Content-Length: -19^^{}"),
    ("a hexadecimal length", "Content-Length: 0x13^^{}"),
    ("an empty length", "Content-Length:^^{}"),
    (
        "a length past 64 bits",
        "Content-Length: 18446744073709551635^^{}",
    ),
    ("another coding", "Transfer-Encoding: gzip^^{}"),
    (
        "another coding, then chunks",
        "Transfer-Encoding: gzip, chunked^^13^{}^0^^",
    ),
    (
        "chunks, then another coding",
        "Transfer-Encoding: chunked, gzip^^13^{}^0^^",
    ),
    (
        "chunks twice",
        "Transfer-Encoding: chunked^Transfer-Encoding: chunked^^13^{}^0^^",
    ),
    (
        "a coding in quotes",
        "Transfer-Encoding: \"chunked\"^^13^{}^0^^",
    ),
    (
        "a coding with a tab in its name",
        "Transfer-Encoding\t: chunked^^13^{}^0^^",
    ),
    ("a folded line", "X-A: b^ c^Content-Length: 19^^{}"),
    ("a folded coding", "Transfer-Encoding:^ chunked^^13^{}^0^^"),
    ("a bare CR", "X-A: b\rX-B: c^Content-Length: 19^^{}"),
    ("a bare LF", "X-A: b\nX-B: c^Content-Length: 19^^{}"),
    ("an LF before the body", "Content-Length: 19^\n{}"),
    ("NUL in a value", "X-A: b\0c^Content-Length: 19^^{}"),
    ("a space before the colon", "Content-Length : 19^^{}"),
    ("a space before the name", " Content-Length: 19^^{}"),
    ("a line without a colon", "Content-Length^^{}"),
    ("an empty name", ": 19^^{}"),
    (
        "a chunk past 64 bits",
        "Transfer-Encoding: chunked^^10000000000000013^{}^0^^",
    ),
    (
        "a chunk with a sign",
        "Transfer-Encoding: chunked^^+13^{}^0^^",
    ),
    ("a chunk with 0x", "Transfer-Encoding: chunked^^0x13^{}^0^^"),
    (
        "a chunk and a space",
        "Transfer-Encoding: chunked^^13 ^{}^0^^",
    ),
    (
        "an LF in an extension",
        "Transfer-Encoding: chunked^^13;a\n{}^0^^",
    ),
    (
        "a chunk that is longer",
        "Transfer-Encoding: chunked^^12^{}^0^^",
    ),
    (
        "an LF in a trailer",
        "Transfer-Encoding: chunked^^13^{}^0^A: b\n^",
    ),
];

#[test]
fn a_request_that_can_be_read_in_two_ways_is_not_carried() {
    let org = Org::start();
    let (door, key) = Door::open(&org, &["--no-tls", "--write"]);
    // One whose body is passed on as it comes would be begun at the org.
    org.set(|settings| settings.body_length_required = false);
    let head = format!(
        "POST /services/data/v66.0/sobjects/Account HTTP/1.1\r\nHost: localhost\r\n\
         Authorization: Bearer {key}\r\nContent-Type: application/json\r\n"
    );
    // Behind each comes a request that somebody else may have put there.
    let second = format!(
        "GET /services/data/v66.0/limits HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Authorization: Bearer {key}\r\n\r\n"
    );
    for (what, rest) in READ_IN_TWO_WAYS {
        let rest = rest.replace('^', "\r\n").replace("{}", BODY);
        let answer = told(&door, format!("{head}{rest}{second}").as_bytes());
        let refused = ["400", "421", "502", "503", ""];
        assert!(refused.contains(&status(&answer)), "{what}: {answer}");
        assert!(!answer.contains("HTTP/1.1 20"), "{what}: {answer}");
    }
    let stats = org.control().stats();
    assert_eq!(stats.writes.values().sum::<u64>(), 0, "{stats:?}");
    assert_eq!(stats.requests.get(&Route::Limits), None, "{stats:?}");
    // Neighbours are served, and so is what can be read in one way.
    assert_eq!(door.ask(&key, QUERY, &[]).status, 200);
    let head = format!("{head}Connection: close\r\n");
    let chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n13;a=b\r\n{BODY}\r\n0\r\n\r\n");
    let answer = told(&door, chunked.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
}

#[test]
fn a_target_that_leads_elsewhere_is_not_carried() {
    let org = Org::start();
    let (door, key) = Door::open(&org, &["--no-tls", "--write"]);
    // From now on no request costs a login.
    assert_eq!(door.ask(&key, QUERY, &[]).status, 200);
    let before = org.control().stats().requests;
    for target in [
        "/services/data/../oauth2/userinfo",
        "/services/data/./v66.0/limits",
        "/services/data/v66.0/sobjects/..",
        "/services/data/%2e%2e/oauth2/userinfo",
        "/services/data/%2E./oauth2/userinfo",
        "/services/data/v66.0/%6cimits",
        "/services/data%2fv66.0/limits",
        "/services%2fdata/v66.0/limits",
        "/services/data/v66.0/sobjects/Account%2f001000000000001AAA",
        "/services/data/v66.0/sobjects/Account/Ext__c/..%2f..%2flimits",
        "/services/data/v66.0/sobjects/Account/Ext__c/%252e%252e%252f",
        "/services/data/..;/oauth2/userinfo",
        "/services/data;x/v66.0/limits",
        "/services/data/v66.0//limits",
        "/services/data/v66.0\\limits",
        "/services/data/v66.0/limits%00",
        "/services/data/v66.0/limits%0d%0aX-A:%20b",
        "/services/DATA/v66.0/limits",
        "/Services/data/v66.0/limits",
        "/services/data/v66.0/LIMITS",
        "/services/data/v66.0/limits?a=1&a=2",
        "/services/data/v66.0/limits?_HttpMethod=DELETE",
        "/services/apexrest/../oauth2/userinfo",
        "/services/async/../oauth2/userinfo",
        "/id/../services/data/v66.0/limits",
        "///acme.my.salesforce.com/services/data/v66.0/limits",
        "http://acme.my.salesforce.com/services/data/v66.0/limits",
        "http://localhost@acme.my.salesforce.com/services/data/v66.0/limits",
        "https://acme.my.salesforce.com:443/services/data/v66.0/limits",
        "acme.my.salesforce.com:443",
        "services/data/v66.0/limits",
        "*",
        "?q=x",
        "/services/data/v66.0/caf\u{e9}",
    ] {
        let text = format!(
            "GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Authorization: Bearer {key}\r\n\r\n"
        );
        let answer = told(&door, text.as_bytes());
        let refused = ["400", "403", "404", "421", "501"];
        assert!(refused.contains(&status(&answer)), "{target}: {answer}");
    }
    assert_eq!(org.control().stats().requests, before);
    assert_eq!(door.ask(&key, QUERY, &[]).status, 200);
}

#[test]
fn a_header_of_one_connection_does_not_come_back_to_a_client() {
    let org = Org::start();
    let (door, key) = Door::open(&org, &["--no-tls"]);
    let headers = [
        ("content-type", "application/json"),
        ("connection", "x-hop, keep-alive"),
        ("x-hop", "CANARY"),
        ("keep-alive", "timeout=CANARY"),
        ("proxy-authenticate", "Basic realm=CANARY"),
        ("proxy-connection", "CANARY"),
        ("upgrade", "h2c"),
        ("trailer", "CANARY"),
        ("alt-svc", "h3=\":443\"; ma=CANARY"),
        ("clear-site-data", "\"CANARY\""),
        ("set-cookie2", "sid=CANARY"),
        ("authentication-info", "CANARY"),
        ("x-of-a-class", "stays"),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let answer = CannedAnswer {
        status: 200,
        headers: headers.to_vec(),
        body: "{}".to_owned(),
    };
    org.strike(Route::Limits, None, Effect::Answer(answer));
    for version in ["--http1.1", "--http2-prior-knowledge"] {
        let answer = door.ask(&key, "/services/data/v66.0/limits", &[version]);
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (200, "{}"),
            "{}",
            answer.head
        );
        assert!(
            answer.head.contains("x-of-a-class: stays"),
            "{}",
            answer.head
        );
        let head = answer.head.to_lowercase();
        assert!(!head.contains("canary") && !head.contains("h2c"), "{head}");
    }
}

#[test]
fn a_body_that_stands_still_ends_within_the_timeout() {
    let org = Org::start();
    let arguments = ["--no-tls", "--write", "--timeout", "1"];
    let (door, key) = Door::open(&org, &arguments);
    assert_eq!(door.ask(&key, QUERY, &[]).status, 200);
    let head = format!(
        "POST /services/data/v66.0/sobjects/Account HTTP/1.1\r\nHost: localhost\r\n\
         Authorization: Bearer {key}\r\nContent-Type: application/json\r\n"
    );
    // One that is read whole first, and two that are passed on as they come.
    let begun = [
        format!("{head}Content-Length: 100\r\n\r\n{{"),
        format!("{head}Content-Length: 1000000\r\n\r\n{{"),
        format!("{head}Transfer-Encoding: chunked\r\n\r\n1\r\n{{\r\n"),
    ];
    org.set(|settings| settings.body_length_required = false);
    let mut streams: Vec<TcpStream> = begun
        .iter()
        .map(|text| {
            let mut stream = connect(&door);
            stream.write_all(text.as_bytes()).unwrap();
            stream
        })
        .collect();
    // Meanwhile neighbours are served.
    assert_eq!(door.ask(&key, QUERY, &[]).status, 200);
    for (stream, text) in streams.iter_mut().zip(&begun) {
        let mut answer = [0; 12];
        let read = stream.read(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
        assert!(
            ["", "504", "400", "502", "408"].contains(&status(&answer)),
            "{text}: {answer}"
        );
    }
    until(|| org.control().stats().in_flight == 0);
    assert_eq!(org.control().stats().writes.values().sum::<u64>(), 0);
}

#[test]
fn a_giant_head_is_refused_and_neighbours_are_served() {
    let org = Org::start();
    let (door, key) = Door::open(&org, &["--no-tls"]);
    let head =
        format!("GET {QUERY} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n");
    let long = format!("{head}X-Long: {}\r\n\r\n", "x".repeat(200 << 10));
    let many = format!("{head}{}\r\n", "X-A: b\r\n".repeat(1_000));
    let path = format!(
        "GET /services/data/{} HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "x".repeat(200 << 10)
    );
    for text in [long, many, path] {
        let answer = told(&door, text.as_bytes());
        let status = answer.split(' ').nth(1).unwrap_or_default();
        // Or it was cut while it was still being sent.
        assert!(["", "431", "414", "400"].contains(&status), "{answer}");
    }
    assert!(org.control().stats().requests.is_empty());
    assert_eq!(door.ask(&key, QUERY, &[]).status, 200);
}

#[test]
fn a_header_that_a_client_made_up_changes_nothing() {
    let org = Org::start();
    let (door, key) = Door::open(&org, &[]);
    let made_up = [
        "Cookie: sid=evil",
        "X-Forwarded-For: 10.0.0.1",
        "X-Forwarded-Host: evil.example",
        "Forwarded: host=evil.example",
        "X-Real-IP: 10.0.0.1",
        "Proxy-Authorization: Basic eA==",
        "TE: trailers",
        "Accept-Encoding: br",
    ];
    let options = made_up.iter().flat_map(|header| ["--header", *header]);
    let options: Vec<&str> = options.collect();
    assert_eq!(door.ask(&key, QUERY, &options).status, 200);
    // One that says that the request is another is refused by the policy.
    let other = ["--header", "X-HTTP-Method-Override: DELETE"];
    let refused = door.ask(&key, QUERY, &other);
    assert_eq!(refused.status, 400, "{}", refused.body);
    assert!(refused.code().starts_with("SFBOX_"), "{}", refused.body);
}

#[test]
fn a_long_answer_is_packed_for_who_asks() {
    let org = Org::start();
    let (door, key) = Door::open(&org, &[]);
    let path = "/services/data/v66.0/query?q=SELECT+Id,Name+FROM+Account+LIMIT+200";
    let plain = door.ask(&key, path, &[]);
    assert!(!plain.head.contains("content-encoding"), "{}", plain.head);
    let packed = door.ask(&key, path, &["--compressed"]);
    assert!(
        packed.head.contains("content-encoding: gzip"),
        "{}",
        packed.head
    );
    assert_eq!(packed.body, plain.body);
}
