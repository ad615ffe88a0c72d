//! An org of a runtime, and how one of its calls goes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use tokio::sync::oneshot::{self, error::RecvError};
use tracing::Instrument as _;

use crate::answer::Answer;
use crate::engine::{Engine, Job, Retirement, Started};
use crate::error::{Error, Failure};
use crate::policy::Policy;
use crate::pulse::Pulse;
use crate::state::{Activity, Lasts, OrgState, Place, Sent};

/// The longest request id that is logged: Salesforce's have 32 digits.
const REQUEST_ID_BYTES_MAX: usize = 64;

/// The target of what is logged of a call: the module that the API is named for.
const TARGET: &str = "sfbox::client";

/// How long a call may take.
pub(crate) struct Time {
    pub(crate) limit: Duration,
    /// What puts that off: the bodies of a call that flow.
    pub(crate) pulse: Option<Arc<Pulse>>,
}

impl From<Duration> for Time {
    fn from(limit: Duration) -> Self {
        Self { limit, pulse: None }
    }
}

/// One org of a runtime. Clones are cheap, and may call from any task or thread
/// at once.
#[derive(Clone)]
pub struct Org {
    engine: Arc<Engine>,
    state: Arc<OrgState>,
}

impl Org {
    pub(crate) fn new(engine: Arc<Engine>, state: Arc<OrgState>) -> Self {
        Self { engine, state }
    }

    /// What all its handles share.
    pub(crate) fn state(&self) -> &OrgState {
        &self.state
    }

    /// The org's name, as it was asked for.
    pub fn name(&self) -> &str {
        self.state.name()
    }

    /// What its requests may do.
    pub fn policy(&self) -> &Policy {
        &self.state.served().policy
    }

    /// How many of its calls may be under way at once; the next ones wait. Not counted are
    /// calls of [`Org::stream`] that have a long body to send, and answers that are being
    /// read. A program that lets others call does well to let none of them take all places.
    pub fn calls_max(&self) -> usize {
        self.state.calls_max()
    }

    /// Whether a login of this runtime is waiting for its answer.
    pub fn is_logging_in(&self) -> bool {
        self.state.is_logging_in()
    }

    /// What this runtime's calls on the org wait for now: for a program that shows a
    /// person what it is doing.
    pub fn activity(&self) -> Activity {
        self.state.activity()
    }

    /// What this runtime's calls on the org sent last. `None`: nothing yet.
    pub fn last_sent(&self) -> Option<Sent> {
        self.state.last_sent()
    }

    /// Runs one call in an instance and logs how it went.
    pub(crate) async fn call<T: Answer>(
        &self,
        operation: &'static str,
        time: impl Into<Time>,
        run: impl for<'a> FnOnce(Started<'a>) -> BoxFuture<'a, wasmtime::Result<Result<T, Failure>>>
        + Send
        + 'static,
    ) -> Result<T, Error> {
        let answer = self.answer(operation, Lasts::Briefly, time.into(), run);
        self.logged(operation, Box::pin(answer)).await
    }

    /// Waits for the answer of a call, and logs how it went.
    pub(crate) async fn logged<T>(
        &self,
        operation: &'static str,
        answer: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let span = tracing::info_span!(target: TARGET, "call", org = self.name(), operation);
        let begun = Instant::now();
        async {
            let answer = answer.await;
            let duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            match &answer {
                Ok(_) => tracing::info!(target: TARGET, status = "ok", duration_ms),
                Err(error) => {
                    let request_id = error.request_id().and_then(plain);
                    tracing::warn!(target: TARGET, status = error.code(), duration_ms, request_id);
                }
            }
            answer
        }
        .instrument(span)
        .await
    }

    /// Runs one call in an instance, which ends with its answer.
    pub(crate) async fn answer<T: Answer>(
        &self,
        operation: &'static str,
        lasts: Lasts,
        time: Time,
        run: impl for<'a> FnOnce(Started<'a>) -> BoxFuture<'a, wasmtime::Result<Result<T, Failure>>>
        + Send
        + 'static,
    ) -> Result<T, Error> {
        let begun = self.begin(operation, lasts, time, |started, place, sender| {
            Box::pin(async move {
                let answer = run(started).await?.and_then(Answer::bounded);
                // Held by the call, which goes on when its caller has gone; and
                // given back before that makes its next one.
                drop(place);
                // A caller that has gone does not want it.
                _ = sender.send(answer);
                Ok(())
            })
        });
        let (answer, _) = begun.await?;
        Ok(answer)
    }

    /// Begins a call in an instance, and waits for the answer that it sends. It may go on
    /// behind that, and keeps its place until it drops it. How it ended is told by what comes
    /// with the answer.
    pub(crate) async fn begin<T: Send + 'static>(
        &self,
        operation: &'static str,
        lasts: Lasts,
        time: Time,
        run: impl for<'a> FnOnce(
            Started<'a>,
            Place,
            oneshot::Sender<Result<T, Failure>>,
        ) -> BoxFuture<'a, wasmtime::Result<()>>
        + Send
        + 'static,
    ) -> Result<(T, oneshot::Receiver<Retirement>), Error> {
        let begun = Instant::now();
        let deadline = begun + time.limit;
        let own = self.engine.own_worker();
        let Some(place) = self.state.turn(lasts, own, deadline).await else {
            return Err(self.failed(operation, Failure::Timeout, begun));
        };
        let worker = place.worker();
        let (sender, answer) = oneshot::channel();
        let (retiring, retired) = oneshot::channel();
        let job = Job {
            org: Arc::clone(&self.state),
            deadline,
            pulse: time.pulse,
            run: Box::new(move |started| run(started, place, sender)),
            retired: Some(retiring),
        };
        let submitted = self.engine.submit(worker, job);
        submitted.map_err(|why| self.lost(operation, why))?;
        match answer.await {
            Ok(Ok(answer)) => Ok((answer, retired)),
            Ok(Err(failure)) => Err(self.failed(operation, failure, begun)),
            Err(_) => Err(self.lost(operation, ended(retired.await))),
        }
    }

    /// The error of a call whose instance has ended.
    pub(crate) fn lost(&self, operation: &'static str, why: Retirement) -> Error {
        Error::Lost {
            org: self.name().to_owned(),
            operation,
            why,
        }
    }

    /// The error of a call that began then.
    pub(crate) fn failed(
        &self,
        operation: &'static str,
        failure: Failure,
        begun: Instant,
    ) -> Error {
        let cause = self.state.cause_of(&failure, begun);
        let failure = match &cause {
            // The component knows no more than that it was denied.
            Some(cause) if cause.is_of_policy() => Failure::Denied(cause.to_string()),
            _ => failure,
        };
        Error::Call {
            org: self.name().to_owned(),
            operation,
            cause,
            failure: Box::new(failure),
        }
    }
}

/// Why a call that began has no answer.
pub(crate) fn ended(why: Result<Retirement, RecvError>) -> Retirement {
    // Nobody is left who could tell. It may have been sent.
    why.unwrap_or(Retirement::Abandoned)
}

/// A request id, if it looks like one: whoever answers chooses it, and it goes
/// into logs.
fn plain(id: &str) -> Option<&str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    ((1..=REQUEST_ID_BYTES_MAX).contains(&id.len()) && id.bytes().all(is_plain)).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_call_that_began_was_not_refused_by_a_runtime_that_ends() {
        let (sender, why) = oneshot::channel::<Retirement>();
        drop(sender);
        assert_eq!(ended(why.await), Retirement::Abandoned);
        let (sender, why) = oneshot::channel();
        sender.send(Retirement::Trapped("x".to_owned())).unwrap();
        assert_eq!(ended(why.await), Retirement::Trapped("x".to_owned()));
    }

    #[test]
    fn a_request_id_is_logged_if_it_is_one() {
        for (id, is) in [
            ("0a1b-7", true),
            (&"f".repeat(64), true),
            (&"f".repeat(65), false),
            ("00D000000000001!AQ", false),
            ("a\nb", false),
            ("", false),
        ] {
            assert_eq!(plain(id).is_some(), is, "{id}");
        }
    }
}
