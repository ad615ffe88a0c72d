//! The sfbox component: Salesforce behind a WIT contract.
//!
//! An ordinary library that builds, tests and lints on every target; `cargo
//! xtask component` turns it into the component. In reading order: `call` (what is sent,
//! as data), `query` (a family of functions: its calls built, its answers read),
//! `client` (one call, start to end), `session` (the token and how it is renewed),
//! `oauth`, and `platform`, which is all that the component can reach. `contract` is
//! `wit/` as Rust, and `component` binds both together.
//!
//! Requests are built and answers read by pure functions. Only `component`,
//! `client`, `exchange` and `session` wait for anything.
// What records as a stream need is built in the other world, and judged there.
#![cfg_attr(
    feature = "wasi-0-2",
    allow(
        dead_code,
        unused_imports,
        reason = "WASI 0.2 has no streams of records"
    )
)]
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod answer;
mod call;
mod client;
mod collections;
mod component;
mod composite;
mod condition;
mod contract;
mod credentials;
mod deadline;
pub mod error;
mod exchange;
mod expiry;
#[cfg(test)]
mod fake_platform;
mod instance;
mod locator;
mod moment;
mod names;
mod native;
mod oauth;
mod org;
pub mod platform;
mod query;
mod redaction;
mod rest;
#[cfg(not(feature = "wasi-0-2"))]
mod rest_streams;
mod retry;
mod saved;
mod search;
mod session;
mod sobjects;
mod soql;
mod token;
mod unauthorized;
mod versions;
mod write;

pub use client::Client;
pub use contract::query::{Page, QueryOptions, Rows};
pub use contract::types::{Options, Parameter, Value};
pub use native::{bound, first_page};
