//! Whether the same sources make the same component elsewhere.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use super::catalog::{ADAPTERS, DETOUR, DETOUR_0_2, SFBOX_0_2};
use crate::command::{foreign, output, run};
use crate::component::{self, BUILD};
use crate::guest::SFBOX;
use crate::task::Extent;

/// Builds an adapter once more, from a copy of the sources in another folder, and
/// compares it with the one in `target/component/`. The whole of it builds the product,
/// the one for WASI 0.2, the other adapters and the detours, too: they are compiled in the
/// same way, and take a minute.
///
/// What the workspace depends on is compiled once for both folders: it has the same
/// folder of its own in both.
///
/// # Errors
///
/// When one has other bytes, cannot be built, or git does not say what the sources
/// are.
pub(crate) fn check(extent: Extent) -> anyhow::Result<()> {
    let elsewhere = tempfile::tempdir()?;
    for file in sources()? {
        let copy = elsewhere.path().join(&file);
        fs::create_dir_all(copy.parent().context("it is in a folder")?)?;
        fs::copy(&file, &copy).with_context(|| file.display().to_string())?;
    }
    let build = elsewhere.path().join(BUILD);
    fs::create_dir_all(build.parent().context("it is in a folder")?)?;
    run(foreign("cp").args(["-pR", BUILD]).arg(&build))?;
    let others = [SFBOX, SFBOX_0_2, DETOUR, DETOUR_0_2].into_iter();
    let guests = ADAPTERS
        .map(|(adapter, _)| adapter)
        .into_iter()
        .chain(others);
    let number = if extent.whole { usize::MAX } else { 1 };
    for guest in guests.take(number) {
        let first = component::built(guest.name)?;
        let second = component::artifact_of(elsewhere.path(), &guest)?;
        ensure!(
            first == second,
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
