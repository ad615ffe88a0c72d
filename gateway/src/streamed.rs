//! An org of the library, whose bodies pass as they come, in both directions.

use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use http_body_util::BodyExt as _;
use sfbox::policy::Policy;
use sfbox::{ConfigError, Org, Runtime, StreamOptions};

use crate::narrowed::narrowed;
use crate::upstream::{Body, Orgs, Upstream};

/// The orgs of a runtime.
pub struct RuntimeOrgs {
    runtime: Runtime,
    options: StreamOptions,
    /// The only org that keys may open.
    only: Option<String>,
    within: Policy,
}

impl RuntimeOrgs {
    /// All orgs that the runtime was configured for, or only one of them.
    /// Whatever a key may do, it does within this policy.
    pub fn new(
        runtime: Runtime,
        options: StreamOptions,
        only: Option<String>,
        within: Policy,
    ) -> Self {
        Self {
            runtime,
            options,
            only,
            within,
        }
    }
}

impl Orgs for RuntimeOrgs {
    fn open(&self, org: &str, policy: Policy) -> Result<Arc<dyn Upstream>, ConfigError> {
        if self.only.as_deref().is_some_and(|only| only != org) {
            return Err(ConfigError::UnknownOrg(org.to_owned()));
        }
        let policy = narrowed(policy, &self.within);
        Ok(Arc::new(StreamedOrg {
            org: self.runtime.org_with_policy(org, policy)?,
            options: self.options.clone(),
        }))
    }
}

struct StreamedOrg {
    org: Org,
    options: StreamOptions,
}

impl Upstream for StreamedOrg {
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, sfbox::Error>> {
        async move {
            let answer = self.org.stream(request, &self.options).await?;
            Ok(answer.map(|body| body.map_err(|error| Box::new(error).into()).boxed_unsync()))
        }
        .boxed()
    }

    fn calls_max(&self) -> usize {
        self.org.calls_max()
    }
}
