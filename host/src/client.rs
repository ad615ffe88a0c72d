//! The embedder's API: typed calls on an org.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use futures::future::{BoxFuture, Either, select};
use tokio::sync::oneshot;
use tracing::Instrument as _;

use crate::bindings::exports::sfbox::client::{query, session, types};
use crate::config::{Builder, ConfigError, Orgs};
use crate::egress::EgressConfig;
use crate::engine::{Engine, Job, Lanes, PAGE_BYTES_MAX, Retirement, Service, Started};
use crate::error::{Error, Failure};
use crate::secret_store::{Claims, Granted, SecretStore, Settings};
use crate::state::{Activity, OrgState, Sent, Turn};

pub use query::{Page, Rows};
pub use session::{Origin, SessionStatus as Status};

/// How long a call may take unless its options say otherwise: the contract's
/// default (`wit/types.wit`).
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(120);

/// The longest timeout that the contract allows.
pub const MAX_TIMEOUT: Duration = Duration::from_secs(3_600);

/// How long [`Runtime::abandon`] lets the component give its claims back by itself.
const GIVE_BACK_WAIT: Duration = Duration::from_millis(300);

/// The longest request id that is logged: Salesforce's have 32 digits.
const REQUEST_ID_BYTES_MAX: usize = 64;

/// A running engine, one secret store, and the orgs it was configured for: one
/// trust domain. Clones share it; the last one dropped lets calls in flight
/// finish and ends the threads.
#[derive(Clone)]
pub struct Runtime {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    service: Arc<Service>,
    store: Arc<dyn SecretStore>,
    orgs: Orgs,
    settings: Settings,
    claims: Arc<Claims>,
    egress: Arc<EgressConfig>,
    /// What is still in use of each org: by a handle, or by an instance.
    known: Mutex<HashMap<String, Weak<OrgState>>>,
}

/// One org of a runtime. Clones are cheap, and may call from any task or thread
/// at once.
#[derive(Clone)]
pub struct Org {
    runtime: Runtime,
    state: Arc<OrgState>,
}

/// What a caller may set on any call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// How long the caller is willing to wait: 1 ms to [`MAX_TIMEOUT`], else
    /// [`Failure::InvalidInput`]. `None`: [`DEFAULT_TIMEOUT`].
    pub timeout: Option<Duration>,
    /// The REST API version, as `v66.0`, or `latest`. `None`: the component's
    /// default.
    pub api_version: Option<String>,
}

/// What a caller may set on a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryOptions {
    /// Timeout and API version.
    pub call: Options,
    /// Which rows: live ones, or all with the deleted and archived.
    pub rows: Rows,
    /// Rows a page, 200 to 2,000, else [`Failure::InvalidInput`]. `None`:
    /// Salesforce's default.
    pub batch_size: Option<u16>,
}

impl Default for QueryOptions {
    fn default() -> Self {
        Self {
            call: Options::default(),
            rows: Rows::Live,
            batch_size: None,
        }
    }
}

impl Runtime {
    /// Configures a runtime.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn over(
        engine: Engine,
        store: Arc<dyn SecretStore>,
        orgs: Orgs,
        settings: Settings,
        egress: Arc<EgressConfig>,
    ) -> Result<Self, ConfigError> {
        let inner = Inner {
            engine,
            service: Arc::new(Service::start().map_err(ConfigError::Thread)?),
            store,
            orgs,
            settings,
            claims: Arc::default(),
            egress,
            known: Mutex::default(),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// The org whose secret has this name or ARN. Reads nothing yet.
    ///
    /// # Errors
    ///
    /// [`ConfigError::UnknownOrg`] for an org that the runtime was not
    /// configured for.
    pub fn org(&self, name: &str) -> Result<Org, ConfigError> {
        let secret = self.inner.orgs.find(name)?;
        let mut known = self
            .inner
            .known
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let state = known.get(name).and_then(Weak::upgrade).unwrap_or_else(|| {
            let session = self.inner.orgs.session_of(&secret);
            let store = Arc::clone(&self.inner.store);
            let state = Arc::new(OrgState::new(
                secret.clone(),
                Granted::new(store, secret, session),
                self.inner.settings,
                Arc::clone(&self.inner.claims),
                Arc::clone(&self.inner.service),
                &self.inner.egress,
                Lanes::new(name, self.inner.engine.workers()),
            ));
            known.retain(|_, org| org.strong_count() > 0);
            known.insert(name.to_owned(), Arc::downgrade(&state));
            state
        });
        Ok(Org {
            runtime: self.clone(),
            state,
        })
    }

    /// Waits until no call is in flight, and nothing that calls began is left to be
    /// done, such as storing the token of a renewal. For programs that are stopped
    /// between calls, as AWS stops a Lambda function: what is left then would wait
    /// for the next call, and everybody on the secret for it. It may never end
    /// while others go on calling.
    pub async fn settle(&self) {
        self.inner.engine.settled().await;
    }

    /// Ends what calls began, for a program that is about to end and cannot wait: requests
    /// to Salesforce that are under way fail, no more are sent, and the claim on a login
    /// that has no answer is given back, so that other processes may log in at once.
    /// What is being written to the secret store goes on until the program ends.
    ///
    /// It waits for the secret store, however long that takes: limit it.
    pub async fn abandon(&self) {
        self.inner.egress.ending.cancel();
        let ended = pin!(self.shut_down());
        let late = pin!(
            self.inner
                .service
                .sleep_until(Instant::now() + GIVE_BACK_WAIT)
        );
        let Either::Right(((), ended)) = select(ended, late).await else {
            return;
        };
        // The component is busy with something else, such as waiting for a moment that
        // the org asked it to wait for.
        let orgs: Vec<_> = {
            let known = self.inner.known.lock();
            let known = known.unwrap_or_else(PoisonError::into_inner);
            known.values().filter_map(Weak::upgrade).collect()
        };
        for org in orgs {
            org.give_claim_back().await;
        }
        // The component may be giving it back itself.
        ended.await;
    }

    /// Refuses new calls, and waits for those in flight and for what they began:
    /// a renewal that a call started is stored before this ends.
    pub async fn shut_down(&self) {
        self.inner.engine.shut_down().await;
    }
}

impl Org {
    /// The org's name, as it was asked for.
    pub fn name(&self) -> &str {
        self.state.name()
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

    /// Runs a SOQL statement and answers its first page.
    ///
    /// # Errors
    ///
    /// See `query` in `wit/query.wit`.
    pub async fn query(&self, soql: &str, options: &QueryOptions) -> Result<Page, Error> {
        let (org, soql, options) = (self.name().to_owned(), soql.to_owned(), options.clone());
        let timeout = options.call.timeout;
        self.call("query", timeout, move |started| {
            let options = wit_query_options(&options, started.remaining);
            let exports = started.exports.sfbox_client_query();
            Box::pin(async move {
                let answer = exports.call_query(started.accessor, org, soql, options);
                Ok(answer.await?.and_then(bounded))
            })
        })
        .await
    }

    /// Answers the page that a [`Page::next`] names.
    ///
    /// # Errors
    ///
    /// See `query-more` in `wit/query.wit`; above all [`Failure::SessionChanged`].
    pub async fn query_more(&self, next: &str, options: &QueryOptions) -> Result<Page, Error> {
        let (org, next, options) = (self.name().to_owned(), next.to_owned(), options.clone());
        let timeout = options.call.timeout;
        self.call("query-more", timeout, move |started| {
            let options = wit_query_options(&options, started.remaining);
            let exports = started.exports.sfbox_client_query();
            Box::pin(async move {
                let answer = exports.call_query_more(started.accessor, org, next, options);
                Ok(answer.await?.and_then(bounded))
            })
        })
        .await
    }

    /// Tells what is known of the session; sends nothing to Salesforce.
    ///
    /// # Errors
    ///
    /// See `status` in `wit/session.wit`.
    pub async fn session_status(&self, options: &Options) -> Result<Status, Error> {
        let (org, options) = (self.name().to_owned(), options.clone());
        self.call("session status", options.timeout, move |started| {
            let options = wit_options(&options, started.remaining);
            let exports = started.exports.sfbox_client_session();
            Box::pin(async move { exports.call_status(started.accessor, org, options).await })
        })
        .await
    }

    /// Logs in and stores the new token.
    ///
    /// # Errors
    ///
    /// See `renew` in `wit/session.wit`.
    pub async fn renew_session(&self, options: &Options) -> Result<Status, Error> {
        let (org, options) = (self.name().to_owned(), options.clone());
        self.call("session renew", options.timeout, move |started| {
            let options = wit_options(&options, started.remaining);
            let exports = started.exports.sfbox_client_session();
            Box::pin(async move { exports.call_renew(started.accessor, org, options).await })
        })
        .await
    }

    /// Removes the stored token.
    ///
    /// # Errors
    ///
    /// See `forget` in `wit/session.wit`.
    pub async fn forget_session(&self, options: &Options) -> Result<(), Error> {
        let (org, options) = (self.name().to_owned(), options.clone());
        self.call("session forget", options.timeout, move |started| {
            let options = wit_options(&options, started.remaining);
            let exports = started.exports.sfbox_client_session();
            Box::pin(async move { exports.call_forget(started.accessor, org, options).await })
        })
        .await
    }

    /// Runs one call in an instance and logs how it went.
    async fn call<T: Send + 'static>(
        &self,
        operation: &'static str,
        timeout: Option<Duration>,
        run: impl for<'a> FnOnce(Started<'a>) -> BoxFuture<'a, wasmtime::Result<Result<T, Failure>>>
        + Send
        + 'static,
    ) -> Result<T, Error> {
        let span = tracing::info_span!("call", org = self.name(), operation);
        let begun = Instant::now();
        async {
            let deadline = begun + timeout.unwrap_or(DEFAULT_TIMEOUT).min(MAX_TIMEOUT);
            let answer = self.answer(operation, deadline, run).await;
            let duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            match &answer {
                Ok(_) => tracing::info!(status = "ok", duration_ms),
                Err(error) => {
                    let request_id = error.request_id().and_then(plain);
                    tracing::warn!(status = error.code(), duration_ms, request_id);
                }
            }
            answer
        }
        .instrument(span)
        .await
    }

    async fn answer<T: Send + 'static>(
        &self,
        operation: &'static str,
        deadline: Instant,
        run: impl for<'a> FnOnce(Started<'a>) -> BoxFuture<'a, wasmtime::Result<Result<T, Failure>>>
        + Send
        + 'static,
    ) -> Result<T, Error> {
        let lost = |why| Error::Lost {
            org: self.name().to_owned(),
            operation,
            why,
        };
        let place = match self.state.turn(deadline).await {
            Turn::Come(place) => place,
            Turn::Late => return Err(self.failed(operation, Failure::Timeout)),
        };
        let worker = place.worker();
        let (sender, receiver) = oneshot::channel();
        let (retired, why) = oneshot::channel();
        let job = Job {
            org: Arc::clone(&self.state),
            deadline,
            run: Box::new(move |started| {
                Box::pin(async move {
                    let answer = run(started).await?;
                    // Held by the call, which goes on when its caller has gone; and
                    // given back before that makes its next one.
                    drop(place);
                    // A caller that has gone does not want it.
                    _ = sender.send(answer);
                    Ok(())
                })
            }),
            retired: Some(retired),
        };
        self.runtime
            .inner
            .engine
            .submit(worker, job)
            .map_err(lost)?;
        match receiver.await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(failure)) => Err(self.failed(operation, failure)),
            Err(_) => Err(lost(why.await.unwrap_or(Retirement::ShutDown))),
        }
    }

    fn failed(&self, operation: &'static str, failure: Failure) -> Error {
        Error::Call {
            org: self.name().to_owned(),
            operation,
            cause: self.state.cause_of(&failure),
            failure: Box::new(failure),
        }
    }
}

/// The component keeps to this itself; another one might not.
fn bounded(page: Page) -> Result<Page, Failure> {
    if page.body.len() > PAGE_BYTES_MAX {
        return Err(Failure::UnexpectedAnswer(types::Unexpected {
            status: 0,
            reason: format!("the page is longer than {PAGE_BYTES_MAX} bytes"),
            request_id: None,
        }));
    }
    Ok(page)
}

/// A request id, if it looks like one: whoever answers chooses it, and it goes
/// into logs.
fn plain(id: &str) -> Option<&str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    ((1..=REQUEST_ID_BYTES_MAX).contains(&id.len()) && id.bytes().all(is_plain)).then_some(id)
}

fn wit_options(options: &Options, remaining: Duration) -> types::Options {
    // What the caller asked for is handed on as it is, so that the contract's
    // own bounds are judged in one place; only waiting for a turn shortens it.
    let asked = options.timeout.unwrap_or(DEFAULT_TIMEOUT);
    let timeout = if asked > MAX_TIMEOUT || asked.is_zero() {
        asked
    } else {
        remaining.max(Duration::from_millis(1))
    };
    types::Options {
        timeout_ms: Some(u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX)),
        api_version: options.api_version.clone(),
    }
}

fn wit_query_options(options: &QueryOptions, remaining: Duration) -> query::QueryOptions {
    query::QueryOptions {
        call: wit_options(&options.call, remaining),
        rows: options.rows,
        batch_size: options.batch_size,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeout_ms(asked: Option<Duration>, remaining: Duration) -> u32 {
        let options = Options {
            timeout: asked,
            api_version: None,
        };
        wit_options(&options, remaining).timeout_ms.unwrap()
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

    #[test]
    fn a_page_of_the_limit_passes_and_one_byte_more_does_not() {
        let page = |bytes| Page {
            body: "x".repeat(bytes),
            total_size: Some(0),
            next: None,
        };
        assert!(bounded(page(PAGE_BYTES_MAX)).is_ok());
        let refused = bounded(page(PAGE_BYTES_MAX + 1)).unwrap_err();
        assert!(matches!(refused, Failure::UnexpectedAnswer(_)));
    }

    #[test]
    fn waiting_for_a_turn_shortens_the_timeout() {
        let second = Duration::from_secs(1);
        assert_eq!(timeout_ms(Some(2 * second), second), 1_000);
        assert_eq!(timeout_ms(None, second), 1_000);
        assert_eq!(
            timeout_ms(None, Duration::ZERO),
            1,
            "the guest answers `timeout`, not us"
        );
    }

    #[test]
    fn a_timeout_out_of_bounds_reaches_the_component_as_it_is() {
        let second = Duration::from_secs(1);
        assert_eq!(timeout_ms(Some(Duration::ZERO), Duration::ZERO), 0);
        assert_eq!(timeout_ms(Some(MAX_TIMEOUT), MAX_TIMEOUT), 3_600_000);
        let past = MAX_TIMEOUT + Duration::from_millis(1);
        assert_eq!(timeout_ms(Some(past), second), 3_600_001);
        assert_eq!(timeout_ms(Some(Duration::MAX), second), u32::MAX);
    }
}
