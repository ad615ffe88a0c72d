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
mod store;

#[cfg(feature = "aws")]
pub use aws::{Aws, AwsError};
pub(crate) use claims::Claims;
pub use error::{Kind, StoreError};
pub use file::{FileStore, FileStoreError};
pub(crate) use granted::{Document, Granted};
pub use memory::MemoryStore;
pub use sfbox_secret::{SECRET_BYTES_MAX, SecretName, SecretNameError};
pub use store::{Claimed, Removed, SecretStore, Snapshot};
pub(crate) use store::{DEGRADED, STEP, Settings};
