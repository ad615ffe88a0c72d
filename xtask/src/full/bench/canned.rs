//! An org with fixed answers, of `benches/src/bin`, in a process of its own.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use anyhow::Context as _;
use tempfile::TempDir;

use super::certificate::{self, CA, CERTIFICATE, KEY};
use super::program::Program;
use super::site::Site;

/// What it is called.
const HOST: &str = "canned.my.salesforce.com";

/// A running org; ends with this.
pub(super) struct Canned {
    process: Child,
    sites: [Site; 2],
    // Dropped after the process has ended.
    _folder: TempDir,
}

impl Canned {
    /// Starts one that costs next to nothing, on the answers in a folder.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub(super) fn start(release: &Path, answers: &Path) -> anyhow::Result<Self> {
        Self::of(release.join("canned"), answers, &[])
    }

    /// Starts one that answers so long after a request, on the pages and descriptions in a
    /// folder.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub(super) fn slow(release: &Path, answers: &Path, milliseconds: u32) -> anyhow::Result<Self> {
        Self::of(release.join("slow"), answers, &[milliseconds.to_string()])
    }

    fn of(program: PathBuf, answers: &Path, arguments: &[String]) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        // One contender cannot be led to another name.
        certificate::write(folder.path(), &[HOST, "localhost"])?;
        let mut process = Program::new(program)
            .arg(answers)
            .arg(folder.path().join(CERTIFICATE))
            .arg(folder.path().join(KEY))
            .args(arguments)
            .command()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the org cannot be run")?;
        let mut line = String::new();
        let stdout = process.stdout.take().context("it has no stdout")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let ports: [u16; 2] = serde_json::from_str(&line).context("the org did not start")?;
        let sites = ports.map(|port| Site {
            host: HOST.to_owned(),
            port,
            ca_file: folder.path().join(CA),
            token: "00D5e0000000001!canned".to_owned(),
            folder: folder.path().to_owned(),
        });
        for site in &sites {
            site.put_secret(&site.secret())?;
        }
        Ok(Self {
            process,
            sites,
            _folder: folder,
        })
    }

    /// Where it speaks HTTP/1.1.
    pub(super) fn http1(&self) -> &Site {
        &self.sites[0]
    }

    /// Where it speaks HTTP/2 too.
    pub(super) fn http2(&self) -> &Site {
        &self.sites[1]
    }
}

impl Drop for Canned {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}
