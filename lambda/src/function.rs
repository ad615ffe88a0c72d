//! The function: what an environment does with an event.

use std::time::{Duration, SystemTime};

use lambda_runtime::LambdaEvent;
use serde_json::value::RawValue;
use sfbox::LocalWorker;
use sfbox::secret_store::Aws;

use crate::client::Client;
use crate::deadline::{Deadline, within};
use crate::event::{self, Event};
use crate::refusal::Refusal;
use crate::request::{Asked, Request};
use crate::results::Results;
use crate::settings::{Settings, SettingsError};
use crate::{answer, queue, rest};

/// How long an answer waits for what its calls began: storing a token takes a fraction
/// of a second, and a store that takes longer does not work. A gateway in front of the
/// function gives up after half a minute.
const SETTLING_MAX: Duration = Duration::from_secs(10);

/// One environment's share of the fleet.
pub(crate) struct Function {
    client: Client,
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
        let client = Client::new(runtime, settings);
        let function = Self { client, results };
        Ok((function, worker))
    }

    /// Answers one event.
    ///
    /// # Errors
    ///
    /// What a direct invocation is told as Lambda's own error. Over HTTP it is an
    /// answer, and of a queue a report.
    pub(crate) async fn answer(
        &self,
        event: LambdaEvent<Box<RawValue>>,
    ) -> Result<Box<RawValue>, Refusal> {
        let deadline = Deadline::new(event.context.deadline, SystemTime::now());
        let answered = match event::read(&event.payload)? {
            Event::Direct => self.direct(&event.payload, deadline).await,
            Event::Http(request) => {
                let answer = match request.request() {
                    Ok(asked) => self.one(&asked, deadline).await,
                    Err(refusal) => Err(refusal),
                };
                request.respond(answer)
            }
            Event::Queue(messages) => {
                let results = self.results.as_ref();
                answer::bounded(&queue::run(&self.client, results, messages, deadline).await)
            }
        };
        // With its answer the environment is stopped until the next event: a token that
        // is not stored by then would keep all others waiting.
        let left = deadline.left(SystemTime::now()).min(SETTLING_MAX);
        let settling = tokio::time::timeout(left, self.client.settle());
        if settling.await.is_err() {
            tracing::warn!("something that a call began is not done yet");
        }
        answered
    }

    async fn direct(&self, event: &RawValue, deadline: Deadline) -> Result<Box<RawValue>, Refusal> {
        self.one(&Request::from_text(event.get())?, deadline).await
    }

    /// One page, or one answer.
    async fn one(&self, request: &Request, deadline: Deadline) -> Result<Box<RawValue>, Refusal> {
        let to = &request.to;
        match &request.asked {
            Asked::Records(query) => {
                let page = self.client.page(to, query, deadline);
                answer::of(&within(deadline, Refusal::Late, page).await?)
            }
            Asked::Rest(rest) => {
                let late = match rest.may_write() {
                    true => Refusal::OutcomeUnknown,
                    false => Refusal::Late,
                };
                let answer = self.client.rest(to, rest, deadline);
                rest::answer::of(&within(deadline, late, answer).await?)
            }
        }
    }
}
