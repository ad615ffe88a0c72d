//! What runs on the hosts: the product as it is shipped, with an adapter in it or without,
//! composed with the detour to the emulator as `docs/hosts.md` says, and, for hosts that
//! serve HTTP, with a gateway before it; the example of a consumer likewise.

use std::fs;

use anyhow::Context as _;

use super::{FOREIGN, folder};
use crate::component::{artifact, built};
use crate::full::catalog::{ADAPTERS, CONSUMER, DETOUR, DETOUR_0_2, GATEWAY, SFBOX_0_2, exports};
use crate::full::compose;
use crate::guest::SFBOX;

/// What the detours stand between.
pub(super) const CLIENT: &str = "wasi:http/client@0.3.0";
pub(super) const OUTGOING_HANDLER: &str = "wasi:http/outgoing-handler@0.2.12";

/// Builds all of them from what `cargo xtask component` made.
///
/// # Errors
///
/// When one does not compile, or two do not fit.
pub(super) fn build() -> anyhow::Result<()> {
    fs::create_dir_all(FOREIGN)?;
    let detour = built(DETOUR_0_2.name)?;
    let older = compose::interpose(&built(SFBOX_0_2.name)?, OUTGOING_HANDLER, &detour)?;
    save("sfbox-wasi-0.2", &older)?;
    let detour = built(DETOUR.name)?;
    let gateway = artifact(&GATEWAY)?;
    let consumer = artifact(&CONSUMER)?;
    for (_, name) in &ADAPTERS {
        let with_store = compose::interpose(&built(name)?, CLIENT, &detour)?;
        save(name, &with_store)?;
        for user in [(GATEWAY.name, &gateway), (CONSUMER.name, &consumer)] {
            let composed = compose::satisfy(user.1, &exports()?, &with_store)?;
            save(&name.replacen(SFBOX.name, user.0, 1), &composed)?;
        }
    }
    Ok(())
}

fn save(name: &str, component: &[u8]) -> anyhow::Result<()> {
    let path = folder(&format!("{name}.wasm"));
    fs::write(&path, component).with_context(|| format!("{} cannot be written", path.display()))
}
