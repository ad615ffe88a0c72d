//! Which failures pass by themselves, and when to try again.
//!
//! Every request may be sent twice: reads, a version whose id is its writer's to
//! choose, and a move that is judged by what is current afterwards.

use std::time::Duration;

use sfbox_secret::Kind;
use sfbox_secret::aws::ATTEMPTS_MAX;

/// The wait before the second attempt is up to so long, and doubles from then on
/// (the AWS SDKs' standard mode; SDKs and Tools Reference Guide, "Retry
/// behavior").
const BACKOFF: Duration = Duration::from_secs(1);

/// How long to wait after attempt number `attempt` (from 1 on), or `None` if the
/// failure stands. A wait that was asked for is kept to the second; one of our own
/// is drawn, so that a fleet does not come back as one.
pub(crate) fn wait(
    failed: Kind,
    attempt: u32,
    random: [u8; 16],
    remaining: Duration,
) -> Option<Duration> {
    let wait = match failed {
        Kind::Throttled(Some(seconds)) => Duration::from_secs(seconds.into()),
        Kind::Throttled(None) | Kind::Unavailable => drawn(attempt, random),
        Kind::NotFound | Kind::Denied | Kind::Conflict | Kind::Malformed => return None,
    };
    (attempt < ATTEMPTS_MAX && wait < remaining).then_some(wait)
}

fn drawn(attempt: u32, random: [u8; 16]) -> Duration {
    let most = BACKOFF.saturating_mul(1 << attempt.saturating_sub(1).min(16));
    let part = f64::from(u16::from_le_bytes([random[0], random[1]])) / f64::from(u16::MAX);
    most.mul_f64(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);
    const MOST: [u8; 16] = [0xff; 16];

    #[test]
    fn only_what_passes_is_tried_again_and_only_so_often() {
        for (failed, attempt, waits) in [
            (Kind::Unavailable, 1, Some(1)),
            (Kind::Unavailable, 2, Some(2)),
            (Kind::Throttled(None), 2, Some(2)),
            (Kind::Throttled(Some(5)), 1, Some(5)),
            (Kind::Unavailable, ATTEMPTS_MAX, None),
            (Kind::Throttled(Some(5)), ATTEMPTS_MAX, None),
            (Kind::NotFound, 1, None),
            (Kind::Denied, 1, None),
            (Kind::Conflict, 1, None),
            (Kind::Malformed, 1, None),
        ] {
            let found = wait(failed, attempt, MOST, LONG);
            assert_eq!(
                found,
                waits.map(Duration::from_secs),
                "{failed:?} {attempt}"
            );
        }
    }

    #[test]
    fn a_wait_that_would_take_all_the_time_left_is_none() {
        let wait = |remaining| wait(Kind::Throttled(Some(2)), 1, MOST, remaining);
        assert_eq!(wait(Duration::from_secs(2)), None);
        assert!(wait(Duration::from_millis(2_001)).is_some());
    }

    #[test]
    fn a_wait_of_our_own_is_drawn_from_nothing_to_all_of_it() {
        let drawn = |random| wait(Kind::Unavailable, 1, random, LONG).unwrap();
        assert_eq!(drawn([0; 16]), Duration::ZERO);
        assert!(drawn([0x7f; 16]) < Duration::from_millis(510));
    }
}
