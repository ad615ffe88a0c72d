//! What requests were denied for, until their callers are told.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::failure::RequestFailed;

/// How many are kept: as many as an org's calls can have under way, and some more. A
/// component need not report its denials.
const DENIALS_MAX: usize = 256;

/// The words of requests that were denied. The component is told by one of
/// `wasi:http`'s codes, which carries none; and whatever it says, its caller hears the
/// host's.
///
/// Nothing tells which call a request was of. A call takes the oldest denial since it
/// began: its own, unless others of the org are denied at the same moment.
#[derive(Debug, Default)]
pub(super) struct Denials(Mutex<VecDeque<(Instant, RequestFailed)>>);

impl Denials {
    pub(super) fn push(&self, words: RequestFailed) {
        let mut denials = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if denials.len() == DENIALS_MAX {
            denials.pop_front();
        }
        denials.push_back((Instant::now(), words));
    }

    /// Takes the words of a denial for a call that began then.
    pub(super) fn take(&self, begun: Instant) -> Option<RequestFailed> {
        let mut denials = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = denials.iter().position(|(at, _)| *at >= begun)?;
        denials.remove(first).map(|(_, words)| words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(denials: &Denials, begun: Instant) -> Option<String> {
        denials.take(begun).map(|words| words.text)
    }

    #[test]
    fn a_call_takes_the_oldest_denial_since_it_began() {
        let denials = Denials::default();
        denials.push("before".to_owned().into());
        std::thread::sleep(std::time::Duration::from_millis(1));
        let begun = Instant::now();
        assert_eq!(text(&denials, begun), None);
        denials.push("first".to_owned().into());
        denials.push("second".to_owned().into());
        assert_eq!(text(&denials, begun).as_deref(), Some("first"));
        assert_eq!(text(&denials, begun).as_deref(), Some("second"));
        assert_eq!(text(&denials, begun), None);
    }

    #[test]
    fn only_the_last_are_kept() {
        let denials = Denials::default();
        let begun = Instant::now();
        for number in 0..=DENIALS_MAX {
            denials.push(number.to_string().into());
        }
        assert_eq!(text(&denials, begun).as_deref(), Some("1"));
        let left = std::iter::from_fn(|| text(&denials, begun));
        assert_eq!(left.count(), DENIALS_MAX - 1);
    }
}
