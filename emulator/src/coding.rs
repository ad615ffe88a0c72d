//! The codings of bodies: compression.
//!
//! Source: REST API Developer Guide, "Compression Headers"; RFC 9110, section
//! 8.4.1, by which `deflate` has zlib's frame.

use std::io::{self, Read as _, Write as _};

use flate2::Compression;
use flate2::read::{GzDecoder, ZlibDecoder};
use flate2::write::{GzEncoder, ZlibEncoder};

/// A coding that Salesforce reads and writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Gzip,
    Deflate,
}

impl Coding {
    /// The coding of that name, in any case.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => Some(Self::Gzip),
            "deflate" => Some(Self::Deflate),
            _ => None,
        }
    }

    /// As `Content-Encoding` names it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
        }
    }

    /// A body, compressed.
    ///
    /// # Errors
    ///
    /// Those of the encoder; writing to memory has none.
    pub(crate) fn compressed(self, body: &[u8]) -> io::Result<Vec<u8>> {
        let room = Vec::with_capacity(body.len() / 4);
        match self {
            Self::Gzip => {
                let mut encoder = GzEncoder::new(room, Compression::fast());
                encoder.write_all(body)?;
                encoder.finish()
            }
            Self::Deflate => {
                let mut encoder = ZlibEncoder::new(room, Compression::fast());
                encoder.write_all(body)?;
                encoder.finish()
            }
        }
    }

    /// A body without its compression, and no more than `limit` bytes of it.
    ///
    /// # Errors
    ///
    /// Bytes that are not in this coding.
    pub(crate) fn plain(self, body: &[u8], limit: u64) -> io::Result<Vec<u8>> {
        let mut plain = Vec::new();
        match self {
            Self::Gzip => GzDecoder::new(body).take(limit).read_to_end(&mut plain)?,
            Self::Deflate => ZlibDecoder::new(body).take(limit).read_to_end(&mut plain)?,
        };
        Ok(plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compressed_comes_back() {
        let body = b"Zimt ".repeat(1_000);
        for coding in [Coding::Gzip, Coding::Deflate] {
            let compressed = coding.compressed(&body).expect("compressed");
            assert!(compressed.len() < 200, "{}", coding.name());
            let plain = |limit| coding.plain(&compressed, limit).expect("plain");
            assert_eq!(plain(u64::MAX), body);
            assert_eq!(plain(7), body[..7]);
            assert!(coding.plain(b"plain", 100).is_err());
            assert_eq!(Coding::named(coding.name()), Some(coding));
        }
        assert_eq!(Coding::named("br"), None);
    }
}
