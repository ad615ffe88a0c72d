//! How often a request was sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Counts how often a request of [`Org::stream`](crate::Org::stream) was sent to the org: once
/// as a rule, twice if the session had expired, and never if it was refused before.
///
/// A caller that wants to know puts one into the extensions of its request, and looks at a
/// clone of it whenever it likes: while it waits, and after the call has failed.
#[derive(Clone, Debug, Default)]
pub struct Attempts(Arc<AtomicU32>);

impl Attempts {
    /// How often the request was sent by now. One that did not reach the org counts, too.
    pub fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// The request is sent once more.
    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_count_the_same_request() {
        let attempts = Attempts::default();
        let counted = attempts.clone();
        assert_eq!(attempts.count(), 0);
        counted.add();
        counted.add();
        assert_eq!(attempts.count(), 2);
        assert_eq!(Attempts::default().count(), 0);
    }
}
