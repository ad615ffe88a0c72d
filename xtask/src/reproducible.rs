//! Whether the same sources make the same component elsewhere.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use crate::command::{foreign, output};
use crate::component::{self, ADAPTERS, SFBOX, SFBOX_0_2};

/// Builds both products and the adapters once more, from a copy of the sources in another folder, and
/// compares them with those in `target/component/`.
///
/// # Errors
///
/// When one has other bytes, cannot be built, or git does not say what the sources
/// are.
pub(crate) fn check() -> anyhow::Result<()> {
    let here = std::env::current_dir()?;
    let elsewhere = tempfile::tempdir()?;
    for file in sources()? {
        let copy = elsewhere.path().join(&file);
        fs::create_dir_all(copy.parent().context("it is in a folder")?)?;
        fs::copy(&file, &copy).with_context(|| file.display().to_string())?;
    }
    let adapters = ADAPTERS.iter().map(|(adapter, _)| adapter);
    for guest in [&SFBOX, &SFBOX_0_2].into_iter().chain(adapters) {
        let first = component::built(guest)?;
        std::env::set_current_dir(elsewhere.path())?;
        let second = component::artifact(guest);
        std::env::set_current_dir(&here)?;
        ensure!(
            first == second?,
            "{} has other bytes when it is built in another folder",
            guest.name
        );
        eprintln!("{}: the same bytes in another folder", guest.name);
    }
    Ok(())
}

/// Every file that belongs to the sources, as it is now.
fn sources() -> anyhow::Result<Vec<PathBuf>> {
    let listed = [
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "--deduplicate",
    ];
    let listed = output(foreign("git").args(listed))
        .context("git does not say which files are the sources")?;
    Ok(listed
        .lines()
        .map(PathBuf::from)
        .filter(|file| Path::new(file).is_file())
        .collect())
}
