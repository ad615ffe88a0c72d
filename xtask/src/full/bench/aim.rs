//! What a comparison should come to.

use std::fmt;

/// Two contenders at one task, and how far apart they should be.
#[derive(Clone, Debug)]
pub(super) struct Aim {
    /// The title of the task.
    pub(super) task: String,
    pub(super) ours: &'static str,
    /// The one that ours is compared with.
    pub(super) other: String,
    pub(super) bound: Bound,
}

/// How many times the other's median ours should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

impl Aim {
    /// In words, with these medians of ours and the other.
    pub(super) fn judged(&self, ours: f64, other: f64) -> String {
        let times = ours / other;
        let verdict = if self.bound.holds(times) {
            "reached"
        } else {
            "missed"
        };
        let Self { task, bound, .. } = self;
        let (name, other) = (self.ours, &self.other);
        format!("{task}: {name} is {times:.2} times {other}, the aim is {bound}: {verdict}")
    }

    /// In words, if one of the two was not measured.
    pub(super) fn unknown(&self) -> String {
        let Self { task, bound, .. } = self;
        let (name, other) = (self.ours, &self.other);
        format!("{task}: {name} beside {other}, the aim is {bound}: not measured")
    }
}

impl Bound {
    fn holds(self, times: f64) -> bool {
        match self {
            Self::AtLeast(least) => times >= least,
            Self::AtMost(most) => times <= most,
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(least) => write!(f, "at least {least}"),
            Self::AtMost(most) => write!(f, "at most {most}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aim(bound: Bound) -> Aim {
        Aim {
            task: "rows".to_owned(),
            ours: "sfbox",
            other: "a peer".to_owned(),
            bound,
        }
    }

    #[test]
    fn an_aim_is_reached_at_its_bound_and_missed_beyond() {
        for (bound, ours, verdict) in [
            (Bound::AtLeast(20.0), 20.0, "reached"),
            (Bound::AtLeast(20.0), 19.9, "missed"),
            (Bound::AtMost(1.1), 1.1, "reached"),
            (Bound::AtMost(1.1), 1.11, "missed"),
        ] {
            let text = aim(bound).judged(ours, 1.0);
            assert!(text.ends_with(verdict), "{text}");
        }
    }

    #[test]
    fn it_is_said_in_words() {
        let aim = aim(Bound::AtLeast(0.7));
        assert_eq!(
            aim.judged(3.0, 4.0),
            "rows: sfbox is 0.75 times a peer, the aim is at least 0.7: reached"
        );
        assert_eq!(
            aim.unknown(),
            "rows: sfbox beside a peer, the aim is at least 0.7: not measured"
        );
    }
}
