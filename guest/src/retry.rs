//! Which failures pass by themselves, and when to try again.
//!
//! Every request so far may be sent twice: a query reads, and a login whose
//! answer was lost only leaves a session behind. Pure: the random number and the
//! remaining time are arguments.

use std::time::Duration;

use crate::answer::Answer;
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

/// Sorts an answer: `None` is one that stands. Source: REST API Developer Guide,
/// "Status Codes and Error Responses"; which are transient is our judgement.
pub(crate) fn of_answer(answer: &Answer) -> Option<Failed> {
    match answer.status {
        420 => Some(Failed::Unrouted),
        429 => Some(Failed::Unsent),
        500 | 502..=504 => Some(Failed::Unknown),
        403 if is_concurrency_limit(answer) => Some(Failed::Unsent),
        _ => None,
    }
}

/// The same code stands for two limits: of long calls at once, which is over in
/// seconds, and of calls a day, which is not.
pub(crate) fn is_concurrency_limit(answer: &Answer) -> bool {
    answer.api_failure().is_some_and(|failure| {
        failure.errors.iter().any(|error| {
            error.code == "REQUEST_LIMIT_EXCEEDED" && error.message.contains("Concurrent")
        })
    })
}

/// Sorts a failure of the transport: `None` is one that will not pass.
pub(crate) fn of_transport(error: &TransportError) -> Option<Failed> {
    match error {
        TransportError::NotSent(_) | TransportError::NoHost(_) => Some(Failed::Unsent),
        TransportError::Lost(_) => Some(Failed::Unknown),
        TransportError::Late
        | TransportError::Untrusted(_)
        | TransportError::WrongHost(_)
        | TransportError::Denied
        | TransportError::Unreadable(_) => None,
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
            assert_eq!(of_answer(&answer), failed, "{status} {body}");
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
