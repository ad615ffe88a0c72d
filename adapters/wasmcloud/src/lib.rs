//! A `secret-store` out of `wasmcloud:secrets`: for wasmCloud, which fills that
//! from wherever its operator says, such as a Kubernetes Secret.
//!
//! The secret that has an org's name holds the JSON object that is documented for
//! every other store, as text. It cannot be written. So a session stays in the
//! memory of the instance that logged in, and every instance logs in: a fleet
//! needs a store that it shares.

mod component;
mod document;

pub use document::{Document, document};
