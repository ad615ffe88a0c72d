//! Answers of HTTP/1.1 in the bytes of a connection.

use std::io::Read as _;

use flate2::read::GzDecoder;

/// An answer as a client got it.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::door) struct Answer {
    pub(in crate::door) status: u16,
    pub(in crate::door) head: Vec<u8>,
    /// Without the codings that it came in.
    pub(in crate::door) body: Vec<u8>,
}

/// The answers on a connection, and how many bytes follow them that are no whole answer.
pub(super) fn read(mut bytes: &[u8]) -> (Vec<Answer>, usize) {
    let mut answers = Vec::new();
    while let Some((answer, length)) = first(bytes) {
        answers.push(answer);
        bytes = &bytes[length..];
    }
    (answers, bytes.len())
}

/// The first answer and how long it is, if all of it is there.
fn first(bytes: &[u8]) -> Option<(Answer, usize)> {
    let head_length = position(bytes, b"\r\n\r\n")? + 4;
    let head = str::from_utf8(&bytes[..head_length]).expect("a head in ASCII");
    let status = head.split(' ').nth(1).and_then(|text| text.parse().ok());
    let status: u16 = status.expect("a status");
    let rest = &bytes[head_length..];
    let header = |name: &str| {
        let lines = head.lines().filter_map(|line| line.split_once(':'));
        let mut values = lines.filter(|(own, _)| own.eq_ignore_ascii_case(name));
        values.next().map(|(_, value)| value.trim())
    };
    let (body, length) = match (
        status,
        header("transfer-encoding"),
        header("content-length"),
    ) {
        (100..=199 | 204 | 304, ..) => (Vec::new(), 0),
        (_, Some("chunked"), None) => of_chunks(rest)?,
        (_, None, Some(length)) => {
            let length: usize = length.parse().expect("a length");
            (rest.get(..length)?.to_vec(), length)
        }
        other => panic!("an answer without an end: {other:?}"),
    };
    let body = match header("content-encoding") {
        None => body,
        Some("gzip") => {
            let mut plain = Vec::new();
            GzDecoder::new(&body[..])
                .read_to_end(&mut plain)
                .expect("gzip");
            plain
        }
        Some(other) => panic!("the door does not know {other}"),
    };
    let head = head.as_bytes().to_vec();
    Some((Answer { status, head, body }, head_length + length))
}

/// A body in chunks, and how long all of it is.
fn of_chunks(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let (mut body, mut at) = (Vec::new(), 0);
    loop {
        let line = position(&bytes[at..], b"\r\n")?;
        let length = str::from_utf8(&bytes[at..at + line]).expect("a length in ASCII");
        let length = usize::from_str_radix(length, 16).expect("no extension");
        at += line + 2;
        if length == 0 {
            // The door's answers have no trailers here.
            let end = bytes.get(at..at + 2)?;
            assert_eq!(end, b"\r\n");
            return Some((body, at + 2));
        }
        body.extend_from_slice(bytes.get(at..at + length)?);
        bytes.get(at + length..at + length + 2)?;
        at += length + 2;
    }
}

fn position(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

#[test]
fn answers_are_read_one_after_another() {
    let bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab\
        HTTP/1.1 204 No Content\r\n\r\n\
        HTTP/1.1 400 Bad Request\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n\
        HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\ncut";
    let (answers, left) = read(bytes);
    let told: Vec<(u16, &[u8])> = answers.iter().map(|a| (a.status, &a.body[..])).collect();
    assert_eq!(told, [(200, &b"ab"[..]), (204, b""), (400, b"abcd")]);
    assert_eq!(left, 41);
    for cut in 1..bytes.len() - left {
        assert!(read(&bytes[..cut]).0.len() < 3);
    }
}
