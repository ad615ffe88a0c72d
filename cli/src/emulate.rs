//! `sfbox emulate`: the built-in org by itself, for any client.

mod contents;
mod files;

use std::io::{self, Write as _, stdin, stdout};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use clap::Args;
use serde::Serialize;
use sfbox_emulator::{ACCOUNTS_DEFAULT, ACCOUNTS_MAX, Emulator};
use tokio::sync::oneshot;

use crate::interrupt::Interrupts;
use crate::report::remark;
use contents::Contents;
use files::{Files, Way};

/// Serve the built-in org on this machine, for any client
#[derive(Args, Debug)]
#[command(
    after_help = "The org has invented records, and runs until Ctrl-C. When it is ready, one line of JSON on
stdout says how to reach it. Its most important members are `localUrl`, the URL at which any
client logs in; `caFile`, the certificate authority to trust; and `credentials`. The credentials
are public and open nothing else. Endpoints below `/__emulator/` observe the org and add faults:
`stats`, `expire-sessions`, `faults`, `reset`.

Examples:
  sfbox emulate --port 8443 --rows 100000
  sfbox emulate --schema schema.toml --load Account.csv
  sfbox emulate --data org.db
  sfbox emulate --dir org &
  sfbox --config org/config.toml query \"SELECT COUNT() FROM Account\""
)]
pub(crate) struct Emulate {
    /// Number of accounts; the same number gives the same records
    #[arg(long, value_name = "ROWS", default_value_t = ACCOUNTS_DEFAULT, value_parser = rows)]
    rows: usize,
    #[command(flatten)]
    contents: Contents,
    /// Keep the records in FILE from one start to the next; a new file is created with the
    /// records of a new org [default: keep them in memory]
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// How long a session lives without use
    #[arg(long, value_name = "SECONDS", default_value_t = 7_200, value_parser = clap::value_parser!(u32).range(1..))]
    session_timeout: u32,
    /// The port to listen on; 0 lets the system choose
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    port: u16,
    /// The address to listen on, such as 0.0.0.0 in a container whose port is published
    /// [default: 127.0.0.1, and ::1 if this machine has IPv6]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<IpAddr>,
    /// A further name that clients use for this machine, such as the name of a container;
    /// repeatable. `localhost`, 127.0.0.1, [::1] and the org's own host are always served
    #[arg(long = "host", value_name = "NAME")]
    hosts: Vec<String>,
    /// The org's URL in every answer, such as `https://acme.my.salesforce.com`, for clients
    /// behind a proxy that changes the address or adds TLS [default: the URL that the client
    /// used]
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Serve HTTPS; this is the default
    #[arg(long, overrides_with = "no_tls", hide = true)]
    tls: bool,
    /// Serve plain HTTP, for other clients; sfbox itself needs TLS
    #[arg(long)]
    no_tls: bool,
    /// The org's My Domain, without `.salesforce.com`
    #[arg(long, value_name = "MY-DOMAIN", default_value = "acme.my")]
    my_domain: String,
    /// Directory for `ca.pem` (the certificate authority), `secrets/` (the credentials) and
    /// `config.toml` [default: a private directory that is removed when the emulator stops; none
    /// with --no-tls]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Stop when stdin ends, for example because the parent process has ended
    #[arg(long)]
    until_stdin_ends: bool,
}

fn rows(text: &str) -> Result<usize, String> {
    let rows = text.parse().ok().filter(|rows| *rows <= ACCOUNTS_MAX);
    rows.ok_or_else(|| format!("expected a number up to {ACCOUNTS_MAX}"))
}

/// How to reach the org.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ready<'a> {
    local_url: String,
    url: String,
    host: &'a str,
    address: String,
    ca_file: Option<&'a Path>,
    credentials: Credentials<'a>,
    /// Nothing without TLS: sfbox demands it.
    flags: Option<Vec<String>>,
    /// Likewise.
    config_file: Option<&'a Path>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Credentials<'a> {
    domain: &'a str,
    consumer_key: &'a str,
    consumer_secret: &'a str,
}

impl Emulate {
    pub(crate) async fn run(&self) -> anyhow::Result<()> {
        let mut interrupts = Interrupts::new()?;
        let emulator = self.start().await?;
        let files = self.files()?;
        let way = match &files {
            Some(files) => files.write(&emulator)?,
            None => None,
        };
        let known = files.as_ref().zip(way.as_ref());
        let ready = Self::ready(&emulator, known);
        {
            let mut out = stdout().lock();
            serde_json::to_writer(&mut out, &ready)?;
            writeln!(out)?;
            out.flush()?;
        }
        remark(&format!("serving {} at {}", ready.host, ready.local_url));
        // To be told to stop is how this ends.
        _ = interrupts.unless(self.end(&emulator)).await;
        emulator.stop().await;
        Ok(())
    }

    /// Waits until nobody needs the org any more.
    async fn end(&self, emulator: &Emulator) {
        tokio::select! {
            () = emulator.stopped() => {}
            () = end_of_stdin(), if self.until_stdin_ends => {}
        }
    }

    /// Where the files for clients are. Without TLS nobody needs them, unless a directory is
    /// named for them: a container may have no place for temporary files.
    fn files(&self) -> anyhow::Result<Option<Files>> {
        let dir = self.dir.as_deref();
        let are_needed = dir.is_some() || !self.no_tls;
        are_needed.then(|| Files::new(dir)).transpose()
    }

    async fn start(&self) -> anyhow::Result<Emulator> {
        let mut builder = Emulator::builder()
            .my_domain(&self.my_domain)
            .port(self.port)
            .session_timeout(Duration::from_secs(self.session_timeout.into()))
            .accounts(self.rows);
        for host in &self.hosts {
            builder = builder.also_known_as(host);
        }
        if let Some(url) = &self.public_url {
            builder = builder.public_url(url);
        }
        if let Some(address) = self.listen {
            builder = builder.listen(address);
        }
        if self.no_tls {
            builder = builder.plain();
        }
        let mut builder = self.contents.add_to(builder)?;
        if let Some(path) = &self.data {
            builder = builder.data_file(path);
        }
        builder.start().await.map_err(contents::not_started)
    }

    fn ready<'a>(emulator: &'a Emulator, known: Option<(&'a Files, &'a Way)>) -> Ready<'a> {
        let credentials = emulator.credentials();
        let (host, address) = (emulator.host(), emulator.address());
        Ready {
            local_url: emulator.local_url(),
            url: emulator.url(),
            host,
            address: address.to_string(),
            ca_file: known.map(|(files, _)| files.ca()),
            credentials: Credentials {
                domain: &credentials.domain,
                consumer_key: &credentials.consumer_key,
                consumer_secret: credentials.consumer_secret.expose(),
            },
            flags: known.map(|(_, way)| way.flags()),
            config_file: known.map(|(files, _)| files.config()),
        }
    }
}

/// Waits until nobody can write to stdin any more.
async fn end_of_stdin() {
    let (ended, is_ended) = oneshot::channel();
    // A thread of its own: it may wait for as long as the process lives.
    thread::spawn(move || {
        // An input that cannot be read has ended, too.
        _ = io::copy(&mut stdin().lock(), &mut io::sink());
        _ = ended.send(());
    });
    _ = is_ended.await;
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
