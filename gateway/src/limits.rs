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

/// Requests of a key that may wait for the beginning of their answers at once: half of those
/// that its org has.
pub(crate) fn calls(of_org: usize) -> usize {
    (of_org / 2).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_takes_half_and_is_never_shut_out() {
        for (of_org, of_key) in [(64, 32), (256, 128), (1, 1), (0, 1)] {
            assert_eq!(calls(of_org), of_key);
        }
    }
}
/// Long bodies of a key that may be on their way at once. An org has room for as many of them as
/// for calls, and counts them apart.
pub(crate) fn uploads(calls_of_org: usize) -> usize {
    calls(calls_of_org).min(UPLOADS_MAX)
}

        for (of_org, of_key) in [(64, 32), (256, 128), (512, 128), (0, 1)] {
            assert_eq!(uploads(of_org), of_key);
        }
