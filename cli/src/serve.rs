//! `sfbox serve`: an org for every client of this machine, behind keys.

mod late_keys;
mod life_key;

use std::io::{IsTerminal as _, Write as _, stdout};
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;
use rustix::process::{Resource, getrlimit, setrlimit};
use serde::Serialize;
use sfbox::{Runtime, StreamOptions};
use sfbox_gateway::{AccessLog, Gateway, KeyFile, Keys, RuntimeOrgs, Settings, TlsSource};

use crate::global::Global;
use crate::interrupt::Interrupts;
use crate::key::Folder;
use crate::leaving;
use crate::report::{remark, warn};
#[cfg(feature = "emulator")]
use crate::target::Target;
use crate::verdict::Usage;
use life_key::LifeKey;

/// Where a door listens that is not told where.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8_443);

/// How long all of its end may take: less than the 30 s after which Kubernetes kills. Docker kills
/// after 10 s, unless its `stop_grace_period` says otherwise.
const END: Duration = Duration::from_secs(27);

/// How much of that requests may go on after the door was told to stop.
const GRACE: Duration = Duration::from_secs(20);

/// Threads that run calls, at most.
const WORKERS_MAX: usize = 8;

/// Serve orgs to any client, behind keys of your own
///
/// Clients use this door as their instance, and a key where they would use a token.
/// sfbox logs in for all of them; no client gets the token.
#[derive(Args, Debug)]
#[command(
    after_help = "`sfbox key add` creates keys. Without any, the door creates one key for its life, for `--org`, and
writes it to DIR/key. With `--org` the door serves only that org. The options `--read-only` and
`--no-delete` limit every key. When the door is ready, one line of JSON on stdout says how to reach
it. The door reads changed keys by itself, and its certificate after SIGHUP.

Examples:
  sfbox serve
  sfbox --demo serve --show-key
  sfbox serve --listen 0.0.0.0:443 --tls-cert chain.pem --tls-key key.pem"
)]
pub(crate) struct Serve {
    /// Address and port to listen on; port 0 lets the system choose [default: 127.0.0.1:8443]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Listen on this socket, with plain HTTP, for your user only; alone, or beside `--listen`
    #[arg(long, value_name = "PATH")]
    unix: Option<PathBuf>,
    /// The certificate and its chain, as PEM [default: a certificate of the authority
    /// DIR/ca.pem, which is created when needed]
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The key of the certificate, as PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Serve plain HTTP; only on this machine
    #[arg(long, conflicts_with = "tls_cert")]
    no_tls: bool,
    /// A further name or address that clients use for this door; repeatable
    #[arg(long = "host", value_name = "NAME")]
    hosts: Vec<String>,
    /// Answer /healthz, /readyz and /metrics on this address
    #[arg(long, value_name = "ADDRESS:PORT")]
    admin: Option<SocketAddr>,
    /// Append a line of JSON for each request to this file; `-` is stdout [default: no lines]
    #[arg(long, value_name = "FILE")]
    access_log: Option<PathBuf>,
    /// Allow writes with the key that the door creates for its life
    #[arg(long)]
    write: bool,
    /// Print the key that the door creates for its life, if stdout is a terminal
    #[arg(long)]
    show_key: bool,
    #[command(flatten)]
    folder: Folder,
}

/// How to reach the door.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ready<'a> {
    url: Option<String>,
    unix: Option<&'a Path>,
    ca_file: Option<&'a Path>,
    /// Where the key is that the door made.
    key_file: Option<&'a Path>,
    keys: usize,
    admin: Option<String>,
}

impl Serve {
    /// Serves the orgs of a store.
    pub(crate) async fn run(&self, global: &Global) -> anyhow::Result<()> {
        let mut builder = global.builder()?;
        if let Some(proxy) = global.proxy()? {
            builder = builder.proxy(proxy);
        }
        builder = builder.store(global.open_store().await?);
        builder = match (&global.org, &global.session_secret) {
            (Some(org), Some(session)) => builder.org(org).session_secret(org, session),
            (Some(org), None) => builder.org(org),
            (None, Some(_)) => {
                return Err(Usage::new("`--session-secret` is for one org: set `--org`").into());
            }
            // Which orgs there are is what keys say.
            (None, None) => builder.orgs_under(""),
        };
        self.serve(
            builder.workers(workers()).build()?,
            global,
            global.org.as_deref(),
        )
        .await
    }

    /// Serves one org that is there already.
    #[cfg(feature = "emulator")]
    pub(crate) async fn run_on(&self, global: &Global, target: Target) -> anyhow::Result<()> {
        let org = target.name.clone();
        let (runtime, _org) = target.open()?;
        self.serve(runtime, global, Some(&org)).await
    }

    async fn serve(
        &self,
        runtime: Runtime,
        global: &Global,
        only: Option<&str>,
    ) -> anyhow::Result<()> {
        let mut interrupts = Interrupts::new()?;
        raise_file_limit();
        let folder = self.folder.path()?;
        let within = global.policy.policy();
        let (keys, life_key) = match KeyFile::in_folder(&folder).is_there().await? {
            true => (Keys::File(KeyFile::in_folder(&folder)), None),
            false => {
                let org = only.ok_or(Usage::new(
                    "the door has no keys: create one with `sfbox key add`, or set `--org` for a \
                     key that lives as long as the door",
                ))?;
                let (life_key, entry) = LifeKey::new(&folder, org, self.write)?;
                (Keys::One(Box::new(entry)), Some(life_key))
            }
        };
        let timeout = Duration::from_secs(global.timeout.into());
        let orgs = RuntimeOrgs::new(
            runtime.clone(),
            StreamOptions {
                timeout: Some(timeout),
                ..StreamOptions::default()
            },
            only.map(str::to_owned),
            within,
        );
        let log = self.log()?;
        let gateway = Gateway::start(
            Settings {
                // Where their calls run: a request changes no thread then.
                threads: runtime.threads(),
                ..self.settings(&folder, timeout)
            },
            keys,
            Arc::new(orgs),
            log.clone(),
        );
        let gateway = gateway.await.context("the door cannot be opened")?;
        self.tell(&gateway, life_key.as_ref())?;
        if life_key.is_some() {
            // It ends with the program.
            tokio::spawn(tell_of_late_keys(KeyFile::in_folder(&folder)));
        }
        while interrupts.next().await.is_hangup() {
            log.reopen();
            match gateway.reload().await {
                Ok(()) => remark("the certificate was read again"),
                Err(error) => warn(&format!("the certificate stays as it was: {error}")),
            }
        }
        // A second one does not wait.
        let ended = async {
            let begun = Instant::now();
            gateway.stop().await;
            leaving::within(END.saturating_sub(begun.elapsed()), &runtime).await;
        };
        _ = interrupts.unless(ended).await;
        Ok(())
    }

    fn settings(&self, folder: &Path, timeout: Duration) -> Settings {
        let default = self.unix.is_none().then_some(LISTEN);
        Settings {
            listen: self.listen.or(default),
            unix: self.unix.clone(),
            tls: match (&self.tls_cert, &self.tls_key) {
                (Some(certificate), Some(key)) => TlsSource::Files {
                    certificate: certificate.clone(),
                    key: key.clone(),
                },
                // A socket alone has no use for a certificate.
                _ if self.no_tls || self.listen.or(default).is_none() => TlsSource::Plain,
                _ => TlsSource::Own {
                    folder: folder.to_owned(),
                },
            },
            hosts: self.hosts.clone(),
            admin: self.admin,
            timeout,
            grace: GRACE,
            threads: Vec::new(),
        }
    }

    fn log(&self) -> anyhow::Result<AccessLog> {
        Ok(match &self.access_log {
            None => AccessLog::none(),
            Some(path) if path.as_os_str() == "-" => AccessLog::to(stdout()),
            Some(path) => AccessLog::file(path.clone())
                .with_context(|| format!("--access-log {} cannot be written", path.display()))?,
        })
    }

    fn tell(&self, gateway: &Gateway, life_key: Option<&LifeKey>) -> anyhow::Result<()> {
        let ready = Ready {
            url: gateway.url(),
            unix: self.unix.as_deref(),
            ca_file: gateway.ca_file(),
            key_file: life_key.map(LifeKey::path),
            keys: gateway.keys(),
            admin: gateway.admin().map(|address| address.to_string()),
        };
        let mut out = stdout().lock();
        serde_json::to_writer(&mut out, &ready)?;
        writeln!(out)?;
        let place = ready.url.clone();
        let place = place.or(self.unix.as_ref().map(|path| path.display().to_string()));
        remark(&format!("serving at {}", place.unwrap_or_default()));
        if let Some(key) = life_key {
            remark(&format!(
                "its key, for as long as it runs: {}",
                key.path().display()
            ));
            if self.show_key && stdout().is_terminal() {
                writeln!(out, "{}", key.expose())?;
            }
        }
        out.flush()?;
        Ok(())
    }
}

/// Says when keys are there that this door does not use.
async fn tell_of_late_keys(file: KeyFile) {
    late_keys::created(&file, late_keys::INTERVAL).await;
    warn(
        "this door has one key for its life and does not use the new file of keys: start the door \
         again to use them",
    );
}

/// Allows as many open files as the system lets this process have: each connection is one, and
/// the usual limit of 1,024 is for programs that use `select`.
fn raise_file_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::debug!(%error, "the limit on open files stays as it was");
    }
}

/// As many as there are cores, within the bound.
fn workers() -> NonZeroUsize {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    NonZeroUsize::new(cores.min(WORKERS_MAX)).unwrap_or(NonZeroUsize::MIN)
}

#[cfg(test)]
mod tests {
    use sfbox_gateway::LOG_WAIT;

    use super::*;

    #[test]
    fn the_end_has_time_for_all_of_it_and_comes_before_the_kill() {
        // Kubernetes' `terminationGracePeriodSeconds`, unless somebody sets it.
        const KILL: Duration = Duration::from_secs(30);
        assert!(END < KILL);
        // What is left when requests have taken all of theirs is enough to store a token.
        assert!(GRACE + LOG_WAIT + Duration::from_secs(5) + leaving::RELEASE <= END);
    }
}
