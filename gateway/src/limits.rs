//! How much of a door one key may take, so that something is left for the others.

use std::num::NonZeroUsize;
use std::time::Duration;

/// Requests that may wait for the beginning of an answer at once, for each thread that runs
/// calls: half of the 64 that an org under a policy has there.
const CALLS_A_WORKER: usize = 32;

/// Requests of a key that may be under way at once, to the last byte of their answers: half of
/// the 2,048 bodies that an org under a policy has in a thread.
const REQUESTS_MAX: usize = 1_024;

/// Short bodies of a key that are read at once, and held until their request is sent: 16 MiB.
const BODIES_MAX: usize = 64;

/// How long a request waits for those of its own key.
pub(crate) const TURN_MAX: Duration = Duration::from_secs(10);

/// How much one key may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Requests that wait for the beginning of their answer.
    pub(crate) calls: usize,
    /// Requests under way, unless the key says another number.
    pub(crate) requests: usize,
    /// Short bodies that are being read, or wait to be sent.
    pub(crate) bodies: usize,
}

impl Limits {
    /// Those of a door whose calls so many threads run.
    pub(crate) fn of_workers(workers: NonZeroUsize) -> Self {
        Self {
            calls: CALLS_A_WORKER * workers.get(),
            requests: REQUESTS_MAX,
            bodies: BODIES_MAX,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Those of a door with one thread.
    pub(crate) fn one() -> Limits {
        Limits::of_workers(NonZeroUsize::MIN)
    }

    #[test]
    fn a_key_takes_half() {
        let four = Limits::of_workers(NonZeroUsize::new(4).unwrap());
        assert_eq!((one().calls, four.calls), (32, 128));
    }
}
