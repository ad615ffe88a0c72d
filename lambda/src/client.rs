//! The host library as the environment's variables configure it, and what it is asked.

use std::time::SystemTime;

use sfbox::policy::{Level, Policy};
use sfbox::{Options, Org, Page, RestResponse, Runtime};

use crate::deadline::Deadline;
use crate::refusal::Refusal;
use crate::request::{Query, RequestError, Start, To};
use crate::rest::Rest;
use crate::settings::Settings;

/// Asks the orgs of the function.
pub(crate) struct Client {
    runtime: Runtime,
    settings: Settings,
}

impl Client {
    /// Asks through this runtime, which was built with these settings.
    pub(crate) fn new(runtime: Runtime, settings: Settings) -> Self {
        Self { runtime, settings }
    }

    /// Asks for one page.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub(crate) async fn page(
        &self,
        to: &To,
        query: &Query,
        deadline: Deadline,
    ) -> Result<Page, Refusal> {
        let options = query.options(self.options(to, deadline)?);
        let org = self.runtime.org(self.name(to))?;
        let page = match &query.start {
            Start::Soql(soql) => org.query(soql, &options).await,
            Start::Next(next) => org.query_more(next, &options).await,
        };
        Ok(page?)
    }

    /// Sends one request as it is.
    ///
    /// # Errors
    ///
    /// When it has no answer. Salesforce's refusal is one.
    pub(crate) async fn rest(
        &self,
        to: &To,
        rest: &Rest,
        deadline: Deadline,
    ) -> Result<RestResponse, Refusal> {
        let org = self.runtime.org(self.name(to))?;
        self.send(&org, to, rest, deadline).await
    }

    /// Sends one request that a queue may deliver again. Whether it reads is not told by
    /// its method: if the caller does not say that it may be repeated, it is sent only
    /// if the library knows it to be a read, whatever the function's policy is.
    ///
    /// # Errors
    ///
    /// As for [`Self::rest`].
    pub(crate) async fn rest_again(
        &self,
        to: &To,
        rest: &Rest,
        deadline: Deadline,
    ) -> Result<RestResponse, Refusal> {
        if rest.is_repeatable() {
            return self.rest(to, rest, deadline).await;
        }
        let reads = Policy {
            level: Level::ReadOnly,
            ..Policy::default()
        };
        let org = self.runtime.org_with_policy(self.name(to), reads)?;
        match self.send(&org, to, rest, deadline).await {
            Err(Refusal::Call(error)) if error.is_of_policy() => {
                Err(RequestError::QueuedOnce.into())
            }
            sent => sent,
        }
    }

    async fn send(
        &self,
        org: &Org,
        to: &To,
        rest: &Rest,
        deadline: Deadline,
    ) -> Result<RestResponse, Refusal> {
        let options = rest.options(self.options(to, deadline)?);
        Ok(org.rest(&rest.request(), &options).await?)
    }

    fn name<'a>(&'a self, to: &'a To) -> &'a str {
        to.org.as_deref().unwrap_or(&self.settings.org)
    }

    fn options(&self, to: &To, deadline: Deadline) -> Result<Options, Refusal> {
        let timeout = deadline.call(SystemTime::now()).ok_or(Refusal::Late)?;
        Ok(to.options(timeout, self.settings.api_version.as_deref()))
    }

    /// Waits for what the calls began.
    pub(crate) async fn settle(&self) {
        self.runtime.settle().await;
    }
}
