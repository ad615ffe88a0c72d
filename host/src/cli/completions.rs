//! `sfbox completions`.

use std::io::{Write as _, stdout};

use clap::{Args, Command};
use clap_complete::{Shell, generate};

/// Print what completes commands and options in a shell
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sfbox completions bash > ~/.local/share/bash-completion/completions/sfbox
  sfbox completions zsh > \"${fpath[1]}/_sfbox\"
  sfbox completions fish > ~/.config/fish/completions/sfbox.fish")]
pub(super) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self, mut command: Command) -> anyhow::Result<()> {
        // Written at once: a closed pipe is an error here, and a panic there.
        let mut script = Vec::new();
        generate(self.shell, &mut command, "sfbox", &mut script);
        Ok(stdout().lock().write_all(&script)?)
    }
}
