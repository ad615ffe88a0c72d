//! A door that is open, in a process of its own.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use anyhow::Context as _;
use serde::Deserialize;
use tempfile::TempDir;

use super::super::site::Site;

/// `sfbox serve`; ends with this.
pub(super) struct Opened {
    process: Child,
    /// The door, as the org of its clients.
    pub(super) site: Site,
    // Dropped after the process has ended.
    _folder: Option<TempDir>,
}

/// What it says when it is ready.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ready {
    url: String,
    ca_file: PathBuf,
    key_file: PathBuf,
}

impl Opened {
    /// Opens a door to an org.
    ///
    /// # Errors
    ///
    /// When it does not open.
    pub(super) fn start(release: &Path, org: &Site) -> anyhow::Result<Self> {
        // A door has its keys in a folder of its own user.
        let private = fs::Permissions::from_mode(0o700);
        let folder = tempfile::Builder::new().permissions(private).tempdir()?;
        let mut opened = Self::in_folder(release, org, folder.path())?;
        opened._folder = Some(folder);
        Ok(opened)
    }

    /// Opens another one, of the same authority.
    ///
    /// # Errors
    ///
    /// When it does not open.
    pub(super) fn again(&self, release: &Path, org: &Site) -> anyhow::Result<Self> {
        Self::in_folder(release, org, &self.site.folder)
    }

    fn in_folder(release: &Path, org: &Site, folder: &Path) -> anyhow::Result<Self> {
        let serve = org
            .sfbox_on_files(release)
            .args(["serve", "--write", "--listen", "127.0.0.1:0", "--dir"])
            .arg(folder);
        let mut process = serve
            .command()
            .stdout(Stdio::piped())
            .spawn()
            .context("sfbox cannot be run")?;
        let mut line = String::new();
        let stdout = process.stdout.take().context("it has no stdout")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let ready: Ready = serde_json::from_str(&line).context("the door did not open")?;
        let port = ready.url.rsplit(':').next().unwrap_or_default();
        let key = fs::read_to_string(&ready.key_file)?;
        Ok(Self {
            site: Site {
                host: "localhost".to_owned(),
                port: port.parse()?,
                ca_file: ready.ca_file,
                token: key.trim_end().to_owned(),
                folder: folder.to_owned(),
            },
            process,
            _folder: None,
        })
    }

    pub(super) fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}
