//! `sfbox man`.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Command};

/// Write the manual pages, one for each command
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sfbox man ~/.local/share/man/man1
  man sfbox-query")]
pub(crate) struct Man {
    /// Output directory; created if missing
    dir: PathBuf,
}

impl Man {
    pub(crate) fn run(&self, command: Command) -> anyhow::Result<()> {
        let dir = &self.dir;
        let unusable = || format!("the pages cannot be written to {}", dir.display());
        fs::create_dir_all(dir).with_context(unusable)?;
        clap_mangen::generate_to(command, dir).with_context(unusable)
    }
}
