//! The real component in the real host, against servers on loopback.
//!
//! One binary: each module is named for what it claims something of.

mod binary;
mod canary;
mod faults;
mod moto;
mod org;
mod python;
mod query;
mod sandbox;
mod secret_store;
mod session;
mod sfbox;
