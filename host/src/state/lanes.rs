//! Which worker a call goes to, and how many may be under way.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many calls of one org an instance takes before the next worker helps.
/// Below it one instance is fastest: one session, one connection.
const SPILL_AT: usize = 32;

/// How many calls of one org an instance may have in flight. Calls past it wait
/// with their callers.
pub(super) const CALLS_MAX: usize = 64;

/// The same of calls whose bodies are passed on. Such a call lasts for as long as its caller
/// sends, and must not keep the others waiting.
pub(super) const UPLOADS_MAX: usize = 64;

/// How long a call may last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lasts {
    /// Until its answer begins.
    Briefly,
    /// Until its caller has sent a body, however long that takes.
    AsLongAsItsBody,
}

/// One org's calls in flight, by worker.
#[derive(Clone)]
pub(crate) struct Lanes {
    home: usize,
    calls: Arc<[AtomicUsize]>,
    room: Arc<Semaphore>,
    room_for_uploads: Arc<Semaphore>,
}

/// A place in a lane, given back on drop.
pub(crate) struct Place {
    calls: Arc<[AtomicUsize]>,
    worker: usize,
    _room: OwnedSemaphorePermit,
}

impl Lanes {
    /// Lanes for what is `served` over `workers` workers, of which it makes one its home.
    pub(crate) fn new(served: &impl Hash, workers: usize) -> Self {
        let mut hasher = DefaultHasher::new();
        served.hash(&mut hasher);
        let home = usize::try_from(hasher.finish() % workers.max(1) as u64).unwrap_or(0);
        Self {
            home,
            calls: (0..workers).map(|_| AtomicUsize::new(0)).collect(),
            room: Arc::new(Semaphore::new(workers * CALLS_MAX)),
            room_for_uploads: Arc::new(Semaphore::new(workers * UPLOADS_MAX)),
        }
    }

    /// How many calls may be under way at once, without those whose bodies are passed on.
    pub(crate) fn calls_max(&self) -> usize {
        self.calls.len() * CALLS_MAX
    }

    /// Waits for a place at the worker that should run the next call: `own` is the one
    /// whose thread the caller is on, and spares it two changes of threads. `None`
    /// never happens while the lanes live: nobody closes them.
    pub(crate) async fn enter(&self, lasts: Lasts, own: Option<usize>) -> Option<Place> {
        let room = match lasts {
            Lasts::Briefly => &self.room,
            Lasts::AsLongAsItsBody => &self.room_for_uploads,
        };
        let room = Arc::clone(room).acquire_owned().await.ok()?;
        let loads: Vec<usize> = self
            .calls
            .iter()
            .map(|calls| calls.load(Ordering::Relaxed))
            .collect();
        let worker = choose(own.unwrap_or(self.home), &loads);
        self.calls.get(worker)?.fetch_add(1, Ordering::Relaxed);
        Some(Place {
            calls: Arc::clone(&self.calls),
            worker,
            _room: room,
        })
    }
}

impl Place {
    /// The worker, by number.
    pub(crate) fn worker(&self) -> usize {
        self.worker
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(calls) = self.calls.get(self.worker) {
            calls.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// The first worker from `home` on with room, else the least loaded one.
fn choose(home: usize, loads: &[usize]) -> usize {
    let ring = || (0..loads.len()).map(|step| (home + step) % loads.len());
    ring()
        .find(|&worker| loads[worker] < SPILL_AT)
        .or_else(|| ring().min_by_key(|&worker| loads[worker]))
        .unwrap_or(home)
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[test]
    fn calls_stay_at_home_until_it_is_busy_and_then_spill() {
        for (home, loads, worker) in [
            (0, &[0, 0][..], 0),
            (1, &[0, 0], 1),
            (0, &[SPILL_AT - 1, 0], 0),
            (0, &[SPILL_AT, 0], 1),
            (1, &[3, SPILL_AT], 0),
            (1, &[40, 50, 33], 2),
            (0, &[40, 40], 0),
        ] {
            assert_eq!(choose(home, loads), worker, "home {home}, loads {loads:?}");
        }
    }

    #[test]
    fn a_call_stays_where_its_caller_is() {
        let lanes = Lanes::new(&"acme", 2);
        for own in [0, 1] {
            let places: Vec<Place> = (0..SPILL_AT)
                .map(|_| {
                    lanes
                        .enter(Lasts::Briefly, Some(own))
                        .now_or_never()
                        .flatten()
                        .unwrap()
                })
                .collect();
            assert!(places.iter().all(|place| place.worker() == own));
            let next = lanes
                .enter(Lasts::Briefly, Some(own))
                .now_or_never()
                .flatten()
                .unwrap();
            assert_ne!(next.worker(), own, "it is busy");
        }
    }

    #[test]
    fn a_lane_takes_its_limit_and_the_next_call_waits() {
        let lanes = Lanes::new(&"acme", 2);
        let enter = || lanes.enter(Lasts::Briefly, None).now_or_never().flatten();
        assert_eq!(lanes.calls_max(), 2 * CALLS_MAX);
        let mut places: Vec<Place> = (0..2 * CALLS_MAX).map(|_| enter().unwrap()).collect();
        for calls in &*lanes.calls {
            assert_eq!(calls.load(Ordering::Relaxed), CALLS_MAX);
        }
        assert!(enter().is_none());
        places.pop();
        assert!(enter().is_some());
    }

    #[test]
    fn uploads_and_other_calls_do_not_wait_for_each_other() {
        let lanes = Lanes::new(&"acme", 1);
        let enter = |lasts| lanes.enter(lasts, None).now_or_never().flatten();
        let (uploads, calls) = (Lasts::AsLongAsItsBody, Lasts::Briefly);
        let mut places: Vec<Place> = (0..UPLOADS_MAX).map(|_| enter(uploads).unwrap()).collect();
        assert!(enter(uploads).is_none());
        places.extend((0..CALLS_MAX).map(|_| enter(calls).expect("uploads take its place")));
        assert!(enter(calls).is_none());
        places.remove(0);
        assert!(enter(calls).is_none(), "the place of an upload");
        assert!(enter(uploads).is_some());
    }
}
