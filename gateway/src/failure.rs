//! What a client is told of a request that has no answer of the org. Pure.

use std::time::Duration;

use http::{Method, StatusCode};
use sfbox::error::Retirement;
use sfbox::{Error, Failure, policy};

use crate::refusal::Refusal;

/// The answer to a request that failed. `path` has its query, if it had one.
pub(crate) fn refusal(error: &Error, method: &Method, path: &str) -> Refusal {
    match error {
        // Salesforce answered, which it does after it has executed a request.
        Error::Call { failure, .. }
            if matches!(**failure, Failure::UnexpectedAnswer(_))
                && policy::may_write(method, path) =>
        {
            outcome_unknown(
                "the answer cannot be carried, because it is too long or not valid: Salesforce may \
                 have executed the request or not; check there before you send it again",
            )
        }
        Error::Call { failure, .. } => of_call(failure, error, path),
        Error::Lost { why, .. } => of_lost(why, policy::may_write(method, path)),
    }
}

/// The answer to a request that was sent, and whose key was revoked before it had one.
pub(crate) fn revoked(method: &Method, path: &str) -> Option<Refusal> {
    let why = "the key was revoked before the answer came: Salesforce may have executed the \
               request or not; check there before you send it again";
    policy::may_write(method, path).then(|| outcome_unknown(why))
}

fn outcome_unknown(why: &'static str) -> Refusal {
    Refusal::new(StatusCode::BAD_GATEWAY, "SFBOX_OUTCOME_UNKNOWN", why)
}

fn of_call(failure: &Failure, error: &Error, path: &str) -> Refusal {
    let told = |status: StatusCode, code| Refusal::new(status, code, error.reason());
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
        Failure::OutcomeUnknown => outcome_unknown(
            "the answer was lost: Salesforce may have executed the request or not; check there \
             before you send it again",
        ),
        Failure::InvalidInput(_) => told(StatusCode::BAD_REQUEST, "SFBOX_BAD_REQUEST"),
        // Answers of Salesforce pass as they are: these are of calls that the door never makes.
        Failure::PreconditionFailed => told(StatusCode::PRECONDITION_FAILED, "SFBOX_CHANGED"),
        Failure::Ambiguous(_) => told(StatusCode::MULTIPLE_CHOICES, "SFBOX_AMBIGUOUS"),
        Failure::Denied(_) if error.is_of_audit() => Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "SFBOX_AUDIT_UNAVAILABLE",
            "the door cannot write its audit, so it sends no writes: its log has the reason",
        )
        .after(SOON),
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

fn of_lost(why: &Retirement, may_write: bool) -> Refusal {
    if matches!(why, Retirement::ShutDown) {
        // It had not begun: nothing was sent.
        return Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "SFBOX_STOPPING",
            "the door is being stopped",
        )
        .after(SOON);
    }
    if may_write {
        return outcome_unknown(
            "the request ended without an answer: Salesforce may have executed it or not; check \
             there before you send it again",
        );
    }
    Refusal::new(
        StatusCode::BAD_GATEWAY,
        "SFBOX_LOST",
        "the request ended without an answer",
    )
}

/// Whether a path is a page of a query, by its locator. The component's rule is the same, and
/// so is Salesforce's: neither distinguishes case, nor ends with the locator.
fn is_locator(path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    let mut segments = path.split('/').skip(1).peekable();
    let mut is_next = |known: &[&str]| {
        let next = segments.next_if(|next| known.iter().any(|one| one.eq_ignore_ascii_case(next)));
        next.is_some()
    };
    if !is_next(&["services"]) || !is_next(&["data"]) {
        return false;
    }
    let is_version = |next: &&str| next.starts_with(['v', 'V']);
    if segments.next_if(is_version).is_none() {
        return false;
    }
    _ = segments.next_if(|next| next.eq_ignore_ascii_case("tooling"));
    let is_query = |next: &&str| {
        ["query", "queryAll"]
            .iter()
            .any(|one| one.eq_ignore_ascii_case(next))
    };
    let has_query = segments.next_if(is_query).is_some();
    has_query && segments.next().is_some_and(|locator| !locator.is_empty())
}

#[cfg(test)]
mod tests {
    use sfbox::error::{RateLimit, SecretError, Unexpected};

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
            "/services/data/v66.0/query/01gRO0000016PIAYA2-500/",
            "/services/data/V66.0/Query/01gRO0000016PIAYA2-500",
            "/services/data/v66.0/Tooling/QueryAll/01gRO0000016PIAYA2-500/",
        ] {
            assert_eq!(ended(path), "INVALID_QUERY_LOCATOR", "{path}");
        }
        for path in [
            "/services/data/v66.0/query",
            "/services/data/v66.0/query/",
            "/services/data/v66.0/sobjects/query/01gRO0000016PIAYA2",
            "/services/data/query/01gRO0000016PIAYA2-500",
            "/services/apexrest/query/01gRO0000016PIAYA2-500",
            "/services/apexrest/v66.0/query/01gRO0000016PIAYA2-500",
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
    }

    #[test]
    fn a_write_whose_answer_cannot_be_carried_may_have_happened() {
        for (method, path, code) in [
            (Method::POST, APEX, "SFBOX_OUTCOME_UNKNOWN"),
            (Method::GET, APEX, "SFBOX_OUTCOME_UNKNOWN"),
            (Method::GET, LIMITS, "SFBOX_UNEXPECTED_ANSWER"),
        ] {
            let error = Error::Call {
                org: "acme".to_owned(),
                operation: "stream",
                failure: Box::new(Failure::UnexpectedAnswer(Unexpected {
                    status: 400,
                    reason: "the answer is longer than 1048576 bytes".to_owned(),
                    request_id: None,
                })),
                cause: None,
            };
            let told = refusal(&error, &method, path);
            assert_eq!(
                (told.status.as_u16(), told.code),
                (502, code),
                "{method} {path}"
            );
        }
    }

    const LIMITS: &str = "/services/data/v66.0/limits";
    const APEX: &str = "/services/apexrest/orders";

    fn ended(why: Retirement, method: &Method, path: &str) -> &'static str {
        let error = Error::Lost {
            org: "acme".to_owned(),
            operation: "rest",
            why,
        };
        refusal(&error, method, path).code
    }

    #[test]
    fn a_request_that_was_lost_may_have_happened_unless_it_can_only_read() {
        const UNKNOWN: &str = "SFBOX_OUTCOME_UNKNOWN";
        let anonymous = "/services/data/v66.0/tooling/executeAnonymous/";
        for (method, path, lost) in [
            (Method::GET, LIMITS, "SFBOX_LOST"),
            (Method::HEAD, LIMITS, "SFBOX_LOST"),
            (Method::PATCH, LIMITS, UNKNOWN),
            (Method::GET, APEX, UNKNOWN),
            (Method::GET, anonymous, UNKNOWN),
            (Method::GET, "/services/data/v66.0/new/route", UNKNOWN),
        ] {
            let why = Retirement::Trapped("x".to_owned());
            assert_eq!(ended(why, &method, path), lost, "{method} {path}");
            let why = Retirement::Abandoned;
            assert_eq!(ended(why, &method, path), lost, "{method} {path}");
            // Nothing of it was sent.
            let why = Retirement::ShutDown;
            assert_eq!(ended(why, &method, path), "SFBOX_STOPPING");
        }
    }

    #[test]
    fn a_write_of_a_key_that_was_revoked_may_have_happened() {
        let told =
            |method, path| revoked(&method, path).map(|told| (told.status.as_u16(), told.code));
        let unknown = Some((502, "SFBOX_OUTCOME_UNKNOWN"));
        assert_eq!(told(Method::POST, LIMITS), unknown);
        assert_eq!(told(Method::GET, APEX), unknown);
        assert_eq!(told(Method::GET, LIMITS), None);
    }

    #[test]
    fn the_name_of_the_org_is_told_to_no_client() {
        for failure in [
            Failure::InvalidInput("the path cannot be sent".to_owned()),
            Failure::Denied("PATCH is denied".to_owned()),
            Failure::Timeout,
            Failure::Unreachable("x".to_owned()),
            Failure::Unsupported("x".to_owned()),
        ] {
            let told = told(failure, "/x");
            assert!(!told.message.contains("acme"), "{told:?}");
            assert!(!told.message.contains("of org"), "{told:?}");
            assert!(!told.message.is_empty());
        }
        let denied = told(Failure::Denied("PATCH is denied".to_owned()), "/x");
        assert_eq!(denied.message, "denied by policy: PATCH is denied");
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
