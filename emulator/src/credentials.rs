//! What a client needs to log in.

use std::fmt;

/// An app's credentials for the client credentials flow.
#[derive(Clone)]
pub struct Credentials {
    /// The My Domain without `.salesforce.com`, such as `acme.my`.
    pub domain: String,
    /// The consumer key: the OAuth client id.
    pub consumer_key: String,
    /// The consumer secret: the OAuth client secret.
    pub consumer_secret: ConsumerSecret,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("domain", &self.domain)
            .finish_non_exhaustive()
    }
}

/// A consumer secret; only [`expose`](Self::expose) shows it.
#[derive(Clone)]
pub struct ConsumerSecret(String);

impl ConsumerSecret {
    pub(crate) fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ConsumerSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_neither_key_nor_secret() {
        let credentials = Credentials {
            domain: "acme.my".to_owned(),
            consumer_key: "canary-key".to_owned(),
            consumer_secret: ConsumerSecret::new("canary-secret"),
        };
        let shown = format!("{credentials:?} {:?}", credentials.consumer_secret);
        assert!(shown.contains("acme.my"));
        assert!(!shown.contains("canary"), "{shown}");
    }
}
