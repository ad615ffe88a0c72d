//! What can go wrong: the contract's `types.error`, case by case.

pub use crate::contract::types::Remedy;
use crate::platform::StoreError;

/// Why a call failed; `wit/types.wit` says when each case is the one to use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Salesforce understood and refused.
    #[error("Salesforce answered {}", .0.status)]
    Api(ApiFailure),
    /// The token endpoint refused the credentials.
    #[error("the login was refused: {}", .0.code)]
    Login(OauthError),
    /// A token fresh from a login was refused.
    #[error("a fresh token was refused with {}", .0.status)]
    RefusedToken(ApiFailure),
    /// The secret could not be used.
    #[error("the secret cannot be used")]
    Secret(#[from] SecretError),
    /// The caller's input cannot be sent.
    #[error("{0}")]
    InvalidInput(String),
    /// A condition of the caller does not hold.
    #[error("the record has changed since the given state")]
    PreconditionFailed,
    /// Several records have the external id: these.
    #[error("{} records have this external id", .0.len())]
    Ambiguous(Vec<String>),
    /// The session that a locator belongs to has ended.
    #[error("the session has changed")]
    SessionChanged,
    /// A write that must not be sent twice was sent, and its answer was lost.
    #[error("whether the write was executed is unknown")]
    OutcomeUnknown,
    /// Wait.
    #[error("rate limited")]
    RateLimited(RateLimit),
    /// The caller's timeout passed.
    #[error("timeout")]
    Timeout,
    /// The org could not be reached.
    #[error("{0}")]
    Unreachable(String),
    /// There was no connection to the org's host, and there may be no such host any
    /// more. For callers it is [`Error::Unreachable`].
    #[error("{0}")]
    Gone(String),
    /// The host's policy refused the request.
    #[error("{0}")]
    Denied(String),
    /// An answer that cannot be read.
    #[error("{}", .0.reason)]
    UnexpectedAnswer(Unexpected),
    /// The component, or the org, cannot do this.
    #[error("{0}")]
    Unsupported(String),
}

/// An answer with Salesforce's error array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiFailure {
    /// The HTTP status; 0 if there was none.
    pub status: u16,
    /// Salesforce's array.
    pub errors: Vec<ApiError>,
    /// Salesforce's id of the request.
    pub request_id: Option<String>,
}

/// One entry of that array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// Such as `MALFORMED_QUERY` or `invalid_grant`.
    pub code: String,
    /// Salesforce's words.
    pub message: String,
    /// The fields it is about.
    pub fields: Vec<String>,
    /// What helps.
    pub remedy: Remedy,
    /// The entry's other members, as a JSON object.
    pub details: Option<String>,
}

/// A refusal of the token endpoint (RFC 6749, section 5.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OauthError {
    /// The HTTP status; 0 if there was none.
    pub status: u16,
    /// Such as `MALFORMED_QUERY` or `invalid_grant`.
    pub code: String,
    /// The words for it; may be empty.
    pub description: String,
    /// Salesforce's id of the request.
    pub request_id: Option<String>,
}

/// Why, and for how long, to wait.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RateLimit {
    /// The time left in seconds, when known.
    pub retry_after_s: Option<u32>,
    /// The code of the last login that was refused, when such refusals are the reason.
    pub refusal: Option<String>,
}

/// An answer that is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unexpected {
    /// The HTTP status; 0 if there was none.
    pub status: u16,
    /// What is wrong with it.
    pub reason: String,
    /// Salesforce's id of the request.
    pub request_id: Option<String>,
}

/// Why the secret could not be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The store did not do as asked.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The text cannot be used; says which key and why, never a value.
    #[error("{0}")]
    Malformed(String),
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Secret(error.into())
    }
}

impl Error {
    /// What is wrong with an item of a list that the caller gave, such as a record, with its
    /// place there, which counts from 0.
    pub(crate) fn of_item(self, item: &str, place: usize) -> Self {
        match self {
            Self::InvalidInput(why) => {
                Self::InvalidInput(format!("{item} {} of the list: {why}", place + 1))
            }
            other => other,
        }
    }

    /// What an answer says of waiting.
    pub(crate) fn wait(retry_after_s: Option<u32>) -> Self {
        Self::RateLimited(RateLimit {
            retry_after_s,
            refusal: None,
        })
    }

    /// An answer that says it is right, and cannot be used.
    pub(crate) fn unusable(reason: impl Into<String>) -> Self {
        Self::UnexpectedAnswer(Unexpected {
            status: 200,
            reason: reason.into(),
            request_id: None,
        })
    }

    /// An answer that never got as far as a status line.
    pub(crate) fn unreadable(reason: impl Into<String>) -> Self {
        Self::UnexpectedAnswer(Unexpected {
            status: 0,
            reason: reason.into(),
            request_id: None,
        })
    }

    /// A secret that cannot be used because of `key`.
    pub(crate) fn malformed(why: impl Into<String>) -> Self {
        Self::Secret(SecretError::Malformed(why.into()))
    }
}
