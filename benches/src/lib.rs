//! What the Rust programs of `cargo xtask bench` share: the org that contenders ask, the rounds
//! that they are told to run, a bare HTTP client, and a server with fixed answers.

pub mod creations;
pub mod http;
pub mod library;
pub mod one_task;
pub mod org;
pub mod server;

pub use sfbox_bench_order as order;
