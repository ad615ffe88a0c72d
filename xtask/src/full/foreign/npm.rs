//! Packages for Node.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

use super::folder;
use crate::command::{foreign, run};
use crate::digest::Digest;

/// Installs the packages of the lock file in `source` into `target/foreign/NAME`; their
/// scripts are not run.
///
/// # Errors
///
/// When there is no npm, or a package cannot be had.
pub(super) fn npm(name: &str, source: &Path) -> anyhow::Result<()> {
    let folder = folder(name);
    fs::create_dir_all(&folder)?;
    let mut inputs = Vec::new();
    for file in ["package.json", "package-lock.json"] {
        let from = source.join(file);
        fs::copy(&from, folder.join(file)).with_context(|| from.display().to_string())?;
        inputs.push(fs::read(from)?);
    }
    let digest = Digest::new(&folder.join("installed"), &[&inputs.concat()]);
    if digest.is_current() {
        return Ok(());
    }
    let install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    run(foreign("npm").args(install).current_dir(&folder)).context("npm is needed")?;
    Ok(digest.set()?)
}
