//! A session as people read it.

use std::fmt::Write as _;

use sfbox::{Origin, Status};

use super::rfc_3339;
use crate::printable::with_margin;

/// The status in a few lines, at a moment in milliseconds since 1970.
pub(super) fn glance(status: &Status, now_ms: u64) -> String {
    let mut lines = String::new();
    let mut line = |name: &str, text: &str| {
        // Writing to a string cannot fail.
        _ = writeln!(lines, "{name:8}  {}", with_margin(text, "          "));
    };
    line("Session", standing(status));
    if let Some(instance) = &status.instance {
        line("Instance", instance);
    }
    if let Some(issued) = status.issued_at_ms {
        line("Began", &moment(issued, now_ms));
    }
    if let Some(expires) = status.expires_at_ms {
        line("Ends", &moment(expires, now_ms));
    }
    if let Some(note) = &status.note {
        line("Note", note);
    }
    lines
}

fn standing(status: &Status) -> &'static str {
    match (status.origin, status.shared) {
        (Origin::None, _) => "none: the next call logs in",
        (Origin::Stored, true) => "stored: all processes with this secret use it",
        (Origin::Login, true) => "new, and stored: all processes with this secret use it",
        (Origin::Stored | Origin::Login, false) => "not stored: only this process has it",
    }
}

/// As in `3 h ago (2026-11-23T08:12:44Z)`.
fn moment(at_ms: u64, now_ms: u64) -> String {
    let distance = distance(at_ms.abs_diff(now_ms) / 1_000);
    let relative = if at_ms > now_ms {
        format!("in {distance}")
    } else {
        format!("{distance} ago")
    };
    match rfc_3339(at_ms) {
        Some(absolute) => format!("{relative} ({absolute})"),
        None => relative,
    }
}

/// In the largest unit of which there are two, rounded down.
fn distance(seconds: u64) -> String {
    let (count, unit) = [(86_400, "d"), (3_600, "h"), (60, "min")]
        .into_iter()
        .find(|(unit, _)| seconds >= 2 * unit)
        .map_or((seconds, "s"), |(unit, name)| (seconds / unit, name));
    format!("{count} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_763_900_000_000;

    fn status(origin: Origin, shared: bool) -> Status {
        Status {
            origin,
            instance: None,
            issued_at_ms: None,
            expires_at_ms: None,
            shared,
            note: None,
        }
    }

    #[test]
    fn a_session_is_told_at_a_glance() {
        let status = Status {
            instance: Some("acme.my.salesforce.com".to_owned()),
            issued_at_ms: Some(NOW - 3 * 3_600_000),
            expires_at_ms: Some(NOW + 20 * 60_000),
            note: Some("the secret is\u{1b}[2J read-only".to_owned()),
            ..status(Origin::Stored, true)
        };
        insta::assert_snapshot!(glance(&status, NOW), @r"
        Session   stored: all processes with this secret use it
        Instance  acme.my.salesforce.com
        Began     3 h ago (2025-11-23T09:13:20Z)
        Ends      in 20 min (2025-11-23T12:33:20Z)
        Note      the secret is\u{1b}[2J read-only
        ");
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        for (origin, shared, words) in [
            (Origin::None, false, "none: the next call logs in"),
            (Origin::Login, false, "not stored"),
            (Origin::Login, true, "new, and stored"),
        ] {
            let shown = glance(&status(origin, shared), NOW);
            assert!(shown.contains(words), "{shown}");
            assert_eq!(shown.lines().count(), 1, "{shown}");
        }
    }

    #[test]
    fn distances_are_rounded_down() {
        for (seconds, said) in [
            (0, "0 s"),
            (119, "119 s"),
            (120, "2 min"),
            (7_199, "119 min"),
            (7_200, "2 h"),
            (172_799, "47 h"),
            (172_800, "2 d"),
        ] {
            assert_eq!(distance(seconds), said);
        }
    }
}
