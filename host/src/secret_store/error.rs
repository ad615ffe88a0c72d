//! Why a store did not do as asked.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

pub use sfbox_secret::Kind;

/// A failure of a store: what was attempted, what came back, and what to do.
/// Never a secret.
#[derive(Clone, Debug)]
pub struct StoreError {
    kind: Kind,
    attempted: String,
    answered: Option<String>,
    advice: Option<String>,
    lacks: Option<Box<str>>,
    is_unsent: bool,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl StoreError {
    /// `attempted` says what was done, such as `GetSecretValue of prod/x`.
    pub fn new(kind: Kind, attempted: impl Into<String>) -> Self {
        Self {
            kind,
            attempted: attempted.into(),
            answered: None,
            advice: None,
            lacks: None,
            is_unsent: false,
            source: None,
        }
    }

    /// Adds what came back: a code and a request id, never a body.
    #[must_use]
    pub fn answered(mut self, answered: impl Into<String>) -> Self {
        self.answered = Some(answered.into());
        self
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// Adds the cause. Its words must repeat no secret.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into().into());
        self
    }

    /// Adds what the store's access policy would have to say, as one would paste
    /// it there: for AWS an IAM statement in JSON.
    #[must_use]
    pub fn lacking(mut self, statement: impl Into<String>) -> Self {
        self.lacks = Some(statement.into().into_boxed_str());
        self
    }

    /// Says that the store was not asked, because of what came before: there is nothing to
    /// sign a request with, for example. What to do about it is then said by
    /// [`StoreError::advised`] alone, and not among the words of the error.
    #[must_use]
    pub fn unsent(mut self) -> Self {
        self.is_unsent = true;
        self
    }

    /// Whether the store was not asked at all.
    pub fn is_unsent(&self) -> bool {
        self.is_unsent
    }

    /// What to make of it.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What to do about it, if the store knows.
    pub fn advised(&self) -> Option<&str> {
        self.advice.as_deref()
    }

    /// What the store's access policy would have to say, if that is what it
    /// lacks: see [`StoreError::lacking`].
    pub fn lacks(&self) -> Option<&str> {
        self.lacks.as_deref()
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} failed", self.attempted)?;
        if let Some(answered) = &self.answered {
            write!(out, ": {answered}")?;
        }
        match &self.advice {
            _ if self.is_unsent => Ok(()),
            Some(advice) => write!(out, "; {advice}"),
            None => Ok(()),
        }
    }
}

impl StdError for StoreError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source: &(dyn StdError + 'static) = self.source.as_deref()?;
        Some(source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_was_attempted_what_came_back_and_what_to_do() {
        let error = StoreError::new(Kind::Denied, "PutSecretValue of `acme`");
        assert_eq!(error.to_string(), "PutSecretValue of `acme` failed");
        let error = error.answered("AccessDeniedException (request id 7)");
        let error = error.advice("allow it").caused_by("the cause");
        assert_eq!(
            error.to_string(),
            "PutSecretValue of `acme` failed: AccessDeniedException (request id 7); allow it"
        );
        assert_eq!(
            error.source().unwrap().to_string(),
            "the cause",
            "said once"
        );
        assert_eq!(error.kind(), Kind::Denied);
        assert_eq!((error.advised(), error.lacks()), (Some("allow it"), None));
        let lacking = error.clone().lacking("{}");
        assert_eq!(lacking.lacks(), Some("{}"));
        assert_eq!(
            lacking.to_string(),
            error.to_string(),
            "a statement is no sentence"
        );
    }

    #[test]
    fn what_to_do_before_the_store_is_asked_is_no_part_of_the_words() {
        let error = StoreError::new(Kind::Denied, "GetSecretValue of `acme`");
        let error = error.answered("no credentials").advice("get some").unsent();
        assert_eq!(
            error.to_string(),
            "GetSecretValue of `acme` failed: no credentials"
        );
        assert_eq!(error.advised(), Some("get some"));
        assert!(error.is_unsent());
    }
}
