//! Where the orgs' secrets are.
//!
//! A [`SecretStore`] keeps whole texts, and replaces one only if it is still the
//! one that was read. What the component sees of them is decided here, on top
//! of any store: `Granted` hands out only the members it is granted, and edits
//! only those it owns, in the raw text, so that every other byte survives.

#[cfg(feature = "aws")]
mod aws;
mod claims;
mod error;
mod file;
mod granted;
mod memory;
mod name;
mod text;

use std::sync::Arc;

use futures::future::BoxFuture;
use secrecy::SecretString;

#[cfg(feature = "aws")]
pub use aws::{Aws, AwsError};
pub(crate) use claims::{Claimed, Claims};
pub use error::{Kind, StoreError};
pub use file::{FileStore, FileStoreError};
pub(crate) use granted::{Document, Granted};
pub use memory::MemoryStore;
pub use name::{SecretName, SecretNameError};

/// The longest secret, in bytes (AWS Secrets Manager, `SecretString`). The other
/// stores keep to it too, so that a secret can move.
pub const SECRET_BYTES_MAX: usize = 65_536;

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
