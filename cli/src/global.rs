//! The options that every command has, and what follows from them: the store, the
//! proxy, and how a runtime is built.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::{ArgAction, Args};
use sfbox::egress::{AllowedHost, ConnectTo, Proxy};
use sfbox::secret_store::SecretStore;
use sfbox::{Options, Runtime};

use crate::color::Color;
use crate::policy::PolicyOptions;
use crate::proxy;
use crate::store::Store;
use crate::telemetry::LogFormat;

/// The longest that a call may take: an hour is more than Salesforce gives any
/// request.
pub(crate) const TIMEOUT_MAX_S: u16 = 3_600;

/// The groups of the global options.
const ORG: &str = "Org and session";
const WAY: &str = "Connection to Salesforce";
const TOLD: &str = "Messages";

/// What was typed beside a command, or stands in the environment or in the
/// configuration file.
#[derive(Args, Debug)]
pub(crate) struct Global {
    /// Read defaults from this file; `sfbox config` shows its keys
    #[arg(long, global = true, help_heading = ORG, hide_short_help = true, env = "SFBOX_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Read this profile of the configuration file too; it overrides the rest of the file
    #[arg(long, global = true, help_heading = ORG, hide_short_help = true, env = "SFBOX_PROFILE", value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// The org: the name or the ARN of the secret with its credentials
    // `target-org` is what Salesforce's own command line calls it.
    #[arg(long, alias = "target-org", global = true, help_heading = ORG, env = "SFBOX_ORG", value_name = "NAME|ARN")]
    pub(crate) org: Option<String>,
    /// Where secrets are: `aws`, or `file:DIR` for DIR/NAME.json; a bare `file:` is
    /// $XDG_STATE_HOME/sfbox/secrets
    #[arg(
        long,
        global = true, help_heading = ORG,
        env = "SFBOX_STORE",
        value_name = "aws|file:DIR",
        default_value = "aws"
    )]
    pub(crate) store: Store,
    /// Store the token in this second secret, created when needed; sfbox then never writes
    /// to the secret with the credentials
    #[arg(
        long,
        global = true, help_heading = ORG, hide_short_help = true,
        env = "SFBOX_SESSION_SECRET",
        value_name = "NAME|ARN"
    )]
    pub(crate) session_secret: Option<String>,
    /// How long a session lives without use, as set in the org (Setup, Session Settings);
    /// sfbox renews it before that time is over
    #[arg(long, global = true, help_heading = ORG, hide_short_help = true, env = "SFBOX_SESSION_TTL", value_name = "SECONDS")]
    pub(crate) session_ttl: Option<u32>,
    /// Fail if a token cannot be stored; without this option the token stays in memory
    #[arg(long, global = true, help_heading = ORG, hide_short_help = true)]
    pub(crate) require_shared: bool,
    /// Use a built-in org on this machine, with invented records
    #[cfg(feature = "emulator")]
    #[arg(long, global = true, help_heading = ORG)]
    pub(crate) demo: bool,
    /// Connect to the second HOST:PORT instead of the first; TLS still verifies the first
    /// host's name
    #[arg(long, global = true, help_heading = WAY, hide_short_help = true, value_name = "HOST:PORT:HOST:PORT")]
    pub(crate) connect_to: Vec<ConnectTo>,
    /// Reach Salesforce and AWS through this HTTP proxy: `http://` or `https://`, with
    /// USER:PASSWORD@ if the proxy needs them. HTTPS_PROXY and ALL_PROXY set it too, and
    /// NO_PROXY lists hosts to reach directly; `none` turns the proxy off
    #[arg(long, global = true, help_heading = WAY, hide_short_help = true, hide_default_value = true, value_name = "URL|none")]
    pub(crate) proxy: Option<proxy::Given>,
    #[arg(skip)]
    pub(crate) proxy_place: proxy::Place,
    /// Allow requests to one more host, besides the org's own; the default port is 443
    #[arg(long, global = true, help_heading = WAY, hide_short_help = true, value_name = "HOST[:PORT]")]
    pub(crate) allow_host: Vec<AllowedHost>,
    /// Trust the certificate authorities in this PEM file too, for Salesforce only
    #[arg(long, global = true, help_heading = WAY, hide_short_help = true, value_name = "FILE")]
    pub(crate) cacert: Option<PathBuf>,
    /// REST API version, as `v66.0`, or `latest` [default: v66.0]
    #[arg(long, global = true, help_heading = WAY, hide_short_help = true, value_name = "VERSION")]
    pub(crate) api_version: Option<String>,
    /// How long one call may take, including a login; each page of a query is one call
    #[arg(
        long,
        global = true, help_heading = WAY,
        value_name = "SECONDS",
        default_value_t = 120,
        value_parser = clap::value_parser!(u16).range(1..=i64::from(TIMEOUT_MAX_S))
    )]
    pub(crate) timeout: u16,
    #[command(flatten)]
    pub(crate) policy: PolicyOptions,
    /// Print log messages; `-vv` for details, `-vvv` for everything
    #[arg(short, long, global = true, help_heading = TOLD, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Print only errors and warnings on stderr
    #[arg(short, long, global = true, help_heading = TOLD)]
    pub(crate) quiet: bool,
    /// When to use colour; with `auto`, NO_COLOR and CLICOLOR_FORCE apply
    #[arg(long, global = true, help_heading = TOLD, hide_short_help = true, value_enum, default_value_t)]
    pub(crate) color: Color,
    /// Format of log messages
    #[arg(long, global = true, help_heading = TOLD, hide_short_help = true, value_enum, default_value_t)]
    pub(crate) log_format: LogFormat,
}

impl Global {
    pub(crate) fn options(&self) -> Options {
        Options {
            timeout: Some(Duration::from_secs(self.timeout.into())),
            api_version: self.api_version.clone(),
        }
    }

    /// The proxy, if one is to be used.
    pub(crate) fn proxy(&self) -> anyhow::Result<Option<Proxy>> {
        match &self.proxy {
            Some(given) => Ok(given.judge(self.proxy_place)?),
            None => Ok(None),
        }
    }

    /// The store. One of files has no use for a proxy.
    pub(crate) async fn open_store(&self) -> anyhow::Result<Arc<dyn SecretStore>> {
        let proxy = match self.store {
            Store::Aws => self.proxy()?,
            Store::File(_) => None,
        };
        self.store.open(proxy.as_ref()).await
    }

    /// What both a real org and the demo are built with.
    pub(crate) fn builder(&self) -> anyhow::Result<sfbox::Builder> {
        // One command makes one call at a time.
        let mut builder = Runtime::builder()
            .workers(NonZeroUsize::MIN)
            .require_shared(self.require_shared)
            .policy(self.policy.policy());
        if let Some(file) = &self.policy.audit {
            builder = builder.audit(file);
        }
        if let Some(seconds) = self.session_ttl {
            builder = builder.session_ttl(Duration::from_secs(seconds.into()));
        }
        for host in &self.allow_host {
            builder = builder.allow_host(host.clone());
        }
        for target in &self.connect_to {
            builder = builder.connect_to(target.clone());
        }
        if let Some(file) = &self.cacert {
            let pem = std::fs::read(file)
                .with_context(|| format!("--cacert {} cannot be read", file.display()))?;
            builder = builder.extra_ca(pem);
        }
        Ok(builder)
    }
}
