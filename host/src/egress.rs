//! The only way out.
//!
//! The component is not trusted with the choice of where its requests go: it
//! holds an access token, and whoever steers it could send that anywhere, or change what
//! its operator wants unchanged. So a request is judged three times, here and not there:
//!
//! 1. **By name.** HTTPS only, and to a host of the org's [`Pin`]: the one that
//!    its secret logs in at, the instance that is stored in the secret or that a
//!    login *there* named, and the operator's entries. What the component says
//!    about hosts counts for nothing.
//! 2. **By the org's policy**: what it does to the org. What passes and is no read is in
//!    the audit before it is sent. See `checkpoint.rs`.
//! 3. **By address**, after DNS: nothing private is dialled, whatever name led
//!    there. Exempt are `--connect-to` and a proxy, which are the operator's word. Behind
//!    a proxy there is no address to judge, because the proxy finds it.
//!
//! Redirects are not followed and cookies are not kept, nor handed on. Each worker has a client
//! of its own; connections are reused, HTTP/2 where the server has it, and the
//! first connection to a host is waited for instead of opened once a call. One that has
//! died silently loses the calls that are under way on it, and no others: see `link.rs`.

mod allowed_hosts;
mod blocked_networks;
mod body;
mod checkpoint;
mod client;
mod config;
mod connect_error;
mod connect_to;
mod connector;
mod demand;
mod denials;
mod denied;
mod dial;
mod failure;
mod flood;
mod flow;
mod frames;
mod gate;
mod headers;
mod link;
mod link_use;
mod overwritten;
mod proxy;
mod stream;
mod tls;
mod tunnel;

use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use hyper_util::client::legacy::connect::capture_connection;
use hyper_util::client::legacy::{Client, Error as ClientError};
use tokio_util::task::TaskTracker;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

pub use allowed_hosts::{AllowedHost, AllowedHostError, Pin};
pub(crate) use checkpoint::Checkpoint;
pub(crate) use config::EgressConfig;
pub use connect_to::{ConnectTo, ConnectToError};
pub use failure::LastFailure;
pub(crate) use failure::RequestFailed;
pub(crate) use flow::Flow;
pub use proxy::{Proxy, ProxyError, ProxyVariableError};
pub use tls::TlsError;

use crate::policy;
use crate::pulse::{Followed, Pulse};
use checkpoint::Passed;
use connector::Connector;
use demand::Underway;
use flood::{Flood, InterimAnswers};
use gate::Gates;
use link_use::{Deadline, LinkUse};

/// How long an answer may keep its caller waiting, unless the request says
/// otherwise: Salesforce's own limit for a call is ten minutes.
pub(crate) const FIRST_BYTE_TIMEOUT: Duration = Duration::from_secs(600);

/// A worker's way out. Clones share its connections.
#[derive(Clone)]
pub(crate) struct Egress {
    config: Arc<EgressConfig>,
    client: Arc<OnceLock<Client<Connector, WasiBody>>>,
    gates: Arc<Gates>,
    /// The bodies that are handed on while they arrive.
    bodies: TaskTracker,
}

impl Egress {
    pub(crate) fn new(config: &Arc<EgressConfig>) -> Self {
        Self {
            config: Arc::clone(config),
            client: Arc::default(),
            gates: Arc::default(),
            bodies: TaskTracker::new(),
        }
    }

    /// Waits until no body is on its way to its reader any more, or nothing is to be sent.
    pub(crate) async fn drained(&self) {
        self.bodies.close();
        tokio::select! {
            () = self.bodies.wait() => {}
            () = self.config.ending.cancelled() => {}
        }
    }

    /// Sends a request, if `checkpoint` lets it pass: `begun` hears of those. The
    /// answer's body drops `held` when it has been read, or nobody wants it.
    ///
    /// # Errors
    ///
    /// A code of `wasi:http`; `checkpoint` then has the words for it.
    pub(crate) async fn send<W>(
        &self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        checkpoint: &Checkpoint,
        begun: impl FnOnce(&http::Request<WasiBody>) -> W,
        held: impl Send + 'static,
    ) -> Result<http::Response<WasiBody>, Error> {
        let timeout = options.and_then(|options| options.first_byte_timeout);
        let timeout = timeout.unwrap_or(FIRST_BYTE_TIMEOUT);
        let deadline = Instant::now() + timeout;
        // Passed by value, a future would be stored twice: as an argument, and pinned.
        let sending = pin!(passed(request, checkpoint, begun, |request| {
            self.exchange(request, checkpoint, deadline, held)
        }));
        let in_time = pin!(async {
            let sent = tokio::time::timeout(timeout, sending).await;
            sent.unwrap_or(Err(Error::HttpResponseTimeout))
        });
        self.unless_ending(checkpoint, in_time).await
    }

    /// Sends a request whose bodies flow, if `checkpoint` lets it pass: `begun` hears of
    /// those. A success is handed on while its body arrives, which holds `held` meanwhile.
    /// Anything else is gathered, as any other answer.
    ///
    /// # Errors
    ///
    /// As for [`Egress::send`]. What a caller is told that has gone is of no interest.
    pub(crate) async fn stream<W>(
        &self,
        request: http::Request<WasiBody>,
        flow: Flow,
        checkpoint: &Checkpoint,
        begun: impl FnOnce(&http::Request<WasiBody>) -> W,
        held: impl Send + Unpin + 'static,
    ) -> Result<http::Response<WasiBody>, Error> {
        let pulse = Pulse::begin(flow.patience, request.body().is_end_stream());
        let request = request.map(|body| Followed::new(body, &pulse).boxed_unsync());
        let gone = flow.gone.clone();
        let sending = pin!(passed(request, checkpoint, begun, |request| {
            self.flowing(request, flow, checkpoint, &pulse, held)
        }));
        let in_time = pin!(async {
            tokio::select! {
                biased;
                () = gone.cancelled() => Err(Error::HttpRequestDenied),
                sent = sending => sent,
                () = pulse.stopped() => Err(Error::HttpResponseTimeout),
            }
        });
        self.unless_ending(checkpoint, in_time).await
    }

    /// Waits for an answer, but not when nothing is to be sent any more.
    async fn unless_ending(
        &self,
        checkpoint: &Checkpoint,
        sending: impl Future<Output = Result<http::Response<WasiBody>, Error>> + Unpin,
    ) -> Result<http::Response<WasiBody>, Error> {
        tokio::select! {
            biased;
            () = self.config.ending.cancelled() => {
                checkpoint.failures.set("the program ends".to_owned());
                Err(Error::HttpRequestDenied)
            }
            sent = sending => sent,
        }
    }

    /// Sends a request that has passed, to the beginning of its answer's body.
    async fn exchange(
        &self,
        request: http::Request<WasiBody>,
        checkpoint: &Checkpoint,
        deadline: Instant,
        held: impl Send + 'static,
    ) -> Result<http::Response<WasiBody>, Error> {
        let pin = &checkpoint.pin;
        let uri = request.uri();
        let host = uri.host().unwrap_or_default();
        let login = policy::is_login(request.method(), uri) && pin.is_login(host, uri.port_u16());
        let deadline = Deadline::At(deadline);
        let answered = self.answered(request, checkpoint, deadline).await?;
        let (response, using, underway) = answered;
        let response = body::received(response, using, (underway, held)).await?;
        if login {
            body::learn_instance(response, pin).await
        } else {
            Ok(response)
        }
    }

    /// The same of a request whose bodies flow.
    async fn flowing(
        &self,
        request: http::Request<WasiBody>,
        flow: Flow,
        checkpoint: &Checkpoint,
        pulse: &Arc<Pulse>,
        held: impl Send + Unpin + 'static,
    ) -> Result<http::Response<WasiBody>, Error> {
        let is_untouched = flow.is_untouched(request.headers());
        let deadline = Deadline::Moving(Arc::clone(pulse));
        let answered = self.answered(request, checkpoint, deadline).await?;
        let (response, mut using, underway) = answered;
        // Now that the request was sent, they are those that its answer may repeat.
        let secrets = (!is_untouched).then(|| flow.secrets.current());
        let held = (underway, self.bodies.token(), held);
        if !response.status().is_success() {
            let refusal = body::received(response, using, held).await?;
            return Ok(overwritten::without(secrets, refusal));
        }
        // From here on the body says itself when its time is up.
        using.flows();
        let life = flow::Life {
            using,
            pulse: Arc::clone(pulse),
            idle: flow.patience.idle,
            clock: flow.clock,
            ending: self.config.ending.clone(),
        };
        let flowing = flow::received(response, is_untouched, life, held)?;
        Ok(overwritten::without(secrets, flowing))
    }

    /// Sends a request that has passed, to the head of its answer.
    async fn answered(
        &self,
        mut request: http::Request<WasiBody>,
        checkpoint: &Checkpoint,
        deadline: Deadline,
    ) -> Result<(http::Response<Incoming>, LinkUse, Underway), Error> {
        let failures = &checkpoint.failures;
        headers::prepare(request.headers_mut());
        let client = self.client().map_err(|error| {
            failures.set(failure::words(&*error));
            Error::ConfigurationError
        })?;
        let sent = self.send_gated(client, request, deadline).await;
        let (mut response, using, underway) = sent.map_err(|error| {
            let words = failure::words(&error);
            tracing::debug!(error = %words, "request failed");
            failures.set(words);
            failure::code(&error)
        })?;
        failures.clear();
        headers::keep(response.headers_mut())?;
        Ok((response, using, underway))
    }

    /// Sends, but lets only one call open the first connection to a host.
    async fn send_gated(
        &self,
        client: &Client<Connector, WasiBody>,
        mut request: http::Request<WasiBody>,
        deadline: Deadline,
    ) -> Result<(http::Response<Incoming>, LinkUse, Underway), SendError> {
        let host = self.gates.host(request.uri());
        let opening = host.enter().await;
        let underway = host.demand().begin();
        let interim = InterimAnswers::to(&mut request);
        let mut connection = capture_connection(&mut request);
        let mut using = LinkUse::begin(&host, connection.clone(), deadline);
        let mut sending = pin!(underway.send(client.request(request)));
        let first = tokio::select! {
            biased;
            sent = &mut sending => Some(sent),
            _ = connection.wait_for_connection_metadata() => None,
        };
        let is_connected = using.find().is_some() && !matches!(first, Some(Err(_)));
        if let Some(opening) = opening.filter(|_| is_connected) {
            opening.opened();
        }
        let sent = match first {
            Some(sent) => sent,
            None => tokio::select! {
                biased;
                () = interim.too_many() => return Err(SendError::Flood(Flood::Interim)),
                sent = &mut sending => sent,
            },
        };
        using.find();
        match sent {
            Ok((response, underway)) => Ok((response, using, underway)),
            Err(error) => {
                using.complete();
                Err(SendError::Client(error))
            }
        }
    }

    fn client(&self) -> Result<&Client<Connector, WasiBody>, Arc<TlsError>> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let connector = Connector::new(&self.config, Arc::clone(&self.gates))?;
        Ok(self.client.get_or_init(|| client::of(connector)))
    }
}

/// Sends a request that `checkpoint` lets pass, and has its answer in the audit.
async fn passed<W, F>(
    request: http::Request<WasiBody>,
    checkpoint: &Checkpoint,
    begun: impl FnOnce(&http::Request<WasiBody>) -> W,
    send: impl FnOnce(http::Request<WasiBody>) -> F,
) -> Result<http::Response<WasiBody>, Error>
where
    F: Future<Output = Result<http::Response<WasiBody>, Error>>,
{
    let passed = checkpoint.pass(request).await?;
    let Passed {
        request,
        event,
        buffer: _buffer,
    } = passed;
    let _waiting = begun(&request);
    let answer = send(request).await;
    if let Some(event) = event {
        let outcome = answer.as_ref().ok().map(body::status_and_bytes);
        event.end(outcome).await;
    }
    answer
}

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error(transparent)]
    Client(ClientError),
    #[error(transparent)]
    Flood(Flood),
}
