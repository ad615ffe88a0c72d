//! Which failures pass by themselves, and when to try again.
//!
//! A request whose answer was lost may have been executed. Whether it may be sent again
//! then is its class, [`Repeat`]. Pure: the random number and the remaining time are
//! arguments.

use std::time::Duration;

use http::Method;

use crate::answer::{Answer, Standing};
use crate::call::{Manner, Repeat};
use crate::platform::TransportError;

/// How often a request is sent at most.
pub(crate) const ATTEMPTS_MAX: u32 = 4;

/// How often when Salesforce has no such host (420): as jsforce, in case its
/// routing is only late.
const UNROUTED_ATTEMPTS_MAX: u32 = 2;

/// The wait before the second attempt; it doubles from then on.
const BACKOFF: Duration = Duration::from_millis(500);

/// The longest wait that is our own idea.
const BACKOFF_MAX: Duration = Duration::from_secs(8);

/// Why an attempt did not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failed {
    /// It was not executed: no connection, or refused before it began.
    Unsent,
    /// Whether it was executed is unknown.
    Unknown,
    /// Salesforce has no such host.
    Unrouted,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Wait, then send it again.
    Retry(Duration),
    /// The answer stands.
    GiveUp,
}

/// Sorts the answer to a call that is sent in this manner: `None` is one that stands.
pub(crate) fn in_answer(answer: &Answer, method: &Method, manner: Manner) -> Option<Failed> {
    let is_apex = manner.unauthorized.is_class();
    match (is_apex, manner.repeat) {
        // Anything else can be the word of an Apex class that has run. A limit of the
        // org is met before.
        (true, Repeat::UnlessExecuted) => {
            let limited = answer.status == 403 && is_concurrency_limit(answer);
            limited.then_some(Failed::Unsent)
        }
        (_, repeat) => of_answer(answer, method, repeat),
    }
}

/// The same where Salesforce itself answers. Source: REST API Developer Guide, "Status
/// Codes and Error Responses"; which are transient is our judgement.
fn of_answer(answer: &Answer, method: &Method, repeat: Repeat) -> Option<Failed> {
    let must_not_repeat = repeat == Repeat::UnlessExecuted;
    match answer.status {
        420 => Some(Failed::Unrouted),
        429 => Some(Failed::Unsent),
        // A refused token: it did not come to the request itself.
        500.. if must_not_repeat && answer.standing() == Standing::Expired => None,
        500 | 502..=504 => Some(Failed::Unknown),
        // The first attempt was cut off, and Salesforce may still be about to execute it
        // (User Interface API Developer Guide, "Prevent Record Duplication with Idempotent
        // Record Writes").
        409 if repeat == Repeat::Keyed && answer.retry_after_s().is_some() => Some(Failed::Unsent),
        500.. if must_not_repeat => Some(Failed::Unknown),
        403 if is_concurrency_limit(answer) => Some(Failed::Unsent),
        300.. if is_write(method) && is_locked_row(answer) => Some(Failed::Unsent),
        _ => None,
    }
}

fn is_write(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD)
}

/// Whether another transaction had the record.
fn is_locked_row(answer: &Answer) -> bool {
    answer.api_failure().is_some_and(|failure| {
        let mut errors = failure.errors.iter();
        errors.any(|error| error.code == sfbox_remedy::LOCKED)
    })
}

/// The same code stands for two limits: of long calls at once, which is over in
/// seconds, and of calls a day, which is not.
pub(crate) fn is_concurrency_limit(answer: &Answer) -> bool {
    answer.api_failure().is_some_and(|failure| {
        failure.errors.iter().any(|error| {
            error.code == sfbox_remedy::CALL_LIMIT
                && sfbox_remedy::is_about_concurrency(&error.message)
        })
    })
}

/// Sorts a failure of the transport: `None` is one that stands.
pub(crate) fn of_transport(error: &TransportError, repeat: Repeat) -> Option<Failed> {
    match error {
        TransportError::NotSent(_) | TransportError::NoHost(_) => Some(Failed::Unsent),
        TransportError::Lost(_) => Some(Failed::Unknown),
        // There is no time for another attempt, or it would end alike. But it may have
        // been executed.
        TransportError::Late | TransportError::Unreadable(_) => match repeat {
            Repeat::UnlessExecuted => Some(Failed::Unknown),
            Repeat::Always | Repeat::Keyed => None,
        },
        TransportError::Untrusted(_)
        | TransportError::WrongHost(_)
        | TransportError::Denied
        | TransportError::Unsendable(_) => None,
    }
}

/// Decides after attempt number `attempt` (from 1 on). A wait that the server
/// asked for is kept to the second; one of our own is drawn between its half and
/// its whole, so that a fleet does not come back as one.
pub(crate) fn next(
    failed: Failed,
    attempt: u32,
    retry_after_s: Option<u32>,
    random: u64,
    remaining: Duration,
) -> Next {
    let attempts_max = match failed {
        Failed::Unrouted => UNROUTED_ATTEMPTS_MAX,
        Failed::Unknown | Failed::Unsent => ATTEMPTS_MAX,
    };
    let asked = retry_after_s.map(|seconds| Duration::from_secs(seconds.into()));
    let wait = asked.unwrap_or_else(|| backoff(attempt, random));
    if attempt < attempts_max && wait < remaining {
        Next::Retry(wait)
    } else {
        Next::GiveUp
    }
}

fn backoff(attempt: u32, random: u64) -> Duration {
    let doubled = BACKOFF.saturating_mul(1 << attempt.saturating_sub(1).min(16));
    jitter(doubled.min(BACKOFF_MAX), random)
}

/// Between half of `whole` and `whole`.
pub(crate) fn jitter(whole: Duration, random: u64) -> Duration {
    let half = whole / 2;
    let nanos = u64::try_from(half.as_nanos()).unwrap_or(u64::MAX);
    half + Duration::from_nanos(random % nanos.saturating_add(1).max(1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::answer::tests::answer;
    use crate::unauthorized::Unauthorized;

    const LONG: Duration = Duration::from_secs(120);

    #[test]
    fn the_matrix_of_answers() {
        let limit = |what: &str| {
            format!(
                r#"[{{"errorCode":"REQUEST_LIMIT_EXCEEDED","message":"{what} Limit exceeded."}}]"#
            )
        };
        for (status, body, failed) in [
            (200, String::new(), None),
            (400, String::new(), None),
            (401, String::new(), None),
            (404, String::new(), None),
            (403, limit("TotalRequests"), None),
            (403, limit("ConcurrentPerOrgLongTxn"), Some(Failed::Unsent)),
            (
                403,
                limit("ConcurrentRequests (Concurrent API Requests)"),
                Some(Failed::Unsent),
            ),
            (420, String::new(), Some(Failed::Unrouted)),
            (429, String::new(), Some(Failed::Unsent)),
            (500, String::new(), Some(Failed::Unknown)),
            (501, String::new(), None),
            (502, String::new(), Some(Failed::Unknown)),
            (503, String::new(), Some(Failed::Unknown)),
            (504, String::new(), Some(Failed::Unknown)),
        ] {
            let answer = answer(status, "application/json", &body);
            for method in [Method::GET, Method::POST, Method::PATCH] {
                let found = of_answer(&answer, &method, Repeat::Always);
                assert_eq!(found, failed, "{method} {status} {body}");
            }
        }
    }

    #[test]
    fn what_an_apex_class_may_have_answered_stands_unless_it_may_run_twice() {
        let locked = r#"[{"errorCode":"UNABLE_TO_LOCK_ROW","message":"m"}]"#;
        let limit =
            |what| format!(r#"[{{"errorCode":"REQUEST_LIMIT_EXCEEDED","message":"{what}"}}]"#);
        let (concurrent, daily) = (limit("ConcurrentRequests"), limit("TotalRequests"));
        for (status, body, once, always) in [
            (200, "", None, None),
            (400, locked, None, Some(Failed::Unsent)),
            (401, "", None, None),
            (
                403,
                &*concurrent,
                Some(Failed::Unsent),
                Some(Failed::Unsent),
            ),
            (400, &*concurrent, None, None),
            (403, &*daily, None, None),
            (420, "", None, Some(Failed::Unrouted)),
            (429, "", None, Some(Failed::Unsent)),
            (500, "", None, Some(Failed::Unknown)),
            (503, "", None, Some(Failed::Unknown)),
        ] {
            let answer = answer(status, "application/json", body);
            for (repeat, failed) in [(Repeat::UnlessExecuted, once), (Repeat::Always, always)] {
                let manner = Manner {
                    repeat,
                    unauthorized: Unauthorized::Class,
                    is_verbatim: true,
                };
                let found = in_answer(&answer, &Method::POST, manner);
                assert_eq!(found, failed, "{repeat:?} {status} {body}");
            }
        }
    }

    #[test]
    fn after_any_5xx_a_write_may_have_been_executed() {
        for status in [500, 501, 502, 503, 504, 505, 520, 599] {
            let answer = answer(status, "text/html", "");
            let found = of_answer(&answer, &Method::POST, Repeat::UnlessExecuted);
            assert_eq!(found, Some(Failed::Unknown), "{status}");
        }
        let fault = "<soapenv:Fault><faultcode>sf:INVALID_SESSION_ID</faultcode></soapenv:Fault>";
        let refused = answer(500, "text/xml", fault);
        let found = of_answer(&refused, &Method::POST, Repeat::UnlessExecuted);
        assert_eq!(found, None, "the token was refused");
    }

    #[test]
    fn a_locked_row_passes_and_only_writes_meet_one() {
        let body = r#"[{"errorCode":"UNABLE_TO_LOCK_ROW","message":"m"}]"#;
        let answer = answer(400, "application/json", body);
        for (method, failed) in [
            (Method::GET, None),
            (Method::POST, Some(Failed::Unsent)),
            (Method::PATCH, Some(Failed::Unsent)),
            (Method::DELETE, Some(Failed::Unsent)),
        ] {
            for repeat in [Repeat::Always, Repeat::UnlessExecuted] {
                assert_eq!(of_answer(&answer, &method, repeat), failed, "{method}");
            }
        }
    }

    #[test]
    fn the_matrix_of_the_transport() {
        let text = String::new;
        for (error, always, unless_executed) in [
            (
                TransportError::NotSent(text()),
                Some(Failed::Unsent),
                Some(Failed::Unsent),
            ),
            (
                TransportError::NoHost(text()),
                Some(Failed::Unsent),
                Some(Failed::Unsent),
            ),
            (
                TransportError::Lost(text()),
                Some(Failed::Unknown),
                Some(Failed::Unknown),
            ),
            (TransportError::Late, None, Some(Failed::Unknown)),
            (
                TransportError::Unreadable(text()),
                None,
                Some(Failed::Unknown),
            ),
            (TransportError::Untrusted(text()), None, None),
            (TransportError::WrongHost(text()), None, None),
            (TransportError::Denied, None, None),
            (TransportError::Unsendable(text()), None, None),
        ] {
            let found = |repeat| of_transport(&error, repeat);
            assert_eq!(found(Repeat::Always), always, "{error:?}");
            assert_eq!(found(Repeat::UnlessExecuted), unless_executed, "{error:?}");
        }
    }

    #[test]
    fn attempts_are_bounded() {
        for (failed, max) in [
            (Failed::Unknown, 4),
            (Failed::Unsent, 4),
            (Failed::Unrouted, 2),
        ] {
            let next = |attempt| next(failed, attempt, None, 0, LONG);
            assert_ne!(next(max - 1), Next::GiveUp);
            assert_eq!(next(max), Next::GiveUp);
        }
    }

    #[test]
    fn the_servers_wish_is_kept_if_there_is_time_for_it() {
        let next = |seconds| next(Failed::Unknown, 1, Some(seconds), 9, LONG);
        assert_eq!(next(119), Next::Retry(Duration::from_secs(119)));
        assert_eq!(next(120), Next::GiveUp);
    }

    proptest! {
        #[test]
        fn a_wait_of_our_own_is_bounded_and_never_nothing(attempt in 1_u32..40, random: u64) {
            let wait = backoff(attempt, random);
            prop_assert!(wait >= BACKOFF / 2 && wait <= BACKOFF_MAX);
        }
    }
}
