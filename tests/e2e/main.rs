//! The real component in the real host, against servers on loopback.
//!
//! One binary: each module is named for what it claims something of.
#![expect(clippy::unwrap_used, reason = "what a test cannot do without ends it")]

mod aws_credentials;
mod binary;
mod canary;
mod claims;
mod clients;
mod closed_port;
mod collections;
mod comfort;
mod commands;
mod completions;
mod composed;
mod composite;
mod detour;
mod documents;
mod door;
mod dry_run;
mod emulate;
mod expiry;
mod faults;
mod first_hour;
mod fleet;
mod formats;
mod golden;
mod hostile;
mod incomplete;
mod interfaces;
mod intruder;
mod load;
mod local_worker;
mod machine;
mod memory;
mod moved;
mod numbers;
mod org;
mod org_command;
mod other_org;
mod plain_service;
mod policy;
mod proxy;
mod python;
mod python_server;
mod query;
mod raw_org;
mod record_commands;
mod rest;
mod rest_bodies;
mod rest_command;
mod rest_streams;
mod resume;
mod same_effects;
mod sandbox;
mod screen;
mod secret_store;
mod session;
#[path = "../../host/src/engine/settings.rs"]
mod settings;
mod sfbox;
mod sign_of_life;
mod signals;
mod silence;
mod sobjects;
mod terminal;
mod timeout;
