//! A call on a connection. One that runs out of time keeps later calls away from it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::Extensions;
use hyper_util::client::legacy::connect::CaptureConnection;

use super::gate::Host;
use super::link::{Link, LinkHandle};
use crate::pulse::Pulse;

/// How early a call that is dropped counts as out of time. The component keeps the
/// deadline too, and its clock is read a moment before or after this one.
const LATE: Duration = Duration::from_millis(250);

/// A call on a connection, from its sending on until its answer has been read.
pub(super) struct LinkUse {
    host: Arc<Host>,
    captured: CaptureConnection,
    link: Option<Arc<Link>>,
    begun: Instant,
    deadline: Deadline,
    is_complete: bool,
}

/// By when a call has to end.
pub(super) enum Deadline {
    At(Instant),
    /// Its bodies flow: by when the next byte has to move until the head of the answer is
    /// there.
    Moving(Arc<Pulse>),
    Never,
}

impl Deadline {
    /// Whether that is before `then`.
    fn is_before(&self, then: Instant) -> bool {
        match self {
            Self::At(at) => *at <= then,
            Self::Moving(pulse) => pulse.deadline() <= then,
            Self::Never => false,
        }
    }
}

impl LinkUse {
    /// A call to `host` that has to end by `deadline`, and what captures its connection.
    pub(super) fn begin(host: &Arc<Host>, captured: CaptureConnection, deadline: Deadline) -> Self {
        Self {
            host: Arc::clone(host),
            captured,
            link: None,
            begun: Instant::now(),
            deadline,
            is_complete: false,
        }
    }

    /// Looks which connection the call is on, if it is on one.
    pub(super) fn find(&mut self) -> Option<&Arc<Link>> {
        let mut extras = Extensions::new();
        if let Some(connected) = &*self.captured.connection_metadata() {
            connected.get_extras(&mut extras);
        }
        let found = extras.get().and_then(LinkHandle::link);
        // A request that could not be sent on one connection is sent on another.
        let is_new = |link: &Arc<Link>| {
            !self
                .link
                .as_ref()
                .is_some_and(|known| Arc::ptr_eq(known, link))
        };
        if let Some(link) = found.filter(is_new) {
            link.begin_call(&self.captured);
            self.host.adopt(&link);
            if let Some(left) = self.link.replace(link) {
                left.end_call();
            }
        }
        self.link.as_ref()
    }

    /// The head of the answer is there, and its body flows for as long as it likes.
    pub(super) fn flows(&mut self) {
        self.deadline = Deadline::Never;
    }

    /// Nothing has moved on the call for too long: its time is up.
    pub(super) fn expire(&mut self) {
        self.deadline = Deadline::At(Instant::now());
    }

    /// The answer has been read, or there will be none: the connection has said so.
    pub(super) fn complete(&mut self) {
        self.is_complete = true;
    }
}

impl Drop for LinkUse {
    fn drop(&mut self) {
        let is_late = !self.is_complete && self.deadline.is_before(Instant::now() + LATE);
        if is_late && let Some(link) = self.find() {
            link.retire();
            // Those that were silent as long may have died of the same.
            self.host.retire_silent_since(self.begun);
        }
        if let Some(link) = self.link.take() {
            link.end_call();
        }
    }
}
