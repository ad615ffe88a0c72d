//! One opener a host: a burst of calls must not open a connection each.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use tokio::sync::OwnedMutexGuard;

use super::demand::Demand;
use super::link::Link;

/// More hosts than an org has; past it the oldest are forgotten, which costs a
/// connection.
const HOSTS_MAX: usize = 64;

/// The hosts that were connected to.
#[derive(Default)]
pub(super) struct Gates {
    hosts: Mutex<HashMap<String, Arc<Host>>>,
}

/// One host, and the connections to it.
#[derive(Default)]
pub(super) struct Host {
    demand: Arc<Demand>,
    links: Mutex<Vec<Weak<Link>>>,
    turn: Arc<tokio::sync::Mutex<()>>,
    /// How often an opener came back without a connection.
    failures: AtomicU64,
}

/// The right and duty to open the first connection; the others wait for its
/// end.
pub(super) struct Opening {
    host: Arc<Host>,
    is_open: bool,
    _turn: OwnedMutexGuard<()>,
}

impl Gates {
    /// The host that a URI leads to.
    pub(super) fn host(&self, uri: &http::Uri) -> Arc<Host> {
        self.host_of(uri.authority().map_or("", |authority| authority.as_str()))
    }

    /// The host of this authority.
    fn host_of(&self, authority: &str) -> Arc<Host> {
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

impl Host {
    /// Waits while another opens the first connection. `None`: there is one that takes
    /// calls, or the other found none to be had. To wait for one opener after the other
    /// would make the last wait for all of them.
    pub(super) async fn enter(self: &Arc<Self>) -> Option<Opening> {
        let failures = self.failures.load(Ordering::Relaxed);
        let turn = Arc::clone(&self.turn).lock_owned().await;
        if self.takes_calls() {
            return None;
        }
        let failed = self.failures.load(Ordering::Relaxed) != failures;
        (!failed).then(|| Opening {
            host: Arc::clone(self),
            is_open: false,
            _turn: turn,
        })
    }

    /// The calls to it, and its connections.
    pub(super) fn demand(&self) -> &Arc<Demand> {
        &self.demand
    }

    /// Notes a connection that was opened, or that a call uses.
    pub(super) fn adopt(&self, link: &Arc<Link>) {
        let mut links = self.links();
        let known = links
            .iter()
            .any(|known| known.as_ptr() == Arc::as_ptr(link));
        if !known {
            links.push(Arc::downgrade(link));
        }
    }

    /// The connections that nothing has come in on since then take no new calls.
    pub(super) fn retire_silent_since(&self, then: Instant) {
        for link in self.open_links() {
            link.retire_if_silent_since(then);
        }
    }

    /// Whether a connection takes new calls. Those that idled for long do not.
    fn takes_calls(&self) -> bool {
        let links = self.open_links();
        links.iter().for_each(|link| link.retire_if_idle());
        links.iter().any(|link| link.takes_calls())
    }

    fn open_links(&self) -> Vec<Arc<Link>> {
        let mut links = self.links();
        links.retain(|link| link.strong_count() > 0);
        links.iter().filter_map(Weak::upgrade).collect()
    }

    fn links(&self) -> MutexGuard<'_, Vec<Weak<Link>>> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Opening {
    /// The connection is there; the others may go on.
    pub(super) fn opened(mut self) {
        self.is_open = true;
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        if !self.is_open {
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
        let host = gates.host_of("a");
        let opening = host.enter().now_or_never().unwrap().unwrap();
        assert!(gates.host_of("a").enter().now_or_never().is_none(), "waits");
        let other = gates.host_of("b");
        assert!(
            other.enter().now_or_never().unwrap().is_some(),
            "another host"
        );
        let link = Link::new(None, true);
        host.adopt(&link);
        opening.opened();
        assert!(host.enter().now_or_never().unwrap().is_none(), "goes on");
    }

    #[test]
    fn who_fails_to_open_keeps_nobody_waiting() {
        let gates = Gates::default();
        let host = gates.host_of("a");
        let opening = host.enter().now_or_never().unwrap();
        let mut waiting = [pin!(host.enter()), pin!(host.enter())];
        for waiting in &mut waiting {
            assert!(waiting.as_mut().now_or_never().is_none());
        }
        drop(opening);
        for waiting in &mut waiting {
            assert!(waiting.as_mut().now_or_never().unwrap().is_none());
        }
        let next = host.enter().now_or_never().unwrap();
        assert!(next.is_some(), "who comes later opens");
    }

    #[test]
    fn one_opens_again_when_no_connection_takes_calls() {
        let host = Gates::default().host_of("a");
        for end in [Link::retire, Link::closed] {
            let links = [Link::new(None, false), Link::new(None, false)];
            links.iter().for_each(|link| host.adopt(link));
            end(&links[0]);
            assert!(
                host.enter().now_or_never().unwrap().is_none(),
                "there is one more"
            );
            end(&links[1]);
            let opening = host.enter().now_or_never().unwrap();
            assert!(opening.is_some());
            assert!(host.enter().now_or_never().is_none(), "the next one waits");
        }
    }

    #[test]
    fn connections_that_were_silent_are_no_longer_used() {
        let host = Gates::default().host_of("a");
        let links = [Link::new(None, false), Link::new(None, false)];
        links.iter().for_each(|link| host.adopt(link));
        let then = Instant::now();
        links[0].heard(b"x").unwrap();
        host.retire_silent_since(then);
        assert_eq!(links.map(|link| link.takes_calls()), [true, false]);
    }
}
