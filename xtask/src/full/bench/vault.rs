//! A Secrets Manager on loopback with the org's secret: `tests/moto`.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use anyhow::{Context as _, ensure};

use super::program::Program;
use super::site::{SECRET, Site, write_private};
use crate::full::python;

const REGION: &str = "eu-central-1";

/// moto takes any credentials.
const CREDENTIALS: &str = "test";

/// A running moto; ends with this.
pub(super) struct Vault {
    process: Child,
    url: String,
}

impl Vault {
    /// Starts it and puts the secret there.
    ///
    /// # Errors
    ///
    /// When one of the two fails.
    pub(super) fn start(site: &Site) -> anyhow::Result<Self> {
        let mut process = Program::new(python::interpreter()?)
            .arg("tests/moto/moto_strict.py")
            .command()
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("moto cannot be run")?;
        let mut url = String::new();
        let stdout = process.stdout.take().context("it has no stdout")?;
        BufReader::new(stdout).read_line(&mut url)?;
        let vault = Self {
            process,
            url: url.trim().to_owned(),
        };
        ensure!(
            vault.url.starts_with("http://127.0.0.1:"),
            "moto did not start"
        );
        vault.put(site)?;
        Ok(vault)
    }

    /// What a process needs to reach it.
    pub(super) fn environment(&self) -> Vec<(&'static str, OsString)> {
        vec![
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", self.url.clone().into()),
            ("AWS_REGION", REGION.into()),
            ("AWS_ACCESS_KEY_ID", CREDENTIALS.into()),
            ("AWS_SECRET_ACCESS_KEY", CREDENTIALS.into()),
            ("AWS_EC2_METADATA_DISABLED", "true".into()),
        ]
    }

    /// By curl, which is a contender anyway, and signs as AWS wants it.
    fn put(&self, site: &Site) -> anyhow::Result<()> {
        let body = site.folder.join("create-secret.json");
        let secret = serde_json::json!({
            "Name": SECRET,
            "SecretString": site.secret().to_string(),
            "ClientRequestToken": "5f0c7a52-6b1e-4d8f-9a3e-2c4b6d8e0f12",
        });
        write_private(&body, &secret.to_string())?;
        let mut data = OsString::from("@");
        data.push(&body);
        let created = Program::new("curl")
            .args([
                "--silent",
                "--show-error",
                "--fail",
                "--output",
                "/dev/null",
            ])
            .args(["--aws-sigv4", &format!("aws:amz:{REGION}:secretsmanager")])
            .args(["--user", &format!("{CREDENTIALS}:{CREDENTIALS}")])
            .args(["--header", "X-Amz-Target: secretsmanager.CreateSecret"])
            .args(["--header", "Content-Type: application/x-amz-json-1.1"])
            .arg("--data")
            .arg(data)
            .arg(&self.url)
            .command()
            .status()
            .context("curl cannot be run")?;
        ensure!(
            created.success(),
            "moto does not take the secret: {created}"
        );
        Ok(())
    }
}

impl Drop for Vault {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}
