//! Why a request has no answer: what is told to whom asked, and what is logged.

use std::fmt;

use lambda_runtime::Diagnostic;
use sfbox::{ConfigError, Error, Failure, Incomplete, Verdict};

use crate::request::RequestError;

/// Why a request has no answer.
#[derive(thiserror::Error)]
pub(crate) enum Refusal {
    /// The call failed.
    #[error("{}", told(.0))]
    Call(#[from] Error),
    /// It is not a request.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The org is not one of the function's.
    #[error(transparent)]
    Org(#[from] ConfigError),
    /// The event is of a kind that this function is not for.
    #[error("events of {0} are not for this function")]
    Event(&'static str),
    /// HTTP's method is neither GET nor POST.
    #[error("the method must be GET or POST")]
    Method,
    /// There is too little of the invocation's time left, or it has passed.
    #[error("the invocation's time is over")]
    Late,
    /// The invocation's time has passed, and what was sent had no answer.
    #[error("the invocation's time is over, and the request may have been executed")]
    OutcomeUnknown,
    /// A queued request, which is not told Salesforce's words.
    #[error("Salesforce answered with status {0}")]
    Answered(u16),
    /// The answer is longer than Lambda lets it be.
    #[error("the answer has {bytes} bytes, and {limit} are the most")]
    TooLarge {
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        limit: usize,
    },
    /// A record is longer than a message of the results' queue may be.
    #[error("a record has {bytes} bytes, and {limit} are the most for a message")]
    RecordTooLarge {
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        limit: usize,
    },
    /// The page has no list of records.
    #[error("the page has no records that can be read")]
    Unreadable,
    /// The pages come to no end, or do not make a whole result.
    #[error(transparent)]
    Incomplete(#[from] Incomplete),
    /// The results' queue did not take a message.
    #[error("the results' queue took no message: {0}")]
    Results(String),
}

/// What to do about a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Advice {
    /// The status of HTTP's answer.
    pub(crate) status: u16,
    /// Whether the same request may work later.
    pub(crate) retryable: bool,
    /// What to do next, in one sentence without a full stop.
    pub(crate) hint: Option<&'static str>,
}

impl Refusal {
    /// A short code, for callers to branch on and for the log.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Call(error) => error.code(),
            Self::Request(_) | Self::Method => "invalid-input",
            Self::Org(_) => "denied",
            Self::Event(_) => "unsupported",
            Self::Late => "timeout",
            Self::OutcomeUnknown => "outcome-unknown",
            Self::Answered(_) => "api",
            Self::TooLarge { .. } => "too-large",
            Self::RecordTooLarge { .. } => "record-too-large",
            Self::Unreadable => "unexpected-answer",
            Self::Incomplete(_) => "incomplete",
            Self::Results(_) => "results",
        }
    }

    /// Why, for the log: words of ours, which repeat nothing of the request.
    pub(crate) fn reason(&self) -> Option<String> {
        match self {
            Self::Request(error) => Some(error.to_string()),
            _ => None,
        }
    }

    /// What to do about it.
    pub(crate) fn advice(&self) -> Advice {
        let (status, retryable, hint) = match self {
            Self::Call(error) => return of_call(error),
            Self::Request(_) => (
                400,
                false,
                Some("docs/lambda.md shows requests of each kind"),
            ),
            Self::Method => (405, false, None),
            Self::Org(_) => (
                403,
                false,
                Some("SFBOX_ORGS names the orgs beside SFBOX_ORG"),
            ),
            Self::Event(_) => (400, false, Some("docs/lambda.md lists the kinds of events")),
            Self::Late => (504, true, Some(LONGER)),
            Self::OutcomeUnknown => (400, false, Some(LOOK)),
            Self::Answered(420 | 429 | 500..) => (503, true, None),
            Self::Answered(_) => (400, false, None),
            Self::TooLarge { .. } => (
                400,
                false,
                Some("ask for smaller pages with `batchSize`, 200 at least, and go on with `next`"),
            ),
            Self::RecordTooLarge { .. } => (400, false, Some("select fewer or shorter fields")),
            Self::Unreadable => (502, false, None),
            Self::Incomplete(incomplete) => (502, false, Verdict::from(incomplete).hint),
            Self::Results(_) => (
                502,
                true,
                Some("the function's role needs sqs:SendMessage on the results' queue"),
            ),
        };
        Advice {
            status,
            retryable,
            hint,
        }
    }

    /// In how many seconds to try again, where somebody said so.
    pub(crate) fn retry_after(&self) -> Option<u32> {
        let Self::Call(Error::Call { failure, .. }) = self else {
            return None;
        };
        match &**failure {
            Failure::RateLimited(limit) => limit.retry_after_s,
            _ => None,
        }
    }
}

const LOOK: &str = "read what it should have changed before you send it again";

const LONGER: &str = "give the function a longer timeout, or the query a filter";

/// What the host says, with the rule if its policy denied the request.
fn told(error: &Error) -> String {
    let rule = std::error::Error::source(error).filter(|_| error.is_of_policy());
    rule.map_or_else(|| error.to_string(), |rule| format!("{error}: {rule}"))
}

/// The host's verdict, in terms of HTTP and of a function.
fn of_call(error: &Error) -> Advice {
    let code = error.code();
    let Verdict {
        exit_code,
        retryable,
        hint,
    } = error.verdict();
    let status = match (code, exit_code) {
        ("rate-limited", _) => 429,
        ("timeout", _) => 504,
        // The locator has ended with its session: not what is there any more.
        ("session-changed", _) => 409,
        // The org cannot answer now.
        ("api" | "login" | "unexpected-answer", 4) => 503,
        (_, 1 | 2) => 400,
        (_, 3 | 4 | 6) => 502,
        (_, 5) => 403,
        _ => 500,
    };
    // The verdict's hints are for the command line; these have another for a function.
    let hint = match code {
        "unreachable" | "denied" if error.is_of_proxy() => Some(
            "the proxy refuses, or cannot be reached: check HTTPS_PROXY, ALL_PROXY and NO_PROXY of the function",
        ),
        "invalid-input" | "unsupported" => Some("docs/lambda.md describes requests"),
        "timeout" => Some(LONGER),
        "unreachable" => Some(
            "a function in a VPC needs a route to Salesforce: see docs/lambda.md; `sfbox org check` shows which step fails",
        ),
        "denied" if error.is_of_policy() => Some(
            "SFBOX_POLICY and SFBOX_ALLOW_PATH decide what the function lets out: see docs/lambda.md",
        ),
        "denied" => Some("only the org's own hosts are allowed; SFBOX_ALLOW_HOST adds one"),
        "rate-limited" | "lost" => Some("wait, then ask again"),
        "api" | "login" | "unexpected-answer" if retryable => Some("wait, then ask again"),
        _ => hint,
    };
    Advice {
        status,
        retryable,
        hint,
    }
}

/// The code and nothing else: lambda_runtime logs what this says.
impl fmt::Debug for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.code())
    }
}

/// Lambda's own form of an error, for whoever invoked the function.
impl From<Refusal> for Diagnostic {
    fn from(refusal: Refusal) -> Self {
        let hint = refusal.advice().hint;
        let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
        Self {
            error_type: refusal.code().to_owned(),
            error_message: format!("{refusal}{hint}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use sfbox::error::{
        ApiError, ApiFailure, OauthError, RateLimit, Remedy, SecretError, Unexpected,
    };

    use super::*;

    fn call(failure: Failure) -> Refusal {
        Refusal::Call(Error::Call {
            org: "acme".to_owned(),
            operation: "query",
            failure: Box::new(failure),
            cause: None,
        })
    }

    fn api(status: u16) -> ApiFailure {
        ApiFailure {
            status,
            errors: vec![ApiError {
                code: "MALFORMED_QUERY".to_owned(),
                message: "canary".to_owned(),
                fields: Vec::new(),
                remedy: Remedy::Unknown,
                details: None,
            }],
            request_id: None,
        }
    }

    /// A refusal, its code, its status, and whether it may pass.
    type Row = (Refusal, &'static str, u16, bool);

    fn of_the_call() -> Vec<Row> {
        let text = || "canary".to_owned();
        let oauth = |status| OauthError {
            status,
            code: "invalid_client".to_owned(),
            description: text(),
            request_id: None,
        };
        let unexpected = |status| Unexpected {
            status,
            reason: text(),
            request_id: None,
        };
        let limited = Failure::RateLimited(RateLimit {
            retry_after_s: Some(7),
            refusal: None,
        });
        let rows = [
            (Failure::Api(api(400)), "api", 400, false),
            (Failure::Api(api(500)), "api", 503, true),
            (Failure::Api(api(420)), "api", 503, true),
            (Failure::Login(oauth(400)), "login", 502, false),
            (Failure::Login(oauth(503)), "login", 503, true),
            (Failure::RefusedToken(api(401)), "refused-token", 502, false),
            (
                Failure::Secret(SecretError::Unavailable),
                "secret",
                502,
                true,
            ),
            (Failure::InvalidInput(text()), "invalid-input", 400, false),
            (Failure::SessionChanged, "session-changed", 409, true),
            (Failure::OutcomeUnknown, "outcome-unknown", 400, false),
            (limited, "rate-limited", 429, true),
            (Failure::Timeout, "timeout", 504, true),
            (Failure::Unreachable(text()), "unreachable", 502, true),
            (Failure::Denied(text()), "denied", 403, false),
            (
                Failure::UnexpectedAnswer(unexpected(200)),
                "unexpected-answer",
                502,
                false,
            ),
            (
                Failure::UnexpectedAnswer(unexpected(503)),
                "unexpected-answer",
                503,
                true,
            ),
            (Failure::Unsupported(text()), "unsupported", 400, false),
        ];
        rows.map(|(failure, code, status, retryable)| (call(failure), code, status, retryable))
            .into()
    }

    fn of_the_function() -> Vec<Row> {
        let text = || "canary".to_owned();
        let large = Refusal::TooLarge { bytes: 2, limit: 1 };
        let long = Refusal::RecordTooLarge { bytes: 2, limit: 1 };
        vec![
            (RequestError::Form.into(), "invalid-input", 400, false),
            (ConfigError::UnknownOrg(text()).into(), "denied", 403, false),
            (Refusal::Event("x"), "unsupported", 400, false),
            (Refusal::Method, "invalid-input", 405, false),
            (Refusal::Late, "timeout", 504, true),
            (Refusal::OutcomeUnknown, "outcome-unknown", 400, false),
            (Refusal::Answered(404), "api", 400, false),
            (Refusal::Answered(420), "api", 503, true),
            (Refusal::Answered(429), "api", 503, true),
            (Refusal::Answered(503), "api", 503, true),
            (large, "too-large", 400, false),
            (long, "record-too-large", 400, false),
            (Refusal::Unreadable, "unexpected-answer", 502, false),
            (Incomplete::Circle.into(), "incomplete", 502, false),
            (Refusal::Results(text()), "results", 502, true),
        ]
    }

    fn every() -> Vec<Row> {
        [of_the_call(), of_the_function()]
            .into_iter()
            .flatten()
            .collect()
    }

    #[test]
    fn every_refusal_has_a_code_and_a_status() {
        for (refusal, code, status, retryable) in every() {
            assert_eq!(refusal.code(), code);
            let advice = refusal.advice();
            assert_eq!(
                (advice.status, advice.retryable),
                (status, retryable),
                "{code}"
            );
            let wait = (code == "rate-limited").then_some(7);
            assert_eq!(refusal.retry_after(), wait, "{code}");
        }
    }

    #[test]
    fn what_is_logged_is_the_code_and_what_is_answered_is_all() {
        for (refusal, code, _, _) in every() {
            assert_eq!(format!("{refusal:?}"), code);
            let (message, hint) = (refusal.to_string(), refusal.advice().hint);
            let diagnostic = Diagnostic::from(refusal);
            assert_eq!(diagnostic.error_type, code);
            assert!(diagnostic.error_message.starts_with(&message));
            assert!(hint.is_none_or(|hint| diagnostic.error_message.ends_with(hint)));
        }
    }

    #[test]
    fn no_hint_is_for_somebody_at_a_command_line() {
        for (refusal, code, _, _) in every() {
            let hint = refusal.advice().hint.unwrap_or_default();
            for typed in ["--timeout", "--connect-to", "--allow-host", "--help"] {
                assert!(!hint.contains(typed), "{code}: {hint}");
            }
        }
    }
}
