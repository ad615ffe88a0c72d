//! What a person should do next, where that depends on what was typed.

use std::borrow::Cow;

use sfbox::error::Failure;
use sfbox::{Error, Verdict};

use crate::global::{Global, TIMEOUT_MAX_S};

/// What was typed, as far as hints depend on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Typed {
    /// `--timeout`.
    pub(crate) timeout_s: u16,
    /// `--demo`.
    pub(crate) is_demo: bool,
}

impl Typed {
    pub(crate) fn of(global: &Global) -> Self {
        Self {
            timeout_s: global.timeout,
            #[cfg(feature = "emulator")]
            is_demo: global.demo,
            #[cfg(not(feature = "emulator"))]
            is_demo: false,
        }
    }

    /// The hint for an error with this verdict.
    pub(crate) fn hint(
        self,
        error: &anyhow::Error,
        verdict: &Verdict,
    ) -> Option<Cow<'static, str>> {
        let (operation, failure) = error.chain().find_map(failure).unzip();
        match failure {
            Some(Failure::Timeout) => Some(raise(self.timeout_s)),
            // The verdict's own hint is about queries.
            Some(Failure::InvalidInput(_)) if operation == Some("rest") => {
                Some("`sfbox help rest` says what a request may be".into())
            }
            Some(Failure::InvalidInput(_) | Failure::Unsupported(_))
                if operation.is_some_and(is_of_records) =>
            {
                Some("`sfbox help create` explains records, their fields and the options".into())
            }
            Some(Failure::SessionChanged) if operation == Some("rest") => Some(
                "repeat the command; for a page of a query, run the query again from its beginning"
                    .into(),
            ),
            Some(Failure::Api(api)) if self.is_demo => {
                let code = api.errors.first().map(|error| error.code.as_str());
                code.and_then(of_demo).or(verdict.hint).map(Cow::Borrowed)
            }
            _ => verdict.hint.map(Cow::Borrowed),
        }
    }
}

/// Whether a call reads or writes records by their ids.
fn is_of_records(operation: &str) -> bool {
    ["sobjects ", "collections "]
        .iter()
        .any(|family| operation.starts_with(family))
}

/// What was attempted, and how it failed.
fn failure<'e>(
    cause: &'e (dyn std::error::Error + 'static),
) -> Option<(&'static str, &'e Failure)> {
    match cause.downcast_ref()? {
        Error::Call {
            operation, failure, ..
        } => Some((operation, failure)),
        Error::Lost { .. } => None,
    }
}

/// Two and a half times as long.
fn raise(timeout_s: u16) -> Cow<'static, str> {
    let more = (timeout_s.saturating_mul(5) / 2).min(TIMEOUT_MAX_S);
    if more > timeout_s {
        format!("use a longer timeout: `--timeout {more}` (now {timeout_s})").into()
    } else {
        "this is the longest timeout; a filter on an indexed field makes a query faster".into()
    }
}

/// The built-in org has a part of what Salesforce has: a hint for Salesforce would
/// end in the next error.
fn of_demo(code: &str) -> Option<&'static str> {
    match code {
        "INVALID_FIELD" => Some(
            "the built-in org has only some of Salesforce's fields; `sfbox --demo query \"SELECT \
             Id, Name, Industry, Owner.Name FROM Account\"` shows a few",
        ),
        "INVALID_TYPE" => Some(
            "the built-in org has Account, Contact, Lead, Opportunity, Case and User; `sfbox \
             --demo rest GET sobjects` lists all its objects",
        ),
        "EMULATOR_UNSUPPORTED" => Some(
            "the built-in org does not support this; `sfbox org add --help` says how to use your \
             own org",
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use sfbox::error::{ApiError, ApiFailure, Remedy};

    use super::*;
    use crate::verdict;

    fn hint(failure: Failure, timeout_s: u16, is_demo: bool) -> Option<String> {
        hint_of("query", failure, timeout_s, is_demo)
    }

    fn hint_of(
        operation: &'static str,
        failure: Failure,
        timeout_s: u16,
        is_demo: bool,
    ) -> Option<String> {
        let error = anyhow::Error::new(Error::Call {
            org: "acme".to_owned(),
            operation,
            failure: Box::new(failure),
            cause: None,
        });
        let error = error.context("a page");
        let typed = Typed { timeout_s, is_demo };
        let hint = typed.hint(&error, &verdict::of(&error));
        hint.map(Cow::into_owned)
    }

    fn api(code: &str) -> Failure {
        Failure::Api(ApiFailure {
            status: 400,
            errors: vec![ApiError {
                code: code.to_owned(),
                message: String::new(),
                fields: vec![],
                remedy: Remedy::Unknown,
                details: None,
            }],
            request_id: None,
        })
    }

    #[test]
    fn a_timeout_is_answered_with_a_longer_one_up_to_the_longest() {
        for (now, words) in [
            (120, "use a longer timeout: `--timeout 300` (now 120)"),
            (1, "use a longer timeout: `--timeout 2` (now 1)"),
            (3_599, "use a longer timeout: `--timeout 3600` (now 3599)"),
            (3_600, "this is the longest timeout"),
        ] {
            let hint = hint(Failure::Timeout, now, false).unwrap();
            assert!(hint.starts_with(words), "{hint}");
        }
    }

    #[test]
    fn a_request_that_is_refused_is_explained_by_its_own_help() {
        let invalid = || Failure::InvalidInput("x".to_owned());
        let hint = |operation| hint_of(operation, invalid(), 120, false).unwrap();
        assert!(hint("rest").contains("`sfbox help rest`"));
        assert!(!hint("query").contains("rest"));
        assert!(hint("sobjects get").contains("`sfbox help create`"));
        assert!(hint("collections create").contains("`sfbox help create`"));
    }

    #[test]
    fn the_demo_is_not_told_to_do_what_only_salesforce_can() {
        for code in ["INVALID_FIELD", "INVALID_TYPE", "EMULATOR_UNSUPPORTED"] {
            let demo = hint(api(code), 120, true).unwrap();
            assert!(!demo.contains("FIELDS("), "{demo}");
            assert_ne!(Some(demo), hint(api(code), 120, false));
        }
        let other = "QUERY_TIMEOUT";
        assert_eq!(hint(api(other), 120, true), hint(api(other), 120, false));
    }
}
