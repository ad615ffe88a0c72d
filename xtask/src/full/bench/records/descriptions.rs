//! What an org says of its objects: the emulator's words, for an org that knows none of its
//! own.

use std::path::Path;
use std::process::Stdio;

use anyhow::ensure;
use tempfile::TempDir;

use super::super::site::Site;

/// The files that `benches/src/bin/slow.rs` looks for, and what they are the answers to.
const FILES: [(&str, &str); 2] = [
    ("describe.json", "sobjects/Account/describe"),
    ("sobjects.json", "sobjects"),
];

/// A folder with them; it is removed with this.
pub(super) struct Descriptions(TempDir);

impl Descriptions {
    /// Asks an org.
    ///
    /// # Errors
    ///
    /// When it does not answer.
    pub(super) fn of(site: &Site, release: &Path) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        for (file, path) in FILES {
            let get = site.sfbox_on_files(release).args(["rest", "GET", path]);
            let get = get.arg("--output-file").arg(folder.path().join(file));
            let status = get.command().stdout(Stdio::null()).status()?;
            ensure!(
                status.success(),
                "the org does not describe its objects: {status}"
            );
        }
        Ok(Self(folder))
    }

    pub(super) fn folder(&self) -> &Path {
        self.0.path()
    }
}
