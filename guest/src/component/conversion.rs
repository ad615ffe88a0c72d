//! Between the contract's types and the core's: each conversion is one function
//! that names every case.

use std::time::Duration;

use secrecy::ExposeSecret as _;

use super::{exports, secret_store};
use crate::client::Options;
use crate::error::{self, Error, SecretError};
use crate::platform::{Changes, Claimed, Document, StoreError};
use crate::query;
use crate::session;

/// Which rows the contract asks for.
pub(super) fn rows(rows: exports::query::Rows) -> query::Rows {
    match rows {
        exports::query::Rows::Live => query::Rows::Live,
        exports::query::Rows::All => query::Rows::All,
    }
}

impl From<exports::types::Options> for Options {
    fn from(options: exports::types::Options) -> Self {
        Self {
            timeout_ms: options.timeout_ms,
            api_version: options.api_version,
        }
    }
}

impl From<query::Page> for exports::query::Page {
    fn from(page: query::Page) -> Self {
        Self {
            body: page.body,
            total_size: page.total_size,
            next: page.next,
        }
    }
}

impl From<session::Status> for exports::session::SessionStatus {
    fn from(status: session::Status) -> Self {
        Self {
            origin: match status.origin {
                session::Origin::None => exports::session::Origin::None,
                session::Origin::Stored => exports::session::Origin::Stored,
                session::Origin::Login => exports::session::Origin::Login,
            },
            instance: status.instance,
            issued_at_ms: status.issued_at_ms,
            expires_at_ms: status.expires_at_ms,
            shared: status.shared,
            note: status.note,
        }
    }
}

impl From<Error> for exports::types::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Api(failure) => Self::Api(failure.into()),
            Error::Login(error) => Self::Login(exports::types::OauthError {
                status: error.status,
                code: error.code,
                description: error.description,
                request_id: error.request_id,
            }),
            Error::RefusedToken(failure) => Self::RefusedToken(failure.into()),
            Error::Secret(error) => Self::Secret(error.into()),
            Error::InvalidInput(why) => Self::InvalidInput(why),
            Error::SessionChanged => Self::SessionChanged,
            Error::RateLimited(limit) => Self::RateLimited(exports::types::RateLimit {
                retry_after_s: limit.retry_after_s,
                refusal: limit.refusal,
            }),
            Error::Timeout => Self::Timeout,
            Error::Unreachable(why) | Error::Gone(why) => Self::Unreachable(why),
            Error::Denied(why) => Self::Denied(why),
            Error::UnexpectedAnswer(unexpected) => {
                Self::UnexpectedAnswer(exports::types::Unexpected {
                    status: unexpected.status,
                    reason: unexpected.reason,
                    request_id: unexpected.request_id,
                })
            }
        }
    }
}

impl From<error::ApiFailure> for exports::types::ApiFailure {
    fn from(failure: error::ApiFailure) -> Self {
        let errors = failure
            .errors
            .into_iter()
            .map(|error| exports::types::ApiError {
                code: error.code,
                message: error.message,
                fields: error.fields,
            })
            .collect();
        Self {
            status: failure.status,
            errors,
            request_id: failure.request_id,
        }
    }
}

impl From<SecretError> for exports::types::SecretError {
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
