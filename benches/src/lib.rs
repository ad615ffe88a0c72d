//! What the Rust contenders of `cargo xtask bench` share: the org that they all
//! ask, the rounds that they are told to run, and a bare HTTP client.

pub mod http;
pub mod one_task;
pub mod org;

pub use sfbox_bench_order as order;
