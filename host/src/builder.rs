//! Builds a runtime from what its operator decides before the first call.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::audit::Audit;
use crate::config::{ConfigError, Limits, Orgs, SESSION_TTL_MAX, SESSION_TTL_MIN, org_name};
use crate::egress::{AllowedHost, ConnectTo, EgressConfig, Proxy};
use crate::engine::{Engine, Image, LocalWorker};
use crate::policy::Policy;
use crate::runtime::Runtime;
use crate::secret_store::{DEGRADED, SecretStore, Settings};

/// Builds a [`Runtime`]. What is not configured is not allowed.
#[must_use]
#[derive(Default)]
pub struct Builder {
    store: Option<Arc<dyn SecretStore>>,
    orgs: Orgs,
    refused: Option<ConfigError>,
    egress: EgressConfig,
    limits: Limits,
    settings: Settings,
    policy: Policy,
    audit: Option<PathBuf>,
    image: Image,
}

impl Runtime {
    /// Configures a runtime.
    pub fn builder() -> Builder {
        Builder::default()
    }
}

impl Builder {
    /// Where the orgs' secrets are.
    pub fn store(mut self, store: impl SecretStore) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Allows the org whose secret has this name or ARN.
    pub fn org(mut self, name: impl AsRef<str>) -> Self {
        match org_name(name.as_ref()) {
            Ok(name) => self.orgs.allow(name),
            Err(refused) => self.refused = self.refused.or(Some(refused)),
        }
        self
    }

    /// Keeps the session of an org in a secret of its own, which is made when it
    /// is needed. The secret with the credentials is only read then: it can be
    /// read-only, be rotated, or have AWS's managed layout, which has no place for
    /// a session. Does not allow the org: [`Builder::org`] does.
    pub fn session_secret(mut self, org: impl AsRef<str>, session: impl AsRef<str>) -> Self {
        match (org_name(org.as_ref()), org_name(session.as_ref())) {
            (Ok(org), Ok(session)) if org == session => {
                let same = ConfigError::SessionSecret(org.as_str().to_owned());
                self.refused = self.refused.or(Some(same));
            }
            (Ok(org), Ok(session)) => self.orgs.keep_session(org, session),
            (Err(refused), _) | (_, Err(refused)) => {
                self.refused = self.refused.or(Some(refused));
            }
        }
        self
    }

    /// How long a session lives without use, if you know: the timeout of the
    /// org's session settings, or of the app's policy. It lets a session be
    /// renewed ahead of its end, unless use has prolonged it. Without it only
    /// tokens in JWT format are, which say themselves when they end.
    pub fn session_ttl(mut self, ttl: Duration) -> Self {
        if (SESSION_TTL_MIN..=SESSION_TTL_MAX).contains(&ttl) {
            self.settings.session_ttl_s = u32::try_from(ttl.as_secs()).ok();
        } else {
            self.refused = self.refused.or(Some(ConfigError::SessionTtl(ttl)));
        }
        self
    }

    /// Makes a token that cannot be shared through the store an error. By default
    /// it stays in memory, [`Status::shared`](crate::Status) says so, and the
    /// store is tried again later.
    pub fn require_shared(mut self, required: bool) -> Self {
        self.settings.require_shared = required;
        self
    }

    /// Allows every org whose secret's name or ARN begins with `prefix`.
    pub fn orgs_under(mut self, prefix: impl Into<String>) -> Self {
        self.orgs.allow_under(prefix.into());
        self
    }

    /// Lets requests go to one more host, for every org.
    pub fn allow_host(mut self, host: AllowedHost) -> Self {
        self.egress.allow_hosts.push(host);
        self
    }

    /// Dials another address than the one that a name resolves to. The URL's
    /// name is still judged, and still what TLS verifies; the address is the
    /// operator's word and is not.
    pub fn connect_to(mut self, target: ConnectTo) -> Self {
        self.egress.connect_to.push(target);
        self
    }

    /// Reaches Salesforce through this proxy, but for the hosts that it says and those of
    /// [`Builder::connect_to`]. The URL's name is still judged, and still what TLS
    /// verifies; the address cannot be, because the proxy finds it. The proxy's own
    /// address is the operator's word and is not judged. No variable of the environment
    /// is read: [`Proxy::from_env`] does that. The secret store is reached as it was
    /// built: `Aws::from_env_through` takes a proxy of its own.
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.egress.proxy = Some(proxy);
        self
    }

    /// Trusts one more certificate authority, in PEM, for Salesforce's hosts.
    /// The connections of the secret store and those with a proxy do not.
    pub fn extra_ca(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.egress.extra_ca_pem.push(pem.into());
        self
    }

    /// What requests may do to the orgs: it is judged here, whatever the component
    /// thinks. Default: everything but what [`Policy`] says.
    /// [`Runtime::org_with_policy`] opens an org under another one.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Appends a line of JSON to this file for each request that is denied, and two for
    /// each that is not known to be a read: one before it is sent, with the decision
    /// `allowed`, and one with what came of it, `answered` or `unanswered`. A write whose
    /// first line cannot be written is denied, and nothing is sent; reads go on. The
    /// component's own logins are no events.
    ///
    /// | member | what |
    /// |---|---|
    /// | `time` | UTC, as RFC 3339 writes it |
    /// | `event` | a name of ours, the same in both lines of a write |
    /// | `org`, `policy` | the org's name, and the policy as `Display` writes it |
    /// | `method`, `route` | the method, and the template of the path; `(unknown)` if the policy does not know it |
    /// | `decision` | `denied`, `allowed`, `answered` or `unanswered` |
    /// | `status`, `bytes`, `ms` | of the answer: its status, the length of its body if that is known when it begins, and how long it took to begin |
    ///
    /// No id, body or query's text is in it. The file is made with mode 0600, must be
    /// this user's alone, and is opened for each line, so that it can be moved away.
    pub fn audit(mut self, path: impl Into<PathBuf>) -> Self {
        self.audit = Some(path.into());
        self
    }

    /// How many threads run calls. Default: the cores, 8 at most.
    pub fn workers(mut self, workers: NonZeroUsize) -> Self {
        self.limits.workers = workers;
        self
    }

    /// How much memory an instance of the component may have, in bytes. Default:
    /// 512 MiB, which is room for a few pages of 64 MiB at once.
    pub fn memory(mut self, bytes: usize) -> Self {
        self.limits.memory_bytes = bytes;
        self
    }

    /// Runs this component, compiled ahead of time, instead of the built-in one.
    ///
    /// # Safety
    ///
    /// The bytes are run as machine code: they must come from wasmtime's own
    /// compiler and from somebody you trust.
    #[expect(unsafe_code, reason = "the caller vouches for machine code")]
    pub unsafe fn native_image(mut self, image: impl Into<Vec<u8>>) -> Self {
        self.image = Image::Native(image.into());
        self
    }

    /// Compiles this component and runs it instead of the built-in one.
    #[cfg(feature = "compiler")]
    pub fn component(mut self, wasm: impl Into<Vec<u8>>) -> Self {
        self.image = Image::Wasm(wasm.into());
        self
    }

    /// Starts the runtime's threads. Nothing is read or sent before the first
    /// call.
    ///
    /// # Errors
    ///
    /// Whatever [`ConfigError`] says.
    pub fn build(self) -> Result<Runtime, ConfigError> {
        let threads =
            |image: &_, egress: &_, limits| Ok((Engine::start(image, egress, limits)?, ()));
        self.start(threads).map(|(runtime, ())| runtime)
    }

    /// A runtime for a program that has one thread: calls are answered by the
    /// [`LocalWorker`] while that is polled, beside the program's own tasks. This
    /// spares a call two changes of threads, and whatever blocks the thread holds
    /// its calls up, too. [`Builder::workers`] has no part in it.
    ///
    /// ```no_run
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sfbox::secret_store::MemoryStore;
    ///
    /// # let secret = String::new();
    /// let store = MemoryStore::new([("acme", secret)]);
    /// let (runtime, worker) = sfbox::Runtime::builder()
    ///     .store(store)
    ///     .org("acme")
    ///     .build_local()?;
    /// let calls = async {
    ///     let org = runtime.org("acme")?;
    ///     let page = org.query("SELECT Id FROM Account", &sfbox::QueryOptions::default()).await?;
    ///     runtime.shut_down().await;
    ///     Ok::<_, Box<dyn std::error::Error>>(page)
    /// };
    /// let (page, ()) = tokio::join!(calls, worker);
    /// # drop(page?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Whatever [`ConfigError`] says.
    pub fn build_local(self) -> Result<(Runtime, LocalWorker), ConfigError> {
        self.start(Engine::local)
    }

    fn start<W>(
        self,
        start: impl FnOnce(&Image, &Arc<EgressConfig>, Limits) -> Result<(Engine, W), ConfigError>,
    ) -> Result<(Runtime, W), ConfigError> {
        if let Some(refused) = self.refused {
            return Err(refused);
        }
        let store = self.store.ok_or(ConfigError::NoStore)?;
        let egress = Arc::new(self.egress);
        egress.read_authorities_ahead();
        let (engine, work) = start(&self.image, &egress, self.limits)?;
        let audit = self.audit.map(audit);
        let (orgs, settings, policy) = (self.orgs, self.settings, self.policy);
        let runtime = Runtime::over(engine, store, orgs, settings, egress, policy, audit)?;
        Ok((runtime, work))
    }
}

/// The audit at a path. Whether it can be written is found out now and not at the first
/// write; reads go on without it.
fn audit(path: PathBuf) -> Arc<Audit> {
    let audit = Audit::new(path);
    if let Err(error) = audit.check() {
        let path = audit.path().display();
        tracing::warn!(target: DEGRADED, %path, %error, "the audit cannot be written: writes are denied");
    }
    Arc::new(audit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_has_another_secret_than_its_org() {
        let refused = |builder: Builder| builder.refused;
        assert!(refused(Builder::default().session_secret("acme", "acme/session")).is_none());
        assert!(matches!(
            refused(Builder::default().session_secret("acme", "acme")),
            Some(ConfigError::SessionSecret(_))
        ));
        assert!(matches!(
            refused(Builder::default().session_secret("acme", "a b")),
            Some(ConfigError::OrgName { .. })
        ));
    }

    #[test]
    fn a_sessions_life_is_bounded() {
        let second = Duration::from_secs(1);
        for (ttl, accepted) in [
            (SESSION_TTL_MIN, true),
            (SESSION_TTL_MIN - second, false),
            (SESSION_TTL_MAX, true),
            (SESSION_TTL_MAX + second, false),
        ] {
            let builder = Builder::default().session_ttl(ttl);
            assert_eq!(builder.refused.is_none(), accepted, "{ttl:?}");
        }
    }
}
