//! Whose turn it is to log in: one of the instances and processes that share a
//! secret, by a claim in its store.

use std::time::Duration;

use super::renewal::{DEADLINE, Purpose, Renewal};
use super::state::OwnClaim;
use crate::credentials::{Credentials, OrgSecret, Session, Stale};
use crate::error::{Error, RateLimit};
use crate::exchange;
use crate::expiry::Phase;
use crate::instance;
use crate::names::Host;
use crate::platform::{Claimed, Platform};
use crate::retry;
use crate::token::Fingerprint;

/// How long the first claim on a bad token lives; each next one twice as long.
const CLAIM_LIFE: Duration = Duration::from_secs(60);

/// The longest that a claim lives: what an org that refuses everyone costs is
/// then one login an hour.
pub(super) const CLAIM_LIFE_MAX: Duration = Duration::from_secs(3_600);

/// A claim number past this would be years old.
const CLAIM_NUMBER_MAX: u32 = 64;

/// How long a claim's end is waited for when nobody can be at work behind it: as
/// long as the first one's takes. The later ones are a fleet's patience with an
/// org that refuses everyone.
const TAKEOVER_WAIT: Duration = CLAIM_LIFE.saturating_sub(DEADLINE);

/// How long somebody else's login is waited for when the instance of the session
/// is no more: that one may have found that no login helps, and left its claim to
/// age.
const GONE_WAIT: Duration = Duration::from_secs(10);

/// How long to wait before looking for another's token again.
const POLL: Duration = Duration::from_millis(400);

/// The longest of these waits.
const POLL_MAX: Duration = Duration::from_secs(2);

/// Whose turn it is to log in.
pub(super) enum Turn {
    /// Ours.
    Ours,
    /// Somebody has done it.
    Done(Session),
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
    /// Waits until the session is there, or this is the one to make it.
    pub(super) async fn turn(&mut self) -> Result<Turn, Error> {
        let document = self.inner.recall().await?;
        let mut secret = OrgSecret::read(&document)?;
        if let Some(stored) = secret.session.take() {
            let seen = Stale::of(&stored);
            if let Some(session) = self.adoptable(Some(stored)).await {
                return Ok(Turn::Done(session));
            }
            // What is to be replaced, also where its end was known beforehand;
            // but not what was replaced before, in a read that is behind.
            let was_stored = |bad: &Stale| self.inner.has_ended_shared(&bad.token);
            let is_behind =
                self.inner.has_ended(&seen.token) && self.bad.as_ref().is_some_and(was_stored);
            if !is_behind {
                self.bad = Some(seen);
            }
        }
        self.check_budget(&secret.credentials)?;
        if matches!(self.purpose, Purpose::Gone(_)) {
            self.look_for_login_host(&secret.credentials.token_host)
                .await?;
        }
        let is_shared = secret.holds_session && document.writable;
        self.claim(&secret.credentials, is_shared).await
    }

    /// Fails as the login would, if its host is no more either: an outage costs
    /// neither a login nor a claim.
    async fn look_for_login_host(&self, host: &Host) -> Result<(), Error> {
        let Some(request) = instance::public_request(host) else {
            return Ok(());
        };
        let within = self.after(GONE_WAIT);
        let looked = exchange::once(&*self.inner.platform, &request, within).await;
        match looked {
            Ok(answer) => match instance::sign_in_answer(&answer) {
                Some(sign) => Err(Error::Unreachable(format!("{host}: {sign}"))),
                None => Ok(()),
            },
            Err(Error::Gone(why) | Error::Unreachable(why)) => Err(Error::Unreachable(why)),
            Err(Error::Timeout) => Err(Error::Unreachable(format!("{host}: no answer"))),
            // The login itself tells more.
            Err(_) => Ok(()),
        }
    }

    /// Whether this is the token of the session that is to be replaced.
    pub(super) fn is_stale(&self, token: &Fingerprint) -> bool {
        self.bad.as_ref().is_some_and(|bad| bad.token == *token)
    }

    /// A stored session that came after the one that has ended, and has not ended
    /// itself.
    pub(super) fn newer(&self, stored: Option<Session>) -> Option<Session> {
        stored.filter(|session| {
            let token = session.token.fingerprint();
            self.bad.as_ref().is_none_or(|bad| bad.is_before(session))
                && !self.inner.has_ended(token)
                && self.inner.phase(session) != Phase::Over
        })
    }

    /// The same, after the org was asked what time it is where this machine's clock
    /// says that the session is over.
    pub(super) async fn adoptable(&self, stored: Option<Session>) -> Option<Session> {
        if let Some(stored) = &stored {
            self.inner.is_over(stored).await;
        }
        self.newer(stored)
    }

    pub(super) fn check_budget(&self, credentials: &Credentials) -> Result<(), Error> {
        let now = self.inner.platform.monotonic();
        let budget = &mut self.inner.state.borrow_mut().budget;
        budget.is_for(credentials.fingerprint());
        match budget.wait(now) {
            None => Ok(()),
            Some(wait) => Err(try_again_in(wait, budget.refusal())),
        }
    }

    /// Says to wait, and why other logins of this instance were refused.
    fn wait(&self, wait: Duration) -> Error {
        try_again_in(wait, self.inner.state.borrow().budget.refusal())
    }

    /// Claims the login, or waits for whoever has. `is_shared`: what that one gets
    /// will be in the store.
    async fn claim(&self, credentials: &Credentials, is_shared: bool) -> Result<Turn, Error> {
        let platform = &self.inner.platform;
        let patience = matches!(self.purpose, Purpose::Gone(_)).then(|| self.after(GONE_WAIT));
        let mut number = 0;
        let mut poll = POLL;
        while number <= CLAIM_NUMBER_MAX {
            let key = credentials.claim_key(self.bad.as_ref(), number);
            match platform.claim(&self.inner.org, &key).await {
                Ok(Claimed::Won) => {
                    self.own(key, None);
                    return Ok(Turn::Ours);
                }
                // The login is worth more than its being the only one.
                Ok(Claimed::Unsupported) => {
                    self.own(key, Some("the secret store has no claims".to_owned()));
                    return Ok(Turn::Ours);
                }
                Err(error) => {
                    self.own(
                        key,
                        Some(format!("the secret store took no claim ({error})")),
                    );
                    return Ok(Turn::Ours);
                }
                Ok(Claimed::Held(age)) => {
                    let left = claim_life(number).saturating_sub(age);
                    if left.is_zero() {
                        number += 1;
                        continue;
                    }
                    let patience = patience.map(|until| until.remaining(platform.monotonic()));
                    match self.whose(&key) {
                        // Our own task was dropped over it.
                        Own::Begun => return Ok(Turn::Ours),
                        Own::No if age <= DEADLINE || left <= TAKEOVER_WAIT => {}
                        // Nobody is at work behind it any more.
                        Own::No | Own::Abandoned => return Err(self.wait(left)),
                    }
                    let wait = retry::jitter(poll, platform.random()).min(left);
                    let wait = patience.map_or(wait, |patience| wait.min(patience));
                    if wait.is_zero() {
                        return Err(self.wait(left));
                    }
                    platform.sleep(wait).await;
                    poll = POLL_MAX.min(poll * 2);
                }
                Ok(Claimed::Spent { age, refusal }) => {
                    if !is_shared {
                        // Each process needs a login of its own.
                        self.own(key, None);
                        return Ok(Turn::Ours);
                    }
                    let left = claim_life(number).saturating_sub(age);
                    if left.is_zero() {
                        number += 1;
                        continue;
                    }
                    // Nobody is at work: there is nothing to wait for. But a release
                    // may have been that of a login that has been stored.
                    let secret = OrgSecret::read(&self.inner.recall().await?)?;
                    let adopted = self.adoptable(secret.session).await;
                    let adopted = adopted.map(Turn::Done);
                    return adopted.ok_or_else(|| try_again_in(left, refusal));
                }
            }
            let secret = OrgSecret::read(&self.inner.recall().await?)?;
            if let Some(session) = self.adoptable(secret.session).await {
                return Ok(Turn::Done(session));
            }
        }
        Err(self.wait(CLAIM_LIFE_MAX))
    }

    /// Notes the claim as this instance's, and why others cannot see it.
    fn own(&self, key: String, unclaimed: Option<String>) {
        let mut state = self.inner.state.borrow_mut();
        state.claim = Some(OwnClaim {
            key,
            abandoned_until: None,
        });
        state.unclaimed = unclaimed.map(|why| format!("{why}: other processes may log in too"));
    }

    /// What the claim of this key is to this instance.
    fn whose(&self, key: &str) -> Own {
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
}

pub(super) fn claim_life(number: u32) -> Duration {
    CLAIM_LIFE
        .saturating_mul(1 << number.min(16))
        .min(CLAIM_LIFE_MAX)
}

fn try_again_in(wait: Duration, refusal: Option<String>) -> Error {
    let seconds = u32::try_from(wait.as_millis().div_ceil(1_000));
    Error::RateLimited(RateLimit {
        retry_after_s: Some(seconds.unwrap_or(u32::MAX)),
        refusal,
    })
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
