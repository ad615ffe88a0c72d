//! Where requests of HTTP/1.1 begin and end in the bytes of a connection, and whether one of
//! them has two lengths. Pure.
//!
//! A body with `Content-Length` and `Transfer-Encoding` could be read as two requests, by
//! whoever stands before the door (RFC 9112, section 6.3). The server beneath takes the second,
//! closes the connection, and does not tell: so the bytes are read here as well, as they come
//! in. Nothing else is decided here.

/// Bytes of the longest head that is looked at; the server beneath refuses a longer one.
const HEAD_BYTES_MAX: usize = 128 << 10;

/// Bytes of the longest line with the length of a chunk, its extensions among them.
const LINE_BYTES_MAX: usize = 16 << 10;

/// How far the bytes of a connection have been read.
#[derive(Debug)]
pub(crate) struct Framing {
    state: State,
    /// What there is of a head or of a line.
    read: Vec<u8>,
    has_two_lengths: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Head,
    /// So many bytes of a body follow.
    Body(u64),
    /// The length of a chunk.
    Length,
    /// So many bytes of a chunk follow, with the end of its line.
    Chunk(u64),
    /// What follows the last chunk, up to an empty line.
    Trailers,
    /// Another protocol, or what cannot be read.
    Unread,
}

/// What a head says of its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    None,
    Known(u64),
    Chunked,
    /// Both at once.
    Two,
    Unknown,
}

impl Framing {
    pub(crate) fn new() -> Self {
        Self {
            state: State::Head,
            read: Vec::new(),
            has_two_lengths: false,
        }
    }

    /// Whether a request had two lengths.
    pub(crate) fn has_two_lengths(&self) -> bool {
        self.has_two_lengths
    }

    /// Reads on.
    pub(crate) fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && self.state != State::Unread {
            bytes = match self.state {
                State::Head => self.head(bytes),
                State::Body(left) => self.skip(bytes, left, State::Head),
                State::Length => self.line(bytes, Self::length),
                State::Chunk(left) => self.skip(bytes, left, State::Length),
                State::Trailers => self.line(bytes, Self::trailer),
                State::Unread => return,
            };
        }
    }

    fn give_up(&mut self) {
        self.state = State::Unread;
        self.read = Vec::new();
    }

    fn head<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        for (at, byte) in bytes.iter().enumerate() {
            // Empty lines before a request are skipped (RFC 9112, section 2.2).
            if self.read.is_empty() && matches!(byte, b'\r' | b'\n') {
                continue;
            }
            self.read.push(*byte);
            if *byte == b'\n' && (self.read.ends_with(b"\n\n") || self.read.ends_with(b"\n\r\n")) {
                let length = length(&self.read);
                self.has_two_lengths |= length == Length::Two;
                self.state = match length {
                    Length::None => State::Head,
                    Length::Known(length) => State::Body(length),
                    Length::Chunked => State::Length,
                    Length::Two | Length::Unknown => State::Unread,
                };
                self.read.clear();
                return bytes.get(at + 1..).unwrap_or_default();
            }
            if self.read.len() > HEAD_BYTES_MAX {
                self.give_up();
                break;
            }
        }
        &[]
    }

    fn skip<'a>(&mut self, bytes: &'a [u8], left: u64, then: State) -> &'a [u8] {
        let here = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        let left = left - here as u64;
        self.state = match (left, self.state) {
            (0, _) => then,
            (left, State::Chunk(_)) => State::Chunk(left),
            (left, _) => State::Body(left),
        };
        bytes.get(here..).unwrap_or_default()
    }

    fn line<'a>(&mut self, bytes: &'a [u8], whole: fn(&mut Self)) -> &'a [u8] {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let (line, rest) = bytes.split_at(end.map_or(bytes.len(), |end| end + 1));
        if self.read.len() + line.len() > LINE_BYTES_MAX {
            self.give_up();
            return &[];
        }
        self.read.extend_from_slice(line);
        if end.is_some() {
            whole(self);
            self.read.clear();
        }
        rest
    }

    fn length(&mut self) {
        let digits = self.read.split(|byte| b";\r\n \t".contains(byte)).next();
        let length = std::str::from_utf8(digits.unwrap_or_default())
            .ok()
            .and_then(|digits| u64::from_str_radix(digits, 16).ok());
        self.state = match length {
            Some(0) => State::Trailers,
            Some(length) => State::Chunk(length.saturating_add(2)),
            None => State::Unread,
        };
    }

    fn trailer(&mut self) {
        if matches!(&*self.read, b"\n" | b"\r\n") {
            self.state = State::Head;
        }
    }
}

/// What a whole head says of its body.
fn length(head: &[u8]) -> Length {
    let mut known = None;
    let mut is_chunked = false;
    for line in head.split(|byte| *byte == b'\n').skip(1) {
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let (Some(name), Some(value)) = (parts.next(), parts.next()) else {
            continue;
        };
        let name = name.trim_ascii();
        if name.eq_ignore_ascii_case(b"content-length") {
            let digits = std::str::from_utf8(value.trim_ascii()).ok();
            known = Some(digits.and_then(|digits| digits.parse().ok()));
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            is_chunked = true;
        }
    }
    match (known, is_chunked) {
        (None, false) if head.starts_with(b"PRI ") => Length::Unknown,
        (None, false) => Length::None,
        (Some(Some(length)), false) => Length::Known(length),
        (Some(None), false) => Length::Unknown,
        (None, true) => Length::Chunked,
        (Some(_), true) => Length::Two,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Framing {
        let mut framing = Framing::new();
        framing.feed(text.as_bytes());
        framing
    }

    #[test]
    fn a_request_with_two_lengths_is_seen_wherever_it_stands() {
        const TWO: [&str; 4] = [
            "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\ntransfer-encoding: x\r\nCONTENT-LENGTH : 3\r\n\r\n",
            "POST / HTTP/1.1\nContent-Length:\nTransfer-Encoding:chunked\n\n",
            "POST / HTTP/1.1\r\nA: b\r\nContent-Length: 3\r\nB: c\r\nTransfer-Encoding: chunked\r\n\r\n",
        ];
        const BEFORE: [&str; 5] = [
            "",
            "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\n\r\n\r\n\r\n0\r\na: b\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n",
        ];
        for before in BEFORE {
            assert!(!read(before).has_two_lengths(), "{before}");
            for two in TWO {
                assert!(
                    read(&format!("{before}{two}")).has_two_lengths(),
                    "{before}{two}"
                );
            }
        }
    }

    #[test]
    fn what_a_body_says_is_no_head() {
        let inner = "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n";
        let length = inner.len();
        for text in [
            format!("POST / HTTP/1.1\r\nContent-Length: {length}\r\n\r\n{inner}"),
            format!(
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{length:x}\r\n{inner}\r\n0\r\n\r\n"
            ),
            format!("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{inner}"),
            format!("POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n{inner}"),
            format!("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n{inner}"),
        ] {
            assert!(!read(&text).has_two_lengths(), "{text}");
        }
    }

    #[test]
    fn what_is_too_long_is_not_kept() {
        let mut framing = read("GET / HTTP/1.1\r\n");
        for _ in 0..3 {
            framing.feed(&vec![b'x'; HEAD_BYTES_MAX / 2]);
        }
        assert_eq!((framing.state, framing.read.len()), (State::Unread, 0));
        let mut framing = read("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
        framing.feed(&vec![b'1'; LINE_BYTES_MAX + 1]);
        assert_eq!(framing.state, State::Unread);
    }

    proptest! {
        #[test]
        fn cuts_change_nothing(
            text in "((POST / HTTP/1.1|Content-Length: 3|Transfer-Encoding: chunked|3|abc|0|)\r\n){0,20}",
            cuts in proptest::collection::vec(0_usize..400, 0..6),
        ) {
            let whole = read(&text);
            let mut framing = Framing::new();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|at| at.min(text.len())).collect();
            cuts.sort_unstable();
            let mut from = 0;
            for at in cuts.into_iter().chain([text.len()]) {
                framing.feed(&text.as_bytes()[from..at]);
                from = at;
            }
            prop_assert_eq!(framing.state, whole.state);
            prop_assert_eq!(framing.read, whole.read);
            prop_assert_eq!(framing.has_two_lengths, whole.has_two_lengths);
        }
    }
}
