//! What can go wrong, and the one table of what to do about it.

mod words;

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

pub use crate::bindings::exports::sfbox::client::types::{
    ApiError, ApiFailure, Error as Failure, OauthError, RateLimit, SecretError, Unexpected,
};
use crate::completeness::Incomplete;
pub use crate::config::ConfigError;
use crate::egress::RequestFailed;
pub use crate::engine::Retirement;
use crate::secret_store::{Kind, StoreError};
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
    #[error("{operation} of org `{org}` was lost")]
    Lost {
        /// The org, as the caller named it.
        org: String,
        /// What was attempted.
        operation: &'static str,
        /// Why the instance ended.
        #[source]
        why: Retirement,
    },
    /// The runtime's configuration does not allow or not support the call.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

/// A cause from one of the host's parts; shared, since one failure of the store
/// can end several calls.
#[derive(Clone)]
pub struct Cause(Arc<dyn StdError + Send + Sync>);

/// What to do about an error: the one table that knows exit statuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The exit status of `sfbox`; the README's table explains them.
    pub exit_code: u8,
    /// Whether the same call may work a moment later. A write is safe to repeat
    /// only if repeating it is.
    pub retryable: bool,
    /// What a person should do next, in one sentence without a full stop.
    pub hint: Option<&'static str>,
}

impl Cause {
    pub(crate) fn new(cause: impl StdError + Send + Sync + 'static) -> Self {
        Self(Arc::new(cause))
    }

    fn store(&self) -> Option<&StoreError> {
        self.0.downcast_ref()
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

impl StdError for Cause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

/// What sending a request twice does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repeat {
    /// The same as sending it once.
    Always,
    /// Perhaps more: only what was surely not executed may be sent again.
    UnlessExecuted,
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
            Self::Lost { .. } => verdict(
                101,
                false,
                Some("this is a bug in sfbox or a hostile component: please report it"),
            ),
            Self::Config(_) => verdict(2, false, None),
        }
    }

    /// A short code for logs and metrics: the case of the contract's error, or
    /// `lost` or `config`. Never a message.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Call { failure, .. } => code(failure),
            Self::Lost { .. } => "lost",
            Self::Config(_) => "config",
        }
    }

    /// What the secret store itself said, if it is what failed.
    pub fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Call { cause, .. } => cause.as_ref()?.store(),
            Self::Lost { .. } | Self::Config(_) => None,
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
        let words = cause.0.downcast_ref::<RequestFailed>();
        words.is_some_and(|words| words.is_of_proxy)
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

impl Incomplete {
    /// What to do about it.
    pub fn verdict(&self) -> Verdict {
        let hint = match self {
            Self::Missing(missing) if !missing.children.is_empty() => {
                "query the child object by itself; its records then have pages of their own"
            }
            Self::Missing(_) => "run the query again to have all records that there are now",
            Self::Circle | Self::EmptyPage | Self::TooMany { .. } => {
                "`sfbox org check` says whether it is the org that answers"
            }
        };
        verdict(6, false, Some(hint))
    }
}

impl StoreError {
    /// What to do about it: the same as when a call fails by it. If the store was not
    /// asked at all, [`StoreError::advised`] says it.
    pub fn verdict(&self) -> Verdict {
        let verdict = of_secret(&match self.kind() {
            Kind::NotFound => SecretError::NotFound,
            Kind::Denied => SecretError::Denied,
            Kind::Conflict => SecretError::Conflict,
            Kind::Throttled(seconds) => SecretError::Throttled(seconds),
            Kind::Unavailable => SecretError::Unavailable,
            Kind::Malformed => SecretError::Malformed(String::new()),
        });
        Verdict {
            hint: verdict.hint.filter(|_| !self.is_unsent()),
            ..verdict
        }
    }
}

const fn verdict(exit_code: u8, retryable: bool, hint: Option<&'static str>) -> Verdict {
    Verdict {
        exit_code,
        retryable,
        hint,
    }
}

/// What the operations of today do when they are repeated: all of them read, or log
/// in. One that is not known here may write.
fn repeat(operation: &str) -> Repeat {
    match operation {
        "query" | "query-more" | "session status" | "session renew" | "session forget" => {
            Repeat::Always
        }
        _ => Repeat::UnlessExecuted,
    }
}

/// Whether the same request may work a moment later: its status decides, whatever
/// form the body has, unless the request may have been executed.
///
/// Source of the statuses: REST API Developer Guide, "Status Codes and Error
/// Responses" (420: Salesforce's edge has no route to the org yet; 502 to 504: between
/// the edge and the org), and RFC 6585 (429). Of the codes: SOAP API Developer Guide,
/// "ExceptionCode"; with both nothing was executed, or it was undone.
fn passes(status: u16, codes: &[&str], repeat: Repeat) -> bool {
    const NOT_EXECUTED: [&str; 2] = ["API_CURRENTLY_DISABLED", "UNABLE_TO_LOCK_ROW"];
    match status {
        420 | 429 => true,
        500..=599 if repeat == Repeat::Always => true,
        _ => codes.iter().any(|code| NOT_EXECUTED.contains(code)),
    }
}

/// What to do about a proxy that is in the way.
const PROXY: &str = "check the proxy's URL, which is in `--proxy`, HTTPS_PROXY or ALL_PROXY; \
                     `--proxy none` goes without one, and NO_PROXY lists hosts that do";

const LATER: Verdict = verdict(4, true, Some("wait, then repeat the command"));

fn of_failure(failure: &Failure, repeat: Repeat) -> Verdict {
    match failure {
        Failure::Api(api) if passes(api.status, &codes(api), repeat) => LATER,
        // A login is always repeatable.
        Failure::Login(oauth) if passes(oauth.status, &[], Repeat::Always) => LATER,
        Failure::UnexpectedAnswer(answer) if passes(answer.status, &[], repeat) => LATER,
        Failure::Api(api) => verdict(1, false, of_api(api)),
        Failure::OutcomeUnknown => verdict(
            1,
            false,
            Some("look in Salesforce whether the write happened before you repeat it"),
        ),
        Failure::InvalidInput(_) | Failure::Unsupported(_) => verdict(
            2,
            false,
            Some("`sfbox query --help` says what a query and its options may be"),
        ),
        Failure::Login(oauth) => verdict(3, false, of_login(oauth)),
        Failure::RefusedToken(_) => verdict(
            3,
            false,
            Some(
                "check the run-as user's `API Enabled` permission, its IP ranges and the app's scopes; \
                 `sfbox org check` tries again step by step",
            ),
        ),
        Failure::Secret(secret) => of_secret(secret),
        Failure::SessionChanged => verdict(4, true, Some("run the query again from its beginning")),
        Failure::RateLimited(RateLimit {
            refusal: Some(_), ..
        }) => verdict(
            4,
            true,
            Some("`sfbox org check` goes through the login step by step when the time is up"),
        ),
        Failure::RateLimited(_) => verdict(
            4,
            true,
            Some(
                "wait, then repeat the command; `sfbox session status` shows whether there is a session by then",
            ),
        ),
        Failure::Timeout => verdict(4, true, Some("`--timeout` takes more seconds")),
        Failure::Unreachable(_) => verdict(
            4,
            true,
            Some("`sfbox org check` says how far it gets; `--connect-to` dials another address"),
        ),
        Failure::Denied(_) => verdict(
            5,
            false,
            Some("only the org's own hosts are allowed; `--allow-host` adds one"),
        ),
        Failure::UnexpectedAnswer(_) => verdict(
            6,
            false,
            Some("`sfbox org check` says whether it is the org that answers"),
        ),
    }
}

fn codes(api: &ApiFailure) -> Vec<&str> {
    api.errors.iter().map(|error| error.code.as_str()).collect()
}

/// Source of the codes: REST API Developer Guide, "Status Codes and Error
/// Responses", and the SOAP API's list of exception codes.
fn of_api(api: &ApiFailure) -> Option<&'static str> {
    match api.errors.first()?.code.as_str() {
        "MALFORMED_QUERY" => Some(
            "if the shell changed the statement's quotes, pass it with `sfbox query --file FILE`",
        ),
        "INVALID_FIELD" => Some(
            "`sfbox query \"SELECT FIELDS(ALL) FROM … LIMIT 1\"` shows the fields that the run-as user may see",
        ),
        "INVALID_TYPE" => Some("check the object's name, and that the run-as user may see it"),
        "INVALID_QUERY_LOCATOR" => Some("run the query again from its beginning"),
        "QUERY_TIMEOUT" => Some("a filter on an indexed field makes the query faster"),
        "REQUEST_LIMIT_EXCEEDED" => Some(
            "the org's calls of 24 hours are used up; Setup, System Overview shows when there are more",
        ),
        _ => None,
    }
}

/// Source of the descriptions: `salesforce-wire` captures of the token endpoint;
/// see the README's section on setting up the app.
fn of_login(oauth: &OauthError) -> Option<&'static str> {
    match (oauth.code.as_str(), oauth.description.as_str()) {
        ("invalid_client", _) => Some("check the secret's ConsumerSecret"),
        ("invalid_client_id", _) => {
            Some("check the secret's ConsumerKey; a new app takes up to ten minutes to be known")
        }
        (_, "no client credentials user enabled") => {
            Some("set a run-as user in the app's client credentials flow policy")
        }
        (_, "request not supported on this domain") => {
            Some("set the secret's Domain to the org's My Domain, as in `acme.my`")
        }
        _ => Some("`sfbox org check` goes through the login step by step"),
    }
}

fn of_secret(secret: &SecretError) -> Verdict {
    match secret {
        SecretError::NotFound => verdict(
            3,
            false,
            Some(
                "check `--org` and `--store`: `sfbox org list` shows the orgs there, `sfbox org add` adds one",
            ),
        ),
        SecretError::Denied => verdict(
            3,
            false,
            Some(
                "`sfbox org check` names what the IAM policy lacks; a file must be its owner's alone",
            ),
        ),
        SecretError::Malformed(_) => verdict(
            3,
            false,
            Some("`sfbox org add` writes a secret as it should be; the README shows both layouts"),
        ),
        SecretError::Conflict | SecretError::Throttled(_) | SecretError::Unavailable => verdict(
            4,
            true,
            Some(
                "repeat the command in a moment; `sfbox session status` shows whether the store answers",
            ),
        ),
    }
}

fn code(failure: &Failure) -> &'static str {
    match failure {
        Failure::Api(_) => "api",
        Failure::Login(_) => "login",
        Failure::RefusedToken(_) => "refused-token",
        Failure::Secret(_) => "secret",
        Failure::InvalidInput(_) => "invalid-input",
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
