//! `sfbox key revoke`.

use anyhow::Context as _;
use clap::Args;
use sfbox_gateway::Name;

use super::Folder;
use crate::report::remark;

/// Revoke a key for `sfbox serve`
///
/// A door that is open refuses the key within a second, and ends the requests that are
/// under way with it.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  sfbox key revoke reports")]
pub(crate) struct Revoke {
    /// The name of the key
    #[arg(value_name = "NAME")]
    name: Name,
    #[command(flatten)]
    folder: Folder,
}

impl Revoke {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let file = self.folder.keys()?;
        let entry = file
            .revoke(&self.name)
            .await
            .context("no key was revoked")?;
        remark(&format!(
            "revoked the key `{}` for the org `{}`",
            entry.name, entry.org
        ));
        Ok(())
    }
}
