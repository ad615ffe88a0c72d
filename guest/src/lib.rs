//! The sfbox component: Salesforce behind a WIT contract.
//!
//! An ordinary library that builds, tests and lints on every target; `cargo
//! xtask component` turns it into the component. In reading order: `client`
//! (one call, start to end), `session` (the token and how it is renewed),
//! `oauth`, `query`, and `platform`, which is all that the component can reach.
//!
//! Requests are built and answers read by pure functions. Only `component`,
//! `client`, `exchange` and `session` wait for anything.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod answer;
mod client;
mod component;
mod credentials;
mod deadline;
pub mod error;
mod exchange;
mod expiry;
#[cfg(test)]
mod fake_platform;
mod instance;
mod locator;
mod names;
mod oauth;
pub mod platform;
mod query;
mod redaction;
mod retry;
mod session;
mod token;

pub use client::{Client, Options};
pub use query::{Page, Rows};
pub use session::{Origin, Status};
