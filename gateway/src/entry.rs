//! What is kept of a key: everything but the key.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sfbox::policy::{AllowedPath, Level, PatternError, Policy};

use crate::key::{Fingerprint, Key, KeyId};
use crate::rate::Rate;

/// Characters of the longest name of a key.
const NAME_LENGTH_MAX: usize = 64;

/// A key, for those who decide what it may do.
///
/// A door of an older version must not overlook a limit that it does not know, so a
/// member that is not listed here is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Entry {
    /// What the key is found by.
    pub id: KeyId,
    /// What people call it, and what logs show. Also the `client_id` of a login.
    pub name: Name,
    /// SHA-256 of the key.
    pub sha256: Fingerprint,
    /// The org that it opens: the name or the ARN of a secret.
    pub org: String,
    /// What it may do there.
    pub access: Access,
    /// Paths that it may use as if its access were everything, as `--allow-path` takes
    /// them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow_path: Vec<String>,
    /// Whether it may run anonymous Apex.
    #[serde(default, skip_serializing_if = "is_false")]
    pub allow_anonymous_apex: bool,
    /// When it was made.
    pub created: Timestamp,
    /// From when on it is not valid any more.
    pub expires: Timestamp,
    /// How often it may be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// How many of its requests may be under way at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
}

/// A level of [`Policy`], as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// [`Level::ReadOnly`].
    ReadOnly,
    /// [`Level::NoDelete`].
    NoDelete,
    /// [`Level::Everything`].
    Everything,
}

impl From<Level> for Access {
    fn from(level: Level) -> Self {
        match level {
            Level::ReadOnly => Self::ReadOnly,
            Level::NoDelete => Self::NoDelete,
            Level::Everything => Self::Everything,
        }
    }
}

impl From<Access> for Level {
    fn from(access: Access) -> Self {
        match access {
            Access::ReadOnly => Self::ReadOnly,
            Access::NoDelete => Self::NoDelete,
            Access::Everything => Self::Everything,
        }
    }
}

/// The name of a key: letters, digits, `.`, `_` and `-`, so that it can stand in a log and in
/// a form as it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

/// A text is not the name of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to {NAME_LENGTH_MAX} letters, digits, `.`, `_` and `-`")]
pub struct NameError;

impl Name {
    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let is_name = (1..=NAME_LENGTH_MAX).contains(&text.len()) && text.bytes().all(allowed);
        is_name.then(|| Self(text.to_owned())).ok_or(NameError)
    }
}

impl TryFrom<String> for Name {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

/// What somebody decides about a key that is to be made.
#[derive(Clone, Debug)]
pub struct Terms {
    /// What people call it.
    pub name: Name,
    /// The org that it opens.
    pub org: String,
    /// What it may do there.
    pub policy: Policy,
    /// For how long it is valid.
    pub term: crate::term::Term,
    /// How often it may be used.
    pub rate: Option<Rate>,
    /// How many of its requests may be under way at once.
    pub concurrency: Option<u32>,
}

impl Entry {
    /// What is kept of a key that is made now on these terms.
    pub fn new(key: &Key, terms: Terms, now: Timestamp) -> Self {
        // Both ends are years away from those of time.
        let expires = now
            .saturating_add(terms.term.duration())
            .unwrap_or(Timestamp::MAX);
        Self {
            id: key.id().clone(),
            sha256: key.fingerprint(),
            name: terms.name,
            org: terms.org,
            access: terms.policy.level.into(),
            allow_path: terms
                .policy
                .allowed
                .iter()
                .map(ToString::to_string)
                .collect(),
            allow_anonymous_apex: terms.policy.anonymous_apex,
            created: now,
            expires,
            rate: terms.rate,
            concurrency: terms.concurrency,
        }
    }

    /// What it may do.
    ///
    /// # Errors
    ///
    /// When a path of it is not a pattern.
    pub fn policy(&self) -> Result<Policy, PatternError> {
        let allowed = self
            .allow_path
            .iter()
            .map(|text| text.parse::<AllowedPath>());
        Ok(Policy {
            level: self.access.into(),
            allowed: allowed.collect::<Result<_, _>>()?,
            anonymous_apex: self.allow_anonymous_apex,
            within: None,
        })
    }

    /// Whether it is valid at this moment.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        now < self.expires
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// What is kept of an ordinary key for the org `acme`.
    pub(crate) fn of(key: &Key, name: &str) -> Entry {
        let terms = Terms {
            name: name.parse().unwrap(),
            org: "acme".to_owned(),
            policy: Policy::default(),
            term: crate::term::Term::DEFAULT,
            rate: None,
            concurrency: None,
        };
        Entry::new(key, terms, Timestamp::UNIX_EPOCH)
    }

    fn entry(policy: Policy) -> Entry {
        let terms = Terms {
            name: "reports".parse().unwrap(),
            org: "prod/salesforce".to_owned(),
            policy,
            term: crate::term::Term::DEFAULT,
            rate: None,
            concurrency: None,
        };
        let now = "2026-11-29T12:00:00Z".parse().unwrap();
        Entry::new(&Key::generate().unwrap(), terms, now)
    }

    #[test]
    fn an_entry_comes_back_as_it_went() {
        let policy = Policy {
            level: Level::ReadOnly,
            allowed: vec!["GET,POST /services/apexrest/orders/*".parse().unwrap()],
            anonymous_apex: true,
            within: None,
        };
        let mut entry = entry(policy.clone());
        entry.rate = Some("10/s".parse().unwrap());
        entry.concurrency = Some(4);
        let text = serde_json::to_string(&entry).unwrap();
        let read: Entry = serde_json::from_str(&text).unwrap();
        assert_eq!(read, entry);
        assert_eq!(read.policy().unwrap(), policy);
    }

    #[test]
    fn what_is_not_set_is_not_written_and_a_limit_that_is_not_known_is_refused() {
        let text = serde_json::to_string(&entry(Policy::default())).unwrap();
        for absent in ["allow", "rate", "concurrency"] {
            assert!(!text.contains(absent), "{text}");
        }
        assert!(
            text.contains(r#""expires":"2026-12-29T12:00:00Z""#),
            "{text}"
        );
        let more = text.replacen('{', r#"{"only-on-mondays":true,"#, 1);
        assert!(serde_json::from_str::<Entry>(&more).is_err());
    }

    #[test]
    fn it_is_valid_until_it_expires() {
        let entry = entry(Policy::default());
        let second = jiff::SignedDuration::from_secs(1);
        assert!(entry.is_valid(entry.expires - second));
        assert!(!entry.is_valid(entry.expires));
    }

    #[test]
    fn a_path_that_is_not_a_pattern_makes_no_policy() {
        let mut entry = entry(Policy::default());
        entry.allow_path = vec!["GET /x".to_owned()];
        assert!(entry.policy().is_err());
    }

    #[test]
    fn a_name_can_stand_anywhere() {
        for name in ["a", "reports", "team-1_x.y", &"n".repeat(NAME_LENGTH_MAX)] {
            assert_eq!(name.parse::<Name>().unwrap().as_str(), name);
        }
        for name in [
            "",
            "a b",
            "a:b",
            "é",
            "a\n",
            &"n".repeat(NAME_LENGTH_MAX + 1),
        ] {
            assert_eq!(name.parse::<Name>(), Err(NameError), "{name}");
        }
    }
}
