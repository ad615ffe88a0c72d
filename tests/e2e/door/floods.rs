//! More than a client needs: connections, streams, resets, frames. The door stays small, and
//! its neighbours are served.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use sfbox_emulator::{Effect, Route};

use super::hostile::connect;
use super::http2::begin;
use super::{Door, QUERY, add_key, folder};
use crate::org::Org;
use crate::raw_org::http2::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, PING, PRIORITY, RST_STREAM, SETTINGS,
    WINDOW_UPDATE, block, frame,
};
use crate::terminal::until;

/// How much more memory a flood may take, in KiB.
const MEMORY_KIB_MAX: u64 = 32 << 10;

/// Bytes of a flood, unless the door ends it before.
const FLOOD_BYTES: usize = 16 << 20;

/// Sends the same until the door ends the connection or takes no more, or this many bytes were
/// sent.
fn flood(stream: &mut TcpStream, portion: &[u8], bytes: usize) {
    let portions = portion.repeat((64 << 10) / portion.len() + 1);
    let patience = Some(Duration::from_millis(500));
    stream.set_write_timeout(patience).unwrap();
    let mut left = bytes;
    while left > 0 {
        match stream.write(&portions) {
            Ok(0) => return,
            Ok(written) => left = left.saturating_sub(written),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

#[track_caller]
fn is_served(door: &Door, key: &str, what: &str) {
    let page = door.ask(key, QUERY, &["--max-time", "20"]);
    assert_eq!(page.status, 200, "{what}: {}", page.body);
}

fn head(key: &str, path: &str) -> Vec<u8> {
    let bearer = format!("Bearer {key}");
    block(&[
        (":method", "GET"),
        (":scheme", "http"),
        (":path", path),
        (":authority", "localhost"),
        ("authorization", &bearer),
    ])
}

#[test]
fn frames_without_end_cost_the_door_no_memory_and_no_neighbour() {
    let org = Org::start();
    let (door, key) = Door::open(&org, &["--no-tls"]);
    is_served(&door, &key, "first");
    let before = door.peak_kib();
    let whole = END_HEADERS | END_STREAM;
    for (what, first, portion) in [
        ("pings", Vec::new(), frame(PING, 0, 0, &[7; 8])),
        (
            "settings",
            Vec::new(),
            frame(SETTINGS, 0, 0, &[0, 3, 0, 0, 0, 100]),
        ),
        (
            "windows",
            Vec::new(),
            frame(WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1]),
        ),
        (
            "priorities",
            Vec::new(),
            frame(PRIORITY, 0, 77, &[0, 0, 0, 0, 1]),
        ),
        ("unknown frames", Vec::new(), frame(200, 0, 0, b"x")),
        (
            "resets of nothing",
            Vec::new(),
            frame(RST_STREAM, 0, 1, &[0, 0, 0, 8]),
        ),
        (
            "headers that do not end",
            frame(HEADERS, END_STREAM, 1, &head(&key, QUERY)),
            frame(CONTINUATION, 0, 1, &block(&[("x-a", "b")])),
        ),
        (
            "empty parts of headers",
            frame(HEADERS, END_STREAM, 1, &head(&key, QUERY)),
            frame(CONTINUATION, 0, 1, &[]),
        ),
        (
            "empty data",
            frame(
                HEADERS,
                END_HEADERS,
                1,
                &head(&key, "/services/data/v66.0/limits"),
            ),
            frame(DATA, 0, 1, &[]),
        ),
        (
            "a stream that is asked for again",
            Vec::new(),
            frame(HEADERS, whole, 1, &head("wrong", QUERY)),
        ),
    ] {
        let mut stream = begin(&door);
        stream.write_all(&first).unwrap();
        flood(&mut stream, &portion, FLOOD_BYTES);
        is_served(&door, &key, what);
        let more = door.peak_kib().saturating_sub(before);
        assert!(more < MEMORY_KIB_MAX, "{what}: {more} KiB");
    }
}

#[test]
fn streams_that_are_reset_at_once_are_ended_at_the_org_too() {
    let org = Org::start();
    let (door, key) = Door::open(&org, &["--no-tls"]);
    is_served(&door, &key, "first");
    let before = door.peak_kib();
    // What gets to the org stays there until it is ended.
    org.strike(Route::Limits, None, Effect::Hold);
    for _ in 0..4 {
        let mut stream = begin(&door);
        let patience = Some(Duration::from_millis(500));
        stream.set_write_timeout(patience).unwrap();
        let head = head(&key, "/services/data/v66.0/limits");
        for number in (1..8_000).step_by(2) {
            let asked = frame(HEADERS, END_HEADERS | END_STREAM, number, &head);
            let reset = frame(RST_STREAM, 0, number, &[0, 0, 0, 8]);
            if stream.write_all(&[asked, reset].concat()).is_err() {
                break;
            }
        }
        is_served(&door, &key, "resets");
    }
    until(|| org.control().stats().in_flight == 0);
    let more = door.peak_kib().saturating_sub(before);
    assert!(more < MEMORY_KIB_MAX, "{more} KiB");
    org.control().clear_faults();
    is_served(&door, &key, "last");
}

#[test]
fn more_streams_than_a_connection_may_have_do_not_reach_the_org() {
    let org = Org::start();
    let folder = folder();
    let key = add_key(&org, folder.path(), &["many"]);
    // One key takes no more than its share of the calls.
    let neighbour = add_key(&org, folder.path(), &["neighbour"]);
    let door = Door::open_in(&org, folder, &["--no-tls"]);
    is_served(&door, &key, "first");
    org.strike(Route::Limits, None, Effect::Hold);
    let mut stream = begin(&door);
    let head = head(&key, "/services/data/v66.0/limits");
    for number in (1..1_000).step_by(2) {
        let asked = frame(HEADERS, END_HEADERS | END_STREAM, number, &head);
        if stream.write_all(&asked).is_err() {
            break;
        }
    }
    is_served(&door, &neighbour, "streams");
    let held = org.control().stats().held;
    assert!(held <= 128, "{held} requests of one connection");
    drop(stream);
    until(|| org.control().stats().in_flight == 0);
}

#[test]
fn connections_without_requests_cost_little_and_no_neighbour() {
    const CONNECTIONS: usize = 300;
    let org = Org::start();
    for arguments in [&["--no-tls"][..], &[]] {
        let (door, key) = Door::open(&org, arguments);
        is_served(&door, &key, "first");
        let before = door.peak_kib();
        let begun: [&[u8]; 4] = [
            b"",
            b"GET / HTTP/1.1\r\nHost: loc",
            b"PRI * HTTP/2.0\r\n",
            // A handshake that does not go on.
            &[22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3],
        ];
        let streams: Vec<TcpStream> = (0..CONNECTIONS)
            .map(|number| {
                let mut stream = connect(&door);
                stream.write_all(begun[number % begun.len()]).unwrap();
                stream
            })
            .collect();
        is_served(&door, &key, "connections");
        let each = door.peak_kib().saturating_sub(before) / CONNECTIONS as u64;
        assert!(each < 100, "{each} KiB for each connection");
        drop(streams);
        is_served(&door, &key, "last");
    }
}

#[test]
fn answers_that_nobody_reads_hold_the_org_back() {
    let org = Org::start();
    let (door, key) = Door::open(&org, &["--no-tls"]);
    is_served(&door, &key, "first");
    let before = door.peak_kib();
    org.strike(Route::Limits, None, Effect::AnswerBytes(64 << 20));
    let text = format!(
        "GET /services/data/v66.0/limits HTTP/1.1\r\nHost: localhost\r\n\
         Authorization: Bearer {key}\r\n\r\n"
    );
    let mut streams: Vec<TcpStream> = (0..20)
        .map(|_| {
            let mut stream = connect(&door);
            stream.write_all(text.as_bytes()).unwrap();
            stream
        })
        .collect();
    for stream in &mut streams {
        // The head is there, and the body begins.
        stream.read_exact(&mut [0; 1_000]).unwrap();
    }
    is_served(&door, &key, "answers");
    let more = door.peak_kib().saturating_sub(before);
    assert!(more < 2 * MEMORY_KIB_MAX, "{more} KiB");
    drop(streams);
    until(|| org.control().stats().in_flight == 0);
}
