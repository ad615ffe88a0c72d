//! One renewal, from the refusal of a token to the next one in the store.

use std::rc::Rc;
use std::time::Duration;

use futures::channel::oneshot;
use futures::future::{Either, select};

use super::write_back::{self, WriteBack};
use super::{Current, Inner, Lease, Origin, OwnClaim, Proof, Renewed};
use crate::answer::{Answer, Standing};
use crate::client::Call;
use crate::credentials::{self, Credentials, OrgSecret, StoredSession};
use crate::deadline::Deadline;
use crate::error::{ApiFailure, Error};
use crate::exchange::exchange;
use crate::names::{ApiVersion, Host};
use crate::oauth;
use crate::platform::{Claimed, Document, Platform};
use crate::retry;
use crate::token::{AccessToken, Fingerprint};

/// How long whoever has the turn may take: less than a claim lives, so that a
/// leader who is late is never alone in believing that it leads.
const DEADLINE: Duration = Duration::from_secs(50);

/// How long the login itself may take of that: a token endpoint that accepts and
/// stays silent must leave time to say so.
const LOGIN_DEADLINE: Duration = Duration::from_secs(30);

/// How long one may wait for the turn: a leader who died costs a claim's life.
const TURN_DEADLINE: Duration = Duration::from_secs(70);

/// How long the new token may take into the store, once it is in use.
const STORE_DEADLINE: Duration = Duration::from_secs(20);

/// How long the first claim on a bad token lives; each next one twice as long.
const CLAIM_LIFE: Duration = Duration::from_secs(60);

/// The longest that a claim lives: what an org that refuses everyone costs is
/// then one login an hour.
const CLAIM_LIFE_MAX: Duration = Duration::from_secs(3_600);

/// A claim number past this would be years old.
const CLAIM_NUMBER_MAX: u32 = 64;

/// How long a claim's end is waited for when nobody can be at work behind it: as
/// long as the first one's takes. The later ones are a fleet's patience with an
/// org that refuses everyone.
const TAKEOVER_WAIT: Duration = CLAIM_LIFE.saturating_sub(DEADLINE);

/// How long to wait before looking for another's token again.
const POLL: Duration = Duration::from_millis(400);

/// The longest of these waits.
const POLL_MAX: Duration = Duration::from_secs(2);

/// How long the leader's own call may take to prove the token.
const PROOF_WAIT: Duration = Duration::from_secs(1);

pub(super) struct Renewal<P: Platform> {
    inner: Rc<Inner<P>>,
    bad: Option<Fingerprint>,
    offer: Option<oneshot::Sender<Lease>>,
    publish: Option<oneshot::Sender<Result<Renewed, Error>>>,
}

/// A session that can be used.
enum Obtained {
    Adopted(StoredSession),
    LoggedIn {
        session: StoredSession,
        document: Document,
    },
}

/// Whose turn it is to log in.
enum Turn {
    /// Ours.
    Ours,
    /// Somebody has done it.
    Done(StoredSession),
}

/// What a claim that somebody holds is to this instance.
enum Own {
    /// Another's.
    No,
    /// Its own; no login is under way.
    Begun,
    /// Its own, left to age.
    Abandoned,
}

impl<P: Platform> Renewal<P> {
    pub(super) fn new(
        inner: Rc<Inner<P>>,
        bad: Option<Fingerprint>,
        offer: Option<oneshot::Sender<Lease>>,
        publish: oneshot::Sender<Result<Renewed, Error>>,
    ) -> Self {
        Self {
            inner,
            bad,
            offer,
            publish: Some(publish),
        }
    }

    pub(super) async fn run(mut self) {
        match self.obtain().await {
            Err(error) => self.publish(Err(error)),
            Ok(Obtained::Adopted(session)) => {
                let current = self.inner.adopt(session);
                self.publish(Ok(Renewed {
                    current,
                    by_login: false,
                }));
            }
            Ok(Obtained::LoggedIn { session, document }) => {
                self.settle(session, document).await;
            }
        }
    }

    /// Hands the new session to those who wait, and stores it: in this order,
    /// unless a session that cannot be shared must not be used.
    async fn settle(&mut self, session: StoredSession, document: Document) {
        let pending = Some("it is being stored".to_owned());
        let mut current = Current {
            session: session.clone(),
            origin: Origin::Login,
            replaces: self.bad.clone(),
            unshared: pending,
        };
        let must_share = document.require_shared;
        if !must_share {
            self.inner.state.borrow_mut().current = Some(current.clone());
            self.publish(Ok(Renewed {
                current: current.clone(),
                by_login: true,
            }));
        }
        let write = WriteBack {
            inner: &self.inner,
            session: &session,
            bad: self.bad.as_ref(),
        };
        let platform = &*self.inner.platform;
        let writing = async { Ok(write.run(document).await) };
        let written = self.after(STORE_DEADLINE).limit(platform, writing).await;
        let unshared = match written.unwrap_or_else(write_back::Outcome::late) {
            write_back::Outcome::Stored => None,
            write_back::Outcome::Superseded(theirs) => {
                let ours = session.token.fingerprint();
                let before = if must_share {
                    self.bad.as_ref()
                } else {
                    Some(ours)
                };
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
            self.inner.state.borrow_mut().current = Some(current.clone());
            self.publish(Ok(Renewed {
                by_login: current.origin == Origin::Login,
                current,
            }));
        }
        self.inner
            .set_unshared(session.token.fingerprint(), unshared);
        self.release().await;
    }

    fn publish(&mut self, outcome: Result<Renewed, Error>) {
        if let Some(publish) = self.publish.take() {
            // Who comes from now on finds the session, or begins anew.
            self.inner.state.borrow_mut().renewing = None;
            _ = publish.send(outcome);
        }
    }

    async fn obtain(&mut self) -> Result<Obtained, Error> {
        let platform = Rc::clone(&self.inner.platform);
        let waiting = self.after(TURN_DEADLINE).limit(&*platform, self.turn());
        match waiting.await {
            Ok(Turn::Ours) => {}
            Ok(Turn::Done(session)) => return Ok(Obtained::Adopted(session)),
            // The caller's own timeout is another matter.
            Err(Error::Timeout) => return Err(Error::RateLimited(None)),
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
            Ok(Obtained::Adopted(_)) => self.release().await,
            Err(error) => self.after_failure(error).await,
        }
        obtained
    }

    /// Waits until the session is there, or this is the one to make it.
    async fn turn(&self) -> Result<Turn, Error> {
        let secret = OrgSecret::read(&self.read().await?)?;
        if let Some(session) = self.newer(secret.session) {
            return Ok(Turn::Done(session));
        }
        self.check_budget(&secret.credentials)?;
        self.claim(&secret.credentials).await
    }

    /// What only the one whose turn it is does.
    async fn lead(&mut self) -> Result<Obtained, Error> {
        // Between the first reading and the claim somebody may have come and
        // gone; and the credentials may have been rotated.
        let document = self.read().await?;
        let secret = OrgSecret::read(&document)?;
        if let Some(session) = self.newer(secret.session) {
            return Ok(Obtained::Adopted(session));
        }
        self.check_budget(&secret.credentials)?;
        if document.require_shared {
            // Not even the leader may use a token before it is in the store.
            self.offer = None;
        }
        let session = self
            .log_in(&secret.credentials, document.session_ttl)
            .await?;
        self.prove(&session.token, &session.instance).await?;
        self.inner.state.borrow_mut().budget.worked();
        Ok(Obtained::LoggedIn { session, document })
    }

    fn after(&self, time: Duration) -> Deadline {
        Deadline::after(self.inner.platform.monotonic(), time)
    }

    async fn read(&self) -> Result<Document, Error> {
        Ok(self.inner.platform.get(&self.inner.org).await?)
    }

    /// A stored session that is not the one that has ended.
    fn newer(&self, stored: Option<StoredSession>) -> Option<StoredSession> {
        stored.filter(|session| self.bad.as_ref() != Some(session.token.fingerprint()))
    }

    fn check_budget(&self, credentials: &Credentials) -> Result<(), Error> {
        let now = self.inner.platform.monotonic();
        let budget = &mut self.inner.state.borrow_mut().budget;
        budget.is_for(credentials.fingerprint());
        match budget.wait(now) {
            None => Ok(()),
            Some(wait) => Err(Error::RateLimited(Some(whole_seconds(wait)))),
        }
    }

    /// Claims the login, or waits for whoever has.
    async fn claim(&self, credentials: &Credentials) -> Result<Turn, Error> {
        let platform = &self.inner.platform;
        let mut number = 0;
        let mut poll = POLL;
        while number <= CLAIM_NUMBER_MAX {
            let key = credentials.claim_key(self.bad.as_ref(), number);
            match platform.claim(&self.inner.org, &key).await {
                Ok(Claimed::Won) => {
                    self.inner.state.borrow_mut().claim = Some(OwnClaim {
                        key,
                        abandoned_until: None,
                    });
                    return Ok(Turn::Ours);
                }
                // A store without claims, or none that answers: the login is
                // worth more than its being the only one.
                Ok(Claimed::Unsupported) | Err(_) => return Ok(Turn::Ours),
                Ok(Claimed::Held(age)) => {
                    let left = claim_life(number).saturating_sub(age);
                    if left.is_zero() {
                        number += 1;
                        continue;
                    }
                    match self.own(&key) {
                        // Our own task was dropped over it.
                        Own::Begun => return Ok(Turn::Ours),
                        Own::No if age <= DEADLINE || left <= TAKEOVER_WAIT => {}
                        // Nobody is at work behind it any more.
                        Own::No | Own::Abandoned => {
                            return Err(Error::RateLimited(Some(whole_seconds(left))));
                        }
                    }
                    let wait = retry::jitter(poll, platform.random()).min(left);
                    platform.sleep(wait).await;
                    poll = POLL_MAX.min(poll * 2);
                }
            }
            let stored = OrgSecret::read(&self.read().await?)?.session;
            if let Some(session) = self.newer(stored) {
                return Ok(Turn::Done(session));
            }
        }
        Err(Error::RateLimited(Some(whole_seconds(CLAIM_LIFE_MAX))))
    }

    /// What the claim of this key is to this instance.
    fn own(&self, key: &str) -> Own {
        let now = self.inner.platform.monotonic();
        let state = self.inner.state.borrow();
        let own = state.claim.as_ref().filter(|own| own.key == key);
        match own.map(|own| own.abandoned_until) {
            None => Own::No,
            Some(None) => Own::Begun,
            Some(Some(until)) if now < until => Own::Abandoned,
            Some(Some(_)) => Own::No,
        }
    }

    async fn log_in(
        &self,
        credentials: &Credentials,
        session_ttl: Option<Duration>,
    ) -> Result<StoredSession, Error> {
        let platform = &self.inner.platform;
        let request = oauth::request(credentials)?;
        let deadline = self.after(LOGIN_DEADLINE);
        let exchange = exchange(&**platform, &request, deadline, |_| {});
        let answered = deadline.limit(&**platform, exchange).await;
        let answer = answered.map_err(|error| match error {
            Error::Timeout => too_slow(LOGIN_DEADLINE),
            other => other,
        })?;
        let grant = oauth::read(&answer)?;
        let issued_at_ms = grant.issued_at_ms.unwrap_or_else(|| platform.now_ms());
        Ok(StoredSession {
            token: grant.token,
            instance: grant.instance,
            issued_at_ms: Some(issued_at_ms),
            expires_at_ms: credentials::expiry(issued_at_ms, session_ttl),
        })
    }

    /// Proves a new token: by the leader's own call, else by a request of ours.
    async fn prove(&mut self, token: &AccessToken, instance: &Host) -> Result<(), Error> {
        let (proof, mut proved) = oneshot::channel();
        let lease = Lease {
            token: token.clone(),
            instance: instance.clone(),
            fresh: true,
            proof: Some(proof),
        };
        let offered = self
            .offer
            .take()
            .is_some_and(|offer| offer.send(lease).is_ok());
        if offered {
            let timer = std::pin::pin!(self.inner.platform.sleep(PROOF_WAIT));
            match select(&mut proved, timer).await {
                Either::Left((Ok(proof), _)) => return proof.into_result(),
                // The leader gave up, or its answer takes long.
                Either::Left((Err(_), _)) | Either::Right(_) => {}
            }
        }
        let platform = &*self.inner.platform;
        match probe(platform, token, instance, self.after(DEADLINE)).await {
            Ok((_, proof)) => proof.into_result(),
            // Neither yes nor no. The leader may still find out.
            Err(error) if offered => proved.await.map_err(|_| error)?.into_result(),
            Err(error) => Err(error),
        }
    }

    /// Counts a failure, and leaves the claim to age if another login would only
    /// be refused again.
    async fn after_failure(&self, error: &Error) {
        let now = self.inner.platform.monotonic();
        if was_answered(error) {
            self.inner.state.borrow_mut().budget.failed(now);
        }
        if !matches!(error, Error::RefusedToken(_) | Error::RateLimited(_)) {
            return self.release().await;
        }
        if let Some(own) = &mut self.inner.state.borrow_mut().claim {
            own.abandoned_until = Some(now.saturating_add(CLAIM_LIFE_MAX));
        }
    }

    async fn release(&self) {
        let claim = self.inner.state.borrow_mut().claim.take();
        if let Some(own) = claim {
            // A claim that stays is only a wait for the next one who needs it.
            _ = self.inner.platform.release(&self.inner.org, &own.key).await;
        }
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

impl Proof {
    fn into_result(self) -> Result<(), Error> {
        match self {
            Self::Accepted => Ok(()),
            Self::Refused(why) => Err(why),
        }
    }
}

/// The cheapest request that needs a session: the list of the version's
/// resources (REST API Developer Guide, "List Available REST Resources").
pub(super) async fn probe<P: Platform>(
    platform: &P,
    token: &AccessToken,
    instance: &Host,
    deadline: Deadline,
) -> Result<(Standing, Proof), Error> {
    let call = Call::get(format!("/services/data/{}/", ApiVersion::DEFAULT));
    let request = call.request(instance, token)?;
    let answer = exchange(platform, &request, deadline, |_| {}).await?;
    match answer.standing() {
        Standing::Accepted if answer.is_success() => Ok((Standing::Accepted, Proof::Accepted)),
        Standing::Accepted => Err(answer.failure()),
        refused => Ok((refused, Proof::Refused(refusal(&answer)))),
    }
}

/// A fresh token was refused with this; a gateway's answer has no list of errors.
pub(crate) fn refusal(answer: &Answer) -> Error {
    Error::RefusedToken(answer.api_failure().unwrap_or_else(|| ApiFailure {
        status: answer.status,
        errors: Vec::new(),
        request_id: answer.request_id(),
    }))
}

/// Whether a login got as far as an answer that another login would get as well.
/// An org that is not reached, or down, has refused nothing.
fn was_answered(error: &Error) -> bool {
    match error {
        Error::Login(_) | Error::RefusedToken(_) | Error::RateLimited(_) => true,
        Error::Api(failure) => failure.status < 500,
        // 0: not even a status line.
        Error::UnexpectedAnswer(unexpected) => (1..500).contains(&unexpected.status),
        Error::Secret(_)
        | Error::InvalidInput(_)
        | Error::SessionChanged
        | Error::Timeout
        | Error::Unreachable(_)
        | Error::Denied(_) => false,
    }
}

fn too_slow(limit: Duration) -> Error {
    Error::Unreachable(format!("the login took over {} s", limit.as_secs()))
}

fn claim_life(number: u32) -> Duration {
    CLAIM_LIFE
        .saturating_mul(1 << number.min(16))
        .min(CLAIM_LIFE_MAX)
}

fn whole_seconds(wait: Duration) -> u32 {
    u32::try_from(wait.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_live_longer_and_longer_up_to_an_hour() {
        let lives: Vec<u64> = (0..8).map(|number| claim_life(number).as_secs()).collect();
        assert_eq!(lives, [60, 120, 240, 480, 960, 1_920, 3_600, 3_600]);
        assert_eq!(claim_life(u32::MAX), CLAIM_LIFE_MAX);
    }
}
