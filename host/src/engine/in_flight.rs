//! The calls that an instance has under way, and the watchdog over them.
//!
//! A guest call cannot be cancelled, and a spinning guest lets no timer inside
//! `run_concurrent` fire. So this is asked from outside it, and its only remedy
//! is to drop the store.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tokio::sync::{Notify, oneshot};

use super::Retirement;

/// The calls under way. One thread only, as its instance.
#[derive(Default)]
pub(super) struct InFlight {
    calls: RefCell<BTreeMap<u64, Call>>,
    next: Cell<u64>,
    earlier: Notify,
}

struct Call {
    deadline: Instant,
    retired: Option<oneshot::Sender<Retirement>>,
}

/// One call's place in the table. Dropped without `leave`, the call stays: its
/// caller is still to be told why it got no answer.
pub(super) struct Entry<'a> {
    table: &'a InFlight,
    id: u64,
}

impl InFlight {
    /// Watches over a call that should end by `deadline`. Work that nobody
    /// waits for has no `retired`.
    pub(super) fn enter(
        &self,
        deadline: Instant,
        retired: Option<oneshot::Sender<Retirement>>,
    ) -> Entry<'_> {
        if self.earliest().is_none_or(|earliest| deadline < earliest) {
            self.earlier.notify_one();
        }
        let id = self.next.get();
        self.next.set(id + 1);
        self.calls
            .borrow_mut()
            .insert(id, Call { deadline, retired });
        Entry { table: self, id }
    }

    /// Ends when a call is still there `grace` after its deadline.
    pub(super) async fn overdue(&self, grace: Duration) {
        loop {
            match self.earliest() {
                None => self.earlier.notified().await,
                Some(deadline) if deadline + grace <= Instant::now() => return,
                Some(deadline) => tokio::select! {
                    () = tokio::time::sleep_until((deadline + grace).into()) => {}
                    () = self.earlier.notified() => {}
                },
            }
        }
    }

    /// Tells every caller why its call died.
    pub(super) fn retire(&self, why: &Retirement) {
        for call in self.calls.take().into_values() {
            if let Some(retired) = call.retired {
                _ = retired.send(why.clone());
            }
        }
    }

    fn earliest(&self) -> Option<Instant> {
        self.calls.borrow().values().map(|call| call.deadline).min()
    }
}

impl Entry<'_> {
    /// The call has been answered.
    pub(super) fn leave(self) {
        self.table.calls.borrow_mut().remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    const GRACE: Duration = Duration::from_secs(5);

    fn overdue(in_flight: &InFlight) -> bool {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let _entered = runtime.enter();
        in_flight.overdue(GRACE).now_or_never().is_some()
    }

    #[test]
    fn a_call_is_overdue_after_its_deadline_and_the_grace() {
        let in_flight = InFlight::default();
        assert!(!overdue(&in_flight), "nothing is under way");
        let now = Instant::now();
        let punctual = in_flight.enter(now + Duration::from_secs(60), None);
        let late = in_flight.enter(now, None);
        assert!(!overdue(&in_flight), "the grace has not passed");
        let stuck = in_flight.enter(now - GRACE, None);
        assert!(overdue(&in_flight));
        stuck.leave();
        assert!(!overdue(&in_flight));
        punctual.leave();
        late.leave();
        assert!(in_flight.calls.borrow().is_empty());
    }

    #[test]
    fn a_retirement_reaches_those_who_wait_and_no_others() {
        let in_flight = InFlight::default();
        let (sender, mut waiting) = oneshot::channel();
        let (done_sender, mut done) = oneshot::channel();
        let _unanswered = in_flight.enter(Instant::now(), Some(sender));
        in_flight.enter(Instant::now(), Some(done_sender)).leave();
        in_flight.retire(&Retirement::ShutDown);
        assert_eq!(waiting.try_recv(), Ok(Retirement::ShutDown));
        assert!(done.try_recv().is_err());
    }
}
