//! One opener a host: a burst of calls must not open a connection each.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::OwnedMutexGuard;

use super::POOL_IDLE;
use super::demand::Demand;

/// More hosts than an org has; past it the oldest are forgotten, which costs a
/// connection.
const HOSTS_MAX: usize = 64;

/// When each host was last connected to.
#[derive(Default)]
pub(super) struct Gates {
    hosts: Mutex<HashMap<String, Arc<Host>>>,
}

#[derive(Default)]
struct Host {
    demand: Arc<Demand>,
    connected: Arc<tokio::sync::Mutex<Option<Instant>>>,
    /// How often an opener came back without a connection.
    failures: AtomicU64,
}

/// The right and duty to open the first connection; the others wait for its
/// end.
pub(super) struct Opening {
    host: Arc<Host>,
    connected: OwnedMutexGuard<Option<Instant>>,
}

impl Gates {
    /// Waits while another opens the first connection to `authority`. `None`:
    /// there is one, or the other found none to be had. To wait for one opener
    /// after the other would make the last wait for all of them.
    pub(super) async fn enter(&self, authority: &str) -> Option<Opening> {
        let host = self.host(authority);
        let failures = host.failures.load(Ordering::Relaxed);
        let mut connected = Arc::clone(&host.connected).lock_owned().await;
        let used = connected.as_mut().filter(|used| used.elapsed() < POOL_IDLE);
        if let Some(used) = used {
            *used = Instant::now();
            return None;
        }
        let failed = host.failures.load(Ordering::Relaxed) != failures;
        (!failed).then_some(Opening { host, connected })
    }

    /// The calls to `authority`, and its connections.
    pub(super) fn demand(&self, authority: &str) -> Arc<Demand> {
        Arc::clone(&self.host(authority).demand)
    }

    fn host(&self, authority: &str) -> Arc<Host> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = hosts.get(authority) {
            return Arc::clone(host);
        }
        if hosts.len() >= HOSTS_MAX {
            hosts.clear();
        }
        Arc::clone(hosts.entry(authority.to_owned()).or_default())
    }
}

impl Opening {
    /// The connection is there; the others may go on.
    pub(super) fn opened(mut self) {
        *self.connected = Some(Instant::now());
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        if self
            .connected
            .is_none_or(|used| used.elapsed() >= POOL_IDLE)
        {
            self.host.failures.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures::FutureExt as _;

    use super::*;

    #[test]
    fn one_opens_and_the_others_wait() {
        let gates = Gates::default();
        let opening = gates.enter("a").now_or_never().unwrap().unwrap();
        assert!(gates.enter("a").now_or_never().is_none(), "waits");
        assert!(
            gates.enter("b").now_or_never().unwrap().is_some(),
            "another host"
        );
        opening.opened();
        assert!(
            gates.enter("a").now_or_never().unwrap().is_none(),
            "goes on"
        );
    }

    #[test]
    fn who_fails_to_open_keeps_nobody_waiting() {
        let gates = Gates::default();
        let opening = gates.enter("a").now_or_never().unwrap();
        let mut waiting = [pin!(gates.enter("a")), pin!(gates.enter("a"))];
        for waiting in &mut waiting {
            assert!(waiting.as_mut().now_or_never().is_none());
        }
        drop(opening);
        for waiting in &mut waiting {
            assert!(waiting.as_mut().now_or_never().unwrap().is_none());
        }
        let next = gates.enter("a").now_or_never().unwrap();
        assert!(next.is_some(), "who comes later opens");
    }
}
