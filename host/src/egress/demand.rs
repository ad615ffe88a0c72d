//! No more connections to a host than calls: a call that finds all of them busy
//! opens another only if there are fewer than calls.
//!
//! The client beneath opens one whenever none is idle at that moment, and keeps
//! it even if another is given back first. Under a steady load without HTTP/2
//! that happens all the time, because a connection is idle again only a moment
//! after its answer has been read.
//!
//! No library does this. hyper-util 0.1 limits only the idle connections of its client
//! (`pool_max_idle_per_host`). Its `client::pool::Cache` drops a connection that lost the
//! race against one that was given back, but only after the server has accepted it. It
//! would also take the place of the whole client, whose HTTP/2 and whose captured
//! connections `link.rs` builds on. Without this file 64 tasks have 65 connections, which
//! `tests/e2e/load.rs` does not allow.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

tokio::task_local! {
    /// The call that is being sent, for the connection that is opened for it.
    static CALL: Arc<Call>;
}

/// The calls to one host, and the connections that are open or being opened.
#[derive(Default)]
pub(super) struct Demand {
    counts: Mutex<Counts>,
    changed: Notify,
}

#[derive(Default)]
struct Counts {
    calls: usize,
    connections: usize,
}

/// A call from its sending on until its answer has been read.
pub(super) struct Underway(Arc<Call>);

struct Call {
    demand: Arc<Demand>,
    answered: Mutex<bool>,
}

/// A connection's place among the others, given back on drop.
pub(super) struct Place(Arc<Demand>);

impl Demand {
    /// Counts a call.
    pub(super) fn begin(self: &Arc<Self>) -> Underway {
        self.change(|counts| counts.calls += 1);
        Underway(Arc::new(Call {
            demand: Arc::clone(self),
            answered: Mutex::new(false),
        }))
    }

    fn change(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.lock());
        self.changed.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Underway {
    /// Sends the call. What opens a connection meanwhile does so for it.
    ///
    /// # Errors
    ///
    /// As of `sending`.
    pub(super) async fn send<T, E>(
        self,
        sending: impl Future<Output = Result<T, E>>,
    ) -> Result<(T, Self), E> {
        let answered = CALL.scope(Arc::clone(&self.0), sending).await;
        // Who still waits to open a connection for it does so no longer.
        *self.0.answered() = true;
        self.0.demand.changed.notify_waiters();
        Ok((answered?, self))
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        *self.0.answered() = true;
        self.0.demand.change(|counts| counts.calls -= 1);
    }
}

impl Call {
    fn answered(&self) -> MutexGuard<'_, bool> {
        self.answered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there are fewer connections than calls. `None`: the call has
    /// got along without.
    async fn place(&self) -> Option<Place> {
        loop {
            let mut changed = std::pin::pin!(self.demand.changed.notified());
            // From here on no change is missed.
            changed.as_mut().enable();
            if *self.answered() {
                return None;
            }
            {
                let mut counts = self.demand.lock();
                if counts.connections < counts.calls {
                    counts.connections += 1;
                    return Some(Place(Arc::clone(&self.demand)));
                }
            }
            changed.await;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.change(|counts| counts.connections -= 1);
    }
}

/// Opens a connection for the call that is being sent, when it is its turn.
/// `None`: the call does not need it any more.
pub(super) fn opened<T, E>(
    opening: impl Future<Output = Result<T, E>>,
) -> impl Future<Output = Option<Result<(T, Option<Place>), E>>> {
    let call = CALL.try_with(Arc::clone).ok();
    async move {
        let place = match call {
            Some(call) => Some(call.place().await?),
            None => None,
        };
        Some(opening.await.map(|stream| (stream, place)))
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::future::{pending, ready};

    use futures::FutureExt as _;

    use super::*;

    type Opened = Option<Result<(u8, Option<Place>), Infallible>>;

    /// What a client does for a call: begins to open a connection in its name.
    fn open(call: &Underway) -> impl Future<Output = Opened> + use<> {
        let stream = ready(Ok(0_u8));
        let opening = CALL.sync_scope(Arc::clone(&call.0), || opened(stream));
        Box::pin(opening)
    }

    #[test]
    fn there_are_never_more_connections_than_calls() {
        let demand = Arc::new(Demand::default());
        let (first, second) = (demand.begin(), demand.begin());
        let connections = [&first, &second].map(|call| open(call).now_or_never().flatten());
        assert!(connections.iter().all(Option::is_some));
        let mut third = open(&second);
        assert!((&mut third).now_or_never().is_none(), "it waits");
        drop(connections);
        assert!(third.now_or_never().flatten().is_some(), "one was closed");
    }

    #[test]
    fn another_call_makes_room_for_another_connection() {
        let demand = Arc::new(Demand::default());
        let first = demand.begin();
        let connection = open(&first).now_or_never().flatten();
        let mut second = open(&first);
        assert!((&mut second).now_or_never().is_none());
        let _call = demand.begin();
        assert!(second.now_or_never().flatten().is_some());
        drop(connection);
    }

    #[test]
    fn a_call_that_was_answered_opens_nothing() {
        let demand = Arc::new(Demand::default());
        let call = demand.begin();
        let _connection = open(&call).now_or_never().flatten();
        let mut late = open(&call);
        assert!((&mut late).now_or_never().is_none());
        let sending = ready(Ok::<_, Infallible>(()));
        let _answered = call.send(sending).now_or_never().unwrap();
        assert!(matches!(late.now_or_never(), Some(None)));
        let mut abandoned = open(&demand.begin());
        assert!(matches!((&mut abandoned).now_or_never(), Some(None)));
    }

    #[test]
    fn a_connection_that_is_not_had_gives_its_place_back() {
        let demand = Arc::new(Demand::default());
        let call = demand.begin();
        let refused = ready(Err::<u8, _>("refused"));
        let opening = CALL.sync_scope(Arc::clone(&call.0), || opened(refused));
        assert!(matches!(
            Box::pin(opening).now_or_never(),
            Some(Some(Err(_)))
        ));
        let hanging = pending::<Result<u8, Infallible>>();
        let opening = CALL.sync_scope(Arc::clone(&call.0), || opened(hanging));
        assert!(Box::pin(opening).now_or_never().is_none());
        assert!(open(&call).now_or_never().flatten().is_some());
    }
}
