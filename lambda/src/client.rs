//! The host library as the environment's variables configure it, and what it is asked.

use std::time::SystemTime;

use sfbox::{Page, Runtime};

use crate::deadline::Deadline;
use crate::refusal::Refusal;
use crate::request::{Request, Start};
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
        request: &Request,
        deadline: Deadline,
    ) -> Result<Page, Refusal> {
        let timeout = deadline.call(SystemTime::now()).ok_or(Refusal::Late)?;
        let org = request.org.as_deref().unwrap_or(&self.settings.org);
        let org = self.runtime.org(org)?;
        let options = request.options(timeout, self.settings.api_version.as_deref());
        let page = match &request.start {
            Start::Soql(soql) => org.query(soql, &options).await,
            Start::Next(next) => org.query_more(next, &options).await,
        };
        Ok(page?)
    }

    /// Waits for what the calls began.
    pub(crate) async fn settle(&self) {
        self.runtime.settle().await;
    }
}
