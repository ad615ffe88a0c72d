//! The org's session: one access token, reused by every call of every process
//! until Salesforce says that it has ended.
//!
//! Renewal is **reactive**. Salesforce's sessions slide: each use prolongs them,
//! and nothing tells when one will end, so the only proof of an end is a refusal.
//! What is promised:
//!
//! * **One login however many ask.** In an instance the first caller begins a
//!   renewal and the others wait for its outcome; between instances and
//!   processes the store's claim decides who logs in.
//! * **A renewal outlives its caller.** It is a task of its own; who gives up
//!   waiting cancels nothing.
//! * **A newer token is adopted before anybody logs in**, and a token somebody
//!   else stored meanwhile is kept.
//! * **A new token is proved before it is stored**: by the status line of the
//!   call that needed it. One that is refused at once is not stored, and the
//!   claim on it is left to age, so that a fleet does not hammer an org that
//!   refuses everyone.

mod budget;
mod renewal;
mod write_back;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::channel::oneshot;
use futures::future::{Either, LocalBoxFuture, Shared, select};

use crate::answer::Standing;
use crate::credentials::{OrgSecret, StoredSession};
use crate::deadline::Deadline;
use crate::error::Error;
use crate::names::Host;
use crate::platform::{Platform, StoreError};
use crate::token::{AccessToken, Fingerprint};
use budget::Budget;
use renewal::Renewal;
pub(crate) use renewal::refusal;

/// How often a renewal whose task was dropped under its waiters is begun anew: a
/// caller that cancels its call takes the task along.
const RESTARTS_MAX: usize = 3;

/// The session of one org in one instance.
pub(crate) struct Session<P: Platform> {
    inner: Rc<Inner<P>>,
}

struct Inner<P> {
    platform: Rc<P>,
    org: String,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    current: Option<Current>,
    renewing: Option<Renewing>,
    /// The end of the last renewal's task, after its session was stored.
    settled: Option<Settled>,
    budget: Budget,
    claim: Option<OwnClaim>,
}

/// A claim that this instance has won and not released.
struct OwnClaim {
    key: String,
    /// It is left to age, until then: a login would only be refused again.
    /// `None` while the login is under way, or was until its task was dropped.
    abandoned_until: Option<Duration>,
}

type Settled = Shared<LocalBoxFuture<'static, ()>>;

/// The session in use.
#[derive(Clone)]
struct Current {
    session: StoredSession,
    origin: Origin,
    /// The one before, which the store may still hold.
    replaces: Option<Fingerprint>,
    /// Why other processes cannot use it; `None` when they can.
    unshared: Option<String>,
}

/// Where a session came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// There is none.
    None,
    /// The store.
    Stored,
    /// A login of this instance.
    Login,
}

/// What is known of the session; `wit/session.wit` has the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Where it came from.
    pub origin: Origin,
    /// The org's host.
    pub instance: Option<String>,
    /// When it began, in milliseconds since 1970.
    pub issued_at_ms: Option<u64>,
    /// When it ends, in the same way, where that is known.
    pub expires_at_ms: Option<u64>,
    /// Whether other processes can use it.
    pub shared: bool,
    /// What a person should know about it.
    pub note: Option<String>,
}

/// The right to make a call with a token.
pub(crate) struct Lease {
    pub(crate) token: AccessToken,
    pub(crate) instance: Host,
    /// The token comes from a login that this very call waited for. If it is
    /// refused, so would be the next.
    pub(crate) fresh: bool,
    proof: Option<oneshot::Sender<Proof>>,
}

/// What the first use of a fresh token showed.
enum Proof {
    Accepted,
    Refused(Error),
}

/// A renewal under way.
#[derive(Clone)]
struct Renewing {
    /// The session that is to be replaced.
    bad: Option<Fingerprint>,
    /// The session, as soon as it can be used; `None` if the task was dropped.
    outcome: Shared<LocalBoxFuture<'static, Option<Result<Renewed, Error>>>>,
    /// The end of the task, after the session was stored.
    settled: Settled,
}

#[derive(Clone)]
struct Renewed {
    current: Current,
    by_login: bool,
}

impl Lease {
    fn of(current: &Current, fresh: bool) -> Self {
        Self {
            token: current.session.token.clone(),
            instance: current.session.instance.clone(),
            fresh,
            proof: None,
        }
    }

    /// The token was used, and not refused.
    pub(crate) fn accepted(&mut self) {
        self.report(Proof::Accepted);
    }

    /// The token was used, and refused for this reason.
    pub(crate) fn refused(&mut self, why: &Error) {
        self.report(Proof::Refused(why.clone()));
    }

    fn report(&mut self, proof: Proof) {
        if let Some(waiting) = self.proof.take() {
            // The renewal may have ended at its own deadline.
            _ = waiting.send(proof);
        }
    }
}

impl<P: Platform> Session<P> {
    pub(crate) fn new(platform: Rc<P>, org: String) -> Self {
        Self {
            inner: Rc::new(Inner {
                platform,
                org,
                state: RefCell::default(),
            }),
        }
    }

    /// A session to call with: the one in use, else the stored one, else a new
    /// one.
    pub(crate) async fn lease(&self) -> Result<Lease, Error> {
        match self.inner.current() {
            Some(current) => Ok(Lease::of(&current, false)),
            None => self.renewed(None).await,
        }
    }

    /// Another session than `bad`, which has ended.
    pub(crate) async fn renew(&self, bad: &Fingerprint) -> Result<Lease, Error> {
        match self.inner.current() {
            Some(current) if current.session.token.fingerprint() != bad => {
                Ok(Lease::of(&current, false))
            }
            _ => self.renewed(Some(bad.clone())).await,
        }
    }

    /// A session that exists already and is wanted: the one in use, else the
    /// stored one, which another instance may have renewed. Never logs in.
    pub(crate) async fn existing(
        &self,
        is_wanted: impl Fn(&Fingerprint) -> bool,
    ) -> Result<Option<Lease>, Error> {
        let is_wanted = |token: &Fingerprint| is_wanted(token) && !self.inner.is_replaced(token);
        let current = self.inner.current();
        let before = current
            .as_ref()
            .map(|current| current.session.token.fingerprint());
        if let Some(current) = &current
            && before.is_some_and(is_wanted)
        {
            return Ok(Some(Lease::of(current, false)));
        }
        let document = self.inner.platform.get(&self.inner.org).await?;
        let stored = OrgSecret::read(&document)?.session;
        let wanted = stored.filter(|session| is_wanted(session.token.fingerprint()));
        Ok(wanted.map(|session| Lease::of(&self.inner.adopt_over(before, session), false)))
    }

    /// Renews the session of `lease`, if a request of its own shows that it has
    /// ended: a query's locator can die alone. What comes of it is for later
    /// calls.
    pub(crate) async fn renew_if_ended(&self, lease: &Lease, deadline: Deadline) {
        let platform = &*self.inner.platform;
        let probed = renewal::probe(platform, &lease.token, &lease.instance, deadline).await;
        let bad = lease.token.fingerprint();
        let in_use = |current: Current| current.session.token.fingerprint() == bad;
        if matches!(probed, Ok((Standing::Expired, _))) && self.inner.current().is_none_or(in_use) {
            // There is no call whose answer could prove the new token.
            let (renewing, _) = self.join_or_begin(Some(bad.clone()), None);
            _ = renewing.outcome.clone().await;
        }
    }

    /// What is known of the session, after a fresh look into the store.
    pub(crate) async fn status(&self) -> Result<Status, Error> {
        let document = self.inner.platform.get(&self.inner.org).await?;
        let secret = OrgSecret::read(&document)?;
        let current = self.inner.current();
        let stored = secret.session.filter(|stored| {
            let replaced = current
                .as_ref()
                .and_then(|current| current.replaces.as_ref());
            replaced != Some(stored.token.fingerprint())
        });
        Ok(match (stored, current) {
            (Some(stored), current) => {
                let ours = current.filter(|current| {
                    current.session.token.fingerprint() == stored.token.fingerprint()
                });
                Status::of(&Current {
                    origin: ours.map_or(Origin::Stored, |current| current.origin),
                    ..Current::stored(stored)
                })
            }
            (None, Some(mut current)) => {
                let gone = || "it is no longer in the secret".to_owned();
                current.unshared.get_or_insert_with(gone);
                Status::of(&current)
            }
            (None, None) => Status::none((!secret.holds_session).then(write_back::managed_layout)),
        })
    }

    /// Logs in for a session other than the stored one, or joins whoever is
    /// doing so, and waits until it is stored.
    pub(crate) async fn force_renewal(&self) -> Result<Status, Error> {
        let document = self.inner.platform.get(&self.inner.org).await?;
        let stored = OrgSecret::read(&document)?.session;
        let bad = stored
            .or_else(|| self.inner.current().map(|current| current.session))
            .map(|session| session.token.fingerprint().clone());
        for _ in 0..RESTARTS_MAX {
            let (renewing, _) = self.join_or_begin(bad.clone(), None);
            let Some(renewed) = renewing.outcome.clone().await.transpose()? else {
                continue;
            };
            renewing.settled.clone().await;
            // The renewal that was joined may have been content with this one.
            if Some(renewed.current.session.token.fingerprint()) != bad.as_ref() {
                return Ok(Status::of(&self.inner.current().unwrap_or(renewed.current)));
            }
        }
        Err(Error::Timeout)
    }

    /// Removes the session from the store and from this instance.
    pub(crate) async fn forget(&self) -> Result<(), Error> {
        // What a renewal is about to store would come back.
        let settled = self.inner.state.borrow().settled.clone();
        if let Some(settled) = settled {
            settled.await;
        }
        for attempt in 1.. {
            let document = self.inner.platform.get(&self.inner.org).await?;
            if !OrgSecret::read(&document)?.holds_session {
                break;
            }
            let removal = StoredSession::removal();
            match self
                .inner
                .platform
                .replace(&self.inner.org, &document.version, removal)
                .await
            {
                Ok(_) => break,
                Err(StoreError::Conflict) if attempt < write_back::ATTEMPTS_MAX => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.inner.state.borrow_mut().current = None;
        Ok(())
    }

    async fn renewed(&self, bad: Option<Fingerprint>) -> Result<Lease, Error> {
        for _ in 0..RESTARTS_MAX {
            let (offer, offered) = oneshot::channel();
            let (renewing, leader) = self.join_or_begin(bad.clone(), Some(offer));
            if leader {
                // The leader goes on with the token before it is proved: its
                // call is the proof.
                if let Either::Left((Ok(lease), _)) =
                    select(offered, renewing.outcome.clone()).await
                {
                    return Ok(lease);
                }
            }
            match renewing.outcome.clone().await {
                Some(Ok(renewed)) => return Ok(Lease::of(&renewed.current, renewed.by_login)),
                Some(Err(error)) => return Err(error),
                None => {}
            }
        }
        Err(Error::Timeout)
    }

    /// Joins the renewal under way, or begins one; says which.
    fn join_or_begin(
        &self,
        bad: Option<Fingerprint>,
        offer: Option<oneshot::Sender<Lease>>,
    ) -> (Renewing, bool) {
        if let Some(renewing) = &self.inner.state.borrow().renewing {
            return (renewing.clone(), false);
        }
        let (publish, published) = oneshot::channel();
        let (settle, settled) = oneshot::channel::<()>();
        let renewing = Renewing {
            bad: bad.clone(),
            outcome: published.map(Result::ok).boxed_local().shared(),
            settled: settled.map(|_| ()).boxed_local().shared(),
        };
        {
            let mut state = self.inner.state.borrow_mut();
            state.renewing = Some(renewing.clone());
            state.settled = Some(renewing.settled.clone());
        }
        let renewal = Renewal::new(Rc::clone(&self.inner), bad, offer, publish);
        self.inner.platform.spawn(Box::pin(async move {
            let _settle = settle;
            renewal.run().await;
        }));
        (renewing, true)
    }
}

impl<P> Inner<P> {
    fn current(&self) -> Option<Current> {
        self.state.borrow().current.clone()
    }

    /// Takes over a session that somebody stored, who has proved it.
    fn adopt(&self, session: StoredSession) -> Current {
        let current = Current::stored(session);
        self.state.borrow_mut().current = Some(current.clone());
        current
    }

    /// The same, unless the one in use has changed since it was `before`: then
    /// that is the newer one.
    fn adopt_over(&self, before: Option<&Fingerprint>, session: StoredSession) -> Current {
        let current = self.current();
        let now = current
            .as_ref()
            .map(|current| current.session.token.fingerprint());
        if now == before {
            return self.adopt(session);
        }
        Current::stored(session)
    }

    /// Whether this session has ended, or is being renewed.
    fn is_replaced(&self, token: &Fingerprint) -> bool {
        let state = self.state.borrow();
        let bad = state.renewing.as_ref().map(|renewing| &renewing.bad);
        let replaced = state.current.as_ref().map(|current| &current.replaces);
        [bad, replaced]
            .into_iter()
            .flatten()
            .any(|ended| ended.as_ref() == Some(token))
    }

    /// Notes whether the session in use is in the store by now.
    fn set_unshared(&self, token: &Fingerprint, unshared: Option<String>) {
        if let Some(current) = &mut self.state.borrow_mut().current
            && current.session.token.fingerprint() == token
        {
            current.unshared = unshared;
        }
    }
}

impl Current {
    /// One that somebody else has stored.
    fn stored(session: StoredSession) -> Self {
        Self {
            session,
            origin: Origin::Stored,
            replaces: None,
            unshared: None,
        }
    }
}

impl Status {
    fn of(current: &Current) -> Self {
        Self {
            origin: current.origin,
            instance: Some(current.session.instance.to_string()),
            issued_at_ms: current.session.issued_at_ms,
            expires_at_ms: current.session.expires_at_ms,
            shared: current.unshared.is_none(),
            note: current.unshared.clone(),
        }
    }

    fn none(note: Option<String>) -> Self {
        Self {
            origin: Origin::None,
            instance: None,
            issued_at_ms: None,
            expires_at_ms: None,
            shared: false,
            note,
        }
    }
}

#[cfg(test)]
mod tests;
