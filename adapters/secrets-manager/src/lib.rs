//! A `secret-store` over AWS Secrets Manager: for hosts that know nothing of
//! sfbox. An instance there shares its org's session with the whole fleet, whether
//! the others run on such a host or on sfbox's own: both take the protocol from
//! the crate `sfbox-secret`.
//!
//! Requests are built and answers read by pure functions; `exchange` and `store`
//! wait for answers, and `component` is the only module that knows WIT. What the
//! operator has to say comes from the environment: `settings` and `credentials`
//! list the variables.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod answer;
mod component;
mod credentials;
mod endpoint;
mod exchange;
#[cfg(test)]
mod fake_platform;
mod platform;
mod request;
mod retry;
mod settings;
mod store;
