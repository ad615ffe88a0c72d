//! How many rows are written, how fast, and how long the rest takes.

use std::time::{Duration, Instant};

/// What is known of the rows.
pub(super) struct Rows {
    begun: Instant,
    /// When the number was shown last.
    shown: Option<Instant>,
    written: u64,
    of: Option<u64>,
}

impl Rows {
    /// Begins with the first page: what came before is the login, and tells nothing of
    /// the pages.
    pub(super) fn begin() -> Self {
        Self {
            begun: Instant::now(),
            shown: None,
            written: 0,
            of: None,
        }
    }

    pub(super) fn reached(&mut self, written: u64, of: Option<u64>) {
        (self.written, self.of) = (written, of);
    }

    /// Whether the number is to be shown again, so long after the last time.
    pub(super) fn is_due(&mut self, pause: Duration) -> bool {
        let now = Instant::now();
        let is_due = self.shown.is_none_or(|shown| now - shown >= pause);
        if is_due {
            self.shown = Some(now);
        }
        is_due
    }

    pub(super) fn words(&self) -> String {
        words(self.written, self.of, self.begun.elapsed())
    }
}

/// What people are told of rows that were written within this time.
fn words(written: u64, of: Option<u64>, within: Duration) -> String {
    let count = grouped(written);
    let ms = u64::try_from(within.as_millis()).unwrap_or(u64::MAX);
    let rate = written.saturating_mul(1_000).checked_div(ms);
    let rate = rate.filter(|rate| *rate > 0);
    let rate_words = rate.map(|rate| format!(", {} rows/s", grouped(rate)));
    let rate_words = rate_words.unwrap_or_default();
    let Some(of) = of else {
        return format!("{count} rows{rate_words}");
    };
    let left = rate.and_then(|rate| of.saturating_sub(written).checked_div(rate));
    let left = left.map(|left| format!(", {} left", time(left)));
    format!(
        "{count} of {} rows{rate_words}{}",
        grouped(of),
        left.unwrap_or_default()
    )
}

fn time(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3_600),
    }
}

/// With a comma before every three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_told_with_their_rate_and_what_is_left() {
        let second = Duration::from_secs(1);
        for (written, of, within, said) in [
            (
                2_000,
                Some(1_000_000),
                Duration::ZERO,
                "2,000 of 1,000,000 rows",
            ),
            (
                2_000,
                Some(1_000_000),
                second,
                "2,000 of 1,000,000 rows, 2,000 rows/s, 8 min left",
            ),
            (
                999,
                Some(2_000),
                second,
                "999 of 2,000 rows, 999 rows/s, 1 s left",
            ),
            (
                2_000,
                Some(2_000),
                second,
                "2,000 of 2,000 rows, 2,000 rows/s, 0 s left",
            ),
            (
                2_000,
                Some(0),
                second,
                "2,000 of 0 rows, 2,000 rows/s, 0 s left",
            ),
            (0, Some(10), second, "0 of 10 rows"),
            (
                1_234_567,
                None,
                10 * second,
                "1,234,567 rows, 123,456 rows/s",
            ),
        ] {
            assert_eq!(words(written, of, within), said);
        }
    }

    #[test]
    fn times_are_rounded_down() {
        for (seconds, said) in [
            (0, "0 s"),
            (119, "119 s"),
            (120, "2 min"),
            (7_199, "119 min"),
            (7_200, "2 h"),
        ] {
            assert_eq!(time(seconds), said);
        }
    }

    #[test]
    fn the_number_is_shown_now_and_then() {
        let mut rows = Rows::begin();
        assert!(rows.is_due(Duration::from_secs(3_600)));
        assert!(!rows.is_due(Duration::from_secs(3_600)));
        assert!(rows.is_due(Duration::ZERO));
    }
}
