//! The org's clock: the machine's, and what the tests moved it by.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use http::HeaderValue;
use jiff::Timestamp;
use thiserror::Error;

/// The most that a clock can be advanced in all, in milliseconds: 100 years,
/// so that no date literal leaves the calendar.
pub const CLOCK_ADVANCE_MAX_MS: u64 = 100 * 365 * 24 * 60 * 60 * 1_000;

/// The clock cannot be moved that far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the clock can be advanced by at most {CLOCK_ADVANCE_MAX_MS} ms in all")]
pub struct AdvanceTooFar;

/// Tells the time.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    advanced_ms: AtomicI64,
}

impl Clock {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub(crate) fn now_ms(&self) -> i64 {
        Timestamp::now().as_millisecond() + self.advanced_ms.load(Ordering::Relaxed)
    }

    /// The time as HTTP's `Date` (RFC 9110, section 5.6.7).
    pub(crate) fn date(&self) -> Option<HeaderValue> {
        http_date(self.now_ms())
    }

    /// Moves the clock back, as far as it may be advanced.
    pub(crate) fn turn_back(&self, by: Duration) -> Result<(), AdvanceTooFar> {
        let by = i64::try_from(by.as_millis()).map_err(|_| AdvanceTooFar)?;
        let limit = i64::try_from(CLOCK_ADVANCE_MAX_MS).map_err(|_| AdvanceTooFar)?;
        self.advanced_ms
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |advanced| {
                advanced.checked_sub(by).filter(|rest| *rest >= -limit)
            })
            .map(|_| ())
            .map_err(|_| AdvanceTooFar)
    }

    /// Moves the clock forward.
    pub(crate) fn advance(&self, by: Duration) -> Result<(), AdvanceTooFar> {
        let by = i64::try_from(by.as_millis()).map_err(|_| AdvanceTooFar)?;
        let limit = i64::try_from(CLOCK_ADVANCE_MAX_MS).map_err(|_| AdvanceTooFar)?;
        self.advanced_ms
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |advanced| {
                advanced.checked_add(by).filter(|sum| *sum <= limit)
            })
            .map(|_| ())
            .map_err(|_| AdvanceTooFar)
    }

    /// Goes back to the machine's time.
    pub(crate) fn reset(&self) {
        self.advanced_ms.store(0, Ordering::Relaxed);
    }
}

/// An instant as headers have it (RFC 9110, section 5.6.7).
pub(crate) fn http_date(milliseconds: i64) -> Option<HeaderValue> {
    let instant = Timestamp::from_millisecond(milliseconds).ok()?;
    let date = instant.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    HeaderValue::try_from(date).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_turned_back_and_its_date_with_it() {
        let clock = Clock::default();
        let machine = clock.now_ms();
        assert_eq!(clock.turn_back(Duration::from_secs(3_600)), Ok(()));
        let behind = machine - clock.now_ms();
        assert!((3_590_000..=3_600_000).contains(&behind), "{behind}");
        let date = clock.date().expect("a date");
        assert!(date.to_str().expect("ASCII").ends_with(" GMT"), "{date:?}");
        assert_eq!(clock.turn_back(Duration::MAX), Err(AdvanceTooFar));
        assert_eq!(clock.advance(Duration::from_secs(3_600)), Ok(()));
        let far = Duration::from_millis(CLOCK_ADVANCE_MAX_MS);
        assert_eq!(clock.turn_back(far), Ok(()));
        assert_eq!(
            clock.turn_back(Duration::from_millis(1)),
            Err(AdvanceTooFar)
        );
    }

    #[test]
    fn a_clock_advances_to_its_limit_and_not_past_it() {
        let clock = Clock::default();
        let before = clock.now_ms();
        assert_eq!(
            clock.advance(Duration::from_millis(CLOCK_ADVANCE_MAX_MS)),
            Ok(())
        );
        assert!(clock.now_ms() - before >= i64::try_from(CLOCK_ADVANCE_MAX_MS).expect("fits"));
        assert_eq!(clock.advance(Duration::from_millis(1)), Err(AdvanceTooFar));
        assert_eq!(clock.advance(Duration::MAX), Err(AdvanceTooFar));
        clock.reset();
        assert_eq!(clock.advance(Duration::from_millis(1)), Ok(()));
    }
}
