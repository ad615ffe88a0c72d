//! `sfbox completions`.

mod names;
mod script;

use std::io::{Write as _, stdout};

use clap::{Args, Command};
use clap_complete::Shell;

use names::Kind;

/// Print a completion script for a shell
///
/// The script completes commands, options and their values. Names of orgs come from
/// the configuration file and from a file store; names of profiles come from the
/// configuration file. The script uses no network.
#[derive(Args, Debug)]
#[command(
    override_usage = "sfbox completions [OPTIONS] <SHELL>",
    after_help = "Examples:
  mkdir -p ~/.local/share/bash-completion/completions
  sfbox completions bash > ~/.local/share/bash-completion/completions/sfbox

  mkdir -p ~/.zfunc && sfbox completions zsh > ~/.zfunc/_sfbox
  echo 'fpath=(~/.zfunc $fpath); autoload -Uz compinit; compinit' >> ~/.zshrc

  mkdir -p ~/.config/fish/completions
  sfbox completions fish > ~/.config/fish/completions/sfbox.fish"
)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum, required_unless_present = "names")]
    shell: Option<Shell>,
    /// Print names instead; the scripts ask for them
    #[arg(long, hide = true, value_enum, conflicts_with = "shell")]
    names: Option<Kind>,
    /// What has been typed so far
    #[arg(last = true, hide = true, requires = "names")]
    words: Vec<String>,
}

impl Completions {
    pub(crate) async fn run(&self, command: Command) -> anyhow::Result<()> {
        // Written at once: a closed pipe is an error here, and a panic there.
        let text = match (self.shell, self.names) {
            (_, Some(kind)) => names::lines(kind, command, &self.words).await,
            (Some(shell), None) => script::of(shell, command),
            (None, None) => return Ok(()),
        };
        Ok(stdout().lock().write_all(text.as_bytes())?)
    }
}
