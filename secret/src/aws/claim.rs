//! Claims as versions of the secret.
//!
//! A version's id is its writer's to choose (`ClientRequestToken`), and
//! `PutSecretValue` with an id that exists and another text is refused: so of
//! all who compute the same id from the same claim, one makes the version
//! (Secrets Manager API Reference, `PutSecretValue`). The version says who made
//! it, so that two never look like one. It holds a stage of ours with a fixed
//! name, where it is found with one read and from which the next claim takes it:
//! a version without a stage is AWS's to clean up.
//!
//! A version cannot be taken back. A claim is released by a version that says
//! so, and whoever claims next makes one of the next generation. The id of that
//! version can be computed too: whether a claim was released is read there, and
//! not from the stage, which any other claim takes along. [`Claiming`](super::Claiming)
//! has the steps.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::version_id;
use crate::{Claimed, SecretName};

/// The stage of the last claim.
pub const STAGE: &str = "SF_CLAIM";

/// The namespace of the ids (RFC 9562, section 5.5). An own one, so that no
/// other use of the same names can meet them.
const NAMESPACE: Uuid = Uuid::from_u128(0x3f0c_9a4e_6c1d_5b8e_9a57_1d2c_7b60_e4f1);

/// How long it is remembered when a claim was first met.
const MEMORY: Duration = Duration::from_secs(2 * 3_600);

/// The text of a version that is a claim, or the end of one.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Note {
    /// What is claimed.
    pub key: String,
    /// How often it was claimed and released before.
    pub generation: u32,
    /// Whether this is its end.
    #[serde(default)]
    pub released: bool,
    /// At its end: the code with which its login was refused, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// Of whoever wrote it; another for each claim.
    owner: String,
}

impl Note {
    /// That a claim was made, by whoever `owner` is: 16 random bytes, others for each
    /// claim.
    pub fn made(key: &str, generation: u32, owner: [u8; 16]) -> Self {
        Self {
            key: key.to_owned(),
            generation,
            released: false,
            refusal: None,
            owner: version_id(owner),
        }
    }

    /// That it was released. `refusal` is the code with which its login was refused.
    pub fn ended(key: &str, generation: u32, refusal: Option<String>, owner: [u8; 16]) -> Self {
        Self {
            released: true,
            refusal,
            ..Self::made(key, generation, owner)
        }
    }

    /// `None` for a text that is no note of ours.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// As it is stored.
    pub fn to_text(&self) -> String {
        // Strings and numbers always have a text.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The id of the version with this note, in the secret of that ARN.
    pub fn id(&self, arn: &str) -> String {
        let Self {
            key,
            generation,
            released,
            ..
        } = self;
        let name = format!("{arn}|{key}|{generation}|{released}");
        Uuid::new_v5(&NAMESPACE, name.as_bytes()).to_string()
    }
}

/// How a claim ended. Ages are by AWS's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It is the claimant's, as the claim of this generation.
    Won(u32),
    /// Somebody made it so long ago, if AWS tells.
    Held(Option<Duration>),
    /// Nobody has it, and nobody can get it: it was released for the last time.
    Spent {
        /// So long ago, if AWS tells.
        age: Option<Duration>,
        /// The code with which its last login was refused.
        refusal: Option<String>,
    },
}

/// What this process knows of claims.
#[derive(Clone, Default)]
pub struct KnownClaims(Arc<Mutex<Facts>>);

#[derive(Default)]
struct Facts {
    /// Its own, one a secret: key and generation.
    own: HashMap<SecretName, (String, u32)>,
    /// When it first met those whose age AWS does not tell.
    met: HashMap<(SecretName, String), Duration>,
}

impl KnownClaims {
    /// Remembers a claim that this process has won, and tells how old another's is: by
    /// AWS's clock or, where AWS does not tell, by ours since it was met. `now` is the time
    /// since any moment, if it is always the same one.
    pub fn settle(&self, secret: &SecretName, key: &str, ended: Ended, now: Duration) -> Claimed {
        let known = |age: Option<Duration>| age.unwrap_or_else(|| self.age(secret, key, now));
        match ended {
            Ended::Won(generation) => {
                self.won(secret, key, generation);
                Claimed::Won
            }
            Ended::Held(age) => Claimed::Held(known(age)),
            Ended::Spent { age, refusal } => Claimed::Spent {
                age: known(age),
                refusal,
            },
        }
    }

    fn won(&self, secret: &SecretName, key: &str, generation: u32) {
        let claim = (key.to_owned(), generation);
        self.lock().own.insert(secret.clone(), claim);
    }

    /// The generation of a claim of this process that ends now.
    pub fn ended(&self, secret: &SecretName, key: &str) -> Option<u32> {
        let mut facts = self.lock();
        facts.own.get(secret).filter(|(own, _)| own == key)?;
        facts.own.remove(secret).map(|(_, generation)| generation)
    }

    /// How long ago this process first met a claim.
    fn age(&self, secret: &SecretName, key: &str, now: Duration) -> Duration {
        let mut facts = self.lock();
        facts
            .met
            .retain(|_, since| now.saturating_sub(*since) < MEMORY);
        let since = *facts
            .met
            .entry((secret.clone(), key.to_owned()))
            .or_insert(now);
        now.saturating_sub(since)
    }

    fn lock(&self) -> MutexGuard<'_, Facts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: [u8; 16] = [7; 16];

    const ARN: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:acme-AbCdEf";

    #[test]
    fn all_compute_the_same_id_for_the_same_claim_and_no_other() {
        let id = |key, generation, released| {
            let note = match released {
                true => Note::ended(key, generation, None, OWNER),
                false => Note::made(key, generation, OWNER),
            };
            note.id(ARN)
        };
        assert_eq!(id("k", 0, false), id("k", 0, false));
        assert_eq!(id("k", 0, false).len(), 36);
        for other in [id("l", 0, false), id("k", 1, false), id("k", 0, true)] {
            assert_ne!(id("k", 0, false), other);
        }
        let note = Note::made("k", 0, OWNER);
        assert_ne!(note.id(ARN), note.id("arn:of:another"));
        let refused = Note::ended("k", 0, Some("invalid_client".to_owned()), [9; 16]);
        assert_eq!(refused.id(ARN), id("k", 0, true), "whatever else it says");
    }

    #[test]
    fn no_two_claims_have_the_same_text() {
        let text = |owner| Note::made("k", 0, owner).to_text();
        assert_ne!(text([1; 16]), text([2; 16]));
        for refusal in [None, Some("invalid_client".to_owned())] {
            let note = Note::ended("k", 2, refusal, OWNER);
            assert_eq!(Note::read(&note.to_text()), Some(note));
        }
        // As it was written before a note could say more.
        let before = r#"{"key":"k","generation":1,"released":true,"owner":"x"}"#;
        assert_eq!(Note::read(before).unwrap().refusal, None);
        for text in ["", "{}", "[]", "{\"key\":1}"] {
            assert_eq!(Note::read(text), None, "{text}");
        }
    }

    #[test]
    fn an_own_claim_ends_once() {
        let acme = SecretName::parse("acme").unwrap();
        let other = SecretName::parse("other").unwrap();
        let claims = KnownClaims::default();
        claims.won(&acme, "k", 2);
        claims.won(&other, "k", 1);
        assert_eq!(claims.ended(&acme, "l"), None);
        assert_eq!(claims.ended(&acme, "k"), Some(2));
        assert_eq!(claims.ended(&acme, "k"), None);
        assert_eq!(claims.ended(&other, "k"), Some(1));
    }

    #[test]
    fn a_claim_ages_from_when_it_was_met() {
        let acme = SecretName::parse("acme").unwrap();
        let (claims, now) = (KnownClaims::default(), Duration::from_secs(9));
        assert_eq!(claims.age(&acme, "k", now), Duration::ZERO);
        let later = now + Duration::from_secs(7);
        assert_eq!(claims.age(&acme, "k", later), Duration::from_secs(7));
        assert_eq!(claims.age(&acme, "k", now + MEMORY), Duration::ZERO);
    }
}
