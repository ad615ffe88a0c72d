//! The door of `sfbox serve`: an HTTP server whose clients are those that people already have,
//! pointed at it as their instance.
//!
//! It holds no Salesforce logic: a request goes to the library [`sfbox`], which has the session,
//! the policy and the audit, and what comes back is the org's answer. What is here is what
//! a door needs: keys of its own, which requests it carries, and what must not get out.
//!
//! In reading order: [`Gateway`] (an open door), [`Settings`] and [`Keys`] (what an
//! operator decides), [`Key`] and [`Entry`] (what a client shows, and what is kept of it),
//! [`Upstream`] (an org, as the door sees it).

mod access;
mod admin;
mod arriving;
mod authority;
mod bounded;
mod carry;
mod credential;
mod door;
mod entry;
mod failure;
mod farewell;
mod framing;
mod gateway;
mod grant;
mod headers;
mod identity;
mod key;
mod key_file;
mod key_ring;
mod keys_watch;
mod limits;
mod listen;
mod live_key;
mod location;
mod login;
mod metrics;
mod narrowed;
mod once_a_minute;
mod pace;
mod packing;
mod passage;
mod passed_over;
mod rate;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod reading;
mod refusal;
mod server;
mod service;
mod short_body;
mod streamed;
mod streams;
mod target;
mod term;
mod threads;
mod tls;
mod under_way;
mod upkeep;
mod upstream;

pub use access::AccessLog;
pub use entry::{Access, Entry, Name, NameError, Terms};
pub use gateway::{Gateway, Keys, LOG_WAIT, Settings, StartError};
pub use key::{Fingerprint, Key, KeyId, NoRandomness};
pub use key_file::{KEYS_MAX, KeyFile, KeyFileError};
pub use listen::ListenError;
pub use rate::{Rate, RateError};
pub use streamed::RuntimeOrgs;
pub use term::{Term, TermError};
pub use tls::{CertificateError, TlsSource};
pub use upstream::{Body, BodyError, Orgs, Upstream};
