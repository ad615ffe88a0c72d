//! The server that is ours: the emulator, in a process of its own.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use tempfile::TempDir;

use super::program::Program;
use super::site::Site;

/// A running emulator; ends with this.
pub(super) struct Emulator {
    process: Child,
    pub(super) site: Site,
    // Dropped after the process has ended.
    _folder: TempDir,
}

/// What `emulator/examples/org.rs` says.
#[derive(Deserialize)]
struct Org {
    address: std::net::SocketAddr,
    host: String,
    domain: String,
    consumer_key: String,
    consumer_secret: String,
}

/// A secret, after a login.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Session {
    session_id: String,
}

impl Emulator {
    /// Starts it and logs in, which sfbox does: nobody here is measured by it.
    ///
    /// # Errors
    ///
    /// When one of the two fails.
    pub(super) fn start(release: &Path) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let ca_file = folder.path().join("ca.pem");
        let mut process = Program::new(release.join("examples/org"))
            .arg(&ca_file)
            .command()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the emulator cannot be run")?;
        let mut line = String::new();
        let stdout = process.stdout.take().context("it has no stdout")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let org: Org = serde_json::from_str(&line).context("the emulator did not start")?;
        let mut site = Site {
            host: org.host,
            port: org.address.port(),
            ca_file,
            token: String::new(),
            folder: folder.path().to_owned(),
        };
        site.put_secret(&serde_json::json!({
            "Domain": org.domain,
            "ConsumerKey": org.consumer_key,
            "ConsumerSecret": org.consumer_secret,
        }))?;
        let renew = site.sfbox_on_files(release).args(["session", "renew"]);
        let status = renew.command().stdout(Stdio::null()).status()?;
        ensure!(
            status.success(),
            "nobody can log in to the emulator: {status}"
        );
        let secret = fs::read_to_string(site.secret_file())?;
        site.token = serde_json::from_str::<Session>(&secret)?.session_id;
        Ok(Self {
            process,
            site,
            _folder: folder,
        })
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}
