//! Calls the component for whoever speaks HTTP: the tests' way into hosts that serve.
//!
//! A request's body has a call a line, and the response's body an answer a line, each
//! as soon as it is there. So one exchange is a conversation with one instance,
//! whatever the host does with its instances between requests. [`Call`] and
//! [`Answer`] are the lines; the programs for jco and wasmtime-py speak the same over
//! a pipe.

mod component;
mod line;

pub use line::{Answer, Call, Lines};
