//! How long an invocation may take. Only [`within`] reads a clock.

use std::time::{Duration, SystemTime};

use sfbox::client::DEFAULT_TIMEOUT;

use crate::refusal::Refusal;

/// What is kept of an invocation's time for its answer: as many bytes as an answer
/// may have take a fraction of a second, and an invocation that is cut off has no
/// answer at all.
const ANSWER: Duration = Duration::from_secs(1);

/// The least that a call is begun with: a login takes a second.
const CALL_MIN: Duration = Duration::from_secs(2);

/// When there was no Lambda yet: the start of 2014, since 1970. AWS tells deadlines
/// since 1970, too. `cargo lambda watch` 1.9 tells the milliseconds that are left.
const NO_LAMBDA: Duration = Duration::from_secs(1_388_534_400);

/// When Lambda ends an invocation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(SystemTime);

impl Deadline {
    /// The deadline that an invocation came with.
    pub(crate) fn new(told_ms: u64, now: SystemTime) -> Self {
        let told = Duration::from_millis(told_ms);
        let from = if told < NO_LAMBDA {
            now
        } else {
            SystemTime::UNIX_EPOCH
        };
        Self(from.checked_add(told).unwrap_or(now))
    }

    /// What is left of the time for work.
    pub(crate) fn left(self, now: SystemTime) -> Duration {
        let left = self.0.duration_since(now).unwrap_or_default();
        left.saturating_sub(ANSWER)
    }

    /// How long a call that begins now may take; `None` if it is too late for one.
    pub(crate) fn call(self, now: SystemTime) -> Option<Duration> {
        let left = self.left(now);
        (left >= CALL_MIN).then_some(left.min(DEFAULT_TIMEOUT))
    }
}

/// Ends with the time for work, if the work does not: calls keep their own time, and
/// this is for one that does not.
///
/// # Errors
///
/// What the work says, or `late`.
pub(crate) async fn within<T>(
    deadline: Deadline,
    late: Refusal,
    work: impl Future<Output = Result<T, Refusal>>,
) -> Result<T, Refusal> {
    let left = deadline.left(SystemTime::now());
    let done = tokio::time::timeout(left, work).await;
    done.unwrap_or(Err(late))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_ends_before_its_invocation_and_is_not_begun_too_late() {
        let now_ms = 1_773_119_783_220;
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(now_ms);
        let call = |told_ms| Deadline::new(told_ms, now).call(now);
        assert_eq!(call(now_ms + 3_000), Some(CALL_MIN));
        assert_eq!(call(now_ms + 2_999), None);
        assert_eq!(call(now_ms + 30_000), Some(Duration::from_secs(29)));
        assert_eq!(call(now_ms + 900_000), Some(DEFAULT_TIMEOUT));
        let past = Deadline::new(now_ms - 1_000, now);
        assert_eq!(past.call(now), None);
        assert_eq!(past.left(now), Duration::ZERO);
    }

    #[test]
    fn what_cannot_be_a_time_is_what_is_left() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_773_119_783);
        let left = |told_ms| Deadline::new(told_ms, now).left(now);
        assert_eq!(left(600_000), Duration::from_secs(599));
        let no_lambda_ms = 1_388_534_400_000;
        assert!(left(no_lambda_ms - 1) > Duration::ZERO);
        assert_eq!(left(no_lambda_ms), Duration::ZERO, "long over");
        assert!(left(u64::MAX) > Duration::ZERO);
    }
}
