//! The second reader of HTTP/1.1, by the letter of RFC 9112 and without its liberties. It has all
//! bytes at once, takes them apart from the front, and stops at the first that breaks a rule.

use super::plain::{Body, Plain, is_of_a_token, is_the_door};

/// The requests in these bytes that are for the door, the last perhaps with a body that breaks
/// off.
pub(super) fn read(mut bytes: &[u8]) -> Vec<Plain> {
    let mut all = Vec::new();
    while let Some((head, rest)) = head(bytes) {
        let Some(head) = Head::read(head) else {
            break;
        };
        let (body, rest) = match head.length {
            Length::Known(length) => known(rest, length),
            Length::Chunked => chunked(rest),
        };
        let request = Plain {
            method: head.method,
            target: head.target,
            headers: head.headers,
            body,
        };
        if head.is_for_the_door {
            all.push(request);
        }
        match rest {
            Some(rest) => bytes = rest,
            None => break,
        }
    }
    all
}

/// A head, without the empty lines before it and the one after it, and what follows.
fn head(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut bytes = bytes;
    while let Some(rest) = bytes.strip_prefix(b"\r\n") {
        bytes = rest;
    }
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    Some((&bytes[..end], &bytes[end + 4..]))
}

enum Length {
    Known(u64),
    Chunked,
}

struct Head {
    method: String,
    target: String,
    headers: Vec<(String, Vec<u8>)>,
    length: Length,
    is_for_the_door: bool,
}

impl Head {
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut lines = lines(bytes)?.into_iter();
        let words = lines.next()?.split(|byte| *byte == b' ');
        let [method, target, version] = words.collect::<Vec<_>>().try_into().ok()?;
        if method.is_empty() || !method.iter().copied().all(is_of_a_token) {
            return None;
        }
        let is_1_1 = match version {
            b"HTTP/1.1" => true,
            b"HTTP/1.0" => false,
            _ => return None,
        };
        let mut headers = Vec::new();
        for line in lines {
            let colon = line.iter().position(|byte| *byte == b':')?;
            let (name, value) = (&line[..colon], &line[colon + 1..]);
            if name.is_empty() || !name.iter().copied().all(is_of_a_token) {
                return None;
            }
            let is_text = |byte: &u8| matches!(byte, b'\t' | 0x20..=0x7e | 0x80..);
            if !value.iter().all(is_text) {
                return None;
            }
            let name = String::from_utf8_lossy(name).to_ascii_lowercase();
            headers.push((name, trimmed(value).to_vec()));
        }
        let length = length(&headers, is_1_1)?;
        // One that is odd is refused, and what follows can be read all the same.
        let target = str::from_utf8(target).ok().and_then(target_of);
        let has_target = target.is_some();
        let (authority, target) = target.unwrap_or_default();
        let hosts = headers.iter().filter(|(name, _)| name == "host");
        let hosts: Vec<&str> = hosts
            .map(|(_, value)| str::from_utf8(value).unwrap_or("?"))
            .collect();
        let mut named = authority
            .into_iter()
            .chain(hosts.iter().copied())
            .peekable();
        let is_named = hosts.len() < 2 && named.peek().is_some();
        let is_for_the_door = has_target && is_named && named.all(is_the_door);
        Some(Self {
            method: String::from_utf8_lossy(method).into_owned(),
            target,
            headers,
            length,
            is_for_the_door,
        })
    }
}

/// The lines of a head: CR and LF stand between them, and nowhere else.
fn lines(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut all = Vec::new();
    for piece in bytes.split(|byte| *byte == b'\n') {
        all.push(piece);
    }
    let last = all.len() - 1;
    for (number, line) in all.iter_mut().enumerate() {
        if number < last {
            *line = line.strip_suffix(b"\r")?;
        }
        if line.contains(&b'\r') {
            return None;
        }
    }
    Some(all)
}

fn trimmed(value: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t');
    let from = value.iter().position(|byte| !is_space(byte));
    let to = value.iter().rposition(|byte| !is_space(byte));
    match (from, to) {
        (Some(from), Some(to)) => &value[from..=to],
        _ => &[],
    }
}

fn length(headers: &[(String, Vec<u8>)], is_1_1: bool) -> Option<Length> {
    let values = |wanted: &str| {
        let found = headers.iter().filter(|(name, _)| name == wanted);
        found.map(|(_, value)| &**value).collect::<Vec<_>>()
    };
    match (&*values("content-length"), &*values("transfer-encoding")) {
        ([], []) => Some(Length::Known(0)),
        ([length], []) => {
            let is_number = !length.is_empty() && length.iter().all(u8::is_ascii_digit);
            let length = str::from_utf8(length).ok().filter(|_| is_number)?;
            Some(Length::Known(length.parse().ok()?))
        }
        ([], [coding]) if is_1_1 && coding.eq_ignore_ascii_case(b"chunked") => {
            Some(Length::Chunked)
        }
        _ => None,
    }
}

/// A path with its query, and the host before it if the target names one.
fn target_of(target: &str) -> Option<(Option<&str>, String)> {
    if target.starts_with('/') {
        return Some((None, target.to_owned()));
    }
    let rest = ["http://", "https://"].iter().find_map(|scheme| {
        let found = target.get(..scheme.len())?;
        found
            .eq_ignore_ascii_case(scheme)
            .then(|| &target[scheme.len()..])
    })?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let path = match path.starts_with('/') {
        true => path.to_owned(),
        false => format!("/{path}"),
    };
    Some((Some(authority), path))
}

fn known(bytes: &[u8], length: u64) -> (Body, Option<&[u8]>) {
    match usize::try_from(length)
        .ok()
        .and_then(|length| bytes.split_at_checked(length))
    {
        Some((body, rest)) => (Body::Whole(body.to_vec()), Some(rest)),
        None => (Body::Cut(bytes.to_vec()), None),
    }
}

/// A body in chunks, and what follows it.
fn chunked(bytes: &[u8]) -> (Body, Option<&[u8]>) {
    let mut body = Vec::new();
    match chunks(bytes, &mut body) {
        Some(rest) => (Body::Whole(body), Some(rest)),
        None => (Body::Cut(body), None),
    }
}

fn chunks<'a>(mut bytes: &'a [u8], body: &mut Vec<u8>) -> Option<&'a [u8]> {
    loop {
        let (line, rest) = line(bytes)?;
        let digits = line
            .iter()
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count();
        let (digits, extensions) = line.split_at(digits);
        if digits.is_empty() || digits.len() > 16 {
            return None;
        }
        let is_text = |byte: &u8| *byte == b'\t' || !byte.is_ascii_control();
        let semicolon = extensions
            .iter()
            .position(|byte| !matches!(byte, b' ' | b'\t'));
        let begins_well = match semicolon {
            None => extensions.is_empty(),
            Some(at) => extensions[at] == b';',
        };
        if !begins_well || !extensions.iter().all(is_text) {
            return None;
        }
        let length = u64::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?;
        if length == 0 {
            bytes = rest;
            break;
        }
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let there = rest.len().min(length);
        body.extend_from_slice(&rest[..there]);
        bytes = rest.get(length..)?.strip_prefix(b"\r\n")?;
    }
    // Trailers, each of the form of a header.
    loop {
        let (line, rest) = line(bytes)?;
        bytes = rest;
        if line.is_empty() {
            return Some(bytes);
        }
        let colon = line.iter().position(|byte| *byte == b':')?;
        if colon == 0 || !line[..colon].iter().copied().all(is_of_a_token) {
            return None;
        }
    }
}

/// A line without its end, in which CR and LF stand nowhere else.
fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let line = bytes[..end].strip_suffix(b"\r")?;
    (!line.contains(&b'\r')).then(|| (line, &bytes[end + 1..]))
}
