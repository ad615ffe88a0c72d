//! HTTP/2 by hand: frames (RFC 9113) and just enough of HPACK (RFC 7541). Requests are not
//! decoded: one with a body is a login.

use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::atomic::Ordering;

use super::{Asked, Wire};

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const PRIORITY: u8 = 2;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PUSH_PROMISE: u8 = 5;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const WINDOW_UPDATE: u8 = 8;
pub(crate) const CONTINUATION: u8 = 9;

pub(crate) const END_STREAM: u8 = 1;
pub(crate) const ACK: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;

/// What a client's connection begins with.
pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The longest payload of a frame that every client takes.
const FRAME_BYTES: usize = 16 << 10;

/// How much the client takes of us.
pub(crate) struct State {
    connection_window: i64,
    stream_window: i64,
    stream_windows: HashMap<u32, i64>,
    /// Streams that were opened, and not ended by either side.
    open: HashSet<u32>,
    /// Streams whose request has a body so far.
    with_body: HashSet<u32>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            connection_window: 65_535,
            stream_window: 65_535,
            stream_windows: HashMap::new(),
            open: HashSet::new(),
            with_body: HashSet::new(),
        }
    }
}

pub(crate) struct Frame {
    pub(crate) kind: u8,
    flags: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
}

/// Reads frames, and lets the script answer.
pub(super) fn serve(wire: &mut Wire) -> io::Result<()> {
    while wire.input.len() < PREFACE.len() {
        wire.read_more()?;
    }
    wire.input.drain(..PREFACE.len());
    wire.send(&frame(SETTINGS, 0, 0, &[]))?;
    loop {
        if wire.is_silent() {
            return wire.say_nothing();
        }
        if wire.is_released() {
            for request in std::mem::take(&mut wire.held) {
                wire.answer_well(&request)?;
            }
        }
        let Some(frame) = next(&mut wire.input) else {
            wire.read_more()?;
            continue;
        };
        if let Some((asked, stream)) = take(wire, &frame)? {
            wire.run(asked, stream)?;
        }
    }
}

/// Does what a frame asks for; says whether it ends a request.
fn take(wire: &mut Wire, frame: &Frame) -> io::Result<Option<(Asked, u32)>> {
    let ends = frame.flags & END_STREAM != 0;
    if frame.kind == HEADERS {
        wire.http2.open.insert(frame.stream);
        let open = wire.http2.open.len();
        wire.shared.most_open.fetch_max(open, Ordering::SeqCst);
    }
    match frame.kind {
        RST_STREAM => {
            wire.http2.open.remove(&frame.stream);
        }
        HEADERS if ends => return Ok(Some((Asked::Page, frame.stream))),
        DATA => {
            if !frame.payload.is_empty() {
                wire.http2.with_body.insert(frame.stream);
            }
            if ends {
                // A client may say only here that there is no body.
                let has_body = wire.http2.with_body.remove(&frame.stream);
                let asked = if has_body { Asked::Login } else { Asked::Page };
                return Ok(Some((asked, frame.stream)));
            }
        }
        SETTINGS if frame.flags & ACK == 0 => {
            for setting in frame.payload.chunks_exact(6) {
                if setting[..2] == [0, 4] {
                    let window = [setting[2], setting[3], setting[4], setting[5]];
                    wire.http2.stream_window = i64::from(u32::from_be_bytes(window));
                }
            }
            wire.send(&self::frame(SETTINGS, ACK, 0, &[]))?;
        }
        PING if frame.flags & ACK == 0 => {
            wire.send(&self::frame(PING, ACK, 0, &frame.payload))?;
        }
        WINDOW_UPDATE => {
            let more = <[u8; 4]>::try_from(&frame.payload[..4]).map_err(io::Error::other)?;
            let more = i64::from(u32::from_be_bytes(more));
            if frame.stream == 0 {
                wire.http2.connection_window += more;
            } else {
                let initial = wire.http2.stream_window;
                let windows = &mut wire.http2.stream_windows;
                *windows.entry(frame.stream).or_insert(initial) += more;
            }
        }
        _ => {}
    }
    Ok(None)
}

/// The next frame, if all of it has come.
pub(crate) fn next(input: &mut Vec<u8>) -> Option<Frame> {
    let header: [u8; 9] = input.get(..9)?.try_into().ok()?;
    let [a, b, c, kind, flags, s, t, u, v] = header;
    let length = u32::from_be_bytes([0, a, b, c]) as usize;
    let payload = input.get(9..9 + length)?.to_vec();
    input.drain(..9 + length);
    Some(Frame {
        kind,
        flags,
        stream: u32::from_be_bytes([s, t, u, v]),
        payload,
    })
}

/// A frame as it is written.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// The block of headers of an answer.
pub(crate) fn headers(status: u16, headers: &[(&str, &str)]) -> Vec<u8> {
    let status = status.to_string();
    let all = [(":status", status.as_str())];
    block(&[&all, headers].concat())
}

/// A block of headers: each a literal that no table keeps.
pub(crate) fn block(headers: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in headers {
        block.push(0);
        string(&mut block, name);
        string(&mut block, value);
    }
    block
}

fn string(block: &mut Vec<u8>, text: &str) {
    let length = text.len();
    if length < 127 {
        block.push(u8::try_from(length).unwrap());
    } else {
        block.push(127);
        let mut rest = length - 127;
        while rest >= 128 {
            block.push(u8::try_from(rest % 128).unwrap() | 128);
            rest /= 128;
        }
        block.push(u8::try_from(rest).unwrap());
    }
    block.extend(text.bytes());
}

/// A whole answer.
pub(super) fn answer(
    wire: &mut Wire,
    stream: u32,
    status: u16,
    with: &[(&str, &str)],
    body: &[u8],
) -> io::Result<()> {
    let block = headers(status, with);
    wire.send(&frame(HEADERS, END_HEADERS, stream, &block))?;
    send_data(wire, stream, body)?;
    wire.http2.open.remove(&stream);
    wire.send(&frame(DATA, END_STREAM, stream, &[]))
}

/// Sends a body as fast as the client takes it.
pub(crate) fn send_data(wire: &mut Wire, stream: u32, mut body: &[u8]) -> io::Result<()> {
    while !body.is_empty() {
        let window = wait_for_window(wire, stream)?;
        let (part, rest) = body.split_at(body.len().min(FRAME_BYTES).min(window));
        let bytes = i64::try_from(part.len()).unwrap();
        wire.http2.connection_window -= bytes;
        let initial = wire.http2.stream_window;
        let windows = &mut wire.http2.stream_windows;
        *windows.entry(stream).or_insert(initial) -= bytes;
        wire.send(&frame(DATA, 0, stream, part))?;
        body = rest;
    }
    Ok(())
}

/// Begins a body with all that the client takes now.
pub(crate) fn fill(wire: &mut Wire, stream: u32) -> io::Result<()> {
    let state = &wire.http2;
    let own = state.stream_windows.get(&stream);
    let window = state
        .connection_window
        .min(*own.unwrap_or(&state.stream_window));
    let window = usize::try_from(window).map_err(io::Error::other)?;
    send_data(wire, stream, &vec![b'x'; window])
}

fn wait_for_window(wire: &mut Wire, stream: u32) -> io::Result<usize> {
    loop {
        let state = &wire.http2;
        let own = state.stream_windows.get(&stream);
        let window = state
            .connection_window
            .min(*own.unwrap_or(&state.stream_window));
        if window > 0 {
            return usize::try_from(window).map_err(io::Error::other);
        }
        while let Some(frame) = next(&mut wire.input) {
            if frame.kind == RST_STREAM {
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
            take(wire, &frame)?;
        }
        wire.read_more()?;
    }
}
