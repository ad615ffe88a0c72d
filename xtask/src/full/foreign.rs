//! Hosts and clients that others wrote, and what the tests run on the hosts:
//! `target/foreign/`.

mod clients;
mod components;
mod composing;
mod figures;
mod installation;
mod npm;
pub(crate) mod table;

use std::path::{Path, PathBuf};

use crate::task::Extent;

/// Where all of it is; the tests look there.
const FOREIGN: &str = "target/foreign";

/// Builds the components and installs hosts and clients. One that cannot be had is left
/// out, loudly: its tests say so, too. The largest is only installed for the whole of the
/// tests.
///
/// # Errors
///
/// When a component does not build, or the folder cannot be written.
pub(crate) fn prepare(extent: Extent) -> anyhow::Result<()> {
    components::build()?;
    installation::all(extent)?;
    composing::build()
}

fn folder(name: &str) -> PathBuf {
    Path::new(FOREIGN).join(name)
}
