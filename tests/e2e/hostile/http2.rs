//! What an org can do over HTTP/2.

use std::io;
use std::thread::sleep;
use std::time::Duration;

use super::{Row, begin_answer, send_part};
use crate::raw_org::http2::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PING, PRIORITY, PUSH_PROMISE,
    RST_STREAM, SETTINGS, WINDOW_UPDATE, frame, headers,
};
use crate::raw_org::{PAGE, Request, Wire};

pub(super) const ROWS: [Row; 25] = [
    Row::http2(
        "pings without end",
        |wire, _| for_ever(wire, &frame(PING, 0, 0, &[0; 8])),
        4,
        "unreachable",
    ),
    Row::http2(
        "settings without end",
        |wire, _| for_ever(wire, &frame(SETTINGS, 0, 0, &[0, 3, 0, 0, 0, 100])),
        4,
        "unreachable",
    ),
    Row::http2(
        "settings without end, at the login",
        |wire, _| for_ever(wire, &frame(SETTINGS, 0, 0, &[])),
        4,
        "unreachable",
    )
    .at_login(),
    Row::http2(
        "acknowledged settings without end",
        |wire, _| for_ever(wire, &frame(SETTINGS, 1, 0, &[])),
        4,
        "unreachable",
    ),
    Row::http2(
        "windows without end",
        |wire, _| for_ever(wire, &frame(WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1])),
        4,
        "unreachable",
    ),
    Row::http2(
        "priorities without end",
        |wire, _| for_ever(wire, &frame(PRIORITY, 0, 77, &[0, 0, 0, 0, 1])),
        4,
        "unreachable",
    ),
    Row::http2(
        "unknown frames without end",
        |wire, _| for_ever(wire, &frame(200, 0, 0, b"x")),
        4,
        "unreachable",
    ),
    Row::http2("empty data without end", empty_data, 4, "unreachable"),
    Row::http2(
        "interim answers without end",
        endless_interim,
        4,
        "unreachable",
    ),
    Row::http2("a hundred interim answers", hundred_interim, 0, ""),
    Row::http2("headers without end", endless_headers, 4, "unreachable"),
    Row::http2(
        "headers past the client's limit",
        large_headers,
        4,
        "unreachable",
    ),
    Row::http2("a reset of each stream", reset_stream, 4, "unreachable"),
    Row::http2("a reset within the body", reset_body, 4, "unreachable"),
    Row::http2(
        "a reset of the connection",
        |wire, _| wire.reset(),
        4,
        "unreachable",
    ),
    Row::http2("a refusal of the connection", go_away, 4, "unreachable"),
    Row::http2("a promise of another answer", promise, 4, "unreachable"),
    Row::http2(
        "a frame past the client's limit",
        huge_frame,
        4,
        "unreachable",
    ),
    Row::http2("data before headers", data_first, 4, "unreachable"),
    // The client ends a stream, and after a thousand frames more the connection: four
    // times, if there is time.
    Row::http2(
        "data past the window",
        past_window,
        4,
        "unreachable|the timeout has passed",
    )
    // A client that reads as fast as this opens the window in time.
    .or_too_long(),
    Row::http2(
        "another protocol",
        |wire, _| for_ever(wire, b"HTTP/1.1 200 OK\r\n\r\n"),
        4,
        "unreachable",
    ),
    Row::http2(
        "pings that are answered, and nothing else",
        |wire, request| {
            wire.held.push(*request);
            Ok(())
        },
        4,
        "the timeout has passed",
    ),
    Row::http2("slow headers", slow_headers, 4, "the timeout has passed"),
    Row::http2("data that breaks off", broken_data, 4, "unreachable"),
    Row::http2("a length that is too long", too_long, 4, "unreachable"),
];

/// Sends the same for ever, in large portions.
fn for_ever(wire: &mut Wire, what: &[u8]) -> io::Result<()> {
    let many = what.repeat(1 + 8_192 / what.len());
    loop {
        wire.send(&many)?;
    }
}

fn interim(request: &Request) -> Vec<u8> {
    frame(
        HEADERS,
        END_HEADERS,
        request.stream,
        &headers(103, &[("link", "</x>")]),
    )
}

fn endless_interim(wire: &mut Wire, request: &Request) -> io::Result<()> {
    for_ever(wire, &interim(request))
}

fn hundred_interim(wire: &mut Wire, request: &Request) -> io::Result<()> {
    wire.send(&interim(request).repeat(100))?;
    wire.answer_well(request)
}

fn empty_data(wire: &mut Wire, request: &Request) -> io::Result<()> {
    begin_answer(wire, request)?;
    for_ever(wire, &frame(DATA, 0, request.stream, &[]))
}

fn endless_headers(wire: &mut Wire, request: &Request) -> io::Result<()> {
    let block = headers(200, &[("x-header", "0123456789")]);
    wire.send(&frame(HEADERS, 0, request.stream, &block))?;
    let more = headers(200, &[("x-header", "0123456789")]);
    // Without the status.
    for_ever(wire, &frame(CONTINUATION, 0, request.stream, &more[13..]))
}

fn large_headers(wire: &mut Wire, request: &Request) -> io::Result<()> {
    let value = "x".repeat(15_000);
    let block = headers(200, &[("x-1", &value)]);
    wire.send(&frame(HEADERS, 0, request.stream, &block))?;
    let more = headers(200, &[("x-2", &value)]);
    let end = frame(CONTINUATION, END_HEADERS, request.stream, &more[13..]);
    wire.send(&end)?;
    wire.send(&frame(DATA, END_STREAM, request.stream, PAGE.as_bytes()))
}

fn reset_stream(wire: &mut Wire, request: &Request) -> io::Result<()> {
    wire.send(&frame(RST_STREAM, 0, request.stream, &[0, 0, 0, 7]))
}

fn reset_body(wire: &mut Wire, request: &Request) -> io::Result<()> {
    begin_answer(wire, request)?;
    send_part(wire, request, &PAGE.as_bytes()[..40])?;
    wire.send(&frame(RST_STREAM, 0, request.stream, &[0, 0, 0, 2]))
}

fn go_away(wire: &mut Wire, _: &Request) -> io::Result<()> {
    wire.send(&frame(GOAWAY, 0, 0, &[0, 0, 0, 0, 0, 0, 0, 11]))?;
    wire.say_nothing()
}

fn promise(wire: &mut Wire, request: &Request) -> io::Result<()> {
    let mut payload = vec![0, 0, 0, 2];
    payload.extend(headers(200, &[]));
    wire.send(&frame(PUSH_PROMISE, END_HEADERS, request.stream, &payload))?;
    wire.say_nothing()
}

fn huge_frame(wire: &mut Wire, request: &Request) -> io::Result<()> {
    begin_answer(wire, request)?;
    wire.send(&frame(DATA, 0, request.stream, &[b' '; 20 << 10]))?;
    wire.say_nothing()
}

fn data_first(wire: &mut Wire, request: &Request) -> io::Result<()> {
    wire.send(&frame(DATA, END_STREAM, request.stream, PAGE.as_bytes()))?;
    wire.say_nothing()
}

fn past_window(wire: &mut Wire, request: &Request) -> io::Result<()> {
    begin_answer(wire, request)?;
    for_ever(wire, &frame(DATA, 0, request.stream, &[b' '; 16 << 10]))
}

fn slow_headers(wire: &mut Wire, request: &Request) -> io::Result<()> {
    let block = headers(200, &[("content-type", "application/json")]);
    for byte in frame(HEADERS, END_HEADERS, request.stream, &block) {
        sleep(Duration::from_millis(300));
        wire.send(&[byte])?;
    }
    wire.say_nothing()
}

fn broken_data(wire: &mut Wire, request: &Request) -> io::Result<()> {
    begin_answer(wire, request)?;
    send_part(wire, request, PAGE.as_bytes())?;
    Err(io::ErrorKind::UnexpectedEof.into())
}

fn too_long(wire: &mut Wire, request: &Request) -> io::Result<()> {
    let block = headers(200, &[("content-length", "9999")]);
    wire.send(&frame(HEADERS, END_HEADERS, request.stream, &block))?;
    wire.send(&frame(DATA, END_STREAM, request.stream, PAGE.as_bytes()))
}
