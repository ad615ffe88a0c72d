//! `sfbox key`: the keys that open the door of `sfbox serve`.

mod add;
mod list;
mod revoke;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use sfbox_gateway::KeyFile;

use crate::base_directory;
use crate::global::Global;
use crate::verdict::Usage;

/// Add, list and revoke keys for `sfbox serve`
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  sfbox key add reports --org prod/salesforce
  sfbox key list
  sfbox key revoke reports")]
pub(crate) enum Key {
    // What each does is said where it is: a comment here would hide all but the
    // first line of it from `--help`.
    Add(add::Add),
    List(list::List),
    Revoke(revoke::Revoke),
}

impl Key {
    /// How a command is called that is for no org.
    pub(crate) fn without_org(&self) -> Option<&'static str> {
        match self {
            Self::Add(_) => None,
            Self::List(_) => Some("key list"),
            Self::Revoke(_) => Some("key revoke"),
        }
    }

    /// Whether it makes a key that may read only, unless a path is allowed.
    pub(crate) fn is_read_only(&self) -> bool {
        matches!(self, Self::Add(add) if !add.may_write())
    }

    pub(crate) async fn run(&self, global: &Global) -> anyhow::Result<()> {
        match self {
            Self::Add(add) => add.run(global).await,
            Self::List(list) => list.run().await,
            Self::Revoke(revoke) => revoke.run().await,
        }
    }
}

/// Where a door keeps what it needs.
#[derive(Args, Debug)]
pub(crate) struct Folder {
    /// Directory for the keys and the certificate authority
    /// [default: $XDG_STATE_HOME/sfbox/serve]
    #[arg(long, value_name = "DIR", env = "SFBOX_SERVE_DIR")]
    dir: Option<PathBuf>,
}

impl Folder {
    /// The folder.
    pub(crate) fn path(&self) -> anyhow::Result<PathBuf> {
        let state = || base_directory::find("XDG_STATE_HOME", ".local/state");
        let default = || Some(state()?.join("sfbox/serve"));
        let path = self.dir.clone().or_else(default).ok_or(Usage::new(
            "neither XDG_STATE_HOME nor HOME is an absolute path: set `--dir`",
        ))?;
        // Later the process may be in another place.
        Ok(std::path::absolute(path)?)
    }

    /// The file of the keys.
    fn keys(&self) -> anyhow::Result<KeyFile> {
        Ok(KeyFile::in_folder(self.path()?))
    }
}
