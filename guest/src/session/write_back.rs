//! Storing a session beside whatever else is written to the secret.

use std::time::Duration;

use super::state::Inner;
use crate::credentials::{OrgSecret, Session};
use crate::error::Error;
use crate::expiry::Phase;
use crate::platform::{Document, Platform, StoreError};
use crate::retry;
use crate::token::Fingerprint;

/// How often a write that met another is tried again.
pub(super) const ATTEMPTS_MAX: u32 = 5;

/// The wait before the second attempt, at most; it doubles from then on, so that
/// a read that is behind and a writer without a pause are outlasted.
const BACKOFF: Duration = Duration::from_millis(200);

pub(super) struct WriteBack<'a, P> {
    pub(super) inner: &'a Inner<P>,
    pub(super) session: &'a Session,
    /// The token that is to be replaced.
    pub(super) bad: Option<&'a Fingerprint>,
}

pub(super) enum Outcome {
    /// It is in the store.
    Stored,
    /// Somebody stored a newer one, which is kept.
    Superseded(Session),
    /// It stays in memory.
    Unshared { why: String, error: Error },
}

impl Outcome {
    /// The store took too long.
    pub(super) fn late(_timeout: Error) -> Self {
        unshared("the store took too long", StoreError::Unavailable.into())
    }
}

impl<P: Platform> WriteBack<'_, P> {
    /// Writes onto `document`, and whenever somebody was faster, onto what is
    /// there then. Whether a write worked is read from the store, never from
    /// the words of an error.
    pub(super) async fn run(&self, mut document: Document) -> Outcome {
        let platform = &self.inner.platform;
        let mut last = StoreError::Conflict;
        for attempt in 0..ATTEMPTS_MAX {
            match self.look(&document) {
                Ok(None) => {}
                Ok(Some(outcome)) => return outcome,
                Err(error) => return unshared("the secret cannot be read any more", error),
            }
            let changes = self.session.changes();
            match platform
                .replace(&self.inner.org, &document.version, changes)
                .await
            {
                Ok(_) => return Outcome::Stored,
                Err(error) => last = error,
            }
            if last == StoreError::Denied {
                return unshared("the store refuses to write the secret", last.into());
            }
            platform
                .sleep(retry::jitter(BACKOFF * (1 << attempt), platform.random()))
                .await;
            match platform.get(&self.inner.org).await {
                Ok(read) => document = read,
                Err(error) => last = error,
            }
        }
        match self.look(&document) {
            // The last one's reply was lost, or somebody else came first.
            Ok(Some(outcome)) => outcome,
            Ok(None) | Err(_) => {
                let why = format!("the secret could not be written ({last})");
                unshared(&why, last.into())
            }
        }
    }

    /// What there is to do, judging from the store; `None`: write.
    fn look(&self, document: &Document) -> Result<Option<Outcome>, Error> {
        let secret = OrgSecret::read(document)?;
        if !secret.holds_session {
            let error = StoreError::Denied.into();
            return Ok(Some(Outcome::Unshared {
                why: managed_layout(),
                error,
            }));
        }
        if self.inner.has_ended(self.session.token.fingerprint()) {
            let error = StoreError::Conflict.into();
            return Ok(Some(unshared("it has ended meanwhile", error)));
        }
        if let Some(stored) = secret.session {
            let token = stored.token.fingerprint();
            let is_ours = token == self.session.token.fingerprint();
            if is_ours && !self.session.adds_to(&stored) {
                return Ok(Some(Outcome::Stored));
            }
            let has_ended = Some(token) == self.bad || self.inner.has_ended(token);
            if !is_ours && !has_ended && self.inner.phase(&stored) != Phase::Over {
                return Ok(Some(Outcome::Superseded(stored)));
            }
        }
        if !document.writable {
            return Ok(Some(unshared(
                "the secret is read-only",
                StoreError::Denied.into(),
            )));
        }
        Ok(None)
    }
}

/// Why a session in a secret of that layout is not shared.
pub(super) fn managed_layout() -> String {
    "a secret in the layout of AWS managed external secrets has no place for a token: it stays in \
     memory"
        .to_owned()
}

fn unshared(why: &str, error: Error) -> Outcome {
    Outcome::Unshared {
        why: format!("{why}: the token stays in memory"),
        error,
    }
}
