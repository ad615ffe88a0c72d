//! What an operator decides before the first call.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::{io, thread};

use crate::client::Runtime;
use crate::egress::{AllowedHost, ConnectTo, EgressConfig};
use crate::engine::Image;
use crate::secret_store::{SecretName, SecretNameError, SecretStore, Settings};

/// Memory that one instance may have, in bytes: a page of 64 MiB, the growing of
/// its buffer, and room for the calls beside it.
const MEMORY_BYTES: usize = 512 << 20;

/// More workers than this serve no purpose: one makes thousands of calls a
/// second, and every one of them has connections and instances of its own.
const WORKERS_MAX: usize = 8;

/// Why a runtime cannot be built, or does not know an org.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// [`Builder::store`] was not called.
    #[error("the runtime needs a secret store")]
    NoStore,
    /// The binary was built before its component.
    #[error("this build holds no component: run `cargo xtask component` and build again")]
    NoComponent,
    /// The component is not one that this engine can run.
    #[error("the component cannot be loaded")]
    Component(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The engine does not work on this machine.
    #[error("the WebAssembly engine cannot be started")]
    Engine(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The operating system has no thread to give.
    #[error("a thread cannot be started")]
    Thread(#[source] io::Error),
    /// No secret can have this name.
    #[error("`{name}` cannot be the name of a secret")]
    OrgName {
        /// The name as it was given.
        name: String,
        /// What is wrong with it.
        #[source]
        why: SecretNameError,
    },
    /// The runtime was not given this org.
    #[error("org `{0}` is not one that this runtime was configured for")]
    UnknownOrg(String),
}

/// Bounds of the engine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) workers: NonZeroUsize,
    pub(crate) memory_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self {
            workers: NonZeroUsize::new(cores.min(WORKERS_MAX)).unwrap_or(NonZeroUsize::MIN),
            memory_bytes: MEMORY_BYTES,
        }
    }
}

/// The orgs of a trust domain.
#[derive(Clone, Debug, Default)]
pub(crate) struct Orgs {
    names: Vec<SecretName>,
    prefixes: Vec<String>,
}

impl Orgs {
    /// The org's name, if it is one of these.
    pub(crate) fn find(&self, name: &str) -> Result<SecretName, ConfigError> {
        let parsed = org_name(name)?;
        let known = self.names.contains(&parsed)
            || self
                .prefixes
                .iter()
                .any(|prefix| name.starts_with(prefix.as_str()));
        if known {
            Ok(parsed)
        } else {
            Err(ConfigError::UnknownOrg(name.to_owned()))
        }
    }
}

fn org_name(name: &str) -> Result<SecretName, ConfigError> {
    SecretName::parse(name).map_err(|why| ConfigError::OrgName {
        name: name.to_owned(),
        why,
    })
}

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
    image: Image,
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
            Ok(name) => self.orgs.names.push(name),
            Err(refused) => self.refused = self.refused.or(Some(refused)),
        }
        self
    }

    /// Allows every org whose secret's name or ARN begins with `prefix`.
    pub fn orgs_under(mut self, prefix: impl Into<String>) -> Self {
        self.orgs.prefixes.push(prefix.into());
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

    /// Trusts one more certificate authority, in PEM, for Salesforce's hosts.
    /// The secret store's connections do not.
    pub fn extra_ca(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.egress.extra_ca_pem.push(pem.into());
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
        if let Some(refused) = self.refused {
            return Err(refused);
        }
        let store = self.store.ok_or(ConfigError::NoStore)?;
        Runtime::start(
            store,
            self.orgs,
            self.settings,
            self.egress,
            self.limits,
            &self.image,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orgs() -> Orgs {
        Orgs {
            names: vec![org_name("acme/salesforce").unwrap()],
            prefixes: vec!["team/".to_owned()],
        }
    }

    #[test]
    fn only_configured_orgs_are_found() {
        for (name, known) in [
            ("acme/salesforce", true),
            ("acme/salesforce2", false),
            ("acme", false),
            ("team/a", true),
            ("team", false),
            ("Team/a", false),
        ] {
            assert_eq!(orgs().find(name).is_ok(), known, "{name}");
        }
    }

    #[test]
    fn no_org_is_known_by_default() {
        assert!(matches!(
            Orgs::default().find("acme"),
            Err(ConfigError::UnknownOrg(_))
        ));
    }
}
