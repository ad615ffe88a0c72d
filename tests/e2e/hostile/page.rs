//! What an org can do with a page, over either protocol.

use std::io;
use std::thread::sleep;
use std::time::Duration;

use super::{Row, begin_answer, begin_answer_with, end_answer, gzip, page_of, send_part};
use crate::raw_org::http2::{DATA, frame};
use crate::raw_org::{PAGE, Protocol, Request, Wire};

/// The longest answer that is handed over whole, in bytes.
const PAGE_BYTES_MAX: usize = 64 << 20;

const GZIP: [(&str, &str); 1] = [("content-encoding", "gzip")];

pub(super) const ROWS: [Row; 31] = {
    use Protocol::{Http1, Http2};
    [
        row(Http1, "byte by byte", byte_by_byte, 0, ""),
        row(Http2, "byte by byte", byte_by_byte, 0, ""),
        row(Http1, "a slow body", slow_body, 4, "the timeout has passed"),
        row(Http2, "a slow body", slow_body, 4, "the timeout has passed"),
        row(Http1, "silence", silence, 4, "the timeout has passed"),
        row(Http2, "silence", silence, 4, "the timeout has passed"),
        row(
            Http1,
            "silence at the login",
            silence,
            4,
            "the login took longer than `--timeout`",
        )
        .at_login(),
        row(
            Http2,
            "silence at the login",
            silence,
            4,
            "the login took longer than `--timeout`",
        )
        .at_login(),
        row(Http1, "the longest page", longest, 0, "").of_the_longest(),
        row(Http2, "the longest page", longest, 0, "").of_the_longest(),
        row(Http1, "one byte more", one_more, 6, "longer than"),
        row(Http1, "a body without end", endless_body, 6, "longer than").too_long(),
        row(Http2, "a body without end", endless_body, 6, "longer than").too_long(),
        row(Http1, "a login without end", endless_body, 6, "too long").at_login(),
        row(Http2, "a login without end", endless_body, 6, "too long").at_login(),
        row(Http1, "a gzip bomb", bomb, 6, "longer than").too_long(),
        row(Http2, "a gzip bomb", bomb, 6, "longer than").too_long(),
        row(Http1, "a gzip bomb at the login", bomb, 6, "too long").at_login(),
        row(
            Http2,
            "gzip without end that is empty",
            empty_members,
            4,
            "the timeout has passed",
        ),
        row(Http1, "gzip that breaks off", broken_gzip, 6, "coding"),
        row(Http2, "gzip that is not", no_gzip, 6, "coding"),
        row(
            Http1,
            "a redirect",
            redirect,
            4,
            "redirects are not followed",
        ),
        row(
            Http2,
            "a redirect of the login",
            redirect,
            6,
            "redirects are not followed",
        )
        .at_login(),
        row(
            Http1,
            "a locator elsewhere",
            locator,
            6,
            "no path of a query",
        ),
        row(
            Http2,
            "a page without end of nesting",
            nesting,
            6,
            "cannot be read",
        ),
        row(
            Http1,
            "a page that is not UTF-8",
            no_utf8,
            6,
            "cannot be read",
        ),
        row(Http2, "a page of zeros", zeros, 6, "cannot be read"),
        row(Http1, "no body", empty, 6, "cannot be read"),
        row(Http2, "no body at the login", empty, 6, "cannot be read").at_login(),
        row(
            Http1,
            "a login elsewhere",
            login_elsewhere,
            6,
            "instance_url",
        )
        .at_login(),
        row(
            Http2,
            "a number past all numbers",
            huge_number,
            6,
            "cannot be read",
        ),
    ]
};

const fn row(
    protocol: Protocol,
    name: &'static str,
    act: super::Act,
    status: i32,
    words: &'static str,
) -> Row {
    match protocol {
        Protocol::Http1 => Row::http1(name, act, status, words),
        Protocol::Http2 => Row::http2(name, act, status, words),
    }
}

/// Each byte of a page in a part of its own.
fn byte_by_byte(wire: &mut Wire, request: &Request) -> io::Result<()> {
    begin_answer(wire, request)?;
    let page = page_of(60_000);
    match wire.protocol() {
        Protocol::Http1 => {
            for byte in page {
                send_part(wire, request, &[byte])?;
            }
        }
        Protocol::Http2 => {
            // Less than the client takes at once. A packet a frame would take longer than
            // the command may.
            for bytes in page.chunks(8) {
                let frames = bytes.iter();
                let frames = frames.flat_map(|byte| frame(DATA, 0, request.stream, &[*byte]));
                wire.send(&frames.collect::<Vec<u8>>())?;
            }
        }
    }
    end_answer(wire, request)
}

fn slow_body(wire: &mut Wire, request: &Request) -> io::Result<()> {
    begin_answer(wire, request)?;
    loop {
        sleep(Duration::from_millis(100));
        send_part(wire, request, b" ")?;
    }
}

fn silence(wire: &mut Wire, _: &Request) -> io::Result<()> {
    wire.say_nothing()
}

fn longest(wire: &mut Wire, request: &Request) -> io::Result<()> {
    wire.answer(request, &page_of(PAGE_BYTES_MAX))
}

fn one_more(wire: &mut Wire, request: &Request) -> io::Result<()> {
    wire.answer(request, &page_of(PAGE_BYTES_MAX + 1))
}

fn endless_body(wire: &mut Wire, request: &Request) -> io::Result<()> {
    begin_answer(wire, request)?;
    loop {
        send_part(wire, request, &[b' '; 16 << 10])?;
    }
}

/// A thousand times as long as it is.
fn bomb(wire: &mut Wire, request: &Request) -> io::Result<()> {
    let member = gzip(&vec![b' '; 16 << 20]);
    begin_answer_with(wire, request, &GZIP)?;
    loop {
        send_part(wire, request, &member)?;
    }
}

fn empty_members(wire: &mut Wire, request: &Request) -> io::Result<()> {
    let members = gzip(b"").repeat(256);
    begin_answer_with(wire, request, &GZIP)?;
    loop {
        send_part(wire, request, &members)?;
    }
}

fn broken_gzip(wire: &mut Wire, request: &Request) -> io::Result<()> {
    let page = gzip(PAGE.as_bytes());
    wire.answer_with(request, 200, &GZIP, &page[..page.len() / 2])
}

fn no_gzip(wire: &mut Wire, request: &Request) -> io::Result<()> {
    wire.answer_with(request, 200, &GZIP, PAGE.as_bytes())
}

fn redirect(wire: &mut Wire, request: &Request) -> io::Result<()> {
    let location = [("location", "https://evil.example/services/data")];
    wire.answer_with(request, 302, &location, b"")
}

fn locator(wire: &mut Wire, request: &Request) -> io::Result<()> {
    let page =
        br#"{"totalSize":9,"done":false,"nextRecordsUrl":"https://evil.example/x","records":[]}"#;
    wire.answer(request, page)
}

fn nesting(wire: &mut Wire, request: &Request) -> io::Result<()> {
    wire.answer(request, &vec![b'['; 1 << 20])
}

fn no_utf8(wire: &mut Wire, request: &Request) -> io::Result<()> {
    wire.answer(
        request,
        b"{\"totalSize\":1,\"done\":true,\"records\":[{\"Id\":\"\xff\"}]}",
    )
}

fn zeros(wire: &mut Wire, request: &Request) -> io::Result<()> {
    wire.answer(request, &[0; 10_000])
}

fn empty(wire: &mut Wire, request: &Request) -> io::Result<()> {
    wire.answer(request, b"")
}

fn login_elsewhere(wire: &mut Wire, request: &Request) -> io::Result<()> {
    let grant =
        br#"{"access_token":"x","instance_url":"https://evil.example","token_type":"Bearer"}"#;
    wire.answer(request, grant)
}

fn huge_number(wire: &mut Wire, request: &Request) -> io::Result<()> {
    let page = br#"{"totalSize":1e999,"done":true,"records":[]}"#;
    wire.answer(request, page)
}
