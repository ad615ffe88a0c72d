//! An access token, and the short name it is known by.

use std::fmt::Write as _;
use std::rc::Rc;

use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

/// How many hex digits of the hash stand for a token: too few to search for the
/// token with, enough to tell any two apart.
const FINGERPRINT_DIGITS: usize = 16;

/// An access token that can stand in a header. There is no bound on its length:
/// JWT-format tokens have some kilobytes. Clones share one text in memory.
#[derive(Clone)]
pub(crate) struct AccessToken {
    text: Rc<SecretString>,
    fingerprint: Fingerprint,
}

/// The first 16 hex digits of the token's SHA-256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint(Rc<str>);

impl AccessToken {
    /// `None` for text that no header can hold (RFC 6750, section 2.1, and the
    /// `!` of Salesforce's opaque tokens).
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let sendable = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        let fingerprint = Fingerprint(hex(text, FINGERPRINT_DIGITS).into());
        sendable.then(|| Self {
            text: Rc::new(text.into()),
            fingerprint,
        })
    }

    pub(crate) fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    pub(crate) fn expose(&self) -> &str {
        self.text.expose_secret()
    }
}

impl Fingerprint {
    /// The text that a fingerprint was written as.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (text.len() == FINGERPRINT_DIGITS && digits).then(|| Self(text.into()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The first `digits` hex digits of the SHA-256 of `text`.
pub(crate) fn hex(text: &str, digits: usize) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(text) {
        // Writing to a string cannot fail.
        _ = write!(hex, "{byte:02x}");
    }
    hex.truncate(digits);
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_the_start_of_the_hash() {
        // echo -n 'abc' | sha256sum
        let token = AccessToken::parse("abc").unwrap();
        assert_eq!(token.fingerprint().as_str(), "ba7816bf8f01cfea");
        assert_eq!(
            Fingerprint::parse("ba7816bf8f01cfea").as_ref(),
            Some(token.fingerprint())
        );
        for text in [
            "",
            "ba7816bf8f01cfe",
            "BA7816BF8F01CFEA",
            "ba7816bf8f01cfeaa",
            "xyz816bf8f01cfea",
        ] {
            assert_eq!(Fingerprint::parse(text), None);
        }
    }

    #[test]
    fn a_token_is_what_a_header_can_hold() {
        assert!(AccessToken::parse("00D!AQ.x_y~z+/=").is_some());
        for text in ["", "a b", "a\r\nx: y", "é", "a\0"] {
            assert!(AccessToken::parse(text).is_none(), "{text:?}");
        }
    }
}
