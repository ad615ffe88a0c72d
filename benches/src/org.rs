//! The org that all contenders ask, as xtask names it.

use anyhow::Context as _;

/// The name that stands for the org's secret.
pub const SECRET: &str = "bench";

/// An org on this machine, and an access token that it takes.
pub struct Org {
    /// Its name in URLs and in its certificate.
    pub host: String,
    /// Where it listens on loopback.
    pub port: u16,
    /// The authority that vouches for its certificate.
    pub ca_pem: String,
    /// An access token, of no value anywhere else.
    pub token: String,
}

impl Org {
    /// From `BENCH_HOST`, `BENCH_PORT`, `BENCH_CA` (a file) and `BENCH_TOKEN`.
    ///
    /// # Errors
    ///
    /// When one of them is missing, or is not what it should be.
    pub fn from_env() -> anyhow::Result<Self> {
        let ca_file = variable("BENCH_CA")?;
        Ok(Self {
            host: variable("BENCH_HOST")?,
            port: variable("BENCH_PORT")?
                .parse()
                .context("BENCH_PORT is not a port")?,
            ca_pem: std::fs::read_to_string(&ca_file)
                .with_context(|| format!("{ca_file} cannot be read"))?,
            token: variable("BENCH_TOKEN")?,
        })
    }

    /// The secret of an org with a session, as `sfbox` keeps it. The consumer's
    /// key and secret are never used: the token is taken.
    ///
    /// # Errors
    ///
    /// When the host is not one of Salesforce's.
    pub fn secret(&self) -> anyhow::Result<serde_json::Value> {
        let domain = self
            .host
            .strip_suffix(".salesforce.com")
            .context("BENCH_HOST is not below salesforce.com")?;
        Ok(serde_json::json!({
            "Domain": domain,
            "ConsumerKey": "unused",
            "ConsumerSecret": "unused",
            "SessionId": self.token,
            "Instance": self.host,
        }))
    }
}

fn variable(name: &str) -> anyhow::Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set: run `cargo xtask bench`"))
}
