//! What can go wrong.

mod cause;
mod verdict;
mod words;

pub use crate::bindings::exports::sfbox::client::types::{
    ApiError, ApiFailure, Error as Failure, OauthError, RateLimit, Remedy, SecretError, Unexpected,
};
pub use crate::config::ConfigError;
pub use crate::engine::Retirement;
use crate::secret_store::StoreError;
pub use cause::Cause;
pub use verdict::Verdict;
use verdict::{PROXY, of_failure, repeat, verdict};
use words::Words;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The component answered with a failure.
    #[error("{operation} of org `{org}`: {}", Words(.failure, .cause.as_ref()))]
    Call {
        /// The org, as the caller named it.
        org: String,
        /// What was attempted, such as `query`.
        operation: &'static str,
        /// The contract's error (`wit/types.wit`), to branch on.
        failure: Box<Failure>,
        /// What the host knows of it beyond the contract: the store's or the
        /// connection's own words.
        #[source]
        cause: Option<Cause>,
    },
    /// The instance ended before it answered. Whether a write happened is
    /// unknown.
    #[error("{operation} of org `{org}` ended without a result")]
    Lost {
        /// The org, as the caller named it.
        org: String,
        /// What was attempted.
        operation: &'static str,
        /// Why the instance ended.
        #[source]
        why: Retirement,
    },
}

impl Error {
    /// What to do about it.
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Call {
                operation, failure, ..
            } => match self.store() {
                Some(store) if store.is_unsent() => store.verdict(),
                _ => {
                    let verdict = of_failure(failure, repeat(operation));
                    let hint = if self.is_of_proxy() {
                        Some(PROXY)
                    } else if self.is_of_policy() {
                        // The words name the option.
                        None
                    } else {
                        verdict.hint
                    };
                    Verdict { hint, ..verdict }
                }
            },
            Self::Lost {
                why: Retirement::ShutDown,
                ..
            } => verdict(4, true, Some("repeat the command")),
            Self::Lost {
                why: Retirement::Abandoned,
                ..
            } => verdict(4, false, None),
            Self::Lost { .. } => verdict(
                101,
                false,
                Some("this is a bug in sfbox or a hostile component: please report it"),
            ),
        }
    }

    /// A short code for logs and metrics: the case of the contract's error, or
    /// `lost`. Never a message.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Call { failure, .. } => code(failure),
            Self::Lost { .. } => "lost",
        }
    }

    /// What the secret store itself said, if it is what failed.
    pub fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Call { cause, .. } => cause.as_ref()?.store(),
            Self::Lost { .. } => None,
        }
    }

    /// Whether a proxy refused, or could not be reached: nothing was sent to the org.
    pub fn is_of_proxy(&self) -> bool {
        let Self::Call {
            cause: Some(cause), ..
        } = self
        else {
            return false;
        };
        cause.is_of_proxy()
    }

    /// Whether the org's policy denied a request, or an audit that cannot be written. The
    /// words name the rule, and what allows it: nothing was sent.
    pub fn is_of_policy(&self) -> bool {
        let Self::Call {
            cause: Some(cause), ..
        } = self
        else {
            return false;
        };
        cause.is_of_policy()
    }

    /// Whether a write was not sent because the audit cannot be written: the operator's to
    /// mend, and not a denial of what the caller asked for.
    pub fn is_of_audit(&self) -> bool {
        let Self::Call {
            cause: Some(cause), ..
        } = self
        else {
            return false;
        };
        cause.in_public().is_some()
    }

    /// Why, for somebody who sends requests through a program and may not know what its
    /// operator knows: without the org, the library's function, and the operator's files.
    pub fn reason(&self) -> String {
        let Self::Call { failure, cause, .. } = self else {
            return "the request ended without an answer".to_owned();
        };
        let words = Words(failure, cause.as_ref());
        match cause {
            Some(cause) if cause.is_of_policy() => match cause.in_public() {
                Some(why) => why.to_owned(),
                None => format!("{words}: {cause}"),
            },
            _ => words.to_string(),
        }
    }

    /// Salesforce's request id, when the failure came with one.
    pub fn request_id(&self) -> Option<&str> {
        let Self::Call { failure, .. } = self else {
            return None;
        };
        match &**failure {
            Failure::Api(api) | Failure::RefusedToken(api) => api.request_id.as_deref(),
            Failure::Login(oauth) => oauth.request_id.as_deref(),
            Failure::UnexpectedAnswer(answer) => answer.request_id.as_deref(),
            Failure::Secret(_)
            | Failure::InvalidInput(_)
            | Failure::PreconditionFailed
            | Failure::Ambiguous(_)
            | Failure::SessionChanged
            | Failure::OutcomeUnknown
            | Failure::RateLimited(_)
            | Failure::Timeout
            | Failure::Unreachable(_)
            | Failure::Denied(_)
            | Failure::Unsupported(_) => None,
        }
    }
}

/// What helps against an error with this code and message, for a program that reads
/// Salesforce's answer itself. It says what [`ApiError::remedy`] says.
pub fn remedy(code: &str, message: &str) -> Remedy {
    use sfbox_remedy::Remedy as Known;

    match sfbox_remedy::of(code, message) {
        Known::FixRequest => Remedy::FixRequest,
        Known::FixPermission => Remedy::FixPermission,
        Known::Retry => Remedy::Retry,
        Known::Wait => Remedy::Wait,
        Known::Gone => Remedy::Gone,
        Known::Unknown => Remedy::Unknown,
    }
}

fn code(failure: &Failure) -> &'static str {
    match failure {
        Failure::Api(_) => "api",
        Failure::Login(_) => "login",
        Failure::RefusedToken(_) => "refused-token",
        Failure::Secret(_) => "secret",
        Failure::InvalidInput(_) => "invalid-input",
        Failure::PreconditionFailed => "precondition-failed",
        Failure::Ambiguous(_) => "ambiguous",
        Failure::SessionChanged => "session-changed",
        Failure::OutcomeUnknown => "outcome-unknown",
        Failure::RateLimited(_) => "rate-limited",
        Failure::Timeout => "timeout",
        Failure::Unreachable(_) => "unreachable",
        Failure::Denied(_) => "denied",
        Failure::UnexpectedAnswer(_) => "unexpected-answer",
        Failure::Unsupported(_) => "unsupported",
    }
}

#[cfg(test)]
mod tests;
