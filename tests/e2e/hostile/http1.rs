//! What an org can do over HTTP/1.1.

use std::io;
use std::thread::sleep;
use std::time::Duration;

use super::{Row, begin_answer, send_part};
use crate::raw_org::http1::head;
use crate::raw_org::{PAGE, Request, Wire};

const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

pub(super) const ROWS: [Row; 24] = [
    Row::http1("a head without end", endless_head, 4, "unreachable"),
    Row::http1(
        "a head without end, at the login",
        endless_head,
        4,
        "unreachable",
    )
    .at_login(),
    Row::http1("a line without end", endless_line, 4, "unreachable"),
    Row::http1(
        "a status line without end",
        endless_status,
        4,
        "unreachable",
    ),
    Row::http1("a slow head", slow_head, 4, "the timeout has passed"),
    Row::http1(
        "a slow head, at the login",
        slow_head,
        4,
        "took longer than `--timeout`",
    )
    .at_login(),
    Row::http1("another protocol", another_protocol, 4, "unreachable"),
    Row::http1(
        "interim answers without end",
        endless_interim,
        4,
        "interim responses",
    ),
    Row::http1("a hundred interim answers", hundred_interim, 0, ""),
    Row::http1("another protocol by 101", switch, 6, "the answer 101"),
    Row::http1("a length that is not one", bad_length, 4, "unreachable"),
    Row::http1("two lengths", two_lengths, 4, "unreachable"),
    Row::http1("a length past all numbers", past_numbers, 4, "unreachable"),
    Row::http1("a length that is too long", too_long, 4, "unreachable"),
    Row::http1("a length that is too short", too_short, 6, "cannot be read"),
    Row::http1(
        "a chunk's length that is not one",
        bad_chunk,
        4,
        "unreachable",
    ),
    Row::http1(
        "a chunk's length past all numbers",
        huge_chunk,
        4,
        "unreachable",
    ),
    Row::http1(
        "a chunk extension without end",
        endless_extension,
        4,
        "unreachable",
    ),
    Row::http1("trailers without end", endless_trailers, 4, "unreachable"),
    Row::http1("chunks that break off", broken_chunks, 4, "unreachable"),
    Row::http1(
        "a body until the end, without end",
        endless_body,
        6,
        "longer than",
    )
    .too_long(),
    Row::http1(
        "a huge length, and a body without end",
        huge_length,
        6,
        "longer than",
    ),
    Row::http1("a second answer behind the first", two_answers, 0, ""),
    Row::http1("a reset", |wire, _| wire.reset(), 4, "unreachable"),
];

/// Sends the same for ever, in large portions.
fn for_ever(wire: &mut Wire, what: &[u8]) -> io::Result<()> {
    let many = what.repeat(1 + 8_192 / what.len());
    loop {
        wire.send(&many)?;
    }
}

fn endless_head(wire: &mut Wire, _: &Request) -> io::Result<()> {
    wire.send(&head(200, &JSON))?;
    for_ever(wire, b"x-header: 0123456789\r\n")
}

fn endless_line(wire: &mut Wire, _: &Request) -> io::Result<()> {
    wire.send(&head(200, &JSON))?;
    wire.send(b"x-header: ")?;
    for_ever(wire, b"0123456789")
}

fn endless_status(wire: &mut Wire, _: &Request) -> io::Result<()> {
    wire.send(b"HTTP/1.1 200 ")?;
    for_ever(wire, b"OK and so on ")
}

fn slow_head(wire: &mut Wire, _: &Request) -> io::Result<()> {
    wire.send(b"HTTP/1.1 200 OK\r\nx-slow: ")?;
    loop {
        sleep(Duration::from_millis(100));
        wire.send(b"x")?;
    }
}

fn another_protocol(wire: &mut Wire, _: &Request) -> io::Result<()> {
    wire.send(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")?;
    wire.say_nothing()
}

fn endless_interim(wire: &mut Wire, _: &Request) -> io::Result<()> {
    for_ever(wire, b"HTTP/1.1 100 Continue\r\n\r\n")
}

fn hundred_interim(wire: &mut Wire, request: &Request) -> io::Result<()> {
    wire.send(&b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n".repeat(100))?;
    wire.answer_well(request)
}

fn switch(wire: &mut Wire, _: &Request) -> io::Result<()> {
    wire.send(b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n")?;
    for_ever(wire, b"0123456789")
}

/// An answer with these lines in its head.
fn with_lines(wire: &mut Wire, lines: &[u8], body: &str) -> io::Result<()> {
    let mut answer = head(200, &JSON);
    answer.extend(lines);
    answer.extend(b"\r\n");
    answer.extend(body.bytes());
    wire.send(&answer)
}

fn bad_length(wire: &mut Wire, _: &Request) -> io::Result<()> {
    with_lines(wire, b"content-length: -1\r\n", PAGE)
}

fn two_lengths(wire: &mut Wire, _: &Request) -> io::Result<()> {
    with_lines(wire, b"content-length: 1\r\ncontent-length: 2\r\n", PAGE)
}

fn past_numbers(wire: &mut Wire, _: &Request) -> io::Result<()> {
    with_lines(wire, b"content-length: 99999999999999999999999\r\n", PAGE)
}

fn too_long(wire: &mut Wire, _: &Request) -> io::Result<()> {
    with_lines(wire, b"content-length: 9999\r\n", PAGE)?;
    Err(io::ErrorKind::UnexpectedEof.into())
}

fn too_short(wire: &mut Wire, _: &Request) -> io::Result<()> {
    with_lines(wire, b"content-length: 40\r\n", PAGE)
}

fn bad_chunk(wire: &mut Wire, request: &Request) -> io::Result<()> {
    begin_answer(wire, request)?;
    wire.send(b"zz\r\n")
}

fn huge_chunk(wire: &mut Wire, request: &Request) -> io::Result<()> {
    begin_answer(wire, request)?;
    wire.send(b"fffffffffffffffffffff\r\n")?;
    for_ever(wire, b"0123456789")
}

fn endless_extension(wire: &mut Wire, request: &Request) -> io::Result<()> {
    begin_answer(wire, request)?;
    wire.send(b"1;")?;
    for_ever(wire, b"extension")
}

fn endless_trailers(wire: &mut Wire, request: &Request) -> io::Result<()> {
    begin_answer(wire, request)?;
    send_part(wire, request, PAGE.as_bytes())?;
    wire.send(b"0\r\n")?;
    for_ever(wire, b"x-trailer: 0123456789\r\n")
}

fn broken_chunks(wire: &mut Wire, request: &Request) -> io::Result<()> {
    begin_answer(wire, request)?;
    send_part(wire, request, PAGE.as_bytes())?;
    Err(io::ErrorKind::UnexpectedEof.into())
}

fn endless_body(wire: &mut Wire, _: &Request) -> io::Result<()> {
    with_lines(wire, b"connection: close\r\n", "")?;
    for_ever(wire, &[b' '; 16 << 10])
}

fn huge_length(wire: &mut Wire, _: &Request) -> io::Result<()> {
    with_lines(wire, b"content-length: 1000000000000000000\r\n", "")?;
    for_ever(wire, &[b' '; 16 << 10])
}

fn two_answers(wire: &mut Wire, request: &Request) -> io::Result<()> {
    wire.answer_well(request)?;
    wire.send(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx")
}
