//! One renewal under way: what it is for, and who waits for it.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use futures::channel::oneshot;

use super::lease::Lease;
use super::state::{InUse, Inner};
use crate::credentials::Stale;
use crate::deadline::Deadline;
use crate::error::Error;
use crate::platform::Platform;
use crate::token::Fingerprint;

/// How long whoever has the turn may take: less than a claim lives, so that a
/// leader who is late is never alone in believing that it leads.
pub(super) const DEADLINE: Duration = Duration::from_secs(50);

/// How long the new token may take into the store, once it is in use.
pub(super) const STORE_DEADLINE: Duration = Duration::from_secs(20);

/// Why a session is renewed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// It has ended, or is to end.
    Ended,
    /// Its end is near, and it is still in use.
    Ahead,
    /// Its instance is no more; this is how that failed.
    Gone(Error),
}

pub(super) struct Renewal<P: Platform> {
    pub(super) inner: Rc<Inner<P>>,
    pub(super) bad: Option<Stale>,
    pub(super) offer: Option<oneshot::Sender<Lease>>,
    pub(super) purpose: Purpose,
    pub(super) first_use: FirstUse,
    /// The status of the login's last answer; 0 before there is one.
    pub(super) login_status: Cell<u16>,
    publish: Option<oneshot::Sender<Result<InUse, Error>>>,
}

/// What came of a new token's first use, if that ended the renewal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FirstUse {
    /// It did not come to that.
    None,
    /// The token was refused.
    Refused,
    /// The instance that the login named does not exist: another login would name it
    /// again.
    Gone,
    /// The org did not answer, or could not: nothing is known of the token.
    Unjudged,
}

impl<P: Platform> Renewal<P> {
    pub(super) fn new(
        inner: Rc<Inner<P>>,
        bad: Option<Stale>,
        purpose: Purpose,
        offer: Option<oneshot::Sender<Lease>>,
        publish: oneshot::Sender<Result<InUse, Error>>,
    ) -> Self {
        Self {
            inner,
            bad,
            offer,
            purpose,
            first_use: FirstUse::None,
            login_status: Cell::default(),
            publish: Some(publish),
        }
    }

    pub(super) fn bad_token(&self) -> Option<Fingerprint> {
        self.bad.as_ref().map(|bad| bad.token.clone())
    }

    pub(super) fn publish(&mut self, outcome: Result<InUse, Error>) {
        if let Some(publish) = self.publish.take() {
            // Who comes from now on finds the session, or begins anew.
            self.inner.state.borrow_mut().renewing = None;
            _ = publish.send(outcome);
        }
    }

    pub(super) fn after(&self, time: Duration) -> Deadline {
        Deadline::after(self.inner.platform.monotonic(), time)
    }
}

impl<P: Platform> Drop for Renewal<P> {
    /// A task that was dropped midway must not keep others from beginning.
    fn drop(&mut self) {
        if self.publish.take().is_some() {
            self.inner.state.borrow_mut().renewing = None;
        }
    }
}
