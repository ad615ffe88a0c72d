//! What a store of secrets does.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures::FutureExt as _;
use futures::future::{BoxFuture, ready};
use secrecy::SecretString;
use sfbox_secret::SecretName;

use super::error::{Kind, StoreError};

/// The target of log lines about what works worse than it should while calls
/// succeed.
pub(crate) const DEGRADED: &str = "sfbox::degraded";

/// The target of log lines that say that a step of a call begins, or what was tried in
/// it.
pub(crate) const STEP: &str = "sfbox::step";

/// A store of secrets.
pub trait SecretStore: Send + Sync + 'static {
    /// Reads the current state of a secret. Never from memory.
    ///
    /// # Errors
    ///
    /// Whatever [`Kind`] says; the error repeats no secret.
    fn read<'a>(&'a self, name: &'a SecretName) -> BoxFuture<'a, Result<Snapshot, StoreError>>;

    /// Replaces a secret's text, if it is still at `version`, and answers the new
    /// version.
    ///
    /// # Errors
    ///
    /// [`Kind::Conflict`] when it is not: nothing was written then.
    fn write<'a>(
        &'a self,
        name: &'a SecretName,
        version: &'a str,
        text: SecretString,
    ) -> BoxFuture<'a, Result<String, StoreError>>;

    /// Makes a secret, if there is none of that name, and answers its version.
    ///
    /// # Errors
    ///
    /// [`Kind::Conflict`] when there is one. A store that makes none:
    /// [`Kind::Denied`].
    fn create<'a>(
        &'a self,
        name: &'a SecretName,
        text: SecretString,
    ) -> BoxFuture<'a, Result<String, StoreError>> {
        _ = text;
        let refused = StoreError::new(Kind::Denied, format!("making `{name}`"))
            .answered("this store makes no secrets");
        ready(Err(refused)).boxed()
    }

    /// Removes a secret.
    ///
    /// # Errors
    ///
    /// [`Kind::NotFound`] when there is none of that name. A store that removes none:
    /// [`Kind::Denied`].
    fn remove<'a>(&'a self, name: &'a SecretName) -> BoxFuture<'a, Result<Removed, StoreError>> {
        let refused = StoreError::new(Kind::Denied, format!("removing `{name}`"))
            .answered("this store removes no secrets");
        ready(Err(refused)).boxed()
    }

    /// The names of all secrets that begin with `prefix`, in order.
    ///
    /// # Errors
    ///
    /// Whatever [`Kind`] says. A store that cannot tell: [`Kind::Denied`].
    fn list<'a>(&'a self, prefix: &'a str) -> BoxFuture<'a, Result<Vec<SecretName>, StoreError>> {
        _ = prefix;
        let refused =
            StoreError::new(Kind::Denied, "listing secrets").answered("this store cannot tell");
        ready(Err(refused)).boxed()
    }

    /// Whether the store itself replaces a secret from time to time, so that what
    /// else is written to it is in the way.
    ///
    /// # Errors
    ///
    /// Whatever [`Kind`] says.
    fn is_rotated<'a>(&'a self, name: &'a SecretName) -> BoxFuture<'a, Result<bool, StoreError>> {
        _ = name;
        ready(Ok(false)).boxed()
    }

    /// Makes a mark on a secret, if there is none of that key: among all
    /// processes one is told [`Claimed::Won`]. The mark stays until it is
    /// released, and may go when its maker replaces the secret; who looks at it
    /// decides by its age what it still means. A store that cannot do this
    /// atomically leaves it as it is.
    ///
    /// # Errors
    ///
    /// Whatever [`Kind`] says: nobody knows then whether there is a mark.
    fn claim<'a>(
        &'a self,
        name: &'a SecretName,
        key: &'a str,
    ) -> BoxFuture<'a, Result<Claimed, StoreError>> {
        _ = (name, key);
        ready(Ok(Claimed::Unsupported)).boxed()
    }

    /// Removes a mark that this process made, if it is there. One that cannot be
    /// removed is left to age. `refusal` is the code with which the login was refused
    /// that the mark was for: 1 to 64 bytes of `[A-Za-z0-9_-]`. A store may count the
    /// refusals, and keep the last one for [`Claimed::Spent`].
    ///
    /// # Errors
    ///
    /// Whatever [`Kind`] says.
    fn release<'a>(
        &'a self,
        name: &'a SecretName,
        key: &'a str,
        refusal: Option<&'a str>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        _ = (name, key, refusal);
        ready(Ok(())).boxed()
    }
}

/// What became of a secret that was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Until when the store can restore it. `None`: it cannot, or does not say so.
    pub restorable_until: Option<SystemTime>,
}

/// What came of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// The mark is this process's.
    Won,
    /// Somebody made it so long ago, by the store's own clock.
    Held(Duration),
    /// Nobody has it, and nobody can get it: it was made and released as often as
    /// this store allows, so that logins which are refused are few.
    Spent {
        /// The time since the last release, by the store's own clock.
        age: Duration,
        /// The code with which the last login was refused, if it was.
        refusal: Option<String>,
    },
    /// This store has no marks.
    Unsupported,
}

impl From<sfbox_secret::Claimed> for Claimed {
    fn from(claimed: sfbox_secret::Claimed) -> Self {
        match claimed {
            sfbox_secret::Claimed::Won => Self::Won,
            sfbox_secret::Claimed::Held(age) => Self::Held(age),
            sfbox_secret::Claimed::Spent { age, refusal } => Self::Spent { age, refusal },
        }
    }
}

/// A store that the embedder keeps using as well.
impl<S: SecretStore + ?Sized> SecretStore for Arc<S> {
    fn read<'a>(&'a self, name: &'a SecretName) -> BoxFuture<'a, Result<Snapshot, StoreError>> {
        (**self).read(name)
    }

    fn write<'a>(
        &'a self,
        name: &'a SecretName,
        version: &'a str,
        text: SecretString,
    ) -> BoxFuture<'a, Result<String, StoreError>> {
        (**self).write(name, version, text)
    }

    fn create<'a>(
        &'a self,
        name: &'a SecretName,
        text: SecretString,
    ) -> BoxFuture<'a, Result<String, StoreError>> {
        (**self).create(name, text)
    }

    fn remove<'a>(&'a self, name: &'a SecretName) -> BoxFuture<'a, Result<Removed, StoreError>> {
        (**self).remove(name)
    }

    fn list<'a>(&'a self, prefix: &'a str) -> BoxFuture<'a, Result<Vec<SecretName>, StoreError>> {
        (**self).list(prefix)
    }

    fn is_rotated<'a>(&'a self, name: &'a SecretName) -> BoxFuture<'a, Result<bool, StoreError>> {
        (**self).is_rotated(name)
    }

    fn claim<'a>(
        &'a self,
        name: &'a SecretName,
        key: &'a str,
    ) -> BoxFuture<'a, Result<Claimed, StoreError>> {
        (**self).claim(name, key)
    }

    fn release<'a>(
        &'a self,
        name: &'a SecretName,
        key: &'a str,
        refusal: Option<&'a str>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        (**self).release(name, key, refusal)
    }
}

/// A secret at one moment.
pub struct Snapshot {
    /// Names this state; opaque.
    pub version: String,
    /// The whole text.
    pub text: SecretString,
    /// Whether a write can be expected to work.
    pub writable: bool,
}

/// The operator's facts about an org, which no secret contains.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    /// How long its sessions live, in seconds.
    pub(crate) session_ttl_s: Option<u32>,
    /// Whether a token that cannot be shared is an error.
    pub(crate) require_shared: bool,
}
