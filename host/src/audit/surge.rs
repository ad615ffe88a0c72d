//! Denials in a flood: the first ones of a minute have a line each, and the others are
//! counted, or one caller fills the disk for all. Pure.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How many denials have a line of their own within [`SPAN`].
const LINES_MAX: u32 = 100;

/// When the others are told, and lines begin anew.
const SPAN: Duration = Duration::from_secs(60);

/// The denials of one policy within a minute.
#[derive(Debug, Default)]
pub(crate) struct Surge {
    begun: Option<Instant>,
    lines: u32,
    /// Those without a line, by method and route: words of the policy's table, of which
    /// there are few.
    counted: BTreeMap<(&'static str, &'static str), u64>,
}

/// What becomes of a denial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Noted {
    /// It has a line.
    Line,
    /// It is counted; of the first one the moment at which they are told.
    Counted { told_at: Option<Instant> },
}

/// So many denials of one method and route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) method: &'static str,
    pub(crate) route: &'static str,
    pub(crate) denials: u64,
}

impl Surge {
    /// Notes a denial.
    pub(crate) fn note(
        &mut self,
        method: &'static str,
        route: &'static str,
        now: Instant,
    ) -> Noted {
        let begun = match self.begun {
            Some(begun) if now.saturating_duration_since(begun) < SPAN => begun,
            _ => {
                self.lines = 0;
                *self.begun.insert(now)
            }
        };
        if self.lines < LINES_MAX {
            self.lines += 1;
            return Noted::Line;
        }
        let is_first = self.counted.is_empty();
        *self.counted.entry((method, route)).or_default() += 1;
        Noted::Counted {
            told_at: is_first.then(|| begun + SPAN),
        }
    }

    /// Takes those that were counted.
    pub(crate) fn take(&mut self) -> Vec<Count> {
        let counted = std::mem::take(&mut self.counted).into_iter();
        let count = |((method, route), denials)| Count {
            method,
            route,
            denials,
        };
        counted.map(count).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_denials_of_a_minute_have_lines_and_the_others_are_counted() {
        let begun = Instant::now();
        let mut surge = Surge::default();
        for _ in 0..LINES_MAX {
            assert_eq!(surge.note("DELETE", "/a", begun), Noted::Line);
        }
        let told_at = Some(begun + SPAN);
        let late = begun + SPAN - Duration::from_millis(1);
        assert_eq!(surge.note("DELETE", "/a", late), Noted::Counted { told_at });
        for route in ["/a", "/b"] {
            let noted = surge.note("DELETE", route, late);
            assert_eq!(noted, Noted::Counted { told_at: None });
        }
        let count = |route, denials| Count {
            method: "DELETE",
            route,
            denials,
        };
        assert_eq!(surge.take(), [count("/a", 2), count("/b", 1)]);
        assert!(surge.take().is_empty());
        assert_eq!(surge.note("DELETE", "/a", begun + SPAN), Noted::Line);
    }

    #[test]
    fn few_denials_have_a_line_each_for_ever() {
        let mut now = Instant::now();
        let mut surge = Surge::default();
        for _ in 0..10 * LINES_MAX {
            now += 2 * SPAN / LINES_MAX;
            assert_eq!(surge.note("DELETE", "/a", now), Noted::Line);
        }
        assert!(surge.take().is_empty());
    }
}
