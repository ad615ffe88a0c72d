//! Hosts that know nothing of sfbox: wasmtime as a library, one for each version of
//! WASI, and those that others wrote. `conversation` is what the component must
//! manage on each of them, as on sfbox's own; `report` notes what came of it for the
//! table in `docs/hosts.md`.
#![cfg(test)]

mod caller;
mod consumers;
mod conversation;
mod examples;
mod exchange;
mod figures;
mod hosts;
mod nats;
mod org;
mod process;
mod registry;
mod report;
mod secret;
mod secrets_manager;
#[path = "../../../host/src/engine/settings.rs"]
mod settings;
mod shared_folder;
mod wasi_0_2;
mod wasi_0_3;
mod wasmcloud_secrets;
mod world;
