//! The binary `sfbox` as it is released.

use std::path::{Path, PathBuf};

use crate::command::{self, cargo};
use crate::image;

/// Builds `target/release/sfbox`.
///
/// # Errors
///
/// When the component or the host cannot be built.
pub(crate) fn build() -> anyhow::Result<()> {
    image::build(None)?;
    // By itself: with other packages it would be built with their features.
    command::run(cargo().args(["build", "--release", "--package", "sfbox-cli"]))?;
    eprintln!("{}", path("release").display());
    Ok(())
}

/// Builds the binary and installs it: to `root`, else to the folder of `cargo
/// install`.
///
/// # Errors
///
/// As for [`build`].
pub(crate) fn install(root: Option<&Path>) -> anyhow::Result<()> {
    image::build(None)?;
    let mut install = cargo();
    install.args(["install", "--locked", "--force", "--path", "cli"]);
    if let Some(root) = root {
        install.arg("--root").arg(root);
    }
    command::run(&mut install)
}

/// Where cargo puts the binary: `profile` is the name of the profile's folder.
pub(crate) fn path(profile: &str) -> PathBuf {
    built().join(profile).join("sfbox")
}

/// The folder that cargo builds in. This tool is in it, in the folder of its profile:
/// variables and configuration files of cargo can move the folder, and nobody has to read
/// them again.
pub(crate) fn built() -> PathBuf {
    let tool = std::env::current_exe().ok();
    let folder = tool.as_deref().and_then(folder_of);
    let folder = folder.unwrap_or_else(|| "target".into());
    // As one would type it.
    let here = std::env::current_dir().ok();
    let shorter = here.and_then(|here| folder.strip_prefix(here).ok().map(Path::to_owned));
    shorter.unwrap_or(folder)
}

/// The folder that cargo has built this tool in, or a test of it.
fn folder_of(tool: &Path) -> Option<PathBuf> {
    let folder = tool.parent()?;
    let profile = if folder.ends_with("deps") {
        folder.parent()?
    } else {
        folder
    };
    Some(profile.parent()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_is_beside_the_tool() {
        for (tool, built) in [
            ("/a/target/debug/xtask", "/a/target"),
            ("/a/target/debug/deps/xtask-0a1b", "/a/target"),
            (
                "/b/aarch64-apple-darwin/debug/xtask",
                "/b/aarch64-apple-darwin",
            ),
        ] {
            let found = folder_of(Path::new(tool));
            assert_eq!(found.as_deref(), Some(Path::new(built)), "{tool}");
        }
        assert_eq!(folder_of(Path::new("/")), None);
    }
}
