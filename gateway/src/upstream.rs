//! An org, as the door sees it.

use std::error::Error as StdError;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use http_body_util::combinators::UnsyncBoxBody;
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
