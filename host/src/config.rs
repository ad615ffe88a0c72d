//! What an operator decided, and what is wrong with it.

use std::collections::HashMap;
use std::error::Error as _;
use std::fmt;
use std::num::NonZeroUsize;
use std::time::Duration;
use std::{io, thread};

use crate::secret_store::{SecretName, SecretNameError};

/// Memory that one instance may have, in bytes: a page of 64 MiB, the growing of
/// its buffer, and room for the calls beside it.
const MEMORY_BYTES: usize = 512 << 20;

/// More workers than this serve no purpose: one makes thousands of calls a
/// second, and every one of them has connections and instances of its own.
const WORKERS_MAX: usize = 8;

/// The shortest life of a session that an operator can tell: Salesforce's own
/// shortest is 15 minutes, and a few seconds could not be renewed ahead.
pub const SESSION_TTL_MIN: Duration = Duration::from_secs(60);

/// The longest: Salesforce's sessions live for a day at most (Salesforce Help,
/// "Modify Session Security Settings"); leave some for apps with policies of
/// their own.
pub const SESSION_TTL_MAX: Duration = Duration::from_secs(30 * 86_400);

/// Why a runtime cannot be built, or does not know an org.
///
/// `Debug` is the same sentence as `Display`, with its causes: it is what `main`
/// prints of an error that it returns.
#[derive(thiserror::Error)]
pub enum ConfigError {
    /// [`Builder::store`](crate::Builder::store) was not called.
    #[error("no secret store was given: call `Builder::store`")]
    NoStore,
    /// No component was built in, and none was given.
    #[error(
        "this build contains no component. There are three ways to add one: set SFBOX_IMAGE to the \
         absolute path of a sfbox.cwasm and build again (`cargo xtask image` in a clone of sfbox \
         creates it); enable the feature `compiler` and call Builder::component; call \
         Builder::native_image"
    )]
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
    #[error("`{name}` is not a valid name of a secret")]
    OrgName {
        /// The name as it was given.
        name: String,
        /// What is wrong with it.
        #[source]
        why: SecretNameError,
    },
    /// A session cannot be kept in the secret that it is kept apart from.
    #[error(
        "`{0}` cannot be the secret for the session: it is the secret with the org's credentials"
    )]
    SessionSecret(String),
    /// A session's life is not within [`SESSION_TTL_MIN`] and [`SESSION_TTL_MAX`].
    #[error("a session lifetime of {} s is not possible: it must be {} to {} s", .0.as_secs(), SESSION_TTL_MIN.as_secs(), SESSION_TTL_MAX.as_secs())]
    SessionTtl(Duration),
    /// The runtime was not given this org.
    #[error("org `{0}` is not configured in this runtime")]
    UnknownOrg(String),
}

impl fmt::Debug for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self}")?;
        let mut cause = self.source();
        while let Some(error) = cause {
            write!(formatter, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
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
    /// Where sessions are that are not with their org's credentials.
    sessions: HashMap<SecretName, SecretName>,
}

impl Orgs {
    /// Adds an org.
    pub(crate) fn allow(&mut self, name: SecretName) {
        self.names.push(name);
    }

    /// Adds every org whose name begins so.
    pub(crate) fn allow_under(&mut self, prefix: String) {
        self.prefixes.push(prefix);
    }

    /// Keeps the session of `org` in a secret of its own.
    pub(crate) fn keep_session(&mut self, org: SecretName, session: SecretName) {
        self.sessions.insert(org, session);
    }

    /// The secret of the org's session, if it has one of its own.
    pub(crate) fn session_of(&self, org: &SecretName) -> Option<SecretName> {
        self.sessions.get(org).cloned()
    }

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

/// Parses the name of a secret.
///
/// # Errors
///
/// When no secret can have it.
pub(crate) fn org_name(name: &str) -> Result<SecretName, ConfigError> {
    SecretName::parse(name).map_err(|why| ConfigError::OrgName {
        name: name.to_owned(),
        why,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orgs() -> Orgs {
        Orgs {
            names: vec![org_name("acme/salesforce").unwrap()],
            prefixes: vec!["team/".to_owned()],
            sessions: HashMap::default(),
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

    #[test]
    fn a_build_without_a_component_names_the_three_ways_to_one() {
        // `Debug`, too: it is what `main` prints of an error that it returns.
        let error = ConfigError::NoComponent;
        for text in [error.to_string(), format!("{error:?}")] {
            for way in ["SFBOX_IMAGE", "Builder::component", "Builder::native_image"] {
                assert!(text.contains(way), "{text}");
            }
        }
        let cause = io::Error::other("too many threads");
        let text = format!("{:?}", ConfigError::Thread(cause));
        assert_eq!(text, "a thread cannot be started: too many threads");
    }
}
