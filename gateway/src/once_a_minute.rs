//! What is told to the operator at most once a minute, however often it happens. Pure.

use std::time::{Duration, Instant};

/// How long nothing is said again.
const INTERVAL: Duration = Duration::from_secs(60);

/// One thing that happens again and again.
#[derive(Debug, Default)]
pub(crate) struct OnceAMinute {
    said: Option<Instant>,
    /// How often it has happened since then.
    times: u64,
}

impl OnceAMinute {
    /// It has happened once more. If that is to be said now: how often it has happened since it
    /// was said last.
    pub(crate) fn happened(&mut self, now: Instant) -> Option<u64> {
        self.times += 1;
        let is_soon = |said| now.saturating_duration_since(said) < INTERVAL;
        if self.said.is_some_and(is_soon) {
            return None;
        }
        self.said = Some(now);
        Some(std::mem::take(&mut self.times))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_once_a_minute_with_how_often_it_happened() {
        let (mut it, now) = (OnceAMinute::default(), Instant::now());
        assert_eq!(it.happened(now), Some(1));
        for _ in 0..1_000 {
            assert_eq!(it.happened(now + INTERVAL - Duration::from_secs(1)), None);
        }
        assert_eq!(it.happened(now + INTERVAL), Some(1_001));
        assert_eq!(it.happened(now + INTERVAL), None);
        assert_eq!(it.happened(now + 5 * INTERVAL), Some(2));
    }
}
