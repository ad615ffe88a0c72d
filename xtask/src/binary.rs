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

/// The folder that cargo builds in, as it decides itself.
pub(crate) fn built() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from)
}
