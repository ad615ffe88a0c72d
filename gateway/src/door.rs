//! What all requests at a door share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use http::StatusCode;
use jiff::Timestamp;

use crate::access::AccessLog;
use crate::authority::{Authority, Names};
use crate::key_file::KeyFile;
use crate::key_ring::{KeyRing, Wrong};
use crate::live_key::{Busy, LiveKey};
use crate::metrics::Metrics;
use crate::once_a_minute::OnceAMinute;
use crate::refusal::Refusal;

/// What all requests share.
pub(crate) struct Door {
    pub(crate) ring: KeyRing,
    /// Where keys are kept; absent where the one key lives as long as the door.
    pub(crate) file: Option<KeyFile>,
    pub(crate) names: RwLock<Names>,
    pub(crate) log: AccessLog,
    pub(crate) metrics: Arc<Metrics>,
    opened: Instant,
    /// Wrong keys that were shown.
    wrong_keys: Mutex<OnceAMinute>,
    /// Requests that were not carried, by the org.
    failed: Mutex<HashMap<String, OnceAMinute>>,
    /// The org's id and the user's, of each org where somebody has logged in.
    identities: Mutex<HashMap<String, (String, String)>>,
}

impl Door {
    pub(crate) fn new(ring: KeyRing, file: Option<KeyFile>, names: Names, log: AccessLog) -> Self {
        Self {
            ring,
            file,
            names: RwLock::new(names),
            metrics: Arc::new(Metrics::of(&log)),
            log,
            opened: Instant::now(),
            wrong_keys: Mutex::default(),
            failed: Mutex::default(),
            identities: Mutex::default(),
        }
    }

    /// How long the door has been open.
    pub(crate) fn elapsed(&self) -> Duration {
        self.opened.elapsed()
    }

    /// How many keys open it now.
    pub(crate) fn keys(&self) -> usize {
        self.ring.valid(Timestamp::now())
    }

    /// Whether a request that is addressed so is for this door.
    pub(crate) fn is_called(&self, asked: &Authority) -> bool {
        self.names
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .include(asked)
    }

    /// The key that a text is. One that opens nothing is counted.
    pub(crate) fn key(&self, text: &str) -> Result<Arc<LiveKey>, Wrong> {
        self.ring
            .find(text, Timestamp::now())
            .inspect_err(|_| self.count_wrong_key())
    }

    /// Counts a request without a key that opens anything, and says so once a minute.
    pub(crate) fn count_wrong_key(&self) {
        self.metrics.wrong_key();
        let mut wrong_keys = self
            .wrong_keys
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(requests) = wrong_keys.happened(Instant::now()) {
            tracing::warn!(target: "sfbox::degraded", requests, "requests showed no key, or a wrong one");
        }
    }

    /// A request to this org was not carried, for reasons that are the operator's. Answers how
    /// many there were, if that is to be said now: one client that tries again and again fills
    /// no log.
    pub(crate) fn failed(&self, org: &str) -> Option<u64> {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let of_org = failed.entry(org.to_owned()).or_default();
        of_org.happened(Instant::now())
    }

    /// The org's id and the user's, if they are known.
    pub(crate) fn identity(&self, org: &str) -> Option<(String, String)> {
        let identities = self
            .identities
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        identities.get(org).cloned()
    }

    /// Remembers them.
    pub(crate) fn remember_identity(&self, org: &str, ids: &(String, String)) {
        let mut identities = self
            .identities
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        identities.insert(org.to_owned(), ids.clone());
    }
}

/// What is answered to a request without a key that opens anything.
pub(crate) fn without_key(wrong: Option<Wrong>) -> Refusal {
    let message = match wrong {
        Some(Wrong::Expired) => "the key has expired: `sfbox key add` creates a new one",
        Some(Wrong::Form | Wrong::Unknown) => "the key is not valid at this door",
        None => {
            "a key of this door is needed, as `Authorization: Bearer KEY`; `sfbox key add` creates one"
        }
    };
    Refusal::new(StatusCode::UNAUTHORIZED, "SFBOX_INVALID_KEY", message)
}

/// What is answered to a request of a key that has to wait.
pub(crate) fn busy(busy: Busy) -> Refusal {
    let (message, wait) = match busy {
        Busy::Rate(wait) => ("the key has a limit on its rate", wait),
        Busy::Concurrency => (
            "the key has a limit on its requests at once",
            Duration::from_secs(1),
        ),
    };
    Refusal::new(StatusCode::TOO_MANY_REQUESTS, "SFBOX_KEY_LIMIT", message).after(wait)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upstream::tests::Closed;

    #[test]
    fn what_fails_at_one_org_hides_nothing_of_another() {
        let ring = KeyRing::new(Arc::new(Closed));
        let door = Door::new(ring, None, Names::default(), AccessLog::none());
        assert_eq!(door.failed("a"), Some(1));
        assert_eq!((door.failed("a"), door.failed("b")), (None, Some(1)));
        assert_eq!((door.failed("a"), door.failed("b")), (None, None));
    }
}
