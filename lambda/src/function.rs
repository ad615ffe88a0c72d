//! The function: one runtime of the host library, and what it does with an event.

use std::time::{Duration, SystemTime};

use lambda_runtime::LambdaEvent;
use serde_json::Value;
use serde_json::value::RawValue;
use sfbox::secret_store::Aws;
use sfbox::{LocalWorker, Page, Runtime};

use crate::deadline::Deadline;
use crate::event::{self, Event};
use crate::refusal::Refusal;
use crate::request::{Request, Start};
use crate::results::Results;
use crate::settings::{Settings, SettingsError};
use crate::{answer, queue};

/// How long an answer waits for what its calls began: storing a token takes a fraction
/// of a second, and a store that takes longer does not work. A gateway in front of the
/// function gives up after half a minute.
const SETTLING_MAX: Duration = Duration::from_secs(10);

/// One environment's share of the fleet.
pub(crate) struct Function {
    runtime: Runtime,
    settings: Settings,
    results: Option<Results>,
}

/// Why an environment cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InitError {
    /// A variable cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// AWS cannot be used.
    #[error(transparent)]
    Aws(#[from] sfbox::secret_store::AwsError),
    /// The host library refuses the configuration.
    #[error(transparent)]
    Config(#[from] sfbox::ConfigError),
}

impl Function {
    /// Makes the function that the environment's variables describe, and the worker
    /// that answers its calls while it is polled: Lambda gives an invocation the whole
    /// environment, so that calls need no thread of their own.
    ///
    /// # Errors
    ///
    /// When the environment is not configured as it should be.
    pub(crate) async fn from_env() -> Result<(Self, LocalWorker), InitError> {
        let settings = Settings::read(std::env::vars_os())?;
        let cacert = settings.cacert.as_ref().map(std::fs::read).transpose();
        let cacert = cacert.map_err(|_| SettingsError::cacert())?;
        let store = Aws::from_env_through(settings.proxy.as_ref()).await?;
        let (runtime, worker) = settings.builder(cacert).store(store).build_local()?;
        let results = match &settings.results {
            Some(url) => Some(Results::new(url.clone(), settings.proxy.as_ref()).await?),
            None => None,
        };
        let function = Self {
            runtime,
            settings,
            results,
        };
        Ok((function, worker))
    }

    /// Answers one event.
    ///
    /// # Errors
    ///
    /// What a direct invocation is told as Lambda's own error. Over HTTP it is an
    /// answer, and of a queue a report.
    pub(crate) async fn answer(&self, event: LambdaEvent<Value>) -> Result<Box<RawValue>, Refusal> {
        let deadline = Deadline::new(event.context.deadline, SystemTime::now());
        let answered = match event::read(event.payload)? {
            Event::Direct(value) => self.direct(value, deadline).await,
            Event::Http(request) => {
                let page = match request.request() {
                    Ok(asked) => self.one_page(&asked, deadline).await,
                    Err(refusal) => Err(refusal),
                };
                request.respond(page)
            }
            Event::Queue(messages) => answer::bounded(&queue::run(self, messages, deadline).await),
        };
        // With its answer the environment is stopped until the next event: a token that
        // is not stored by then would keep all others waiting.
        let left = deadline.left(SystemTime::now()).min(SETTLING_MAX);
        let settling = tokio::time::timeout(left, self.runtime.settle());
        if settling.await.is_err() {
            tracing::warn!("something that a call began is not done yet");
        }
        answered
    }

    async fn direct(&self, value: Value, deadline: Deadline) -> Result<Box<RawValue>, Refusal> {
        self.one_page(&Request::from_json(value)?, deadline).await
    }

    async fn one_page(
        &self,
        request: &Request,
        deadline: Deadline,
    ) -> Result<Box<RawValue>, Refusal> {
        let page = within(deadline, self.page(request, deadline)).await?;
        answer::of(&page)
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

    /// The queue for results, if there is one.
    pub(crate) fn results(&self) -> Option<&Results> {
        self.results.as_ref()
    }
}

/// Ends with the time for work, if the work does not: calls keep their own time, and
/// this is for one that does not.
///
/// # Errors
///
/// What the work says, or [`Refusal::Late`].
pub(crate) async fn within<T>(
    deadline: Deadline,
    work: impl Future<Output = Result<T, Refusal>>,
) -> Result<T, Refusal> {
    let left = deadline.left(SystemTime::now());
    let done = tokio::time::timeout(left, work).await;
    done.unwrap_or(Err(Refusal::Late))
}
