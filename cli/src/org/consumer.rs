//! The key and the secret of an app: what it logs in with.

use std::str::FromStr;

use secrecy::SecretString;

/// The longest key or secret, in bytes. Salesforce's have a hundred at most; the
/// rest of a secret's 64 KiB is not for them.
pub(super) const BYTES_MAX: usize = 1_024;

/// The consumer key, or another id that goes with it. No secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ConsumerKey(String);

/// Why a text is no consumer key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected what Salesforce shows as Consumer Key: 1 to {BYTES_MAX} letters, digits and signs, \
     without spaces and colons"
)]
pub(super) struct ConsumerKeyError;

/// Why a text is no consumer secret. It is not quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ConsumerSecretError {
    /// There is nothing.
    #[error("the consumer secret is empty")]
    Empty,
    /// It goes on for too long.
    #[error(
        "the consumer secret is longer than {BYTES_MAX} bytes: the input is not a consumer secret"
    )]
    TooLong,
    /// It is more than one line, or was copied with something invisible.
    #[error(
        "the consumer secret contains a line break or another control character: it must be one line"
    )]
    Control,
    /// It is not UTF-8.
    #[error("the consumer secret is not text")]
    NotText,
}

impl FromStr for ConsumerKey {
    type Err = ConsumerKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // RFC 7617, section 2: a user-id with a colon cannot be sent.
        let is_allowed = |byte: u8| byte.is_ascii_graphic() && byte != b':';
        if (1..=BYTES_MAX).contains(&text.len()) && text.bytes().all(is_allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ConsumerKeyError)
        }
    }
}

impl ConsumerKey {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A consumer secret, without the end of the line that it came in.
pub(super) fn secret(line: &[u8]) -> Result<SecretString, ConsumerSecretError> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.len() > BYTES_MAX {
        return Err(ConsumerSecretError::TooLong);
    }
    let text = str::from_utf8(line).map_err(|_| ConsumerSecretError::NotText)?;
    if text.chars().any(char::is_control) {
        return Err(ConsumerSecretError::Control);
    }
    if text.trim().is_empty() {
        return Err(ConsumerSecretError::Empty);
    }
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_secret_is_one_line_of_text() {
        for (line, secret) in [
            (&b"S3cret!"[..], Ok("S3cret!")),
            (b"S3cret!\n", Ok("S3cret!")),
            (b"S3cret!\r\n", Ok("S3cret!")),
            ("é 你\n".as_bytes(), Ok("é 你")),
            (b"", Err(ConsumerSecretError::Empty)),
            (b"\n", Err(ConsumerSecretError::Empty)),
            (b"  \r\n", Err(ConsumerSecretError::Empty)),
            (b"a\n\n", Err(ConsumerSecretError::Control)),
            (b"a\nb\n", Err(ConsumerSecretError::Control)),
            (b"a\tb", Err(ConsumerSecretError::Control)),
            (b"\x1b[A", Err(ConsumerSecretError::Control)),
            (b"a\xff", Err(ConsumerSecretError::NotText)),
        ] {
            let parsed = super::secret(line).map(|secret| secret.expose_secret().to_owned());
            assert_eq!(parsed.as_deref(), secret.as_ref().copied(), "{line:?}");
        }
    }

    #[test]
    fn keys_and_secrets_of_the_limit_pass_and_longer_ones_do_not() {
        let longest = "x".repeat(BYTES_MAX);
        assert!(secret(format!("{longest}\r\n").as_bytes()).is_ok());
        assert!(longest.parse::<ConsumerKey>().is_ok());
        let longer = format!("{longest}x");
        assert_eq!(
            secret(longer.as_bytes()).err(),
            Some(ConsumerSecretError::TooLong)
        );
        assert!(longer.parse::<ConsumerKey>().is_err());
    }

    #[test]
    fn a_key_can_be_sent() {
        assert!("3MVG9_ab.cd".parse::<ConsumerKey>().is_ok());
        for text in ["", "a b", "a:b", "a\n", "é"] {
            assert_eq!(text.parse::<ConsumerKey>(), Err(ConsumerKeyError), "{text}");
        }
    }
}
