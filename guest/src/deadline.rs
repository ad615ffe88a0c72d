//! The moment by which a call must have ended.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;

use crate::error::Error;
use crate::platform::Platform;

/// Longer than the takeover of a failed login, which is 60 s and the login.
const TIMEOUT_DEFAULT: Duration = Duration::from_secs(120);

/// Nothing that Salesforce does in one call takes longer than ten minutes; an
/// hour leaves room for its retries.
const TIMEOUT_MAX: Duration = Duration::from_secs(3_600);

/// A moment of the monotonic clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Deadline(Duration);

impl Deadline {
    /// `options.timeout-ms` from `now` on.
    pub(crate) fn from_option(now: Duration, timeout_ms: Option<u32>) -> Result<Self, Error> {
        let timeout = timeout_ms.map_or(TIMEOUT_DEFAULT, |ms| Duration::from_millis(ms.into()));
        if timeout.is_zero() || timeout > TIMEOUT_MAX {
            let max = TIMEOUT_MAX.as_millis();
            return Err(Error::InvalidInput(format!(
                "timeout-ms is not from 1 to {max}"
            )));
        }
        Ok(Self::after(now, timeout))
    }

    pub(crate) fn after(now: Duration, timeout: Duration) -> Self {
        Self(now.saturating_add(timeout))
    }

    pub(crate) fn remaining(self, now: Duration) -> Duration {
        self.0.saturating_sub(now)
    }

    /// Runs `work` until the deadline, then drops it. Work that never waits gets no timer,
    /// and the clock is not read: each would cost more than the rest of such a call.
    pub(crate) fn limit<'a, P: Platform, T>(
        self,
        platform: &'a P,
        work: impl Future<Output = Result<T, Error>> + 'a,
    ) -> impl Future<Output = Result<T, Error>> + 'a {
        let timer = async move {
            platform.sleep(self.remaining(platform.monotonic())).await;
        };
        Limited { work, timer }
    }
}

pin_project! {
    /// Work and its timer. An `async` function would store the work twice: as an argument, and
    /// pinned.
    struct Limited<W, S> {
        #[pin]
        work: W,
        #[pin]
        timer: S,
    }
}

impl<T, W, S> Future for Limited<W, S>
where
    W: Future<Output = Result<T, Error>>,
    S: Future<Output = ()>,
{
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Poll::Ready(done) = this.work.poll(context) {
            return Poll::Ready(done);
        }
        this.timer.poll(context).map(|()| Err(Error::Timeout))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_from_one_millisecond_to_an_hour() {
        let now = Duration::from_secs(7);
        for (ms, accepted) in [(0, false), (1, true), (3_600_000, true), (3_600_001, false)] {
            assert_eq!(
                Deadline::from_option(now, Some(ms)).is_ok(),
                accepted,
                "{ms}"
            );
        }
        let default = Deadline::from_option(now, None).unwrap();
        assert_eq!(default.remaining(now), TIMEOUT_DEFAULT);
        assert_eq!(
            default.remaining(now + TIMEOUT_DEFAULT + now),
            Duration::ZERO
        );
    }
}
