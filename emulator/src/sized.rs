//! A valid answer to a query, of exactly the size that was asked for.

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

/// What stands before the long name.
const HEAD: &str = r#"{"totalSize":1,"done":true,"records":[{"attributes":{"type":"Account","url":"/services/data/v66.0/sobjects/Account/001Sb0000000001IAA"},"Id":"001Sb0000000001IAA","Name":""#;

/// What stands after it.
const TAIL: &str = r#""}]}"#;

/// The longest piece in which it comes, in bytes.
const PIECE: usize = 64 * 1_024;

/// The answer, a piece at a time, so that a large one takes no memory.
#[derive(Debug)]
pub(crate) struct SizedAnswer {
    next: Part,
    /// Bytes of the name that have not come yet.
    name_left: u64,
}

#[derive(Debug, PartialEq, Eq)]
enum Part {
    Head,
    NameAndTail,
    End,
}

impl SizedAnswer {
    /// An answer of `bytes`, or of the least possible if that is more.
    pub(crate) const fn new(bytes: u64) -> Self {
        let frame = (HEAD.len() + TAIL.len()) as u64;
        Self {
            next: Part::Head,
            name_left: bytes.saturating_sub(frame),
        }
    }

    /// How many bytes are left.
    pub(crate) const fn remaining(&self) -> u64 {
        let frame = match self.next {
            Part::Head => HEAD.len() + TAIL.len(),
            Part::NameAndTail => TAIL.len(),
            Part::End => 0,
        };
        self.name_left + frame as u64
    }

    fn name(&mut self) -> Bytes {
        static NAME: [u8; PIECE] = [b'x'; PIECE];
        let length = usize::try_from(self.name_left).map_or(PIECE, |left| left.min(PIECE));
        self.name_left -= length as u64;
        Bytes::from_static(&NAME[..length])
    }
}

impl Iterator for SizedAnswer {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        match self.next {
            Part::Head => {
                self.next = Part::NameAndTail;
                Some(Bytes::from_static(HEAD.as_bytes()))
            }
            Part::NameAndTail if self.name_left > 0 => Some(self.name()),
            Part::NameAndTail => {
                self.next = Part::End;
                Some(Bytes::from_static(TAIL.as_bytes()))
            }
            Part::End => None,
        }
    }
}

/// The same, compressed.
#[derive(Debug)]
pub(crate) struct CompressedAnswer {
    plain: SizedAnswer,
    encoder: Option<GzEncoder<Vec<u8>>>,
}

impl CompressedAnswer {
    /// An answer of `bytes` before its compression.
    pub(crate) fn new(bytes: u64) -> Self {
        Self {
            plain: SizedAnswer::new(bytes),
            encoder: Some(GzEncoder::new(Vec::new(), Compression::fast())),
        }
    }
}

impl Iterator for CompressedAnswer {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        // Writing to a vector cannot fail; if it did, the stream would end
        // early and no client would take it for whole.
        while let Some(encoder) = &mut self.encoder {
            match self.plain.next() {
                Some(piece) => encoder.write_all(&piece).ok()?,
                None => return self.encoder.take()?.finish().ok().map(Bytes::from),
            }
            let written = std::mem::take(encoder.get_mut());
            if !written.is_empty() {
                return Some(Bytes::from(written));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;

    use super::*;
    use crate::fault::ANSWER_BYTES_MIN;
    use crate::id::RecordId;

    #[test]
    fn an_answer_has_exactly_its_size_and_is_json() {
        for bytes in [
            ANSWER_BYTES_MIN,
            ANSWER_BYTES_MIN + 1,
            PIECE as u64 + 999,
            1_000_000,
        ] {
            let mut answer = SizedAnswer::new(bytes);
            assert_eq!(answer.remaining(), bytes);
            let whole: Vec<u8> = answer.by_ref().flatten().collect();
            assert_eq!(whole.len() as u64, bytes);
            assert_eq!(answer.remaining(), 0);
            let json: serde_json::Value = serde_json::from_slice(&whole).expect("JSON");
            assert_eq!(json["totalSize"], 1);
            let id = json["records"][0]["Id"].as_str().expect("an id");
            assert_eq!(RecordId::parse(id).as_ref().map(RecordId::as_str), Some(id));
        }
    }

    #[test]
    fn compressed_it_is_the_same() {
        let compressed: Vec<u8> = CompressedAnswer::new(1_000_000).flatten().collect();
        assert!(compressed.len() < 10_000);
        let mut whole = Vec::new();
        GzDecoder::new(&compressed[..])
            .read_to_end(&mut whole)
            .expect("gzip");
        let plain: Vec<u8> = SizedAnswer::new(1_000_000).flatten().collect();
        assert_eq!(whole, plain);
    }
}
