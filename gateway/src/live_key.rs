//! A key that is in use: what is kept of it, and what has to be counted.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::entry::Entry;
use crate::limits::{self, BODIES_MAX, REQUESTS_MAX, TURN_MAX};
use crate::rate::Meter;
use crate::under_way::{Moving, UnderWay};
use crate::upstream::Upstream;

/// A key in use.
pub(crate) struct LiveKey {
    pub(crate) entry: Entry,
    pub(crate) upstream: Arc<dyn Upstream>,
    /// Ends what is under way with it.
    revoked: CancellationToken,
    meter: Option<Mutex<Meter>>,
    places: Arc<Semaphore>,
    calls: Arc<Semaphore>,
    uploads: Arc<Semaphore>,
    bodies: Arc<Semaphore>,
    answers: Arc<UnderWay>,
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
    _place: OwnedSemaphorePermit,
}

/// The turn of a request among those of its key. Dropped when it is over.
#[derive(Debug)]
pub(crate) struct Turn {
    _turn: OwnedSemaphorePermit,
}

impl LiveKey {
    pub(crate) fn new(entry: Entry, upstream: Arc<dyn Upstream>) -> Self {
        let places = entry.concurrency.map_or(REQUESTS_MAX, |most| {
            usize::try_from(most).unwrap_or(usize::MAX)
        });
        let (calls, turns) = (upstream.calls_max(), |most| Arc::new(Semaphore::new(most)));
        Self {
            meter: entry.rate.map(|rate| Mutex::new(Meter::new(rate))),
            places: Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS))),
            calls: turns(limits::calls(calls)),
            uploads: turns(limits::uploads(calls)),
            bodies: Arc::new(Semaphore::new(BODIES_MAX)),
            entry,
            upstream,
            revoked: CancellationToken::new(),
            answers: Arc::default(),
        }
    }

    /// Lets one more request begin.
    ///
    /// # Errors
    ///
    /// When it has to wait.
    pub(crate) fn enter(&self, now: Duration) -> Result<Place, Busy> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        let place = place.map_err(|_| Busy::Concurrency)?;
        // What is not let in for other reasons does not count.
        if let Some(meter) = &self.meter {
            let mut meter = meter.lock().unwrap_or_else(PoisonError::into_inner);
            meter.admit(now).map_err(Busy::Rate)?;
        }
        Ok(Place { _place: place })
    }

    /// Waits until the org may be asked for one more answer. The turn is over at the beginning
    /// of the answer.
    ///
    /// # Errors
    ///
    /// When too many others of this key have to be answered first.
    pub(crate) async fn call(&self) -> Result<Turn, Busy> {
        turn(&self.calls, TURN_MAX).await
    }

    /// The same of a request whose body is passed on as it comes: it lasts for as long as its
    /// client sends, and keeps no other request of the key waiting.
    ///
    /// # Errors
    ///
    /// When too many other bodies of this key are on their way.
    pub(crate) async fn upload(&self) -> Result<Turn, Busy> {
        turn(&self.uploads, TURN_MAX).await
    }

    /// Waits until one more short body may be read. The turn is over when its request is sent.
    ///
    /// # Errors
    ///
    /// When too many others of this key have to be read first.
    pub(crate) async fn body(&self) -> Result<Turn, Busy> {
        turn(&self.bodies, TURN_MAX).await
    }

    /// Ends what is under way with it.
    pub(crate) fn revoke(&self) {
        self.revoked.cancel();
        self.answers.end();
    }

    /// Whether it was revoked, or has expired.
    pub(crate) fn has_ended(&self) -> bool {
        self.revoked.is_cancelled()
    }

    /// An answer of it goes out from now on. `cut` ends what serves it.
    pub(crate) fn answers(&self, cut: &CancellationToken) -> Moving {
        let moving = self.answers.begin(cut.clone(), Instant::now());
        // One that was revoked just now has not seen this answer.
        if self.has_ended() {
            cut.cancel();
        }
        moving
    }

    /// Ends the answers that have stood still for so long.
    pub(crate) fn end_still(&self, now: Instant, still: Duration) {
        self.answers.end_still(now, still);
    }

    /// Ends when the key is revoked, or has expired.
    pub(crate) fn revoked(&self) -> CancellationToken {
        self.revoked.clone()
    }
}

async fn turn(turns: &Arc<Semaphore>, most: Duration) -> Result<Turn, Busy> {
    let turn = timeout(most, Arc::clone(turns).acquire_owned()).await;
    match turn {
        Ok(Ok(turn)) => Ok(Turn { _turn: turn }),
        // Nobody closes it.
        Ok(Err(_)) | Err(_) => Err(Busy::Concurrency),
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn a_turn_is_waited_for_and_not_for_ever() {
        let turns = Arc::new(Semaphore::new(1));
        let first = turn(&turns, Duration::ZERO).await.unwrap();
        let late = turn(&turns, Duration::from_millis(1)).await;
        assert_eq!(late.err(), Some(Busy::Concurrency));
        let mut next = Box::pin(turn(&turns, TURN_MAX));
        assert!(next.as_mut().now_or_never().is_none());
        drop(first);
        assert!(next.await.is_ok());
    }
}
