//! What a person reads when a command failed.

use std::fmt::{Display, Write as _};
use std::io::Write as _;

use anstyle::{AnsiColor, Style};

use super::verdict;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

/// An error that a person has read already.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Reported(anyhow::Error);

/// Prints an error, and marks it as printed.
pub(super) fn reported(error: anyhow::Error) -> anyhow::Error {
    report_once(&error);
    anyhow::Error::new(Reported(error))
}

/// Prints an error, unless it has been printed or is none to a person. Answers with the
/// exit status.
pub(crate) fn report_once(error: &anyhow::Error) -> u8 {
    if let Some(Reported(error)) = error.downcast_ref() {
        return verdict::of(error).exit_code;
    }
    let verdict = verdict::of(error);
    if verdict.exit_code != 0 {
        report(error, verdict.hint);
    }
    verdict.exit_code
}

/// Prints the chain of causes, and what to do next. A closed stderr is nobody's
/// concern.
pub(crate) fn report(error: &anyhow::Error, hint: Option<&str>) {
    _ = write!(anstream::stderr().lock(), "{}", text(error, hint));
}

fn text(error: &anyhow::Error, hint: Option<&str>) -> String {
    let mut text = format!("{ERROR}error:{ERROR:#} {}\n", printable(error));
    for cause in error.chain().skip(1) {
        text.push_str(&format!("  caused by: {}\n", printable(cause)));
    }
    if let Some(hint) = hint {
        text.push_str(&format!("\n{HINT}hint:{HINT:#} {hint}\n"));
    }
    text
}

/// Text without what a terminal would obey: others chose it. Salesforce points
/// at mistakes with line breaks, which stay.
pub(super) fn printable(text: impl Display) -> String {
    let mut printable = String::new();
    for letter in text.to_string().chars() {
        if letter.is_control() && !matches!(letter, '\n' | '\t') {
            // Writing to a string cannot fail.
            _ = write!(printable, "{}", letter.escape_default());
        } else {
            printable.push(letter);
        }
    }
    printable
}

#[cfg(test)]
mod tests {
    use sfbox::error::{ApiError, ApiFailure, OauthError, SecretError, Unexpected};
    use sfbox::{Error, Failure};

    use super::*;

    #[test]
    fn an_error_that_was_printed_keeps_its_exit_status() {
        let timeout = anyhow::Error::new(Error::Call {
            org: "acme".to_owned(),
            operation: "query",
            failure: Box::new(Failure::Timeout),
            cause: None,
        });
        let timeout = timeout.context("the login took longer than `--timeout`");
        assert_eq!(report_once(&reported(timeout)), 4);
    }

    #[test]
    fn nothing_commands_the_terminal() {
        assert_eq!(
            printable("a\n\tb é 你 \u{1b}]0;x\u{7} \u{9b}2J \r"),
            "a\n\tb é 你 \\u{1b}]0;x\\u{7} \\u{9b}2J \\r"
        );
    }

    fn api(code: &str, message: &str) -> ApiFailure {
        ApiFailure {
            status: 400,
            errors: vec![ApiError {
                code: code.to_owned(),
                message: message.to_owned(),
                fields: vec![],
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
            Failure::RateLimited(None),
            Failure::RateLimited(Some(30)),
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
                let text = anstream::adapter::strip_str(&text(&error, verdict.hint)).to_string();
                format!("{text}exit status {}\n", verdict.exit_code)
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"));
    }
}
