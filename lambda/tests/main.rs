//! The real `bootstrap`, on runtime APIs that hand it events.
#![expect(clippy::unwrap_used, reason = "what a test cannot do without ends it")]

mod batch;
mod binary;
mod client;
mod environment;
mod fleet;
mod init;
mod invocation;
mod poller;
mod runtime_api;
mod template;
mod watch;
mod world;
