//! `sfbox emulate`: the built-in org by itself, for any client.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{Write as _, stdout};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;
use sfbox_emulator::{ACCOUNTS_DEFAULT, ACCOUNTS_MAX, Emulator};
use tempfile::TempDir;

use super::interrupt::Interrupts;
use super::report::remark;
use super::verdict::Usage;

/// The name of the secret with the org's credentials.
const ORG: &str = "emulator";

/// Run the built-in org on this machine, for any client
///
/// An org on 127.0.0.1 with invented records, which answers logins and queries
/// as Salesforce does, and serves until Ctrl-C. When it is ready, one line of
/// JSON on stdout says how to reach it:
///
///   url, host    what a client asks for
///   address      where it connects
///   caFile       the certificate authority to trust
///   credentials  the My Domain, consumer key and consumer secret
///   flags        what reaches it with sfbox: `sfbox $FLAGS query …`
///
/// Its secrets are no secrets: they open nothing else. Below `/__emulator/` it
/// can be watched and disturbed: `stats`, `expire-sessions`, `faults`, `reset`.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    after_help = "Examples:
  sfbox emulate --port 8443 --rows 100000
  sfbox emulate --dir org > org.json &
  sfbox $(jq -r '.flags | join(\" \")' org.json) query 'SELECT COUNT() FROM Account'"
)]
pub(super) struct Emulate {
    /// How many accounts the org has, the same every time
    #[arg(long, value_name = "ROWS", default_value_t = ACCOUNTS_DEFAULT, value_parser = rows)]
    rows: usize,
    /// How long a session lives without use
    #[arg(long, value_name = "SECONDS", default_value_t = 7_200, value_parser = clap::value_parser!(u32).range(1..))]
    session_timeout: u32,
    /// The port on 127.0.0.1; 0 lets the system choose
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    port: u16,
    /// Serve HTTPS; this is the default
    #[arg(long, overrides_with = "no_tls")]
    tls: bool,
    /// Serve plain HTTP, which sfbox itself never speaks
    #[arg(long)]
    no_tls: bool,
    /// The org's My Domain, without `.salesforce.com`
    #[arg(long, value_name = "MY-DOMAIN", default_value = "acme.my")]
    my_domain: String,
    /// Keep the authority's certificate and the credentials here, in `ca.pem` and
    /// `secrets/` [default: a private folder that is removed in the end]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

fn rows(text: &str) -> Result<usize, String> {
    let rows = text.parse().ok().filter(|rows| *rows <= ACCOUNTS_MAX);
    rows.ok_or_else(|| format!("expected a number up to {ACCOUNTS_MAX}"))
}

/// How to reach the org.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ready<'a> {
    url: String,
    host: &'a str,
    address: String,
    ca_file: Option<&'a Path>,
    credentials: Credentials<'a>,
    /// Nothing without TLS: sfbox demands it.
    flags: Option<Vec<String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Credentials<'a> {
    domain: &'a str,
    consumer_key: &'a str,
    consumer_secret: &'a str,
}

impl Emulate {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let mut interrupts = Interrupts::new()?;
        let emulator = self.start().await?;
        let files = Files::new(self.dir.as_deref())?;
        files.write(&emulator)?;
        let ready = self.ready(&emulator, &files)?;
        {
            let mut out = stdout().lock();
            serde_json::to_writer(&mut out, &ready)?;
            writeln!(out)?;
            out.flush()?;
        }
        remark(&format!("serving {} on {}", ready.host, ready.address));
        // To be told to stop is how this ends.
        _ = interrupts.unless(emulator.stopped()).await;
        emulator.stop().await;
        Ok(())
    }

    async fn start(&self) -> anyhow::Result<Emulator> {
        let builder = Emulator::builder()
            .my_domain(&self.my_domain)
            .port(self.port)
            .session_timeout(Duration::from_secs(self.session_timeout.into()))
            .accounts(self.rows);
        let builder = if self.no_tls {
            builder.plain()
        } else {
            builder
        };
        builder
            .start()
            .await
            .context("the emulator cannot be started")
    }

    fn ready<'a>(&self, emulator: &'a Emulator, files: &'a Files) -> anyhow::Result<Ready<'a>> {
        let credentials = emulator.credentials();
        let (host, address) = (emulator.host(), emulator.address());
        let is_tls = emulator.ca_pem().is_some();
        Ok(Ready {
            url: match is_tls {
                true => format!("https://{host}"),
                false => format!("http://{host}:{}", address.port()),
            },
            host,
            address: address.to_string(),
            ca_file: is_tls.then_some(files.ca.as_path()),
            credentials: Credentials {
                domain: &credentials.domain,
                consumer_key: &credentials.consumer_key,
                consumer_secret: credentials.consumer_secret.expose(),
            },
            flags: if is_tls {
                Some(files.flags(&format!("{host}:443:{address}"))?)
            } else {
                None
            },
        })
    }
}

/// What a client needs on the disk.
struct Files {
    ca: PathBuf,
    secrets: PathBuf,
    _private: Option<TempDir>,
}

impl Files {
    fn new(dir: Option<&Path>) -> anyhow::Result<Self> {
        let private = match dir {
            None => Some(tempfile::Builder::new().prefix("sfbox-").tempdir()?),
            Some(_) => None,
        };
        let dir = dir
            .or(private.as_ref().map(TempDir::path))
            .unwrap_or(Path::new("."));
        let unusable = || format!("--dir {} cannot be used", dir.display());
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(dir.join("secrets"))
            .with_context(unusable)?;
        let dir = dir.canonicalize().with_context(unusable)?;
        Ok(Self {
            ca: dir.join("ca.pem"),
            secrets: dir.join("secrets"),
            _private: private,
        })
    }

    fn write(&self, emulator: &Emulator) -> anyhow::Result<()> {
        let credentials = emulator.credentials();
        let secret = serde_json::json!({
            "Domain": credentials.domain,
            "ConsumerKey": credentials.consumer_key,
            "ConsumerSecret": credentials.consumer_secret.expose(),
        });
        if let Some(ca) = emulator.ca_pem() {
            write(&self.ca, ca)?;
        }
        write(
            &self.secrets.join(ORG).with_extension("json"),
            &secret.to_string(),
        )
    }

    fn flags(&self, connect_to: &str) -> anyhow::Result<Vec<String>> {
        let text = |path: &Path| {
            let text = path.to_str().map(str::to_owned);
            text.ok_or(Usage::new("the path of --dir is not UTF-8"))
        };
        Ok(vec![
            "--store".to_owned(),
            format!("file:{}", text(&self.secrets)?),
            "--org".to_owned(),
            ORG.to_owned(),
            "--connect-to".to_owned(),
            connect_to.to_owned(),
            "--cacert".to_owned(),
            text(&self.ca)?,
        ])
    }
}

fn write(name: &Path, text: &str) -> anyhow::Result<()> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(name);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("{} cannot be written", name.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_org_has_as_many_rows_as_the_limit_and_no_more() {
        assert_eq!(rows(&ACCOUNTS_MAX.to_string()), Ok(ACCOUNTS_MAX));
        for text in [&(ACCOUNTS_MAX + 1).to_string(), "-1", "", "1e6"] {
            assert!(rows(text).is_err(), "{text}");
        }
    }
}
