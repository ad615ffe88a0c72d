//! What an org's secret says, and how it is edited.
//!
//! Whoever keeps an org's session in a secret has to agree with all others on
//! that secret: on the names of its members and what a host may be called, on the
//! members that the component is granted, on how the text is edited so that every other byte survives, and, in AWS Secrets Manager, on the
//! stages, the ids of claims, and what a refusal means. The host and the adapters
//! take these rules from here. Nothing in it does I/O, tells the time or draws a
//! random number, and it builds for every target.
#![warn(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod aws;
mod claim;
mod granted;
mod host;
pub mod key;
mod kind;
mod name;
mod text;

pub use claim::{Claimed, after_release, is_claim_key, is_refusal};
pub use granted::{Change, Part, Refused, check, edited, entries, is_managed};
pub use host::{Host, SUFFIXES};
pub use kind::Kind;
pub use name::{SecretName, SecretNameError};
pub use text::{Member, NotAnObject, decoded, members};

/// The longest secret, in bytes (AWS Secrets Manager, `SecretString`). The other
/// stores keep to it too, so that a secret can move.
pub const SECRET_BYTES_MAX: usize = 65_536;
