//! The org's session: one access token, reused by every call of every process
//! until Salesforce says that it has ended.
//!
//! Renewal is **reactive**: the proof of a session's end is a refusal. An opaque
//! token's session slides, so that a call near its end keeps it alive by itself;
//! renewing it ahead would only be a login too many. Two ends can be known, and
//! are not run into:
//!
//! * That of a token in JWT format, which no use moves. The first call in the last
//!   tenth of its life begins a renewal, and it and all others go on with the
//!   token meanwhile.
//! * That of an opaque token whose life the operator has told (`session-ttl-s`).
//!   In its last tenth Salesforce is asked when it really ends (introspection,
//!   which is no use of it). If use has moved the end, that is remembered and
//!   stored, and nothing is renewed. An org that does not tell leaves the
//!   operator's word, and the session is renewed by it.
//!
//! No timer drives this: only calls do. What is promised:
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
//! * **A login may answer the token that is still alive**: that is a success. The
//!   session was issued again then, and those who wait adopt it by that.
//! * **A session whose instance is no more is replaced** by one login at the
//!   secret's My Domain. `instance` says what shows that; a login that leads to
//!   an instance which is no more either is not stored, and its claim ages.
//! * **The org's clock counts, not ours.** Each answer tells it; where a known end
//!   seems near and nothing was answered yet, the org is asked for the time first.
//! * **A store that fails costs no call** that can be answered without it: the
//!   session in use stays in use, credentials that were read within the hour log
//!   in for a new one, and it is stored when the store works again. An operator
//!   who would rather have an error says `require-shared`.

mod budget;
mod lease;
mod org_clock;
mod procedure;
mod proof;
mod renewal;
mod state;
mod turn;
mod upkeep;
mod write_back;

use std::cell::RefCell;
use std::rc::Rc;

use futures::FutureExt as _;
use futures::channel::oneshot;
use futures::future::{Either, select};

use crate::answer::{Answer, Standing};
use crate::contract::session::{Origin, SessionStatus};
use crate::credentials::{self, OrgSecret, Session, Stale};
use crate::deadline::Deadline;
use crate::error::Error;
use crate::exchange::Attempts;
use crate::expiry::Phase;
use crate::names::Host;
use crate::platform::{Document, Platform, Request, StoreError};
use crate::token::{AccessToken, Fingerprint};
pub(crate) use lease::Lease;
pub(crate) use proof::refusal;
use renewal::{Purpose, Renewal, STORE_DEADLINE};
use state::{InUse, Inner, Renewing};

/// How often a renewal whose task was dropped under its waiters is begun anew: a
/// caller that cancels its call takes the task along.
const RESTARTS_MAX: usize = 3;

/// Keeps the session of one org in one instance.
pub(crate) struct Keeper<P: Platform> {
    inner: Rc<Inner<P>>,
}

impl<P: Platform> Keeper<P> {
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
        let lease = match self.lease_at_once() {
            Some(lease) => lease,
            // Boxed, so that a renewal does not make the future of every call larger.
            None => Box::pin(self.lease_in_time()).await?,
        };
        self.look_after();
        Ok(lease)
    }

    /// The session in use, unless it seems to be over.
    fn lease_at_once(&self) -> Option<Lease> {
        let state = self.inner.state.borrow();
        let current = state.current.as_ref()?;
        let seems_over = self.inner.phase(&current.session) == Phase::Over;
        (!seems_over).then(|| Lease::of(current))
    }

    /// The same, once the org has told the time or there is another session.
    async fn lease_in_time(&self) -> Result<Lease, Error> {
        match self.inner.current() {
            None => self.renewed(None, Purpose::Ended).await,
            Some(current) if self.inner.is_over(&current.session).await => {
                let stale = Stale::of(&current.session);
                self.renewed(Some(stale), Purpose::Ended).await
            }
            Some(current) => Ok(Lease::of(&current)),
        }
    }

    /// Another session than `bad`, which has ended.
    pub(crate) async fn renew(&self, bad: &Fingerprint) -> Result<Lease, Error> {
        match self.inner.current() {
            Some(current) if current.token() != bad => Ok(Lease::of(&current)),
            _ => {
                let stale = self.inner.stale(bad);
                self.renewed(Some(stale), Purpose::Ended).await
            }
        }
    }

    /// Another session than that of `lease`, whose instance is no more; `why` is
    /// what its own failure was.
    pub(crate) async fn renew_elsewhere(&self, lease: &Lease, why: Error) -> Result<Lease, Error> {
        let bad = lease.token.fingerprint();
        match self.inner.current() {
            Some(current)
                if current.token() != bad || current.session.instance != lease.instance =>
            {
                Ok(Lease::of(&current))
            }
            _ => {
                let stale = self.inner.stale(bad);
                let purpose = Purpose::Gone(why.clone());
                let renewed = self.renewed(Some(stale), purpose).await;
                // A renewal that was joined may have waited for something else.
                renewed.map_err(|error| match error {
                    Error::RateLimited(_) => why,
                    other => other,
                })
            }
        }
    }

    /// Notes the secrets of a request that is about to be sent.
    pub(crate) fn note_secrets(&self, request: &Request) {
        self.inner.state.borrow_mut().secrets.learn(request);
    }

    /// An error as a caller is told it: no secret in it, whatever an answer repeats.
    pub(crate) fn told(&self, error: Error) -> Error {
        self.inner.state.borrow().secrets.error(match error {
            Error::Gone(why) => Error::Unreachable(why),
            other => other,
        })
    }

    /// Notes what an answer says of the org's clock.
    pub(crate) fn note_time(&self, answer: &Answer) {
        self.inner.note_time(answer);
    }

    /// A session that exists already and is wanted: the one in use or the one
    /// before, else the stored one, which another instance may have renewed. Never
    /// logs in.
    pub(crate) async fn existing(
        &self,
        is_wanted: impl Fn(&Fingerprint) -> bool,
    ) -> Result<Option<Lease>, Error> {
        if let Some(known) = self.known(&is_wanted) {
            return Ok(Some(known));
        }
        // A call may have been answered on a session that is proved, and not in use yet.
        let renewing = self.inner.state.borrow().renewing.clone();
        let is_ended = |renewing: &Renewing| renewing.ended.as_ref().is_some_and(&is_wanted);
        if let Some(renewing) = renewing.filter(|renewing| !is_ended(renewing)) {
            _ = renewing.outcome.await;
            if let Some(known) = self.known(&is_wanted) {
                return Ok(Some(known));
            }
        }
        let current = self.inner.current();
        let is_current = |token: &Fingerprint| is_wanted(token) && !self.inner.is_replaced(token);
        let before = current.as_ref().map(InUse::token);
        let document = self.inner.read().await?;
        let stored = OrgSecret::read(&document)?.session;
        let wanted = stored.filter(|session| is_current(session.token.fingerprint()));
        let adopt = |session| self.inner.adopt_over(before, session);
        Ok(wanted.map(|session| Lease::of(&adopt(session))))
    }

    /// Such a session that this instance has: the one in use, or the one before.
    fn known(&self, is_wanted: &impl Fn(&Fingerprint) -> bool) -> Option<Lease> {
        let current = self.inner.current().filter(|current| {
            let token = current.token();
            is_wanted(token) && !self.inner.is_replaced(token)
        });
        if let Some(current) = current {
            return Some(Lease::of(&current));
        }
        let previous = self.inner.previous(is_wanted)?;
        Some(Lease::of(&InUse::stored(previous)))
    }

    /// Renews a session, if a request of its own shows that it has ended, and answers
    /// whether it has: a query's locator can die alone, and the identity service can
    /// refuse alone. What comes of the renewal is for later calls.
    pub(crate) async fn renew_if_ended(
        &self,
        token: &AccessToken,
        instance: &Host,
        deadline: Deadline,
    ) -> bool {
        let platform = &*self.inner.platform;
        let probed = proof::probe(platform, token, instance, deadline, &Attempts::default()).await;
        let bad = token.fingerprint();
        let in_use = |current: InUse| current.token() == bad;
        let has_ended = matches!(probed, Ok((Standing::Expired, _)));
        if has_ended && self.inner.current().is_none_or(in_use) {
            self.inner.note_end(bad);
            // There is no call whose answer could prove the new token.
            let stale = self.inner.stale(bad);
            let (renewing, _) = self.join_or_begin(Some(stale), Purpose::Ended, None);
            _ = renewing.outcome.clone().await;
        }
        has_ended
    }

    /// What is known of the session, after a fresh look into the store.
    pub(crate) async fn status(&self) -> Result<SessionStatus, Error> {
        let read = self.inner.read().await;
        let current = self.inner.current();
        let document = match (read, &current) {
            (Ok(document), _) => document,
            (Err(error), Some(current)) if state::is_passing(&error) => {
                let silent = "the secret store does not answer: this is what was known";
                return Ok(self.inner.status_of(current, Some(silent)));
            }
            (Err(error), _) => return Err(error),
        };
        self.status_in(&document, current)
    }

    fn status_in(
        &self,
        document: &Document,
        current: Option<InUse>,
    ) -> Result<SessionStatus, Error> {
        let secret = OrgSecret::read(document)?;
        let read_only = (!document.writable).then_some("the secret is read-only");
        let stored = secret.session.filter(|stored| {
            let replaced = current
                .as_ref()
                .and_then(|current| current.replaces.as_ref());
            replaced != Some(stored.token.fingerprint())
        });
        Ok(match (stored, current) {
            (Some(stored), current) => {
                let token = stored.token.fingerprint();
                let ours = current.filter(|current| current.token() == token);
                let stored = InUse {
                    origin: ours.map_or(Origin::Stored, |current| current.origin),
                    ..InUse::stored(stored)
                };
                self.inner.status_of(&stored, read_only)
            }
            (None, Some(mut current)) => {
                let gone = || "it is no longer in the secret".to_owned();
                current.unshared.get_or_insert_with(gone);
                self.inner.status_of(&current, None)
            }
            (None, None) if secret.holds_session => no_session(read_only.map(str::to_owned)),
            (None, None) => no_session(Some(write_back::managed_layout())),
        })
    }

    /// Logs in for a session other than the stored one, or joins whoever is
    /// doing so, and waits until it is stored.
    pub(crate) async fn force_renewal(&self) -> Result<SessionStatus, Error> {
        let document = self.inner.recall().await?;
        let stored = OrgSecret::read(&document)?.session;
        let bad = stored
            .or_else(|| self.inner.current().map(|current| current.session))
            .map(|session| Stale::of(&session));
        for _ in 0..RESTARTS_MAX {
            let (renewing, _) = self.join_or_begin(bad.clone(), Purpose::Ended, None);
            let Some(renewed) = renewing.outcome.clone().await.transpose()? else {
                continue;
            };
            renewing.settled.clone().await;
            // The renewal that was joined may have been content with this one.
            if renewed.is_after(bad.as_ref()) {
                let current = self.inner.current().unwrap_or(renewed);
                return Ok(self.inner.status_of(&current, None));
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
            let document = self.inner.read().await?;
            if !credentials::has_session_to_remove(&document) {
                break;
            }
            let removed = self
                .inner
                .platform
                .replace(&self.inner.org, &document.version, Session::removal())
                .await;
            match removed {
                Ok(_) => break,
                Err(StoreError::Conflict) if attempt < write_back::ATTEMPTS_MAX => {}
                Err(error) => return Err(error.into()),
            }
        }
        let mut state = self.inner.state.borrow_mut();
        (state.current, state.previous) = (None, None);
        Ok(())
    }

    async fn renewed(&self, bad: Option<Stale>, purpose: Purpose) -> Result<Lease, Error> {
        if let Some(bad) = &bad
            && purpose == Purpose::Ended
        {
            self.inner.note_end(&bad.token);
        }
        for _ in 0..RESTARTS_MAX {
            let (offer, offered) = oneshot::channel();
            let (renewing, leader) = self.join_or_begin(bad.clone(), purpose.clone(), Some(offer));
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
                // The renewal that was joined was content with it: it has ended since.
                Some(Ok(renewed)) if !renewed.is_after(bad.as_ref()) => {}
                Some(Ok(renewed)) => {
                    return Ok(Lease::of(&renewed));
                }
                Some(Err(error)) => return Err(error),
                None => {}
            }
        }
        Err(Error::Timeout)
    }

    /// Joins the renewal under way, or begins one; says which.
    fn join_or_begin(
        &self,
        bad: Option<Stale>,
        purpose: Purpose,
        offer: Option<oneshot::Sender<Lease>>,
    ) -> (Renewing, bool) {
        if let Some(renewing) = &self.inner.state.borrow().renewing {
            return (renewing.clone(), false);
        }
        let (publish, published) = oneshot::channel();
        let (settle, settled) = oneshot::channel::<()>();
        let renewing = Renewing {
            ended: bad
                .as_ref()
                .filter(|_| purpose == Purpose::Ended)
                .map(|bad| bad.token.clone()),
            outcome: published.map(Result::ok).boxed_local().shared(),
            settled: settled.map(|_| ()).boxed_local().shared(),
        };
        let before = {
            let mut state = self.inner.state.borrow_mut();
            state.renewing = Some(renewing.clone());
            state.settled.replace(renewing.settled.clone())
        };
        let renewal = Renewal::new(Rc::clone(&self.inner), bad, purpose, offer, publish);
        let platform = Rc::clone(&self.inner.platform);
        let stored_by = Deadline::after(platform.monotonic(), STORE_DEADLINE);
        self.inner.platform.spawn(Box::pin(async move {
            let _settle = settle;
            // The one before may still be storing its session. Its claim is to be
            // let go of first: this one's can be the same.
            if let Some(before) = before {
                _ = stored_by.limit(&*platform, before.map(Ok)).await;
            }
            renewal.run().await;
        }));
        (renewing, true)
    }
}

fn no_session(note: Option<String>) -> SessionStatus {
    SessionStatus {
        origin: Origin::None,
        instance: None,
        issued_at_ms: None,
        expires_at_ms: None,
        shared: false,
        note,
    }
}

#[cfg(test)]
mod interleavings;
#[cfg(test)]
mod tests;
