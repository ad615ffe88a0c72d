//! Between the contract's types and the core's richer ones, of errors and of the store:
//! each conversion is one function that names every case.

use std::time::Duration;

use secrecy::ExposeSecret as _;

use crate::contract::{secret_store, types};
use crate::error::{self, Error, SecretError};
use crate::platform::{Changes, Claimed, Document, StoreError};

impl From<Error> for types::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Api(failure) => Self::Api(failure.into()),
            Error::Login(error) => Self::Login(types::OauthError {
                status: error.status,
                code: error.code,
                description: error.description,
                request_id: error.request_id,
            }),
            Error::RefusedToken(failure) => Self::RefusedToken(failure.into()),
            Error::Secret(error) => Self::Secret(error.into()),
            Error::InvalidInput(why) => Self::InvalidInput(why),
            Error::PreconditionFailed => Self::PreconditionFailed,
            Error::Ambiguous(ids) => Self::Ambiguous(ids),
            Error::SessionChanged => Self::SessionChanged,
            Error::OutcomeUnknown => Self::OutcomeUnknown,
            Error::RateLimited(limit) => Self::RateLimited(types::RateLimit {
                retry_after_s: limit.retry_after_s,
                refusal: limit.refusal,
            }),
            Error::Timeout => Self::Timeout,
            Error::Unreachable(why) | Error::Gone(why) => Self::Unreachable(why),
            Error::Denied(why) => Self::Denied(why),
            Error::UnexpectedAnswer(unexpected) => Self::UnexpectedAnswer(types::Unexpected {
                status: unexpected.status,
                reason: unexpected.reason,
                request_id: unexpected.request_id,
            }),
            Error::Unsupported(why) => Self::Unsupported(why),
        }
    }
}

impl From<error::ApiFailure> for types::ApiFailure {
    fn from(failure: error::ApiFailure) -> Self {
        Self {
            status: failure.status,
            errors: failure.errors.into_iter().map(Into::into).collect(),
            request_id: failure.request_id,
        }
    }
}

impl From<error::ApiError> for types::ApiError {
    fn from(error: error::ApiError) -> Self {
        Self {
            code: error.code,
            message: error.message,
            fields: error.fields,
            remedy: error.remedy,
            details: error.details,
        }
    }
}

impl From<SecretError> for types::SecretError {
    fn from(error: SecretError) -> Self {
        match error {
            SecretError::Malformed(why) => Self::Malformed(why),
            SecretError::Store(StoreError::Malformed) => {
                Self::Malformed("it is not a JSON object".to_owned())
            }
            SecretError::Store(StoreError::NotFound) => Self::NotFound,
            SecretError::Store(StoreError::Denied) => Self::Denied,
            SecretError::Store(StoreError::Conflict) => Self::Conflict,
            SecretError::Store(StoreError::Throttled(seconds)) => Self::Throttled(seconds),
            SecretError::Store(StoreError::Unavailable) => Self::Unavailable,
        }
    }
}

impl From<secret_store::Error> for StoreError {
    fn from(error: secret_store::Error) -> Self {
        match error {
            secret_store::Error::NotFound => Self::NotFound,
            secret_store::Error::Denied => Self::Denied,
            secret_store::Error::Conflict => Self::Conflict,
            secret_store::Error::Throttled(seconds) => Self::Throttled(seconds),
            secret_store::Error::Unavailable => Self::Unavailable,
            secret_store::Error::Malformed => Self::Malformed,
        }
    }
}

impl From<secret_store::Document> for Document {
    fn from(document: secret_store::Document) -> Self {
        Self {
            version: document.version,
            entries: document
                .entries
                .into_iter()
                .map(|entry| (entry.key, entry.value.into()))
                .collect(),
            writable: document.writable,
            require_shared: document.settings.require_shared,
            session_ttl: document
                .settings
                .session_ttl_s
                .map(|seconds| Duration::from_secs(seconds.into())),
        }
    }
}

impl From<secret_store::Claimed> for Claimed {
    fn from(claimed: secret_store::Claimed) -> Self {
        match claimed {
            secret_store::Claimed::Won => Self::Won,
            secret_store::Claimed::Held(ms) => Self::Held(Duration::from_millis(ms)),
            secret_store::Claimed::Spent(spent) => Self::Spent {
                age: Duration::from_millis(spent.age_ms),
                refusal: spent.refusal,
            },
            secret_store::Claimed::Unsupported => Self::Unsupported,
        }
    }
}

/// What `replace` changes.
pub(super) fn changes(changes: Changes) -> Vec<(String, Option<String>)> {
    let exposed = |value: secrecy::SecretString| value.expose_secret().to_owned();
    changes
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.map(exposed)))
        .collect()
}
