//! One opener a host: a burst of calls must not open a connection each.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::OwnedMutexGuard;

use super::POOL_IDLE;

/// More hosts than an org has; past it the oldest are forgotten, which costs a
/// connection.
const HOSTS_MAX: usize = 64;

/// When each host was last connected to.
#[derive(Default)]
pub(super) struct Gates {
    hosts: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Option<Instant>>>>>,
}

/// The right and duty to open the first connection; the others wait for its
/// end.
pub(super) struct Opening {
    host: OwnedMutexGuard<Option<Instant>>,
}

impl Gates {
    /// Waits while another opens the first connection to `authority`. `None`:
    /// there is one.
    pub(super) async fn enter(&self, authority: &str) -> Option<Opening> {
        let host = self.host(authority);
        let mut host = host.lock_owned().await;
        let used = host.as_mut().filter(|used| used.elapsed() < POOL_IDLE);
        match used {
            Some(used) => {
                *used = Instant::now();
                None
            }
            None => Some(Opening { host }),
        }
    }

    fn host(&self, authority: &str) -> Arc<tokio::sync::Mutex<Option<Instant>>> {
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
        *self.host = Some(Instant::now());
    }
}

#[cfg(test)]
mod tests {
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
    fn who_fails_to_open_leaves_it_to_the_next() {
        let gates = Gates::default();
        drop(gates.enter("a").now_or_never().unwrap());
        assert!(gates.enter("a").now_or_never().unwrap().is_some());
    }
}
