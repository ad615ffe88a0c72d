//! The shells in which completions are tested.

use std::process::Command;

use crate::apt;
use crate::command::output;

/// Those that a machine may lack, as Debian's packages and as commands.
const SHELLS: [&str; 2] = ["fish", "zsh"];

/// Installs those that are not there.
///
/// # Errors
///
/// When they cannot be installed.
pub(crate) fn ensure() -> anyhow::Result<()> {
    let is_missing = |shell: &&str| output(Command::new(shell).arg("--version")).is_none();
    let missing: Vec<&str> = SHELLS.into_iter().filter(is_missing).collect();
    if missing.is_empty() {
        return Ok(());
    }
    apt::install(&missing)
}
