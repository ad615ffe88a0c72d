//! Requests that are not what a client means.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use super::{Door, QUERY};
use crate::org::Org;

/// What the door answers to these bytes, to the end of the connection.
fn told(door: &Door, bytes: &[u8]) -> String {
    let port = door.url().rsplit(':').next().unwrap();
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    // The door may have refused it before all of it has come.
    _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_request_that_can_be_read_in_two_ways_is_not_carried() {
    let org = Org::start();
    let (door, key) = Door::open(&org, &["--no-tls", "--write"]);
    let head = format!(
        "POST /services/data/v66.0/sobjects/Account HTTP/1.1\r\nHost: localhost\r\n\
         Authorization: Bearer {key}\r\nContent-Type: application/json\r\nConnection: close\r\n"
    );
    let body = r#"{"Name":"smuggled"}"#;
    let length = body.len();
    for (what, rest) in [
        (
            "both lengths",
            format!("Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ),
        (
            "both lengths, the other way round",
            format!("Transfer-Encoding: chunked\r\nContent-Length: {length}\r\n\r\n0\r\n\r\n"),
        ),
        (
            "two different lengths",
            format!("Content-Length: {length}\r\nContent-Length: 3\r\n\r\n{body}"),
        ),
        (
            "a coding that is not chunked",
            format!("Transfer-Encoding: gzip\r\n\r\n{body}"),
        ),
        (
            "a length that is no number",
            format!("Content-Length: +{length}\r\n\r\n{body}"),
        ),
        (
            "a folded line",
            format!("X-A: b\r\n c\r\nContent-Length: {length}\r\n\r\n{body}"),
        ),
        (
            "a bare carriage return",
            format!("X-A: b\rX-B: c\r\nContent-Length: {length}\r\n\r\n{body}"),
        ),
        (
            "a space before the colon",
            format!("Content-Length : {length}\r\n\r\n{body}"),
        ),
        (
            "a second host",
            format!("Host: other\r\nContent-Length: {length}\r\n\r\n{body}"),
        ),
    ] {
        let answer = told(&door, format!("{head}{rest}").as_bytes());
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert!(["400", "421"].contains(&status), "{what}: {answer}");
    }
    assert!(org.control().stats().requests.is_empty());
    // Neighbours are served, and so is what can be read in one way.
    assert_eq!(door.ask(&key, QUERY, &[]).status, 200);
    // An org that takes a body of unknown length.
    org.set(|settings| settings.body_length_required = false);
    let chunked =
        format!("{head}Transfer-Encoding: chunked\r\n\r\n{length:x};a=b\r\n{body}\r\n0\r\n\r\n");
    let answer = told(&door, chunked.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
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
