//! What runs on the hosts: the product as it is shipped, with a detour to the
//! emulator behind it and, for hosts that serve HTTP, a gateway before it;
//! the example of a consumer likewise.

use std::fs;

use anyhow::Context as _;

use super::{FOREIGN, folder};
use crate::component::{self, ADAPTERS, CONSUMER, Guest, QUERY, SECRET_STORE, SFBOX, SFBOX_0_2};
use crate::compose;

/// Leads requests to the emulator.
const DETOUR: Guest = Guest {
    package: "detour",
    library: "detour",
    features: "",
    name: "detour",
    description: "Leads a component's requests to the emulator",
};

/// The same for components of WASI 0.2.
const DETOUR_0_2: Guest = Guest {
    features: "wasi-0-2",
    name: "detour-wasi-0.2",
    ..DETOUR
};

/// Calls the product for whoever speaks HTTP.
const GATEWAY: Guest = Guest {
    package: "gateway",
    library: "gateway",
    features: "",
    name: "gateway",
    description: "Calls sfbox for whoever speaks HTTP",
};

/// What the detours stand between.
const CLIENT: &str = "wasi:http/client@0.3.0";
const OUTGOING_HANDLER: &str = "wasi:http/outgoing-handler@0.2.12";

/// Builds all of them from what `cargo xtask component` made.
///
/// # Errors
///
/// When one does not compile, or two do not fit.
pub(super) fn build() -> anyhow::Result<()> {
    fs::create_dir_all(FOREIGN)?;
    let detour = component::artifact(&DETOUR)?;
    let sfbox = compose::interpose(&component::built(&SFBOX)?, CLIENT, &detour)?;
    let detour = component::artifact(&DETOUR_0_2)?;
    let older = compose::interpose(&component::built(&SFBOX_0_2)?, OUTGOING_HANDLER, &detour)?;
    save("sfbox-wasi-0.2", &older)?;
    let gateway = component::artifact(&GATEWAY)?;
    let consumer = component::artifact(&CONSUMER)?;
    for (adapter, name) in &ADAPTERS {
        let with_store = compose::satisfy(&sfbox, SECRET_STORE, &component::built(adapter)?)?;
        save(name, &with_store)?;
        for user in [(GATEWAY.name, &gateway), (CONSUMER.name, &consumer)] {
            let composed = compose::satisfy(user.1, QUERY, &with_store)?;
            save(&name.replacen(SFBOX.name, user.0, 1), &composed)?;
        }
    }
    Ok(())
}

fn save(name: &str, component: &[u8]) -> anyhow::Result<()> {
    let path = folder(&format!("{name}.wasm"));
    fs::write(&path, component).with_context(|| format!("{} cannot be written", path.display()))
}
