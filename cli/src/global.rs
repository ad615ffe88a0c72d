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
const WAY: &str = "Way to Salesforce";
const TOLD: &str = "Messages";

/// What was typed beside a command, or stands in the environment or in the
/// configuration file.
#[derive(Args, Debug)]
pub(crate) struct Global {
    /// Read defaults from this file; `sfbox config` shows its keys
    #[arg(long, global = true, help_heading = ORG, hide_short_help = true, env = "SFBOX_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Read the defaults of this profile as well
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
    /// Keep the token in a secret of its own, made when it is needed; the one with the
    /// credentials is only read then
    #[arg(
        long,
        global = true, help_heading = ORG, hide_short_help = true,
        env = "SFBOX_SESSION_SECRET",
        value_name = "NAME|ARN"
    )]
    pub(crate) session_secret: Option<String>,
    /// How long a session lives without use, if you know: it is renewed before it ends
    #[arg(long, global = true, help_heading = ORG, hide_short_help = true, env = "SFBOX_SESSION_TTL", value_name = "SECONDS")]
    pub(crate) session_ttl: Option<u32>,
    /// Fail when a token cannot be stored for others, instead of keeping it in memory
    #[arg(long, global = true, help_heading = ORG, hide_short_help = true)]
    pub(crate) require_shared: bool,
    /// Use a built-in org on this machine, with invented records
    #[cfg(feature = "emulator")]
    #[arg(long, global = true, help_heading = ORG)]
    pub(crate) demo: bool,
    /// Dial the second HOST:PORT for the first; TLS still verifies the first's name
    #[arg(long, global = true, help_heading = WAY, hide_short_help = true, value_name = "HOST:PORT:HOST:PORT")]
    pub(crate) connect_to: Vec<ConnectTo>,
    /// Reach Salesforce and AWS through this HTTP proxy: `http://` or `https://`, with
    /// USER:PASSWORD@ if it asks for them. HTTPS_PROXY and ALL_PROXY say the same, and
    /// NO_PROXY lists hosts to reach without it; `none` uses no proxy
    #[arg(long, global = true, help_heading = WAY, hide_short_help = true, hide_default_value = true, value_name = "URL|none")]
    pub(crate) proxy: Option<proxy::Given>,
    #[arg(skip)]
    pub(crate) proxy_place: proxy::Place,
    /// Let requests go to one more host; port 443 unless named
    #[arg(long, global = true, help_heading = WAY, hide_short_help = true, value_name = "HOST[:PORT]")]
    pub(crate) allow_host: Vec<AllowedHost>,
    /// Trust the certificate authorities in this PEM file too, for Salesforce only
    #[arg(long, global = true, help_heading = WAY, hide_short_help = true, value_name = "FILE")]
    pub(crate) cacert: Option<PathBuf>,
    /// REST API version, as `v66.0`, or `latest` [default: v66.0]
    #[arg(long, global = true, help_heading = WAY, hide_short_help = true, value_name = "VERSION")]
    pub(crate) api_version: Option<String>,
    /// How long a call may take
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
    /// Say what happens; twice for details, three times for everything
    #[arg(short, long, global = true, help_heading = TOLD, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Print nothing but errors and warnings on stderr
    #[arg(short, long, global = true, help_heading = TOLD)]
    pub(crate) quiet: bool,
    /// When to colour what is for people; NO_COLOR and CLICOLOR_FORCE count as well
    #[arg(long, global = true, help_heading = TOLD, hide_short_help = true, value_enum, default_value_t)]
    pub(crate) color: Color,
    /// How log lines look
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
