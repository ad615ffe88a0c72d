//! Requests of HTTP/2 that no library would send.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use super::hostile::connect;
use super::{Door, QUERY};
use crate::org::Org;
use crate::raw_org::http2::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PREFACE, RST_STREAM, SETTINGS,
    block, frame, next,
};

const LIMITS: &str = "/services/data/v66.0/limits";

/// With what a connection begins.
pub(super) fn begin(door: &Door) -> TcpStream {
    let mut stream = connect(door);
    let settings = frame(SETTINGS, 0, 0, &[]);
    stream.write_all(&[PREFACE, &settings].concat()).unwrap();
    stream
}

/// What became of a request, or of the connection.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// The block of the answer's headers.
    Answered(Vec<u8>),
    Reset,
    Ended,
}

/// What becomes of the first stream.
fn outcome(stream: &mut TcpStream) -> Outcome {
    let mut input = Vec::new();
    let mut part = [0; 4096];
    loop {
        while let Some(frame) = next(&mut input) {
            match (frame.kind, frame.stream) {
                (HEADERS, 1) => return Outcome::Answered(frame.payload),
                (RST_STREAM, 1) => return Outcome::Reset,
                (GOAWAY, _) => return Outcome::Ended,
                _ => {}
            }
        }
        match stream.read(&mut part) {
            Ok(0) | Err(_) => return Outcome::Ended,
            Ok(read) => input.extend_from_slice(&part[..read]),
        }
    }
}

/// Whether the block of an answer's headers begins with this status: HPACK has some in its
/// table, and others as text, which Huffman's code may shorten.
fn is_success(block: &[u8]) -> bool {
    // `:status: 200` is entry 8 of the table, after a new size of the other one if at all.
    let block = match block {
        [size, rest @ ..] if size & 0xe0 == 0x20 => rest,
        all => all,
    };
    block.first() == Some(&0x88)
}

type Fields<'a> = Vec<(&'a str, &'a str)>;

/// A request that is well formed.
fn request<'a>(authorization: &'a str, path: &'a str) -> Fields<'a> {
    vec![
        (":method", "GET"),
        (":scheme", "http"),
        (":path", path),
        (":authority", "localhost"),
        ("authorization", authorization),
    ]
}

/// What a request of the limits becomes.
struct Changed<'a>(&'a str);

impl<'a> Changed<'a> {
    fn good(&self) -> Fields<'a> {
        request(self.0, LIMITS)
    }

    fn without(&self, name: &str) -> Fields<'a> {
        let fields = self.good().into_iter();
        fields.filter(|(other, _)| *other != name).collect()
    }

    fn with(&self, name: &'a str, value: &'a str) -> Fields<'a> {
        [self.good(), vec![(name, value)]].concat()
    }

    fn before(&self, name: &'a str, value: &'a str) -> Fields<'a> {
        [vec![(name, value)], self.good()].concat()
    }

    fn instead(&self, name: &'a str, value: &'a str) -> Fields<'a> {
        [vec![(name, value)], self.without(name)].concat()
    }
}

/// Requests whose pseudo-headers are malformed, or lead elsewhere.
fn with_other_pseudo_headers<'a>(to: &Changed<'a>) -> Vec<(&'static str, Fields<'a>)> {
    vec![
        ("no method", to.without(":method")),
        ("no path", to.without(":path")),
        ("no scheme", to.without(":scheme")),
        ("no host at all", to.without(":authority")),
        ("two methods", to.before(":method", "DELETE")),
        ("two paths", to.before(":path", "/services/data")),
        ("two authorities", to.before(":authority", "localhost")),
        ("an unknown pseudo-header", to.before(":x", "y")),
        ("one of an answer", to.before(":status", "200")),
        ("a late pseudo-header", to.with(":path", "/services/data")),
        ("an empty path", to.instead(":path", "")),
        ("a star", to.instead(":path", "*")),
        (
            "a whole URL",
            to.instead(":path", "http://localhost/services/data/v66.0/limits"),
        ),
        (
            "a path without a slash",
            to.instead(":path", "services/data/v66.0/limits"),
        ),
        (
            "dots",
            to.instead(":path", "/services/data/../oauth2/userinfo"),
        ),
        (
            "a space in the path",
            to.instead(":path", "/services/data/v66.0/limits x"),
        ),
        (
            "a request in the path",
            to.instead(
                ":path",
                "/services/data HTTP/1.1\r\nHost: evil.example\r\n\r\n",
            ),
        ),
        (
            "a request in the method",
            to.instead(":method", "GET / HTTP/1.1\r\nX: y\r\n\r\nGET"),
        ),
        ("a method of the tunnel", to.instead(":method", "CONNECT")),
        ("an unknown method", to.instead(":method", "BREW")),
        (
            "another authority",
            to.instead(":authority", "acme.my.salesforce.com"),
        ),
        (
            "an authority with a user",
            to.instead(":authority", "localhost@evil.example"),
        ),
        (
            "an authority with a line",
            to.instead(":authority", "localhost\r\nX: y"),
        ),
        ("host and authority differ", to.with("host", "evil.example")),
    ]
}

/// Requests whose headers are malformed, or too many.
fn with_other_headers<'a>(to: &Changed<'a>, long: &'a str) -> Vec<(&'static str, Fields<'a>)> {
    let many: Fields<'_> = std::iter::repeat_n(("x-a", "b"), 5_000).collect();
    vec![
        ("a header of the connection", to.with("connection", "close")),
        ("another one", to.with("keep-alive", "1")),
        ("an old one", to.with("proxy-connection", "close")),
        ("an upgrade", to.with("upgrade", "h2c")),
        ("chunks", to.with("transfer-encoding", "chunked")),
        ("a wish for a coding", to.with("te", "gzip")),
        ("a line in a value", to.with("x-a", "b\r\nx-b: c")),
        ("an LF in a value", to.with("x-a", "b\nx-b: c")),
        ("a CR in a value", to.with("x-a", "b\rx-b: c")),
        ("NUL in a value", to.with("x-a", "b\0")),
        ("a line in a name", to.with("x-a\r\nx-b", "c")),
        ("a colon in a name", to.with("x-a:", "c")),
        ("a space in a name", to.with("x a", "c")),
        ("an empty name", to.with("", "c")),
        ("capitals in a name", to.with("X-A", "c")),
        ("a length that is none", to.with("content-length", "x")),
        (
            "two lengths",
            [
                to.with("content-length", "0"),
                vec![("content-length", "3")],
            ]
            .concat(),
        ),
        (
            "a method in a header",
            to.with("x-http-method-override", "DELETE"),
        ),
        ("a giant header", to.with("x-long", long)),
        ("many headers", [to.good(), many].concat()),
    ]
}

#[test]
fn a_malformed_head_is_not_carried() {
    let org = Org::start();
    let (door, key) = Door::open(&org, &["--no-tls", "--write"]);
    let bearer = format!("Bearer {key}");
    let changed = Changed(&bearer);
    let long = "x".repeat(100_000);
    let all = with_other_pseudo_headers(&changed).into_iter();
    for (what, fields) in all.chain(with_other_headers(&changed, &long)) {
        let mut stream = begin(&door);
        let block = block(&fields);
        let mut parts = block.chunks(16_000).peekable();
        let mut kind = HEADERS;
        let mut flags = END_STREAM;
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                flags |= END_HEADERS;
            }
            // The door may have ended the connection by now.
            _ = stream.write_all(&frame(kind, flags, 1, part));
            (kind, flags) = (CONTINUATION, 0);
        }
        match outcome(&mut stream) {
            Outcome::Answered(block) => assert!(!is_success(&block), "{what}"),
            Outcome::Reset | Outcome::Ended => {}
        }
    }
    let requests = org.control().stats().requests;
    assert!(requests.is_empty(), "{requests:?}");
    // Neighbours are served, and so is the request that is well formed.
    assert_eq!(
        door.ask(&key, QUERY, &["--http2-prior-knowledge"]).status,
        200
    );
    let mut stream = begin(&door);
    let flags = END_HEADERS | END_STREAM;
    stream
        .write_all(&frame(HEADERS, flags, 1, &block(&changed.good())))
        .unwrap();
    let answered = outcome(&mut stream);
    assert!(
        matches!(&answered, Outcome::Answered(block) if is_success(block)),
        "{answered:?}"
    );
}

#[test]
fn a_body_of_another_length_is_not_carried() {
    let org = Org::start();
    let (door, key) = Door::open(&org, &["--no-tls", "--write"]);
    let bearer = format!("Bearer {key}");
    let body = br#"{"Name":"smuggled"}"#;
    for length in ["3", "100", "0"] {
        let mut fields = request(&bearer, "/services/data/v66.0/sobjects/Account");
        fields[0] = (":method", "POST");
        fields.push(("content-type", "application/json"));
        fields.push(("content-length", length));
        let mut stream = begin(&door);
        let head = frame(HEADERS, END_HEADERS, 1, &block(&fields));
        let data = frame(DATA, END_STREAM, 1, body);
        stream.write_all(&[head, data].concat()).unwrap();
        match outcome(&mut stream) {
            Outcome::Answered(block) => assert!(!is_success(&block), "{length}"),
            Outcome::Reset | Outcome::Ended => {}
        }
    }
    assert_eq!(org.control().stats().writes.values().sum::<u64>(), 0);
    assert_eq!(door.ask(&key, QUERY, &[]).status, 200);
}
