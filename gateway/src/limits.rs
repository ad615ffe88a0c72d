//! How much of a door one key may take, so that something is left for the others. Pure.

use std::time::Duration;

/// Requests of a key that may be under way at once, to the last byte of their answers, unless
/// the key says another number: half of the 2,048 bodies that an org under a policy has in a
/// thread.
pub(crate) const REQUESTS_MAX: usize = 1_024;

/// Short bodies of a key that are read at once, and held until their request is sent: 16 MiB.
pub(crate) const BODIES_MAX: usize = 64;

/// Long bodies of a key that may be on their way at once: half of the 256 that an org under a
/// policy reads at once where the body decides.
const UPLOADS_MAX: usize = 128;

/// How long a request waits for those of its own key.
pub(crate) const TURN_MAX: Duration = Duration::from_secs(10);

/// How long the bytes of a request and its answer may stand still, unless the org may take
/// longer: an org may take ten minutes for an answer.
pub(crate) const STILL_MIN: Duration = Duration::from_secs(660);

/// How much longer than the org may take: who waits for the org is told that it is late, before
/// anything is cut.
const STILL_BEYOND: Duration = Duration::from_secs(60);

/// How long the bytes of a request and its answer may stand still, where the org may take this
/// long for the beginning of an answer, and for each part of it.
pub(crate) fn still(timeout: Duration) -> Duration {
    timeout.saturating_add(STILL_BEYOND).max(STILL_MIN)
}

/// Requests of a key that may wait for the beginning of their answers at once: half of those
/// that its org has.
pub(crate) fn calls(of_org: usize) -> usize {
    (of_org / 2).max(1)
}

/// Long bodies of a key that may be on their way at once. An org has room for as many of them as
/// for calls, and counts them apart.
pub(crate) fn uploads(calls_of_org: usize) -> usize {
    calls(calls_of_org).min(UPLOADS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_cut_before_the_org_is_late() {
        let of = |seconds| still(Duration::from_secs(seconds)).as_secs();
        for (timeout, expected) in [(1, 660), (120, 660), (600, 660), (601, 661), (3_600, 3_660)] {
            assert_eq!(of(timeout), expected, "{timeout}");
        }
        assert_eq!(still(Duration::MAX), Duration::MAX);
    }

    #[test]
    fn a_key_takes_half_and_is_never_shut_out() {
        for (of_org, of_key) in [(64, 32), (256, 128), (1, 1), (0, 1)] {
            assert_eq!(calls(of_org), of_key);
        }
        for (of_org, of_key) in [(64, 32), (256, 128), (512, 128), (0, 1)] {
            assert_eq!(uploads(of_org), of_key);
        }
    }
}
