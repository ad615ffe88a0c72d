//! What the host knows of a failure beyond the contract.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use crate::egress::RequestFailed;
use crate::secret_store::StoreError;

/// A cause from one of the host's parts; shared, since one failure of the store
/// can end several calls.
#[derive(Clone)]
pub struct Cause(Arc<dyn StdError + Send + Sync>);

impl Cause {
    pub(crate) fn new(cause: impl StdError + Send + Sync + 'static) -> Self {
        Self(Arc::new(cause))
    }

    /// The secret store's own words, if it is what failed.
    pub(super) fn store(&self) -> Option<&StoreError> {
        self.0.downcast_ref()
    }

    /// Whether the org's policy denied, or its audit.
    pub(crate) fn is_of_policy(&self) -> bool {
        let words = self.0.downcast_ref::<RequestFailed>();
        words.is_some_and(|words| words.is_of_policy)
    }

    /// What is said of it to who may not know the operator's files, where that is less.
    pub(super) fn in_public(&self) -> Option<&'static str> {
        self.0.downcast_ref::<RequestFailed>()?.in_public
    }

    /// Whether a proxy failed, or refused.
    pub(super) fn is_of_proxy(&self) -> bool {
        let words = self.0.downcast_ref::<RequestFailed>();
        words.is_some_and(|words| words.is_of_proxy)
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

impl StdError for Cause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}
