//! The real `bootstrap`, on runtime APIs that hand it events.
#![expect(clippy::unwrap_used, reason = "what a test cannot do without ends it")]

mod batch;
mod binary;
mod client;
mod environment;
#[path = "../../tests/e2e/extent.rs"]
mod extent;
mod fleet;
mod init;
mod invocation;
#[expect(dead_code, reason = "the host's own tests use the rest of it")]
#[path = "../../tests/e2e/moto.rs"]
mod moto;
mod poller;
mod runtime_api;
mod template;
mod watch;
mod world;
