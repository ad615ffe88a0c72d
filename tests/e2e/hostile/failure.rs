//! How an org can say no, and in which form: whatever it is, the status decides whether
//! to try again, and a code is read wherever there is one.

use std::io;

use super::{PAGE_WITH_MORE, Row, gzip};
use crate::raw_org::{Asked, PAGE, Request, Wire};

const JSON: (&str, &str) = ("content-type", "application/json");

pub(super) const ROWS: [Row; 24] = [
    Row::http1(
        "an error without a message",
        |wire, request| {
            let body = r#"[{"message":null,"errorCode":"MALFORMED_QUERY","fields":null}]"#;
            refuse(wire, request, 400, body)
        },
        1,
        "MALFORMED_QUERY",
    ),
    Row::http2(
        "an error about no field",
        |wire, request| {
            let body = r#"[{"message":"x","errorCode":"INVALID_FIELD","fields":[null,"Nam"]}]"#;
            refuse(wire, request, 400, body)
        },
        1,
        "INVALID_FIELD",
    ),
    Row::http1(
        "a page in GZIP",
        |wire, request| coded(wire, request, "GZIP"),
        0,
        "",
    ),
    Row::http2(
        "a page in x-gzip",
        |wire, request| coded(wire, request, "x-gzip"),
        0,
        "",
    ),
    Row::http1(
        "a page in an unknown coding",
        |wire, request| coded(wire, request, "br"),
        6,
        "the content coding `br`",
    ),
    Row::http1(
        "a login in an unknown coding",
        |wire, request| coded(wire, request, "zstd"),
        6,
        "the content coding `zstd`",
    )
    .at_login(),
    Row::http1(
        "500, for people",
        |wire, request| page(wire, request, 500),
        4,
        "500",
    ),
    Row::http2(
        "500, for programs",
        |wire, request| code(wire, request, 500),
        4,
        "500",
    ),
    Row::http2(
        "502, for people",
        |wire, request| page(wire, request, 502),
        4,
        "502",
    ),
    Row::http1(
        "503, for people",
        |wire, request| page(wire, request, 503),
        4,
        "503",
    ),
    Row::http2(
        "503, for programs",
        |wire, request| code(wire, request, 503),
        4,
        "503",
    ),
    Row::http1(
        "420, for people",
        |wire, request| page(wire, request, 420),
        4,
        "420",
    )
    .with_questions(3),
    Row::http2(
        "420, for programs",
        |wire, request| code(wire, request, 420),
        4,
        "420",
    ),
    Row::http1(
        "429, for people",
        |wire, request| page(wire, request, 429),
        4,
        "rate limited",
    ),
    Row::http2(
        "429, for programs",
        |wire, request| code(wire, request, 429),
        4,
        "rate limited",
    ),
    Row::http1(
        "500 at the login, for people",
        |wire, request| page(wire, request, 500),
        4,
        "500",
    )
    .at_login(),
    Row::http2(
        "503 at the login, for people",
        |wire, request| page(wire, request, 503),
        4,
        "503",
    )
    .at_login(),
    Row::http1(
        "503 at the login, for programs",
        |wire, request| oauth(wire, request, 503),
        4,
        "503",
    )
    .at_login(),
    Row::http2(
        "420 at the login, for people",
        |wire, request| page(wire, request, 420),
        4,
        "420",
    )
    .at_login(),
    Row::http1(
        "429 at the login, for people",
        |wire, request| page(wire, request, 429),
        4,
        "rate limited",
    )
    .at_login(),
    Row::http2(
        "429 at the login, for programs",
        |wire, request| oauth(wire, request, 429),
        4,
        "rate limited",
    )
    .at_login(),
    Row::http1(
        "503 at page two, for people",
        |wire, request| at_page_two(wire, request, |wire, request| page(wire, request, 503)),
        4,
        "503",
    )
    .with_questions(2),
    Row::http2(
        "500 at page two, for programs",
        |wire, request| at_page_two(wire, request, |wire, request| code(wire, request, 500)),
        4,
        "500",
    )
    .with_questions(2),
    Row::http1(
        "429 at page two, for programs",
        |wire, request| at_page_two(wire, request, |wire, request| code(wire, request, 429)),
        4,
        "rate limited",
    )
    .with_questions(2),
];

fn refuse(wire: &mut Wire, request: &Request, status: u16, body: &str) -> io::Result<()> {
    wire.answer_with(request, status, &[JSON], body.as_bytes())
}

/// What a proxy, or an org under maintenance, shows to people.
fn page(wire: &mut Wire, request: &Request, status: u16) -> io::Result<()> {
    let page = b"<html><body><h1>Down for maintenance</h1></body></html>";
    wire.answer_with(request, status, &[("content-type", "text/html")], page)
}

/// The API's list of errors.
fn code(wire: &mut Wire, request: &Request, status: u16) -> io::Result<()> {
    let body = r#"[{"message":"try later","errorCode":"SERVER_UNAVAILABLE"}]"#;
    refuse(wire, request, status, body)
}

/// The token endpoint's object.
fn oauth(wire: &mut Wire, request: &Request, status: u16) -> io::Result<()> {
    let body = r#"{"error":"temporarily_unavailable","error_description":"try later"}"#;
    refuse(wire, request, status, body)
}

/// A good answer in gzip, which is called something.
fn coded(wire: &mut Wire, request: &Request, coding: &str) -> io::Result<()> {
    let answer = match request.asked {
        Asked::Login => crate::raw_org::grant(),
        Asked::Page => PAGE.to_owned(),
    };
    let coding = ("content-encoding", coding);
    wire.answer_with(request, 200, &[JSON, coding], &gzip(answer.as_bytes()))
}

fn at_page_two(wire: &mut Wire, request: &Request, act: super::Act) -> io::Result<()> {
    match request.number {
        0 => wire.answer(request, PAGE_WITH_MORE.as_bytes()),
        _ => act(wire, request),
    }
}
