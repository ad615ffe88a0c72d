//! What an instance knows of its org's session, and of the secret.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use futures::future::{LocalBoxFuture, Shared};

use super::budget::Budget;
use crate::contract::session::{Origin, SessionStatus};
use crate::credentials::{self, Session, Stale};
use crate::error::{Error, SecretError};
use crate::expiry::Phase;
use crate::platform::{Document, Platform, StoreError};
use crate::redaction::Redaction;
use crate::retry;
use crate::token::Fingerprint;

/// How long credentials that were read are good for while the store does not
/// answer.
const REMEMBERED: Duration = Duration::from_secs(3_600);

/// How long a store that asks to slow down is waited for, at most, before it is
/// asked once more.
const SLOW_DOWN: Duration = Duration::from_secs(5);

/// How many ended sessions are known again: a read is not behind by more.
const ENDED_MAX: usize = 8;

/// The session of one org in one instance, and the world around it.
pub(super) struct Inner<P> {
    pub(super) platform: Rc<P>,
    pub(super) org: String,
    pub(super) state: RefCell<State>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) current: Option<InUse>,
    /// One that was replaced before its end, and is good for its locators.
    pub(super) previous: Option<Session>,
    pub(super) renewing: Option<Renewing>,
    /// The end of the last renewal's task, after its session was stored.
    pub(super) settled: Option<Settled>,
    pub(super) budget: Budget,
    pub(super) claim: Option<OwnClaim>,
    /// Why the last login was not claimed; `None` when it was.
    pub(super) unclaimed: Option<String>,
    /// When a session that is not shared is next offered to the store.
    pub(super) share_again: Option<ShareAgain>,
    /// What was sent, and must not come back in a text.
    pub(super) secrets: Redaction,
    /// What to add to our clock for the org's, in milliseconds; `None` until the org
    /// has told it.
    pub(super) clock_difference_ms: Option<i64>,
    /// The org's time as its last answer had it, in milliseconds since 1970.
    pub(super) told_ms: Option<u64>,
    /// When a session is next renewed ahead of its end.
    pub(super) ahead_at: Option<Duration>,
    remembered: Option<(Duration, Document)>,
    /// The last ones that have ended: a read that is behind may show them again.
    ended: VecDeque<Ended>,
}

struct Ended {
    token: Fingerprint,
    /// Whether it was in the store.
    was_shared: bool,
}

/// A claim that this instance has made, or would have if it could, and not
/// released.
pub(super) struct OwnClaim {
    pub(super) key: String,
    /// It is left to age, until then: a login would only be refused again.
    /// `None` while the login is under way, or was until its task was dropped.
    pub(super) abandoned_until: Option<Duration>,
}

/// When a session is next offered to the store, and how long that wait was.
#[derive(Clone, Copy)]
pub(super) struct ShareAgain {
    pub(super) at: Duration,
    pub(super) wait: Duration,
}

pub(super) type Settled = Shared<LocalBoxFuture<'static, ()>>;

/// A session that this instance uses, or is to use.
#[derive(Clone)]
pub(super) struct InUse {
    pub(super) session: Session,
    pub(super) origin: Origin,
    /// It comes from a login that those who are handed it have waited for. For all
    /// others it is no longer fresh.
    pub(super) is_fresh: bool,
    /// The one before, which the store may still hold.
    pub(super) replaces: Option<Fingerprint>,
    /// Why other processes cannot use it; `None` when they can.
    pub(super) unshared: Option<String>,
}

/// A renewal under way.
#[derive(Clone)]
pub(super) struct Renewing {
    /// The session that has ended; `None` for one that is renewed ahead of that.
    pub(super) ended: Option<Fingerprint>,
    /// The session, as soon as it can be used; `None` if the task was dropped.
    pub(super) outcome: Shared<LocalBoxFuture<'static, Option<Result<InUse, Error>>>>,
    /// The end of the task, after the session was stored.
    pub(super) settled: Settled,
}

impl InUse {
    /// One that somebody else has stored.
    pub(super) fn stored(session: Session) -> Self {
        Self {
            session,
            origin: Origin::Stored,
            is_fresh: false,
            replaces: None,
            unshared: None,
        }
    }

    pub(super) fn token(&self) -> &Fingerprint {
        self.session.token.fingerprint()
    }

    /// Whether it is another session than the one that was to be replaced.
    pub(super) fn is_after(&self, stale: Option<&Stale>) -> bool {
        stale.is_none_or(|stale| stale.is_before(&self.session))
    }
}

impl<P: Platform> Inner<P> {
    /// Reads the secret, and remembers it for when the store does not answer.
    pub(super) async fn read(&self) -> Result<Document, Error> {
        let mut read = self.platform.get(&self.org).await;
        if let Err(StoreError::Throttled(wish)) = read {
            let wish = Duration::from_secs(wish.unwrap_or(1).into());
            let wait = retry::jitter(wish.min(SLOW_DOWN), self.platform.random());
            self.platform.sleep(wait).await;
            read = self.platform.get(&self.org).await;
        }
        let document = read?;
        let now = self.platform.monotonic();
        self.state.borrow_mut().remembered = Some((now, document.clone()));
        Ok(document)
    }

    /// The secret as it is or, when the store does not answer, as it was: good
    /// for its credentials, and not for its session.
    pub(super) async fn recall(&self) -> Result<Document, Error> {
        match self.read().await {
            Err(error) if is_passing(&error) => self.remembered().ok_or(error),
            read => read,
        }
    }

    fn remembered(&self) -> Option<Document> {
        let state = self.state.borrow();
        let (read_at, document) = state.remembered.as_ref()?;
        let age = self.platform.monotonic().saturating_sub(*read_at);
        let usable = age <= REMEMBERED && !document.require_shared;
        usable.then(|| credentials::without_session(document.clone()))
    }

    pub(super) fn phase(&self, session: &Session) -> Phase {
        session.phase(|| self.now_ms())
    }
}

/// Whether the store may answer again before long.
pub(super) fn is_passing(error: &Error) -> bool {
    matches!(
        error,
        Error::Secret(SecretError::Store(
            StoreError::Unavailable | StoreError::Throttled(_)
        ))
    )
}

impl<P> Inner<P> {
    pub(super) fn current(&self) -> Option<InUse> {
        self.state.borrow().current.clone()
    }

    /// Takes a session into use.
    pub(super) fn put(&self, current: InUse) {
        let mut state = self.state.borrow_mut();
        state.share_again = None;
        state.ahead_at = None;
        state.current = Some(InUse {
            is_fresh: false,
            ..current
        });
    }

    /// Takes over a session that somebody stored, who has proved it.
    pub(super) fn adopt(&self, session: Session) -> InUse {
        let current = InUse::stored(session);
        self.put(current.clone());
        current
    }

    /// The same, unless the one in use has changed since it was `before`: then
    /// that is the newer one.
    pub(super) fn adopt_over(&self, before: Option<&Fingerprint>, session: Session) -> InUse {
        if self.current().as_ref().map(InUse::token) == before {
            return self.adopt(session);
        }
        InUse::stored(session)
    }

    /// Notes that the session in use has ended.
    pub(super) fn note_end(&self, token: &Fingerprint) {
        let mut state = self.state.borrow_mut();
        let in_use = state.current.as_ref();
        let Some(ended) = in_use.filter(|current| current.token() == token) else {
            return;
        };
        let ended = Ended {
            token: token.clone(),
            was_shared: ended.unshared.is_none(),
        };
        state.ended.retain(|known| known.token != ended.token);
        state.ended.push_back(ended);
        if state.ended.len() > ENDED_MAX {
            state.ended.pop_front();
        }
    }

    /// A session with this token was used since, and not refused.
    pub(super) fn note_life(&self, token: &Fingerprint) {
        let mut state = self.state.borrow_mut();
        state.ended.retain(|known| known.token != *token);
    }

    /// The session of that token, as one that is to be replaced.
    pub(super) fn stale(&self, token: &Fingerprint) -> Stale {
        let current = self.current().filter(|current| current.token() == token);
        Stale {
            token: token.clone(),
            issued_at_ms: current.and_then(|current| current.session.issued_at_ms),
        }
    }

    /// Whether this session is known to have ended.
    pub(super) fn has_ended(&self, token: &Fingerprint) -> bool {
        let state = self.state.borrow();
        state.ended.iter().any(|ended| ended.token == *token)
    }

    /// Whether this session was in the store and is known to have ended.
    pub(super) fn has_ended_shared(&self, token: &Fingerprint) -> bool {
        let state = self.state.borrow();
        let mut shared = state.ended.iter().filter(|ended| ended.was_shared);
        shared.any(|ended| ended.token == *token)
    }

    /// Whether this session has ended.
    pub(super) fn is_replaced(&self, token: &Fingerprint) -> bool {
        let state = self.state.borrow();
        let ended = state.renewing.as_ref().map(|renewing| &renewing.ended);
        let replaced = state.current.as_ref().map(|current| &current.replaces);
        [ended, replaced]
            .into_iter()
            .flatten()
            .any(|ended| ended.as_ref() == Some(token))
    }

    /// The session of that token, if it was replaced before its end.
    pub(super) fn previous(&self, is_wanted: impl Fn(&Fingerprint) -> bool) -> Option<Session> {
        let state = self.state.borrow();
        let previous = state.previous.as_ref();
        previous
            .filter(|session| is_wanted(session.token.fingerprint()))
            .cloned()
    }

    /// Notes whether the session in use is in the store by now.
    pub(super) fn set_unshared(&self, token: &Fingerprint, unshared: Option<String>) {
        if let Some(current) = &mut self.state.borrow_mut().current
            && current.token() == token
        {
            current.unshared = unshared;
        }
    }

    /// Notes when the session in use was issued and ends.
    pub(super) fn set_life(&self, session: &Session) {
        if let Some(current) = &mut self.state.borrow_mut().current
            && current.token() == session.token.fingerprint()
        {
            current.session.issued_at_ms = session.issued_at_ms;
            current.session.expires_at_ms = session.expires_at_ms;
        }
    }

    /// What is known of a session, with all that is not as it should be.
    pub(super) fn status_of(&self, current: &InUse, store: Option<&str>) -> SessionStatus {
        let state = self.state.borrow();
        let notes = [
            store,
            current.unshared.as_deref(),
            state.unclaimed.as_deref(),
        ];
        let notes: Vec<&str> = notes.into_iter().flatten().collect();
        SessionStatus {
            origin: current.origin,
            instance: Some(current.session.instance.to_string()),
            issued_at_ms: current.session.issued_at_ms,
            expires_at_ms: current.session.expiry().map(|expiry| expiry.at_ms),
            shared: current.unshared.is_none(),
            note: (!notes.is_empty()).then(|| notes.join("; ")),
        }
    }
}
