//! A key that is in use: what is kept of it, and what has to be counted.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::entry::Entry;
use crate::rate::Meter;
use crate::upstream::Upstream;

/// A key in use.
pub(crate) struct LiveKey {
    pub(crate) entry: Entry,
    pub(crate) upstream: Arc<dyn Upstream>,
    /// Ends what is under way with it.
    revoked: CancellationToken,
    meter: Option<Mutex<Meter>>,
    places: Option<Arc<Semaphore>>,
}

/// A key may be used, and not now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Busy {
    /// So much time has to pass.
    Rate(Duration),
    /// As many requests as it may have are under way.
    Concurrency,
}

/// A request of a key that is under way. Dropped with the last byte of its answer.
#[derive(Debug)]
pub(crate) struct Place {
    _place: Option<OwnedSemaphorePermit>,
}

impl LiveKey {
    pub(crate) fn new(entry: Entry, upstream: Arc<dyn Upstream>) -> Self {
        let places = entry
            .concurrency
            .map(|most| usize::try_from(most).unwrap_or(usize::MAX));
        Self {
            meter: entry.rate.map(|rate| Mutex::new(Meter::new(rate))),
            places: places.map(|most| Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)))),
            entry,
            upstream,
            revoked: CancellationToken::new(),
        }
    }

    /// Lets one more request begin.
    ///
    /// # Errors
    ///
    /// When it has to wait.
    pub(crate) fn enter(&self, now: Duration) -> Result<Place, Busy> {
        let place = match &self.places {
            None => None,
            Some(places) => {
                let place = Arc::clone(places).try_acquire_owned();
                Some(place.map_err(|_| Busy::Concurrency)?)
            }
        };
        // What is not let in for other reasons does not count.
        if let Some(meter) = &self.meter {
            let mut meter = meter.lock().unwrap_or_else(PoisonError::into_inner);
            meter.admit(now).map_err(Busy::Rate)?;
        }
        Ok(Place { _place: place })
    }

    /// Ends what is under way with it.
    pub(crate) fn revoke(&self) {
        self.revoked.cancel();
    }

    /// Ends when the key is revoked, or has expired.
    pub(crate) fn revoked(&self) -> CancellationToken {
        self.revoked.clone()
    }
}
