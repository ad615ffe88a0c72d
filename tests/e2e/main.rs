//! The real component in the real host, against servers on loopback.
//!
//! One binary: each module is named for what it claims something of.
#![expect(clippy::unwrap_used, reason = "what a test cannot do without ends it")]

mod binary;
mod canary;
mod claims;
mod comfort;
mod completions;
mod composed;
mod emulate;
mod expiry;
mod extent;
mod faults;
mod fleet;
mod formats;
mod golden;
mod hostile;
mod incomplete;
mod intruder;
mod load;
mod local_worker;
mod memory;
mod moto;
mod moved;
mod org;
mod org_command;
mod other_org;
mod python;
mod query;
mod raw_org;
mod sandbox;
mod secret_store;
mod session;
#[path = "../../host/src/engine/settings.rs"]
mod settings;
mod sfbox;
mod signals;
mod silence;
mod terminal;
mod timeout;
