//! Debian's packages, installed where something that we need is missing.

use std::process::Command;

use crate::command::{foreign, output, run};

/// Installs packages, as root or through sudo.
///
/// # Errors
///
/// When apt cannot be run, or does not have them.
pub(crate) fn install(packages: &[&str]) -> anyhow::Result<()> {
    eprintln!("installing Debian's {}", packages.join(", "));
    let install = ["install", "-y", "--no-install-recommends"];
    if run(apt().args(install).args(packages)).is_err() {
        run(apt().arg("update"))?;
        run(apt().args(install).args(packages))?;
    }
    Ok(())
}

fn apt() -> Command {
    let is_root = output(Command::new("id").arg("-u")).as_deref() == Some("0");
    let mut apt = foreign(if is_root { "apt-get" } else { "sudo" });
    if !is_root {
        apt.arg("apt-get");
    }
    apt.env("DEBIAN_FRONTEND", "noninteractive");
    apt
}
