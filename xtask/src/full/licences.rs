//! Whether every dependency has a licence and a source that the project allows.

use crate::command::{self, cargo, output};

/// The version of cargo-deny that is installed where there is none.
const CARGO_DENY: &str = "0.20.2";

/// Runs cargo-deny, and installs it where it is missing.
///
/// # Errors
///
/// When it cannot be had, or refuses a dependency.
pub(crate) fn check() -> anyhow::Result<()> {
    if output(cargo().args(["deny", "--version"])).is_none() {
        // Without optimization: it reads one lock file.
        let install = ["install", "cargo-deny", "--locked", "--debug"];
        command::run(cargo().args(install).args(["--version", CARGO_DENY]))?;
    }
    command::run(cargo().args(["deny", "check", "bans", "licenses", "sources"]))
}
