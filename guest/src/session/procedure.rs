//! The procedure of a renewal, from the end of a session to the next one in the store.

use std::rc::Rc;
use std::time::Duration;

use super::lease::Proof;
use super::renewal::{DEADLINE, FirstUse, Purpose, Renewal, STORE_DEADLINE};
use super::state::InUse;
use super::turn::{CLAIM_LIFE_MAX, Turn};
use super::write_back::{self, WriteBack};
use crate::answer::Answer;
use crate::contract::session::Origin;
use crate::credentials::{self, Credentials, OrgSecret, Session};
use crate::error::Error;
use crate::exchange::exchange;
use crate::expiry::Expiry;
use crate::instance;
use crate::oauth;
use crate::platform::{Document, Platform};
use crate::token::AccessToken;

/// How long the login itself may take of that: a token endpoint that accepts and
/// stays silent must leave time to say so.
const LOGIN_DEADLINE: Duration = Duration::from_secs(30);

/// How long one may wait for the turn: a leader who died costs a claim's life,
/// and whoever takes over has as long as anybody. The rest is for a last look at
/// what came of it.
const TURN_DEADLINE: Duration = Duration::from_secs(115);

impl FirstUse {
    /// What a failure shows that does not judge the token.
    fn of(error: &Error) -> Self {
        let outcome: Result<Answer, Error> = Err(error.clone());
        match instance::sign_of_death(&outcome, |answer| answer) {
            Some(_) => Self::Gone,
            None => Self::Unjudged,
        }
    }
}

/// A session that can be used.
enum Obtained {
    Adopted(Session),
    LoggedIn {
        session: Session,
        document: Document,
    },
}

impl<P: Platform> Renewal<P> {
    pub(super) async fn run(mut self) {
        if self.purpose == Purpose::Ahead
            && let Some(current) = self.slid().await
        {
            return self.publish(Ok(current));
        }
        match self.obtain().await {
            Err(error) => self.publish(Err(error)),
            Ok(Obtained::Adopted(session)) => {
                let current = InUse::stored(session);
                self.take_over(current.clone());
                self.publish(Ok(current));
            }
            Ok(Obtained::LoggedIn { session, document }) => {
                self.settle(session, document).await;
            }
        }
    }

    /// Hands the new session to those who wait, and stores it: in this order,
    /// unless a session that cannot be shared must not be used.
    async fn settle(&mut self, session: Session, document: Document) {
        let pending = Some("it is being stored".to_owned());
        let mut current = InUse {
            session: session.clone(),
            origin: Origin::Login,
            is_fresh: true,
            // A token that was issued again replaces none.
            replaces: self
                .bad_token()
                .filter(|bad| bad != session.token.fingerprint()),
            unshared: pending,
        };
        let must_share = document.require_shared;
        if !must_share {
            self.take_over(current.clone());
            self.publish(Ok(current.clone()));
        }
        let bad = self.bad_token();
        let write = WriteBack {
            inner: &self.inner,
            session: &session,
            bad: bad.as_ref(),
        };
        let platform = &*self.inner.platform;
        let writing = async { Ok(write.run(document).await) };
        let written = self.after(STORE_DEADLINE).limit(platform, writing).await;
        let unshared = match written.unwrap_or_else(write_back::Outcome::late) {
            write_back::Outcome::Stored => None,
            write_back::Outcome::Superseded(theirs) => {
                let ours = session.token.fingerprint();
                let before = if must_share { bad.as_ref() } else { Some(ours) };
                current = self.inner.adopt_over(before, theirs);
                None
            }
            write_back::Outcome::Unshared { why, error } => {
                if must_share {
                    self.publish(Err(error));
                }
                Some(why)
            }
        };
        current.unshared = unshared.clone();
        if must_share && unshared.is_none() {
            self.take_over(current.clone());
            self.publish(Ok(current));
        }
        let is_shared = unshared.is_none();
        self.inner
            .set_unshared(session.token.fingerprint(), unshared);
        if is_shared && self.bad.is_some() {
            // Nobody will claim that token's renewal again: taking the mark back
            // would cost a store for nothing.
            self.inner.state.borrow_mut().claim = None;
        } else {
            self.release(None).await;
        }
    }

    /// Takes the new session into use. The old one stays good for its locators
    /// if it has not ended.
    fn take_over(&self, current: InUse) {
        let previous = self.inner.current().filter(|previous| {
            self.purpose == Purpose::Ahead && previous.token() != current.token()
        });
        self.inner.state.borrow_mut().previous = previous.map(|previous| previous.session);
        self.inner.put(current);
    }

    async fn obtain(&mut self) -> Result<Obtained, Error> {
        let obtained = self.take_turn().await;
        obtained.map_err(|error| match (error, &self.purpose) {
            // Who cannot log in now has still an instance that is no more.
            (Error::RateLimited(_), Purpose::Gone(why)) => why.clone(),
            (error, _) => error,
        })
    }

    async fn take_turn(&mut self) -> Result<Obtained, Error> {
        let platform = Rc::clone(&self.inner.platform);
        let waiting = self.after(TURN_DEADLINE).limit(&*platform, self.turn());
        match waiting.await {
            Ok(Turn::Ours) => {}
            Ok(Turn::Done(session)) => return Ok(Obtained::Adopted(session)),
            // The caller's own timeout is another matter.
            Err(Error::Timeout) => return Err(Error::wait(None)),
            Err(error) => return Err(error),
        }
        let leading = self.after(DEADLINE).limit(&*platform, self.lead());
        let obtained = leading.await.map_err(|error| match error {
            Error::Timeout => too_slow(DEADLINE),
            other => other,
        });
        match &obtained {
            // Released when it is stored.
            Ok(Obtained::LoggedIn { .. }) => {}
            Ok(Obtained::Adopted(_)) => self.release(None).await,
            Err(error) => self.after_failure(error).await,
        }
        obtained
    }

    /// What only the one whose turn it is does.
    async fn lead(&mut self) -> Result<Obtained, Error> {
        // Between the first reading and the claim somebody may have come and
        // gone; and the credentials may have been rotated.
        let mut document = self.inner.recall().await?;
        let mut secret = OrgSecret::read(&document)?;
        if let Some(session) = self.adoptable(secret.session).await {
            return Ok(Obtained::Adopted(session));
        }
        self.check_budget(&secret.credentials)?;
        if document.require_shared {
            // Not even the leader may use a token before it is in the store.
            self.offer = None;
        }
        let ttl = document.session_ttl;
        let session = match self.log_in(&secret.credentials, ttl).await {
            Err(refused) if oauth::refuses_credentials(&refused) => {
                let tried = secret.credentials.fingerprint();
                // They may have been rotated since they were read.
                document = self.inner.read().await.map_err(|_| refused.clone())?;
                secret = OrgSecret::read(&document)?;
                if secret.credentials.fingerprint() == tried {
                    return Err(refused);
                }
                if let Some(session) = self.adoptable(secret.session).await {
                    return Ok(Obtained::Adopted(session));
                }
                self.log_in(&secret.credentials, ttl).await?
            }
            done => done?,
        };
        match self.prove(&session.token, &session.instance).await {
            Proof::Accepted => {}
            Proof::Refused(why) => {
                self.first_use = FirstUse::Refused;
                return Err(why);
            }
            Proof::Unjudged(why) => {
                self.first_use = FirstUse::of(&why);
                return Err(why);
            }
        }
        self.inner.note_life(session.token.fingerprint());
        self.inner.state.borrow_mut().budget.worked();
        Ok(Obtained::LoggedIn { session, document })
    }

    async fn log_in(
        &self,
        credentials: &Credentials,
        session_ttl: Option<Duration>,
    ) -> Result<Session, Error> {
        let platform = &self.inner.platform;
        let request = oauth::request(credentials)?;
        self.inner.state.borrow_mut().secrets.learn(&request);
        let deadline = self.after(LOGIN_DEADLINE);
        let on_status = |status| self.login_status.set(status);
        let answered = exchange(&**platform, &request, deadline, on_status).await;
        let answer = answered.map_err(|error| match error {
            Error::Timeout => too_slow(LOGIN_DEADLINE),
            // That is the instance's affair, and this is the login's host.
            Error::Gone(why) => Error::Unreachable(why),
            other => other,
        })?;
        self.inner.note_time(&answer);
        let mut session = oauth::read(&answer)?;
        // The first answer to it may repeat it.
        self.inner
            .state
            .borrow_mut()
            .secrets
            .add(session.token.expose());
        let issued_at_ms = self.issued_at_ms(&session.token, session.issued_at_ms);
        let of_jwt = Expiry::of_jwt(session.token.expose()).map(|expiry| expiry.at_ms);
        session.issued_at_ms = Some(issued_at_ms);
        session.expires_at_ms = of_jwt.or_else(|| credentials::expiry(issued_at_ms, session_ttl));
        session.ttl = session_ttl;
        Ok(session)
    }

    /// When a token was issued. If the org answers the one that is to be replaced,
    /// that is later than before, whatever the org says: others know it by that.
    fn issued_at_ms(&self, token: &AccessToken, told_ms: Option<u64>) -> u64 {
        let told_ms = told_ms.or_else(|| Expiry::of_jwt(token.expose())?.begins_ms());
        let before = self.bad.as_ref();
        let again = before.filter(|bad| bad.token == *token.fingerprint());
        if let (Some(told_ms), None) = (told_ms, again) {
            self.inner.note_first_time_ms(told_ms);
        }
        let told_ms = told_ms.unwrap_or_else(|| self.inner.now_ms());
        match again.and_then(|bad| bad.issued_at_ms) {
            Some(before_ms) if told_ms <= before_ms => {
                self.inner.now_ms().max(before_ms.saturating_add(1))
            }
            _ => told_ms,
        }
    }

    /// Counts a failure, and leaves the claim to age if another login would only
    /// be refused again.
    async fn after_failure(&self, error: &Error) {
        let now = self.inner.platform.monotonic();
        let (has_failed, ages) = match self.first_use {
            // A login host that is down has refused nothing, whatever time it names.
            FirstUse::None if self.login_status.get() >= 500 => (false, false),
            FirstUse::None => (was_answered(error), matches!(error, Error::RateLimited(_))),
            FirstUse::Refused | FirstUse::Gone => (true, true),
            // The login worked.
            FirstUse::Unjudged => (false, false),
        };
        let refusal = self.refusal(error).filter(|_| has_failed);
        if has_failed {
            let mut state = self.inner.state.borrow_mut();
            state.budget.failed(now, refusal.clone());
        }
        if !ages {
            return self.release(refusal).await;
        }
        if let Some(own) = &mut self.inner.state.borrow_mut().claim {
            own.abandoned_until = Some(now.saturating_add(CLAIM_LIFE_MAX));
        }
    }

    /// The code with which the login was refused, or its token. It is written where
    /// others read it: one that repeats a secret, or is no code, is left out.
    fn refusal(&self, error: &Error) -> Option<String> {
        let code = match error {
            Error::Login(refusal) => &refusal.code,
            Error::Api(failure) | Error::RefusedToken(failure) => &failure.errors.first()?.code,
            Error::UnexpectedAnswer(_) => return Some("unexpected-answer".to_owned()),
            _ => return None,
        };
        let told = self.inner.state.borrow().secrets.text(code.clone());
        is_code(&told).then_some(told)
    }

    async fn release(&self, refusal: Option<String>) {
        let claim = self.inner.state.borrow_mut().claim.take();
        if let Some(own) = claim {
            // A claim that stays is only a wait for the next one who needs it.
            let releasing = self
                .inner
                .platform
                .release(&self.inner.org, &own.key, refusal);
            _ = releasing.await;
        }
    }
}

/// Whether a login got as far as an answer that another login would get as well.
/// An org that is not reached, or down, has refused nothing.
fn was_answered(error: &Error) -> bool {
    // 0: not even a status line. 420: no such host, which may be late routing.
    let is_refusal = |status: u16| (1..500).contains(&status) && status != 420;
    match error {
        Error::RefusedToken(_) | Error::RateLimited(_) => true,
        Error::Login(refusal) => is_refusal(refusal.status),
        Error::Api(failure) => is_refusal(failure.status),
        Error::UnexpectedAnswer(unexpected) => is_refusal(unexpected.status),
        Error::Secret(_)
        | Error::InvalidInput(_)
        | Error::SessionChanged
        | Error::OutcomeUnknown
        | Error::Timeout
        | Error::Unreachable(_)
        | Error::Gone(_)
        | Error::PreconditionFailed
        | Error::Ambiguous(_)
        | Error::Unsupported(_)
        | Error::Denied(_) => false,
    }
}

/// Whether a text may be handed to the store as a refusal's code: 1 to 64 bytes of
/// `[A-Za-z0-9_-]`, as the contract says (`wit/secret-store.wit`).
fn is_code(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (1..=64).contains(&text.len()) && text.bytes().all(is_allowed)
}

fn too_slow(limit: Duration) -> Error {
    Error::Unreachable(format!("the login took over {} s", limit.as_secs()))
}
