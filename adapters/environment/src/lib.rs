//! A `secret-store` out of an environment variable: for development and tests on
//! hosts that know nothing of sfbox.
//!
//! [`VARIABLE`] holds a JSON object with an org's name for each key and the
//! secret's JSON object for each value:
//!
//! ```text
//! SFBOX_SECRETS={"acme": {"Domain": "acme.my", "ConsumerKey": "…", "ConsumerSecret": "…"}}
//! ```
//!
//! It cannot be written. So a session stays in the memory of the instance that
//! logged in, and every instance logs in: a fleet needs a store that it shares.

mod component;
mod secrets;

pub use secrets::{Member, Refused, members};

/// The environment variable with the orgs' secrets.
pub const VARIABLE: &str = "SFBOX_SECRETS";
