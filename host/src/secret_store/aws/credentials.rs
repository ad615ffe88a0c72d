//! The credentials that requests are signed with, and what is known of them when there
//! are none.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_secretsmanager::config::Credentials;

use super::lack::{self, Lack};
use super::profile::Profile;
use crate::secret_store::STEP;

/// A source of credentials that remembers how it was asked the last time. Clones share
/// that.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    source: SharedCredentialsProvider,
    /// Whether it is that of the environment, which may name a profile.
    is_of_env: bool,
    asked: Arc<Mutex<Asked>>,
}

/// How a source of credentials was asked.
#[derive(Clone, Debug, Default)]
enum Asked {
    /// Not at all, or it gave some.
    #[default]
    Well,
    /// It has not answered, or nobody waited for that.
    Waiting,
    /// It gave none.
    Lacking(Lack),
}

impl Watched {
    pub(super) fn new(source: SharedCredentialsProvider, is_of_env: bool) -> Self {
        Self {
            source,
            is_of_env,
            asked: Arc::default(),
        }
    }

    /// Why there are no credentials, as far as the last question told.
    pub(super) fn lack(&self) -> Option<Lack> {
        match &*self.asked() {
            Asked::Well => None,
            Asked::Waiting => Some(lack::silent()),
            Asked::Lacking(lack) => Some(lack.clone()),
        }
    }

    fn asked(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ProvideCredentials for Watched {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            *self.asked() = Asked::Waiting;
            let given = self.source.provide_credentials().await;
            let asked = match &given {
                Ok(_) => Asked::Well,
                Err(error) => {
                    let chain = lack::chain(error);
                    tracing::debug!(target: STEP, chain, "no AWS credentials");
                    // Read only now: what works has no need of it.
                    let profile = match self.is_of_env {
                        true => Profile::from_env().await,
                        false => None,
                    };
                    Asked::Lacking(lack::of(error, profile.as_ref()))
                }
            };
            *self.asked() = asked;
            given
        })
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.source.fallback_on_interrupt()
    }
}

#[cfg(test)]
mod tests {
    use aws_credential_types::provider::error::CredentialsError;
    use futures::FutureExt as _;

    use super::super::super::Kind;
    use super::*;

    #[derive(Debug)]
    struct Silent;

    impl ProvideCredentials for Silent {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            future::ProvideCredentials::new(std::future::pending())
        }
    }

    #[derive(Debug)]
    struct Empty;

    impl ProvideCredentials for Empty {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            future::ProvideCredentials::ready(Err(CredentialsError::not_loaded_no_source()))
        }
    }

    fn asked(source: impl ProvideCredentials + 'static) -> Option<Lack> {
        let watched = Watched::new(SharedCredentialsProvider::new(source), false);
        assert_eq!(watched.lack(), None);
        _ = watched.provide_credentials().now_or_never();
        watched.lack()
    }

    #[test]
    fn how_a_source_was_asked_is_remembered() {
        let given = Credentials::new("a", "b", None, None, "test");
        assert_eq!(asked(given), None);
        assert_eq!(asked(Silent).unwrap().kind, Kind::Unavailable);
        assert_eq!(asked(Empty).unwrap().kind, Kind::Denied);
    }
}
