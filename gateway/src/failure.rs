//! What a client is told of a request that has no answer of the org. Pure.

use std::time::Duration;

use http::{Method, StatusCode};
use sfbox::error::Retirement;
use sfbox::{Error, Failure};

use crate::refusal::Refusal;

/// The answer to a request that failed.
pub(crate) fn refusal(error: &Error, method: &Method, path: &str) -> Refusal {
    match error {
        Error::Call { failure, .. } => of_call(failure, error, path),
        Error::Lost { why, .. } => of_lost(why, method),
    }
}

fn of_call(failure: &Failure, error: &Error, path: &str) -> Refusal {
    let told = |status: StatusCode, code| Refusal::new(status, code, error.to_string());
    match failure {
        // What Salesforce answers to a cursor that is gone: clients begin again, and do not
        // log in (REST API Developer Guide, "Query").
        Failure::SessionChanged if is_locator(path) => Refusal::new(
            StatusCode::BAD_REQUEST,
            "INVALID_QUERY_LOCATOR",
            "invalid query locator",
        ),
        Failure::SessionChanged => {
            told(StatusCode::SERVICE_UNAVAILABLE, "SFBOX_SESSION_CHANGED").after(SOON)
        }
        Failure::OutcomeUnknown => Refusal::new(
            StatusCode::BAD_GATEWAY,
            "SFBOX_OUTCOME_UNKNOWN",
            "the answer was lost: Salesforce may have executed the request or not; check there \
             before you send it again",
        ),
        Failure::InvalidInput(_) => told(StatusCode::BAD_REQUEST, "SFBOX_BAD_REQUEST"),
        Failure::Denied(_) => told(StatusCode::FORBIDDEN, "SFBOX_DENIED"),
        Failure::Unsupported(_) => told(StatusCode::NOT_IMPLEMENTED, "SFBOX_UNSUPPORTED"),
        Failure::Timeout => told(StatusCode::GATEWAY_TIMEOUT, "SFBOX_TIMEOUT"),
        Failure::Unreachable(_) => told(StatusCode::BAD_GATEWAY, "SFBOX_UNREACHABLE"),
        Failure::UnexpectedAnswer(_) => told(StatusCode::BAD_GATEWAY, "SFBOX_UNEXPECTED_ANSWER"),
        Failure::RateLimited(limit) => {
            let wait = limit
                .retry_after_s
                .map_or(SOON, |s| Duration::from_secs(s.into()));
            told(StatusCode::SERVICE_UNAVAILABLE, "SFBOX_LOGIN_LIMITED").after(wait)
        }
        // What is wrong with the door's own credentials is its operator's to read.
        Failure::Login(_) | Failure::RefusedToken(_) => Refusal::new(
            StatusCode::BAD_GATEWAY,
            "SFBOX_LOGIN_REFUSED",
            "Salesforce refused the login of this door: its log has the reason",
        ),
        Failure::Secret(_) => Refusal::new(
            StatusCode::BAD_GATEWAY,
            "SFBOX_CREDENTIALS_UNAVAILABLE",
            "the door cannot read the org's credentials: its log has the reason",
        ),
        Failure::Api(_) => told(StatusCode::BAD_GATEWAY, "SFBOX_UNEXPECTED_ANSWER"),
    }
}

/// How long to wait where nothing says it.
const SOON: Duration = Duration::from_secs(1);

fn of_lost(why: &Retirement, method: &Method) -> Refusal {
    if matches!(why, Retirement::ShutDown) {
        return Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "SFBOX_STOPPING",
            "the door is being stopped",
        )
        .after(SOON);
    }
    if method.is_safe() {
        return Refusal::new(
            StatusCode::BAD_GATEWAY,
            "SFBOX_LOST",
            "the request ended without an answer",
        );
    }
    Refusal::new(
        StatusCode::BAD_GATEWAY,
        "SFBOX_OUTCOME_UNKNOWN",
        "the request ended without an answer: Salesforce may have executed it or not; check there \
         before you send it again",
    )
}

/// Whether a path is a page of a query, by its locator.
fn is_locator(path: &str) -> bool {
    let mut segments = path.split('/').rev();
    let is_id = segments.next().is_some_and(|locator| !locator.is_empty());
    let resource = segments.next();
    is_id && matches!(resource, Some("query" | "queryAll"))
}

#[cfg(test)]
mod tests {
    use sfbox::error::{RateLimit, SecretError};

    use super::*;

    fn told(failure: Failure, path: &str) -> Refusal {
        let error = Error::Call {
            org: "acme".to_owned(),
            operation: "rest",
            failure: Box::new(failure),
            cause: None,
        };
        refusal(&error, &Method::POST, path)
    }

    #[test]
    fn a_locator_of_an_ended_session_is_an_old_cursor() {
        let ended = |path: &str| told(Failure::SessionChanged, path).code;
        for path in [
            "/services/data/v66.0/query/01gRO0000016PIAYA2-500",
            "/services/data/v66.0/queryAll/01gRO0000016PIAYA2-500",
            "/services/data/v66.0/tooling/query/01gRO0000016PIAYA2-500",
        ] {
            assert_eq!(ended(path), "INVALID_QUERY_LOCATOR", "{path}");
        }
        for path in [
            "/services/data/v66.0/query",
            "/services/data/v66.0/query/",
            "/x",
        ] {
            assert_eq!(ended(path), "SFBOX_SESSION_CHANGED", "{path}");
        }
    }

    #[test]
    fn a_write_whose_answer_was_lost_may_have_happened() {
        let lost = told(Failure::OutcomeUnknown, "/x");
        assert_eq!(
            (lost.status.as_u16(), lost.code),
            (502, "SFBOX_OUTCOME_UNKNOWN")
        );
        let gone = |method| {
            let error = Error::Lost {
                org: "acme".to_owned(),
                operation: "rest",
                why: Retirement::Trapped("x".to_owned()),
            };
            refusal(&error, &method, "/x").code
        };
        assert_eq!(gone(Method::PATCH), "SFBOX_OUTCOME_UNKNOWN");
        assert_eq!(gone(Method::GET), "SFBOX_LOST");
    }

    #[test]
    fn no_failure_is_a_401_and_each_has_a_code_of_ours() {
        let limit = RateLimit {
            retry_after_s: Some(7),
            refusal: None,
        };
        for (failure, status) in [
            (Failure::InvalidInput("x".to_owned()), 400),
            (Failure::Denied("x".to_owned()), 403),
            (Failure::Timeout, 504),
            (Failure::Unreachable("x".to_owned()), 502),
            (Failure::RateLimited(limit), 503),
            (Failure::Secret(SecretError::NotFound), 502),
            (Failure::SessionChanged, 503),
        ] {
            let told = told(failure, "/x");
            assert_eq!(told.status.as_u16(), status, "{told:?}");
            assert!(told.code.starts_with("SFBOX_"), "{told:?}");
        }
    }
}
