//! The second reader of HTTP/2: frames (RFC 9113), and of HPACK (RFC 7541) what a client needs
//! that compresses nothing. It gives up on all else, and on what ends a connection.

use std::collections::BTreeMap;

use super::plain::{Body, Plain, is_of_a_token, is_the_door};

/// With what a connection begins.
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const CONTINUATION: u8 = 9;

const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;
const PRIORITY: u8 = 32;

/// The entries of HPACK's static table that a request may name, by their number.
const STATIC: [(u64, &str, &str); 24] = [
    (1, ":authority", ""),
    (2, ":method", "GET"),
    (3, ":method", "POST"),
    (4, ":path", "/"),
    (5, ":path", "/index.html"),
    (6, ":scheme", "http"),
    (7, ":scheme", "https"),
    (15, "accept-charset", ""),
    (16, "accept-encoding", "gzip, deflate"),
    (17, "accept-language", ""),
    (19, "accept", ""),
    (23, "authorization", ""),
    (26, "content-encoding", ""),
    (28, "content-length", ""),
    (31, "content-type", ""),
    (32, "cookie", ""),
    (35, "expect", ""),
    (37, "from", ""),
    (38, "host", ""),
    (39, "if-match", ""),
    (40, "if-modified-since", ""),
    (51, "referer", ""),
    (57, "transfer-encoding", ""),
    (58, "user-agent", ""),
];

struct Frame<'a> {
    kind: u8,
    flags: u8,
    stream: u32,
    payload: &'a [u8],
}

/// A request that is being read.
struct Stream {
    /// Absent for one that is malformed, or that is not for the door.
    head: Option<Plain>,
    body: Vec<u8>,
    has_ended: bool,
}

/// The requests in these bytes that are for the door. Nothing where this reader does not know
/// what they mean.
pub(super) fn read(bytes: &[u8]) -> Option<Vec<Plain>> {
    let mut bytes = bytes.strip_prefix(PREFACE)?;
    let mut streams: BTreeMap<u32, Stream> = BTreeMap::new();
    let mut block: Option<(u32, bool, Vec<u8>)> = None;
    while let Some((frame, rest)) = frame(bytes) {
        bytes = rest;
        if let Some((stream, ends, mut begun)) = block.take() {
            if frame.kind != CONTINUATION || frame.stream != stream {
                break;
            }
            begun.extend_from_slice(frame.payload);
            match frame.flags & END_HEADERS == 0 {
                true => block = Some((stream, ends, begun)),
                false => take(&mut streams, stream, ends, &begun)?,
            }
            continue;
        }
        match frame.kind {
            HEADERS => {
                let part = unpadded(&frame, frame.flags & PRIORITY != 0)?;
                let ends = frame.flags & END_STREAM != 0;
                match frame.flags & END_HEADERS == 0 {
                    true => block = Some((frame.stream, ends, part.to_vec())),
                    false => take(&mut streams, frame.stream, ends, part)?,
                }
            }
            DATA => {
                let data = unpadded(&frame, false)?;
                let stream = streams.get_mut(&frame.stream)?;
                if stream.has_ended {
                    return None;
                }
                stream.body.extend_from_slice(data);
                stream.has_ended = frame.flags & END_STREAM != 0;
            }
            _ => {}
        }
    }
    let all = streams.into_values().filter_map(|stream| {
        let body = match stream.has_ended {
            true => Body::Whole(stream.body),
            false => Body::Cut(stream.body),
        };
        Some(Plain {
            body,
            ..stream.head?
        })
    });
    Some(all.collect())
}

/// Takes a whole block: of a request, or of trailers.
fn take(streams: &mut BTreeMap<u32, Stream>, number: u32, ends: bool, block: &[u8]) -> Option<()> {
    let fields = fields(block)?;
    match streams.get_mut(&number) {
        Some(stream) => {
            // Trailers, which end a request.
            if stream.has_ended || !ends {
                return None;
            }
            stream.has_ended = true;
        }
        None => {
            let stream = Stream {
                head: head(fields),
                body: Vec::new(),
                has_ended: ends,
            };
            streams.insert(number, stream);
        }
    }
    Some(())
}

fn frame(bytes: &[u8]) -> Option<(Frame<'_>, &[u8])> {
    let (head, rest) = bytes.split_at_checked(9)?;
    let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
    let (payload, rest) = rest.split_at_checked(length)?;
    let frame = Frame {
        kind: head[3],
        flags: head[4],
        stream: u32::from_be_bytes([head[5] & 0x7f, head[6], head[7], head[8]]),
        payload,
    };
    Some((frame, rest))
}

fn unpadded<'a>(frame: &Frame<'a>, has_priority: bool) -> Option<&'a [u8]> {
    let (padding, rest) = match frame.flags & PADDED == 0 {
        true => (0, frame.payload),
        false => {
            let (padding, rest) = frame.payload.split_first()?;
            (usize::from(*padding), rest)
        }
    };
    let rest = rest.get(if has_priority { 5 } else { 0 }..)?;
    rest.get(..rest.len().checked_sub(padding)?)
}

type Field = (String, Vec<u8>);

/// The fields of a block, if none of them needs a table or is compressed.
fn fields(mut block: &[u8]) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    while let Some(first) = block.first().copied() {
        if first & 0x80 != 0 {
            let (index, rest) = integer(block, 7)?;
            block = rest;
            let (_, name, value) = known(index).filter(|(_, _, value)| !value.is_empty())?;
            fields.push((name.to_owned(), value.as_bytes().to_vec()));
            continue;
        }
        if first & 0xe0 == 0x20 {
            // The size of a table.
            let (_, rest) = integer(block, 5)?;
            block = rest;
            continue;
        }
        // A literal: one that a table keeps is a literal all the same, until it is named.
        let prefix = if first & 0x40 != 0 { 6 } else { 4 };
        let (index, rest) = integer(block, prefix)?;
        let (name, rest) = match index {
            0 => {
                let (name, rest) = string(rest)?;
                (String::from_utf8(name.to_vec()).ok()?, rest)
            }
            index => (known(index)?.1.to_owned(), rest),
        };
        let (value, rest) = string(rest)?;
        block = rest;
        fields.push((name, value.to_vec()));
    }
    Some(fields)
}

fn known(index: u64) -> Option<(u64, &'static str, &'static str)> {
    STATIC.into_iter().find(|(number, _, _)| *number == index)
}

/// An integer in the last bits of a byte and in those after it.
fn integer(bytes: &[u8], bits: u32) -> Option<(u64, &[u8])> {
    let most = (1_u64 << bits) - 1;
    let (first, mut rest) = bytes.split_first()?;
    let mut value = u64::from(*first) & most;
    if value < most {
        return Some((value, rest));
    }
    for shift in [0, 7, 14, 21] {
        let (byte, more) = rest.split_first()?;
        rest = more;
        value += u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some((value, rest));
        }
    }
    None
}

/// A text that is not compressed.
fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let is_compressed = bytes.first()? & 0x80 != 0;
    let (length, rest) = integer(bytes, 7)?;
    let length = usize::try_from(length).ok().filter(|_| !is_compressed)?;
    rest.split_at_checked(length)
}

/// A request's head, if it is well formed and for the door (RFC 9113, section 8.3.1).
fn head(fields: Vec<Field>) -> Option<Plain> {
    let mut pseudo: BTreeMap<String, String> = BTreeMap::new();
    let mut headers: Vec<Field> = Vec::new();
    for (name, value) in fields {
        if let Some(pseudo_name) = name.strip_prefix(':') {
            let value = String::from_utf8(value).ok()?;
            let is_known = ["method", "scheme", "path", "authority"].contains(&pseudo_name);
            let is_first = pseudo.insert(pseudo_name.to_owned(), value).is_none();
            if !is_known || !is_first || !headers.is_empty() {
                return None;
            }
            continue;
        }
        let is_name = !name.is_empty() && name.bytes().all(is_of_a_token);
        let is_text = |byte: &u8| matches!(byte, b'\t' | 0x20..=0x7e | 0x80..);
        let of_one_connection = [
            "connection",
            "keep-alive",
            "proxy-connection",
            "transfer-encoding",
            "upgrade",
        ];
        let is_te = name == "te" && value != b"trailers";
        if !is_name
            || name != name.to_lowercase()
            || !value.iter().all(is_text)
            || of_one_connection.contains(&&*name)
            || is_te
        {
            return None;
        }
        headers.push((name, value));
    }
    let path = pseudo.get("path")?.clone();
    if !path.starts_with('/') || pseudo.get("scheme").is_none_or(String::is_empty) {
        return None;
    }
    let hosts = headers.iter().filter(|(name, _)| name == "host");
    let hosts = hosts.map(|(_, value)| str::from_utf8(value).unwrap_or("?"));
    let mut named = pseudo
        .get("authority")
        .map(String::as_str)
        .into_iter()
        .chain(hosts)
        .peekable();
    if named.peek().is_none() || !named.all(is_the_door) {
        return None;
    }
    Some(Plain {
        method: pseudo.get("method")?.clone(),
        target: path,
        headers,
        body: Body::Whole(Vec::new()),
    })
}
