//! The calls that an instance has under way, and the watchdog over them.
//!
//! A guest call cannot be cancelled, and a spinning guest lets no timer inside
//! `run_concurrent` fire. So this is asked from outside it, and its only remedy
//! is to drop the store.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Notify, oneshot};

use super::retirement::Retirement;
use crate::pulse::Pulse;

/// The calls that an instance was given and has not answered, and what they left
/// running. One thread only, as its instance.
#[derive(Default)]
pub(super) struct InFlight {
    calls: RefCell<BTreeMap<u64, Call>>,
    next: Cell<u64>,
    earlier: Notify,
}

struct Call {
    deadline: Instant,
    pulse: Option<Arc<Pulse>>,
    retired: Option<oneshot::Sender<Retirement>>,
}

impl Call {
    /// By when it has to be answered, as far as is known by now.
    fn deadline(&self) -> Instant {
        let moved = self.pulse.as_ref().map(|pulse| pulse.deadline());
        moved.map_or(self.deadline, |moved| moved.max(self.deadline))
    }
}

/// A call's place in the table. It stays there until it leaves: a caller without
/// an answer is still to be told why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket(u64);

impl InFlight {
    /// Watches over a call that should end by `deadline`, which its `pulse` puts off. Work
    /// that nobody waits for has no `retired`.
    pub(super) fn enter(
        &self,
        deadline: Instant,
        pulse: Option<Arc<Pulse>>,
        retired: Option<oneshot::Sender<Retirement>>,
    ) -> Ticket {
        if self.earliest().is_none_or(|earliest| deadline < earliest) {
            self.earlier.notify_one();
        }
        let id = self.next.get();
        self.next.set(id + 1);
        let call = Call {
            deadline,
            pulse,
            retired,
        };
        self.calls.borrow_mut().insert(id, call);
        Ticket(id)
    }

    /// The call has been answered, or is somebody else's now. Gives back what it
    /// came with.
    pub(super) fn leave(&self, ticket: Ticket) -> Option<oneshot::Sender<Retirement>> {
        self.calls.borrow_mut().remove(&ticket.0)?.retired
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
        self.calls.borrow().values().map(Call::deadline).min()
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;
    use crate::pulse::Patience;

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
        let punctual = in_flight.enter(now + Duration::from_secs(60), None, None);
        let late = in_flight.enter(now, None, None);
        assert!(!overdue(&in_flight), "the grace has not passed");
        let stuck = in_flight.enter(now - GRACE, None, None);
        assert!(overdue(&in_flight));
        in_flight.leave(stuck);
        assert!(!overdue(&in_flight));
        in_flight.leave(punctual);
        in_flight.leave(late);
        assert!(in_flight.calls.borrow().is_empty());
    }

    #[test]
    fn a_call_whose_body_flows_is_not_overdue() {
        let in_flight = InFlight::default();
        let long_ago = Instant::now() - 2 * GRACE;
        let idle = Duration::from_secs(60);
        let pulse = Pulse::begin(Patience { head: idle, idle }, false);
        let flowing = in_flight.enter(long_ago, Some(pulse), None);
        assert!(!overdue(&in_flight));
        in_flight.leave(flowing);
        let idle = Duration::ZERO;
        let pulse = Pulse::begin(Patience { head: idle, idle }, false);
        in_flight.enter(long_ago, Some(pulse), None);
        assert!(!overdue(&in_flight), "it has stood still for a moment");
    }

    #[test]
    fn a_retirement_reaches_those_who_wait_and_no_others() {
        let in_flight = InFlight::default();
        let (sender, mut waiting) = oneshot::channel();
        let (done_sender, mut done) = oneshot::channel();
        in_flight.enter(Instant::now(), None, Some(sender));
        let answered = in_flight.enter(Instant::now(), None, Some(done_sender));
        drop(in_flight.leave(answered));
        in_flight.retire(&Retirement::ShutDown);
        assert_eq!(waiting.try_recv(), Ok(Retirement::ShutDown));
        assert!(done.try_recv().is_err());
    }
}
