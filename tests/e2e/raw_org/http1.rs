//! HTTP/1.1 by hand.

use std::io;

use super::{Asked, Wire};

/// Reads requests, and lets the script answer.
pub(super) fn serve(wire: &mut Wire) -> io::Result<()> {
    loop {
        let head = loop {
            if wire.is_silent() {
                return wire.say_nothing();
            }
            if let Some(end) = find(&wire.input, b"\r\n\r\n") {
                break wire.input.drain(..end + 4).collect::<Vec<u8>>();
            }
            wire.read_more()?;
        };
        let head = String::from_utf8(head).map_err(io::Error::other)?;
        wire.shared.heads.lock().expect("heads").push(head.clone());
        // The script reads an upload by itself.
        if !head.contains("/batches HTTP/1.1\r\n") {
            read_body(wire, &head.to_ascii_lowercase())?;
        }
        let asked = if head.starts_with("POST ") {
            Asked::Login
        } else {
            Asked::Page
        };
        wire.run(asked, 0)?;
    }
}

/// Reads the body, of either kind, and forgets it.
fn read_body(wire: &mut Wire, head: &str) -> io::Result<()> {
    let value = |name: &str| {
        let mut lines = head.lines();
        lines.find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned()))
    };
    if let Some(length) = value("content-length:") {
        let length: usize = length.parse().map_err(io::Error::other)?;
        while wire.input.len() < length {
            wire.read_more()?;
        }
        wire.input.drain(..length);
    } else if value("transfer-encoding:").is_some() {
        let end = loop {
            if let Some(end) = find(&wire.input, b"0\r\n\r\n") {
                break end + 5;
            }
            wire.read_more()?;
        };
        wire.input.drain(..end);
    }
    Ok(())
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|part| part == wanted)
}

/// A whole answer.
pub(super) fn answer(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut answer = head(status, headers);
    answer.extend(format!("content-length: {}\r\n\r\n", body.len()).bytes());
    answer.extend(body);
    answer
}

/// An answer's head, without its end.
pub(crate) fn head(status: u16, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} Words\r\n").into_bytes();
    for (name, value) in headers {
        head.extend(format!("{name}: {value}\r\n").bytes());
    }
    head
}

/// The head of an answer in chunks, and its first one.
pub(crate) fn begin_chunks(wire: &mut Wire, first: &str) -> io::Result<()> {
    let headers = [
        ("content-type", "text/plain"),
        ("transfer-encoding", "chunked"),
    ];
    let mut head = head(200, &headers);
    head.extend(b"trailer: x-checksum\r\n\r\n");
    wire.send(&head)?;
    chunk(wire, first)
}

/// The next chunk of it.
pub(crate) fn chunk(wire: &mut Wire, text: &str) -> io::Result<()> {
    wire.send(format!("{:x}\r\n{text}\r\n", text.len()).as_bytes())
}
