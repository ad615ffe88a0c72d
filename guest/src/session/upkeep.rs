//! What calls do for the session beside their own work, without waiting for it.

use std::rc::Rc;
use std::time::Duration;

use super::Keeper;
use super::renewal::{Purpose, Renewal, STORE_DEADLINE};
use super::state::{InUse, Inner, ShareAgain};
use super::write_back::{Outcome, WriteBack};
use crate::credentials::{Credentials, OrgSecret, Session, Stale};
use crate::deadline::Deadline;
use crate::exchange::exchange;
use crate::expiry::Phase;
use crate::oauth::{self, Introspected};
use crate::platform::Platform;
use crate::token::AccessToken;

/// How long a renewal ahead of the end that came to nothing is let rest.
const AHEAD_AGAIN: Duration = Duration::from_secs(30);

/// How long the org may take to tell a token's end.
const INTROSPECTION_DEADLINE: Duration = Duration::from_secs(10);

/// How long the call that began this may take to move the session's end.
const SLIDE_WAIT: Duration = Duration::from_secs(2);

/// How long until a session that could not be stored is offered again; it doubles
/// from then on.
const SHARE_AGAIN: Duration = Duration::from_secs(30);

/// The longest of these waits.
const SHARE_AGAIN_MAX: Duration = Duration::from_secs(600);

impl<P: Platform> Keeper<P> {
    /// Does for the session in use what is due.
    pub(super) fn look_after(&self) {
        let Some((current, is_late)) = self.with_something_due() else {
            return;
        };
        if is_late && !self.inner.was_issued_just_now(&current.session) {
            self.renew_ahead(&current);
        }
        self.share_again(&current);
    }

    /// The session in use if something is due for it, and whether it is late in its life.
    /// Nearly always nothing is, and then the session is not copied.
    fn with_something_due(&self) -> Option<(InUse, bool)> {
        let state = self.inner.state.borrow();
        let current = state.current.as_ref()?;
        let is_late = self.inner.phase(&current.session) == Phase::Late;
        (is_late || current.unshared.is_some()).then(|| (current.clone(), is_late))
    }

    /// Renews the session in use while it still is.
    fn renew_ahead(&self, current: &InUse) {
        let now = self.inner.platform.monotonic();
        {
            let mut state = self.inner.state.borrow_mut();
            if state.renewing.is_some() || state.ahead_at.is_some_and(|at| now < at) {
                return;
            }
            state.ahead_at = Some(now.saturating_add(AHEAD_AGAIN));
        }
        self.join_or_begin(Some(Stale::of(&current.session)), Purpose::Ahead, None);
    }

    /// Offers a session to the store once more that could not be stored.
    fn share_again(&self, current: &InUse) {
        if current.unshared.is_none() {
            return;
        }
        let now = self.inner.platform.monotonic();
        {
            let mut state = self.inner.state.borrow_mut();
            let wait = match state.share_again {
                None => SHARE_AGAIN,
                Some(again) if now < again.at => return,
                Some(again) => SHARE_AGAIN_MAX.min(again.wait * 2),
            };
            let is_first = state.share_again.is_none();
            state.share_again = Some(ShareAgain {
                at: now.saturating_add(wait),
                wait,
            });
            if is_first {
                return;
            }
        }
        let (inner, current) = (Rc::clone(&self.inner), current.clone());
        let task = async move { inner.share(current).await };
        self.inner.platform.spawn(Box::pin(task));
    }
}

impl<P: Platform> Inner<P> {
    /// Whether a login gave this session, again or for the first time, so lately
    /// that another would give no later end.
    fn was_issued_just_now(&self, session: &Session) -> bool {
        let (Some(issued_at_ms), Some(expiry)) = (session.issued_at_ms, session.expiry()) else {
            return false;
        };
        let age = Duration::from_millis(self.now_ms().saturating_sub(issued_at_ms));
        age < AHEAD_AGAIN.min(Duration::from_millis(expiry.late_ms()))
    }

    async fn share(&self, current: InUse) {
        let deadline = Deadline::after(self.platform.monotonic(), STORE_DEADLINE);
        let write = WriteBack {
            inner: self,
            session: &current.session,
            bad: current.replaces.as_ref(),
        };
        let writing = async { Ok(write.run(self.read().await?).await) };
        let written = deadline.limit(&*self.platform, writing).await;
        match written.unwrap_or_else(Outcome::late) {
            Outcome::Stored => self.set_unshared(current.token(), None),
            Outcome::Superseded(theirs) => {
                self.adopt_over(Some(current.token()), theirs);
            }
            Outcome::Unshared { why, .. } => self.set_unshared(current.token(), Some(why)),
        }
    }
}

impl<P: Platform> Renewal<P> {
    /// The session in use, whose end is not near: by the org's clock, or because use
    /// has moved it. Nobody needs another.
    pub(super) async fn slid(&self) -> Option<InUse> {
        let mut current = self
            .inner
            .current()
            .filter(|current| self.is_stale(current.token()))?;
        self.inner.ask_for_time(&current.session.instance).await;
        if self.inner.phase(&current.session) == Phase::Early {
            return Some(current);
        }
        if !current.session.expiry()?.slides {
            return None;
        }
        let document = self.inner.read().await.ok()?;
        let secret = OrgSecret::read(&document).ok()?;
        let stored = secret.session.filter(|stored| {
            let token = stored.token.fingerprint();
            token == current.token()
        })?;
        let is_known = self.inner.phase(&stored) == Phase::Early;
        current.session = if is_known {
            stored
        } else {
            self.introspected(&secret.credentials, stored).await?
        };
        self.inner.set_life(&current.session);
        if !is_known && document.writable {
            let changes = current.session.changes();
            let platform = &self.inner.platform;
            // If somebody else writes at this moment, the next one who asks will
            // store it.
            _ = platform
                .replace(&self.inner.org, &document.version, changes)
                .await;
        }
        Some(current)
    }

    /// The session with the end that Salesforce tells, if that is not near.
    async fn introspected(
        &self,
        credentials: &Credentials,
        mut session: Session,
    ) -> Option<Session> {
        for is_last in [false, true] {
            match self.introspect(credentials, &session.token).await? {
                Introspected::Inactive => return None,
                Introspected::Active(at_ms) => session.expires_at_ms = Some(at_ms),
            }
            if self.inner.phase(&session) == Phase::Early {
                return Some(session);
            }
            if !is_last {
                self.inner.platform.sleep(SLIDE_WAIT).await;
            }
        }
        None
    }

    async fn introspect(
        &self,
        credentials: &Credentials,
        token: &AccessToken,
    ) -> Option<Introspected> {
        let platform = &*self.inner.platform;
        let deadline = self.after(INTROSPECTION_DEADLINE);
        let request = oauth::introspection(credentials, token).ok()?;
        let answer = exchange(platform, &request, deadline, |_| {}).await.ok()?;
        oauth::read_introspection(&answer)
    }
}

#[cfg(test)]
mod tests;
