//! An org, as the door sees it.

use std::error::Error as StdError;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use sfbox::policy::Policy;

/// What a body fails with.
pub type BodyError = Box<dyn StdError + Send + Sync>;

/// A body on its way, in either direction.
pub type Body = UnsyncBoxBody<Bytes, BodyError>;

/// An org under a policy: the one that a key opens.
pub trait Upstream: Send + Sync + 'static {
    /// Sends a request, of which method, path with query, headers and body count, and
    /// answers what the org answers. In its headers and in its body the secrets of the org
    /// are overwritten.
    ///
    /// Who drops the future, or the body of the answer, ends the request.
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, sfbox::Error>>;

    /// How many requests may wait for the beginning of an answer at once; the next ones wait
    /// for a place.
    fn calls_max(&self) -> usize;
}

/// Opens orgs.
pub trait Orgs: Send + Sync + 'static {
    /// The org of this name, under a policy. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// When the door is not for that org.
    fn open(&self, org: &str, policy: Policy) -> Result<Arc<dyn Upstream>, sfbox::ConfigError>;
}

/// A body that is there.
pub(crate) fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into())
        .map_err(|never| match never {})
        .boxed_unsync()
}

#[cfg(test)]
pub(crate) mod tests {
    use futures::FutureExt as _;
    use futures::future::pending;

    use super::*;

    /// As many as the library gives an org for each thread.
    pub(crate) const CALLS_MAX: usize = 64;

    /// Every org, and none of them answers.
    pub(crate) struct Silent;

    impl Upstream for Silent {
        fn send(
            &self,
            _: http::Request<Body>,
        ) -> BoxFuture<'_, Result<http::Response<Body>, sfbox::Error>> {
            pending().boxed()
        }

        fn calls_max(&self) -> usize {
            CALLS_MAX
        }
    }

    impl Orgs for Silent {
        fn open(&self, _: &str, _: Policy) -> Result<Arc<dyn Upstream>, sfbox::ConfigError> {
            Ok(Arc::new(Self))
        }
    }

    /// No org.
    pub(crate) struct Closed;

    impl Orgs for Closed {
        fn open(&self, org: &str, _: Policy) -> Result<Arc<dyn Upstream>, sfbox::ConfigError> {
            Err(sfbox::ConfigError::UnknownOrg(org.to_owned()))
        }
    }
}
