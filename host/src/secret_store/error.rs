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
    lacks: Option<String>,
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
        self.lacks = Some(statement.into());
        self
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
}
