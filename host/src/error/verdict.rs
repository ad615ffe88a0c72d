//! The one table of what to do about a failure.

use sfbox_remedy::is_undone;

use crate::bindings::exports::sfbox::client::types::{
    ApiError, ApiFailure, Error as Failure, OauthError, RateLimit, SecretError,
};
use crate::completeness::Incomplete;
use crate::secret_store::{Kind, StoreError};

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

/// What sending a request twice does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// The same as sending it once.
    Always,
    /// Perhaps more: only what was surely not executed may be sent again.
    UnlessExecuted,
}

impl From<&Incomplete> for Verdict {
    fn from(why: &Incomplete) -> Self {
        let hint = match why {
            Incomplete::Missing(missing) if !missing.children.is_empty() => {
                "query the child object directly: then sfbox reads all of its pages"
            }
            Incomplete::Missing(_) => "run the query again to get all current records",
            Incomplete::Circle | Incomplete::EmptyPage | Incomplete::TooMany { .. } => {
                "`sfbox org check` shows whether the answer comes from Salesforce"
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

pub(super) const fn verdict(exit_code: u8, retryable: bool, hint: Option<&'static str>) -> Verdict {
    Verdict {
        exit_code,
        retryable,
        hint,
    }
}

/// What the operations of today do when they are repeated: those listed read, or log in.
/// Any other may write. `rest` may, too: what its request does is not known here, and the
/// component has repeated it already if it is repeatable.
pub(super) fn repeat(operation: &str) -> Repeat {
    match operation {
        "query" | "query-more" | "session status" | "session renew" | "session forget"
        | "collections get" | "sobjects get" | "sobjects deleted" | "sobjects updated"
        | "explain" | "search" | "search find" | "describe" | "describe all" | "limits"
        | "versions" | "identity" => Repeat::Always,
        _ => Repeat::UnlessExecuted,
    }
}

/// Whether the same request may work a moment later: its status and its codes decide,
/// whatever form the body has, unless the request may have been executed.
///
/// Source of the statuses: REST API Developer Guide, "Status Codes and Error
/// Responses" (420: Salesforce's edge has no route to the org yet; 502 to 504: between
/// the edge and the org), and RFC 6585 (429). The codes are in the table of remedies.
pub(super) fn passes(status: u16, errors: &[ApiError], repeat: Repeat) -> bool {
    match status {
        420 | 429 => true,
        500..=599 if repeat == Repeat::Always => true,
        _ => errors.iter().any(|error| is_undone(&error.code)),
    }
}

/// What to do about a proxy that is in the way.
pub(super) const PROXY: &str = "check the proxy's URL, which is in `--proxy`, HTTPS_PROXY or ALL_PROXY; \
                     `--proxy none` turns the proxy off, and NO_PROXY lists hosts to reach directly";

const CHANGED: &str = "read the record again, and decide whether the change still makes sense";

const AMBIGUOUS: &str = "use an external id that only one record has, or the record's id";

const LATER: Verdict = verdict(4, true, Some("wait, then repeat the command"));

pub(super) fn of_failure(failure: &Failure, repeat: Repeat) -> Verdict {
    match failure {
        Failure::Api(api) if passes(api.status, &api.errors, repeat) => LATER,
        // A login is always repeatable.
        Failure::Login(oauth) if passes(oauth.status, &[], Repeat::Always) => LATER,
        Failure::UnexpectedAnswer(answer) if passes(answer.status, &[], repeat) => LATER,
        Failure::Api(api) => verdict(1, false, of_api(api)),
        Failure::OutcomeUnknown => verdict(
            1,
            false,
            Some("check in Salesforce whether the write happened, before you repeat it"),
        ),
        Failure::InvalidInput(_) | Failure::Unsupported(_) => verdict(
            2,
            false,
            Some("`sfbox query --help` explains the statement and the options"),
        ),
        Failure::PreconditionFailed => verdict(1, false, Some(CHANGED)),
        Failure::Ambiguous(_) => verdict(1, false, Some(AMBIGUOUS)),
        Failure::Login(oauth) => verdict(3, false, of_login(oauth)),
        Failure::RefusedToken(_) => verdict(
            3,
            false,
            Some(
                "check the run-as user's `API Enabled` permission, its IP ranges and the app's scopes; \
                 `sfbox org check` tests each step",
            ),
        ),
        Failure::Secret(secret) => of_secret(secret),
        Failure::SessionChanged => verdict(4, true, Some("run the query again from its beginning")),
        Failure::RateLimited(RateLimit {
            refusal: Some(_), ..
        }) => verdict(
            4,
            true,
            Some(
                "wait; then `sfbox org check` tests each step and shows how to fix the refused login",
            ),
        ),
        Failure::RateLimited(_) => verdict(
            4,
            true,
            Some(
                "wait, then repeat the command; `sfbox session status` shows whether another process has logged in",
            ),
        ),
        Failure::Timeout => verdict(4, true, Some("use a longer `--timeout`")),
        Failure::Unreachable(_) => verdict(
            4,
            true,
            Some(
                "`sfbox org check` shows which step fails; `--connect-to` connects to another address",
            ),
        ),
        Failure::Denied(_) => verdict(
            5,
            false,
            Some("only the org's own hosts are allowed; `--allow-host` adds one"),
        ),
        Failure::UnexpectedAnswer(_) => verdict(
            6,
            false,
            Some("`sfbox org check` shows whether the answer comes from Salesforce"),
        ),
    }
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
        "INVALID_TYPE" => {
            Some("check the name of the object, and that the run-as user has access to it")
        }
        "INVALID_QUERY_LOCATOR" => Some("run the query again from its beginning"),
        "QUERY_TIMEOUT" => Some("a filter on an indexed field makes the query faster"),
        "REQUEST_LIMIT_EXCEEDED" => Some(
            "the org has used its API calls of 24 hours; Setup → System Overview shows the limit",
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
            Some("check the secret's ConsumerKey; a new app can take up to ten minutes to work")
        }
        (_, "no client credentials user enabled") => {
            Some("set a run-as user in the app's client credentials flow policy")
        }
        (_, "request not supported on this domain") => {
            Some("set the secret's Domain to the org's My Domain, as in `acme.my`")
        }
        _ => Some("`sfbox org check` tests each step"),
    }
}

fn of_secret(secret: &SecretError) -> Verdict {
    match secret {
        SecretError::NotFound => verdict(
            3,
            false,
            Some(
                "check `--org` and `--store`: `sfbox org list` shows the orgs in the store, `sfbox org add` adds one",
            ),
        ),
        SecretError::Denied => verdict(
            3,
            false,
            Some(
                "`sfbox org check` names the missing right; a secret file must be readable by its owner only",
            ),
        ),
        SecretError::Malformed(_) => verdict(
            3,
            false,
            Some("`sfbox org add` creates a valid secret; the README shows both layouts"),
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
