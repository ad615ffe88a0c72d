//! Hosts that others wrote, and what the tests run on them: `target/foreign/`.

mod components;
mod composing;
mod figures;
mod installation;
pub(crate) mod table;

use std::path::{Path, PathBuf};

/// Where all of it is; the tests look there.
const FOREIGN: &str = "target/foreign";

/// Builds the components and installs the hosts. One that cannot be had is left
/// out, loudly: its tests say so, too.
///
/// # Errors
///
/// When a component does not build, or the folder cannot be written.
pub(crate) fn prepare() -> anyhow::Result<()> {
    components::build()?;
    installation::all()?;
    composing::build()
}

fn folder(name: &str) -> PathBuf {
    Path::new(FOREIGN).join(name)
}
