//! Debian's packages, installed where something that we need is missing.

use std::path::Path;
use std::process::Command;

#[cfg(feature = "full")]
use anyhow::Context as _;

use crate::command::{foreign, output, run};

/// Where apt is on a system that has it.
const APT: &str = "/usr/bin/apt-get";

/// Installs packages, or newer versions of them, as root or through sudo.
///
/// # Errors
///
/// When the system has no apt, apt cannot be run, or it does not have them.
pub(crate) fn install(packages: &[&str]) -> anyhow::Result<()> {
    require(packages)?;
    eprintln!("installing Debian's {}", packages.join(", "));
    // A machine's lists are as old as its image: they may lack a package, or know
    // only a version that is too old. Without a network they still may do.
    if let Err(stale) = run(apt().arg("update")) {
        eprintln!("Debian's lists stay as they are: {stale:#}");
    }
    let install = ["install", "-y", "--no-install-recommends"];
    run(apt().args(install).args(packages))
}

fn require(packages: &[&str]) -> anyhow::Result<()> {
    anyhow::ensure!(Path::new(APT).exists(), "{}", missing(packages));
    Ok(())
}

/// What somebody without apt has to do.
fn missing(packages: &[&str]) -> String {
    format!(
        "something is missing here: install what Debian has as {}, with the package manager of \
         this system (it has no {APT})",
        packages.join(", ")
    )
}

fn apt() -> Command {
    let is_root = output(Command::new("id").arg("-u")).as_deref() == Some("0");
    if is_root {
        let mut apt = foreign("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        return apt;
    }
    // It keeps no variable of ours.
    let mut sudo = foreign("sudo");
    sudo.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    sudo
}

/// Unpacks a package into a folder, which needs no rights: nothing is installed, and
/// no service starts.
///
/// # Errors
///
/// As for [`install`].
#[cfg(feature = "full")]
pub(crate) fn unpack(package: &str, into: &Path) -> anyhow::Result<()> {
    require(&[package])?;
    let folder = tempfile::tempdir()?;
    run(foreign("apt-get")
        .args(["download", package])
        .current_dir(folder.path()))?;
    let mut packages = std::fs::read_dir(folder.path())?;
    let file = packages.next().context("apt-get downloaded nothing")??;
    run(foreign("dpkg").arg("--extract").arg(file.path()).arg(into))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_no_apt_is_told_what_is_missing() {
        let told = missing(&["fish", "nats-server"]);
        assert!(told.contains("fish, nats-server"), "{told}");
    }
}
