//! Where requests of HTTP/1.1 begin and end in the bytes of a connection, and whether somebody
//! else could find them elsewhere. Pure.
//!
//! The server beneath is lenient where that is common: it takes a line that ends with LF alone,
//! two lengths of a body, several codings. Whoever stands before the door may not be, and then
//! one request for the one is two for the other (RFC 9112, sections 2.2, 6.1 and 11.2). So the
//! bytes are read here as well, as they come in, and by the letter. What breaks a rule ends the
//! connection's requests. Nothing else is decided here.

/// Bytes of the longest head. Those of an org are shorter (16,384), and thousands of clients
/// without a key can send one each.
const HEAD_BYTES_MAX: usize = 32 << 10;

/// Headers of the longest head: as many as the server beneath takes.
const HEADERS_MAX: usize = 100;

/// Bytes that are kept for the next head when one has ended.
const KEPT_BYTES: usize = 1 << 10;

/// Bytes of the longest line with the length of a chunk, its extensions among them.
const LINE_BYTES_MAX: usize = 16 << 10;

/// Digits of the longest length of a chunk: those of 64 bits.
const CHUNK_DIGITS_MAX: usize = 16;

/// With what a connection of HTTP/2 begins, up to the first empty line (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\n";

/// A rule that the bytes of a connection break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A body has `Content-Length` and `Transfer-Encoding`.
    TwoLengths,
    /// A body has no length that everybody reads alike.
    Length,
    /// CR or LF stands alone.
    Line,
    /// The length of a chunk, or its extensions.
    Chunk,
    /// A head that is too long, so that nobody waits for its end, or that has too many headers.
    LongHead,
    /// A line without an end.
    Endless,
}

/// How far the bytes of a connection have been read.
#[derive(Debug)]
pub(crate) struct Framing {
    state: State,
    /// What there is of a head or of a line.
    read: Vec<u8>,
    fault: Option<Fault>,
    /// How many heads have been read to their end.
    heads: u64,
    /// Whether a line has been read: another protocol begins with the connection.
    has_begun: bool,
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
    /// Another protocol, or what broke a rule.
    Unread,
}

impl Framing {
    pub(crate) fn new() -> Self {
        Self {
            state: State::Head,
            read: Vec::new(),
            fault: None,
            heads: 0,
            has_begun: false,
        }
    }

    /// The rule that was broken.
    pub(crate) fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// How many heads have been read to their end.
    pub(crate) fn heads(&self) -> u64 {
        self.heads
    }

    /// Reads on.
    pub(crate) fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && self.state != State::Unread {
            let rest = match self.state {
                State::Head => self.head_line(bytes),
                State::Body(left) => Ok(self.skip(bytes, left, State::Head)),
                State::Length => self.line(bytes, LINE_BYTES_MAX, Self::length),
                State::Chunk(left) => Ok(self.skip(bytes, left, State::Length)),
                State::Trailers => self.line(bytes, LINE_BYTES_MAX, Self::trailer),
                State::Unread => return,
            };
            bytes = match rest {
                Ok(rest) => rest,
                Err(fault) => {
                    self.fault = Some(fault);
                    self.end();
                    return;
                }
            };
        }
    }

    /// Reads no further.
    fn end(&mut self) {
        self.state = State::Unread;
        self.read = Vec::new();
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

    /// Reads to the end of a line, and lets `whole` look at all that has been read.
    fn line<'a>(
        &mut self,
        bytes: &'a [u8],
        most: usize,
        whole: fn(&mut Self) -> Result<(), Fault>,
    ) -> Result<&'a [u8], Fault> {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let (line, rest) = bytes.split_at(end.map_or(bytes.len(), |end| end + 1));
        if self.read.len() + line.len() > most {
            return Err(Fault::Endless);
        }
        if !has_whole_ends(self.read.last(), line) {
            return Err(Fault::Line);
        }
        self.read.extend_from_slice(line);
        if end.is_some() {
            whole(self)?;
        }
        Ok(rest)
    }

    fn head_line<'a>(&mut self, bytes: &'a [u8]) -> Result<&'a [u8], Fault> {
        self.line(bytes, HEAD_BYTES_MAX, Self::head)
            .map_err(|fault| match fault {
                Fault::Endless => Fault::LongHead,
                other => other,
            })
    }

    /// A line of a head, which ends with an empty one.
    fn head(&mut self) -> Result<(), Fault> {
        // Empty lines before a request are skipped (RFC 9112, section 2.2).
        if &*self.read == b"\r\n" {
            self.has_begun = true;
            self.read.clear();
            return Ok(());
        }
        if !self.read.ends_with(b"\r\n\r\n") {
            return Ok(());
        }
        if !self.has_begun && &*self.read == PREFACE {
            self.end();
            return Ok(());
        }
        self.has_begun = true;
        self.state = body(&self.read)?;
        self.heads += 1;
        self.read.clear();
        // Thousands of connections wait for their next request.
        self.read.shrink_to(KEPT_BYTES);
        Ok(())
    }

    /// The length of a chunk, and its extensions (RFC 9112, section 7.1).
    fn length(&mut self) -> Result<(), Fault> {
        let line = self.read.strip_suffix(b"\r\n").unwrap_or_default();
        let digits = line
            .iter()
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count();
        let (digits, extensions) = line.split_at(digits);
        let begins_well = extensions.is_empty() || extensions.trim_ascii_start().starts_with(b";");
        let is_text = |byte: &u8| *byte == b'\t' || !byte.is_ascii_control();
        if !begins_well || !extensions.iter().all(is_text) || digits.len() > CHUNK_DIGITS_MAX {
            return Err(Fault::Chunk);
        }
        let length = str::from_utf8(digits).ok();
        let length = length.and_then(|digits| u64::from_str_radix(digits, 16).ok());
        self.state = match length.ok_or(Fault::Chunk)? {
            0 => State::Trailers,
            length => State::Chunk(length.saturating_add(2)),
        };
        self.read.clear();
        Ok(())
    }

    fn trailer(&mut self) -> Result<(), Fault> {
        if &*self.read == b"\r\n" {
            self.state = State::Head;
        }
        self.read.clear();
        Ok(())
    }
}

/// Whether CR and LF stand nowhere but beside each other, as far as that is known. `before` is
/// the byte before these.
fn has_whole_ends(before: Option<&u8>, bytes: &[u8]) -> bool {
    let befores = [before].into_iter().chain(bytes.iter().map(Some));
    let mut pairs = befores.zip(bytes);
    pairs.all(|(before, byte)| (before == Some(&b'\r')) == (*byte == b'\n'))
}

/// What follows a whole head.
fn body(head: &[u8]) -> Result<State, Fault> {
    // The request stands on the first line, and the last one is empty.
    let lines = head.split(|byte| *byte == b'\n').count();
    if lines > HEADERS_MAX + 3 {
        return Err(Fault::LongHead);
    }
    let mut length = None;
    let mut is_chunked = false;
    for line in head.split(|byte| *byte == b'\n').skip(1) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            continue;
        };
        let (name, value) = line.split_at(colon);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        let name = name.trim_ascii();
        if name.eq_ignore_ascii_case(b"content-length") {
            let is_second = length.is_some();
            length = Some(number(value).filter(|_| !is_second).ok_or(Fault::Length));
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            let is_second = is_chunked;
            is_chunked = true;
            if is_second || !value.eq_ignore_ascii_case(b"chunked") {
                return Err(Fault::Length);
            }
        }
    }
    match (length, is_chunked) {
        (None, false) => Ok(State::Head),
        (Some(length), false) => length.map(|length| match length {
            0 => State::Head,
            length => State::Body(length),
        }),
        (None, true) => Ok(State::Length),
        (Some(_), true) => Err(Fault::TwoLengths),
    }
}

/// Digits, and nothing else.
fn number(text: &[u8]) -> Option<u64> {
    let is_number = text.iter().all(u8::is_ascii_digit);
    str::from_utf8(text)
        .ok()
        .filter(|_| is_number)?
        .parse()
        .ok()
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

    fn fault(text: &str) -> Option<Fault> {
        read(text).fault()
    }

    /// Requests that can be read in one way, before others.
    const BEFORE: [&str; 7] = [
        "",
        "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n\n\r\r\r",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\n\n\r\n\n\r\n0\r\na: b\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: Chunked \r\n\r\nA \t;x=\"y\"\r\n0123456789\r\n00\r\n\r\n",
        "PRI / HTTP/1.1\r\n\r\n",
    ];

    /// Bytes that break a rule, and which.
    const BROKEN: [(&str, Fault); 28] = [
        (
            "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
            Fault::TwoLengths,
        ),
        (
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\nCONTENT-LENGTH : 3\r\n\r\n",
            Fault::TwoLengths,
        ),
        (
            "POST / HTTP/1.1\r\nA: b\r\nContent-Length:\r\nB: c\r\nTransfer-Encoding:chunked\r\n\r\n",
            Fault::TwoLengths,
        ),
        (
            "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
            Fault::Length,
        ),
        (
            "POST / HTTP/1.1\r\nContent-Length: +3\r\n\r\n",
            Fault::Length,
        ),
        (
            "POST / HTTP/1.1\r\nContent-Length: 3, 3\r\n\r\n",
            Fault::Length,
        ),
        ("POST / HTTP/1.1\r\nContent-Length:\r\n\r\n", Fault::Length),
        (
            "POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n",
            Fault::Length,
        ),
        (
            "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
            Fault::Length,
        ),
        (
            "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            Fault::Length,
        ),
        (
            "POST / HTTP/1.1\r\nTransfer-Encoding: identity\r\n\r\n",
            Fault::Length,
        ),
        (
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
            Fault::Length,
        ),
        ("\nGET / HTTP/1.1\r\n\r\n", Fault::Line),
        ("\rGET / HTTP/1.1\r\n\r\n", Fault::Line),
        ("GET / HTTP/1.1\n", Fault::Line),
        ("GET / HTTP/1.1\r\nA: b\n", Fault::Line),
        ("GET / HTTP/1.1\r\nA: b\rc", Fault::Line),
        ("GET / HTTP/1.1\r\nA: b\r\r\n", Fault::Line),
        ("GET / HTTP/1.1\r\n\n", Fault::Line),
        (
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\n",
            Fault::Line,
        ),
        (
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;a=\n",
            Fault::Line,
        ),
        (
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\na: b\n",
            Fault::Line,
        ),
        (
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3 \r\n",
            Fault::Chunk,
        ),
        (
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
            Fault::Chunk,
        ),
        (
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\n",
            Fault::Chunk,
        ),
        (
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n;a\r\n",
            Fault::Chunk,
        ),
        (
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;\0\r\n",
            Fault::Chunk,
        ),
        (
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n00000000000000003\r\n",
            Fault::Chunk,
        ),
    ];

    #[test]
    fn what_breaks_a_rule_is_seen_wherever_it_stands() {
        for before in BEFORE {
            assert_eq!(fault(before), None, "{before}");
            for (text, expected) in BROKEN {
                assert_eq!(
                    fault(&format!("{before}{text}")),
                    Some(expected),
                    "{before}{text}"
                );
            }
        }
    }

    #[test]
    fn a_head_has_as_many_headers_as_the_server_takes_and_no_more() {
        let head = |count| format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(count));
        assert_eq!(fault(&head(HEADERS_MAX)), None);
        assert_eq!(fault(&head(HEADERS_MAX + 1)), Some(Fault::LongHead));
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
        ] {
            assert_eq!(fault(&text), None, "{text}");
        }
        // Only a connection begins with another protocol.
        for before in ["\r\n", "GET / HTTP/1.1\r\n\r\n"] {
            let text = format!("{before}PRI * HTTP/2.0\r\n\r\n{inner}");
            assert_eq!(fault(&text), Some(Fault::TwoLengths), "{text}");
        }
        let text = format!("PRI / HTTP/2.0\r\n\r\n{inner}");
        assert_eq!(fault(&text), Some(Fault::TwoLengths));
    }

    #[test]
    fn what_is_too_long_is_not_kept() {
        let mut framing = read("GET / HTTP/1.1\r\n");
        for _ in 0..3 {
            framing.feed(&vec![b'x'; HEAD_BYTES_MAX / 2]);
        }
        assert_eq!(framing.fault(), Some(Fault::LongHead));
        assert_eq!((framing.state, framing.read.capacity()), (State::Unread, 0));
        let mut framing = read("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;");
        framing.feed(&vec![b'1'; LINE_BYTES_MAX]);
        assert_eq!(framing.fault(), Some(Fault::Endless));
        let head = "GET / HTTP/1.1\r\nA: ";
        let most = HEAD_BYTES_MAX - head.len() - 4;
        assert_eq!(fault(&format!("{head}{}\r\n\r\n", "x".repeat(most))), None);
        let more = format!("{head}{}\r\n\r\n", "x".repeat(most + 1));
        assert_eq!(fault(&more), Some(Fault::LongHead));
    }

    #[test]
    fn a_connection_that_waits_holds_no_head() {
        let long = "x".repeat(HEAD_BYTES_MAX - 100);
        let framing = read(&format!("GET / HTTP/1.1\r\nA: {long}\r\n\r\n"));
        assert_eq!(framing.state, State::Head);
        assert!(framing.read.capacity() <= KEPT_BYTES);
    }

    proptest! {
        #[test]
        fn cuts_change_nothing(
            text in "((POST / HTTP/1.1|Content-Length: 3|Transfer-Encoding: chunked|3|abc|0|)(\r\n|\r\n|\r\n|\r\n|\r\n|\r\n|\n|\r)){0,20}",
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
            prop_assert_eq!(framing.fault, whole.fault);
        }
    }
}
