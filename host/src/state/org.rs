//! What all handles and instances of one org under one policy share: its secret, its
//! claims, its turns, and what went wrong last.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::future::{Either, select};
use secrecy::{ExposeSecret as _, SecretString};
use sfbox_secret::{Host, key};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::activity::{Activity, Sent, Underway, Wait};
use super::callers::Callers;
use super::lanes::{Lanes, Lasts, Place};
use super::service::Service;
use crate::bindings::sfbox::client::secret_store as wit;
use crate::egress::Checkpoint;
use crate::error::{Cause, Failure};
use crate::overwriting::KnownSecrets;
use crate::policy;
use crate::secret_store::{
    Claimed, Claims, DEGRADED, Document, Granted, Kind, Settings, StoreError,
};
use crate::served::Served;

/// How many calls of the secret store an org may have under way; each can be a
/// thread. The component makes one at a time, but for `session status`.
const STORE_CALLS_MAX: usize = 8;

/// The longest body of a request of [`Org::stream`](crate::Org::stream) that is read whole
/// before it is sent, in bytes: the component's limit (`wit/rest-streams.wit`). Only such a
/// body can be sent again; a longer one passes while it comes.
pub const SHORT_BODY_BYTES_MAX: usize = 256 << 10;

/// How many bytes of requests may wait here for a place among the calls: those of 256 of
/// the longest bodies that are read whole.
const SHORT_BODIES_BYTES_MAX: usize = 256 * SHORT_BODY_BYTES_MAX;

/// The operation of the store that a call cannot do without.
const GET: &str = "get";

/// What all handles and instances of one org under one policy share. With another policy
/// on the same org it has the secret and the process's claims in common.
pub(crate) struct OrgState {
    served: Arc<Served>,
    secret: Granted,
    settings: Settings,
    claims: Arc<Claims>,
    service: Arc<Service>,
    store_calls: Arc<Semaphore>,
    lanes: Lanes,
    /// Room for the bodies that are read before their calls have a place.
    short_bodies: Arc<Semaphore>,
    pub(super) checkpoint: Checkpoint,
    underway: Underway,
    pub(crate) callers: Callers,
    /// What requests were sent with, and answers may repeat.
    known: Arc<KnownSecrets>,
    /// The claim that was won from the store, until a token is stored or it is released.
    won: Mutex<Option<String>>,
    store_failed: Mutex<Option<Cause>>,
    /// How each of the store's operations fails at present: said when it changes.
    store_modes: Mutex<HashMap<&'static str, Mode>>,
}

/// How an operation of the store fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Failing(Kind),
    Unsupported,
}

impl OrgState {
    pub(crate) fn new(
        served: Arc<Served>,
        secret: Granted,
        settings: Settings,
        claims: Arc<Claims>,
        service: Arc<Service>,
        checkpoint: Checkpoint,
        lanes: Lanes,
    ) -> Self {
        Self {
            served,
            secret,
            settings,
            claims,
            service,
            store_calls: Arc::new(Semaphore::new(STORE_CALLS_MAX)),
            lanes,
            short_bodies: Arc::new(Semaphore::new(SHORT_BODIES_BYTES_MAX)),
            checkpoint,
            underway: Underway::default(),
            callers: Callers::default(),
            known: Arc::default(),
            won: Mutex::default(),
            store_failed: Mutex::default(),
            store_modes: Mutex::default(),
        }
    }

    pub(crate) fn name(&self) -> &str {
        self.served.org.as_str()
    }

    /// The org, and the policy that it is served under.
    pub(crate) fn served(&self) -> &Arc<Served> {
        &self.served
    }

    /// Waits for a place among the org's calls, if possible at the worker where the caller
    /// is. `None`: there was none by `deadline`.
    pub(crate) async fn turn(
        &self,
        lasts: Lasts,
        own: Option<usize>,
        deadline: Instant,
    ) -> Option<Place> {
        let entering = self.lanes.enter(lasts, own);
        self.by(deadline, entering).await.flatten()
    }

    /// How many calls may be under way at once; the next ones wait.
    pub(crate) fn calls_max(&self) -> usize {
        self.lanes.calls_max()
    }

    /// Waits until there is room for so many bytes of a request's body.
    pub(crate) async fn room_for(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let bytes = u32::try_from(bytes).ok()?;
        let room = Arc::clone(&self.short_bodies);
        room.acquire_many_owned(bytes).await.ok()
    }

    /// Works until `deadline`. `None`: it was not done by then.
    pub(crate) async fn by<T>(
        &self,
        deadline: Instant,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let work = pin!(work);
        // The caller's executor may have no timer; the service has one.
        let late = pin!(self.service.sleep_until(deadline));
        match select(work, late).await {
            Either::Left((done, _)) => Some(done),
            Either::Right(_) => None,
        }
    }

    /// Notes a request that is being sent, until its answer begins.
    pub(super) fn begin<B>(&self, request: &http::Request<B>) -> Wait {
        let uri = request.uri();
        if policy::is_login(request.method(), uri) {
            return self.underway.login(self.name());
        }
        self.known.learn_request(request.headers());
        let host = uri.host().unwrap_or_default();
        self.underway.request(self.name(), host)
    }

    /// The secrets that its requests were sent with.
    pub(super) fn known_secrets(&self) -> Arc<KnownSecrets> {
        Arc::clone(&self.known)
    }

    /// Whether a login waits for its answer.
    pub(crate) fn is_logging_in(&self) -> bool {
        self.underway.is_logging_in()
    }

    /// What its calls wait for now.
    pub(crate) fn activity(&self) -> Activity {
        self.underway.activity()
    }

    /// What its calls sent last.
    pub(crate) fn last_sent(&self) -> Option<Sent> {
        self.underway.last_sent()
    }

    /// What the host knows of a failure that the component only has a case for, of a
    /// call that began then.
    pub(crate) fn cause_of(&self, failure: &Failure, begun: Instant) -> Option<Cause> {
        match failure {
            Failure::Secret(_) => self.store_failed().take(),
            Failure::Denied(_) => {
                let denied = self.checkpoint.denied(begun);
                denied.or_else(|| self.checkpoint.failed()).map(Cause::new)
            }
            Failure::Unreachable(_) | Failure::UnexpectedAnswer(_) => {
                self.checkpoint.failed().map(Cause::new)
            }
            Failure::Api(_)
            | Failure::Login(_)
            | Failure::RefusedToken(_)
            | Failure::InvalidInput(_)
            | Failure::PreconditionFailed
            | Failure::Ambiguous(_)
            | Failure::SessionChanged
            | Failure::OutcomeUnknown
            | Failure::RateLimited(_)
            | Failure::Timeout
            | Failure::Unsupported(_) => None,
        }
    }

    pub(super) async fn get(self: Arc<Self>) -> Result<wit::Document, wit::Error> {
        Underway::reading(self.name());
        let this = Arc::clone(&self);
        let read = self.ask_store(async move { this.secret.get().await }).await;
        let document = self.noted(GET, read)?;
        for name in [key::CONSUMER_SECRET, key::MANAGED_CONSUMER_SECRET] {
            if let Some(secret) = document.string(name) {
                self.known.learn_consumer_secret(&secret);
            }
        }
        let login = policy::login_host(|member| document.string(member));
        let login = login.as_ref().map(Host::as_str);
        let instance = document.string(key::INSTANCE);
        self.checkpoint.pin.learn_secret(login, instance.as_deref());
        Ok(self.granted(document))
    }

    /// A clock that runs for as long as the org, or what keeps it.
    pub(super) fn clock(&self) -> Handle {
        self.service.handle()
    }

    /// Keeps that clock running.
    pub(super) fn keep_clock(&self) -> Arc<Service> {
        Arc::clone(&self.service)
    }

    fn granted(&self, document: Document) -> wit::Document {
        wit::Document {
            version: document.version,
            entries: document
                .entries
                .into_iter()
                .map(|(key, value)| wit::Entry {
                    key,
                    value: value.expose_secret().to_owned(),
                })
                .collect(),
            writable: document.writable,
            settings: wit::Settings {
                session_ttl_s: self.settings.session_ttl_s,
                require_shared: self.settings.require_shared,
            },
        }
    }

    pub(super) async fn replace(
        self: Arc<Self>,
        version: String,
        changes: Vec<(String, Option<String>)>,
    ) -> Result<String, wit::Error> {
        self.check_instance(&changes)?;
        let changes: Vec<(String, Option<SecretString>)> = changes
            .into_iter()
            .map(|(key, value)| (key, value.map(Into::into)))
            .collect();
        let this = Arc::clone(&self);
        let written = self
            .ask_store(async move { this.secret.replace(&version, &changes).await })
            .await;
        let written = self.noted("replace", written);
        if written.is_ok() {
            *self.won() = None;
        }
        written
    }

    /// Among this process's instances first: only one of them asks the store.
    pub(super) async fn claim(self: Arc<Self>, key: String) -> Result<wit::Claimed, wit::Error> {
        let ms = |age: Duration| u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
        if let Claimed::Held(age) = self.claims.claim(self.name(), &key, Instant::now()) {
            self.underway.elsewhere(self.name(), age);
            return Ok(wit::Claimed::Held(ms(age)));
        }
        let this = Arc::clone(&self);
        let asked = key.clone();
        let claimed = self
            .ask_store(async move { this.secret.claim(&asked).await })
            .await;
        match self.noted("claim", claimed)? {
            Claimed::Won => {
                *self.won() = Some(key);
                Ok(wit::Claimed::Won)
            }
            Claimed::Unsupported => {
                if self.mode("claim", Some(Mode::Unsupported)) {
                    tracing::warn!(
                        target: DEGRADED,
                        org = self.name(),
                        "this secret store cannot coordinate logins: other processes may log in at the same time"
                    );
                }
                Ok(wit::Claimed::Unsupported)
            }
            Claimed::Held(age) => {
                // Another process's: its age is for the store to tell.
                self.claims.release(self.name(), &key);
                self.underway.elsewhere(self.name(), age);
                Ok(wit::Claimed::Held(ms(age)))
            }
            Claimed::Spent { age, refusal } => {
                self.claims.release(self.name(), &key);
                let age_ms = ms(age);
                Ok(wit::Claimed::Spent(wit::Spent { age_ms, refusal }))
            }
        }
    }

    pub(super) async fn release(
        self: Arc<Self>,
        key: String,
        refusal: Option<String>,
    ) -> Result<(), wit::Error> {
        self.claims.release(self.name(), &key);
        self.won().take_if(|won| *won == key);
        let this = Arc::clone(&self);
        let released = self
            .ask_store(async move { this.secret.release(&key, refusal.as_deref()).await })
            .await;
        self.noted("release", released)
    }

    /// Gives back the claim that came to nothing so far.
    pub(crate) async fn give_claim_back(self: Arc<Self>) {
        let won = self.won().take();
        if let Some(key) = won {
            // A claim that stays is only a wait for the next one who needs it.
            _ = self.release(key, None).await;
        }
    }

    fn won(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.won.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the store, when its turn has come. What has begun is finished even
    /// if the instance is gone.
    async fn ask_store<T: Send + 'static>(
        &self,
        call: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let place = Arc::clone(&self.store_calls).acquire_owned().await.ok()?;
        let waiting = self.underway.store_call();
        let call = async move {
            let _held = (place, waiting);
            call.await
        };
        self.service.run(call).await
    }

    /// A stored instance is where the fleet sends its token, so it must be a
    /// host of this org: what a component makes up is not.
    fn check_instance(&self, changes: &[(String, Option<String>)]) -> Result<(), wit::Error> {
        let instances = changes.iter().filter(|(name, _)| name == key::INSTANCE);
        for json in instances.filter_map(|(_, value)| value.as_ref()) {
            let host: Option<String> = serde_json::from_str(json).ok();
            if !host.is_some_and(|host| self.checkpoint.pin.is_own(&host)) {
                tracing::warn!(org = self.name(), "a foreign instance was not stored");
                return Err(wit::Error::Denied);
            }
        }
        Ok(())
    }

    /// Keeps the words of a failure for the caller; the component gets its case.
    fn noted<T>(
        &self,
        operation: &'static str,
        outcome: Option<Result<T, StoreError>>,
    ) -> Result<T, wit::Error> {
        let gone = || {
            Err(StoreError::new(
                Kind::Unavailable,
                "asking the secret store",
            ))
        };
        match outcome.unwrap_or_else(gone) {
            Ok(done) => {
                // An older failure explains nothing from now on.
                *self.store_failed() = None;
                if self.mode(operation, None) {
                    tracing::info!(org = self.name(), operation, "the secret store works again");
                }
                Ok(done)
            }
            Err(error) => {
                let case = case_of(error.kind());
                if error.kind() != Kind::Conflict {
                    self.say(operation, &error);
                }
                *self.store_failed() = Some(Cause::new(error));
                Err(case)
            }
        }
    }

    /// One line for each way to fail, and not one for each failure.
    fn say(&self, operation: &'static str, error: &StoreError) {
        let org = self.name();
        if !self.mode(operation, Some(Mode::Failing(error.kind()))) {
            tracing::debug!(org, operation, %error, "the secret store still fails");
        } else if operation == GET {
            tracing::warn!(org, operation, %error, "the secret store failed");
        } else {
            // The call goes on without it: nothing else tells.
            tracing::warn!(target: DEGRADED, org, operation, %error, "the secret store failed");
        }
    }

    /// Notes how an operation fails now; says whether that is new.
    fn mode(&self, operation: &'static str, mode: Option<Mode>) -> bool {
        let mut modes = self
            .store_modes
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let before = match mode {
            Some(mode) => modes.insert(operation, mode),
            None => modes.remove(operation),
        };
        before != mode
    }

    fn store_failed(&self) -> std::sync::MutexGuard<'_, Option<Cause>> {
        self.store_failed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn case_of(kind: Kind) -> wit::Error {
    match kind {
        Kind::NotFound => wit::Error::NotFound,
        Kind::Denied => wit::Error::Denied,
        Kind::Conflict => wit::Error::Conflict,
        Kind::Throttled(seconds) => wit::Error::Throttled(seconds),
        Kind::Unavailable => wit::Error::Unavailable,
        Kind::Malformed => wit::Error::Malformed,
    }
}
