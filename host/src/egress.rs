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
mod config;
mod connect_error;
mod connect_to;
mod connector;
mod demand;
mod denials;
mod dial;
mod failure;
mod flood;
mod frames;
mod gate;
mod headers;
mod link;
mod link_use;
mod proxy;
mod stream;
mod tls;
mod tunnel;

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use hyper::body::Incoming;
use hyper_util::client::legacy::connect::capture_connection;
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

pub use allowed_hosts::{AllowedHost, AllowedHostError, Pin};
pub(crate) use checkpoint::Checkpoint;
pub(crate) use config::EgressConfig;
pub use connect_to::{ConnectTo, ConnectToError};
pub use failure::LastFailure;
pub(crate) use failure::RequestFailed;
pub use proxy::{Proxy, ProxyError, ProxyVariableError};
pub use tls::TlsError;

use crate::policy;
use checkpoint::Passed;
use connector::Connector;
use demand::Underway;
use flood::{Flood, InterimAnswers};
use gate::Gates;
use link::POOL_IDLE;
use link_use::LinkUse;
use stream::{PING_INTERVAL, PING_TIMEOUT};

/// How much longer the client beneath keeps it: which connections take calls is decided
/// in one place, and that is `link.rs`.
const POOL_SLACK: Duration = Duration::from_secs(1);

/// How many idle connections are kept to a host without HTTP/2: as many as an
/// instance has calls, or each burst would open them anew.
const POOL_IDLE_MAX: usize = 64;

/// How long an answer may keep its caller waiting, unless the request says
/// otherwise: Salesforce's own limit for a call is ten minutes.
const FIRST_BYTE_TIMEOUT: Duration = Duration::from_secs(600);

/// A worker's way out. Clones share its connections.
#[derive(Clone)]
pub(crate) struct Egress {
    config: Arc<EgressConfig>,
    client: Arc<OnceLock<Client<Connector, WasiBody>>>,
    gates: Arc<Gates>,
}

impl Egress {
    pub(crate) fn new(config: &Arc<EgressConfig>) -> Self {
        Self {
            config: Arc::clone(config),
            client: Arc::default(),
            gates: Arc::default(),
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
        let sending = async {
            let Passed { request, event } = checkpoint.pass(request).await?;
            let _waiting = begun(&request);
            let answer = self.exchange(request, checkpoint, deadline, held).await;
            if let Some(event) = event {
                let outcome = answer.as_ref().ok().map(body::status_and_bytes);
                event.end(outcome).await;
            }
            answer
        };
        tokio::select! {
            biased;
            () = self.config.ending.cancelled() => {
                checkpoint.failures.set("the program ends".to_owned());
                Err(Error::HttpRequestDenied)
            }
            sent = tokio::time::timeout(timeout, sending) => {
                sent.unwrap_or(Err(Error::HttpResponseTimeout))
            }
        }
    }

    /// Sends a request that has passed, to the beginning of its answer's body.
    async fn exchange(
        &self,
        mut request: http::Request<WasiBody>,
        checkpoint: &Checkpoint,
        deadline: Instant,
        held: impl Send + 'static,
    ) -> Result<http::Response<WasiBody>, Error> {
        let Checkpoint { pin, failures, .. } = checkpoint;
        let uri = request.uri();
        let host = uri.host().unwrap_or_default();
        let login = policy::is_login(request.method(), uri) && pin.is_login(host, uri.port_u16());
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
        let response = body::received(response, using, (underway, held)).await?;
        if login {
            body::learn_instance(response, pin).await
        } else {
            Ok(response)
        }
    }

    /// Sends, but lets only one call open the first connection to a host.
    async fn send_gated(
        &self,
        client: &Client<Connector, WasiBody>,
        mut request: http::Request<WasiBody>,
        deadline: Instant,
    ) -> Result<(http::Response<Incoming>, LinkUse, Underway), SendError> {
        let host = self.gates.host(request.uri());
        let opening = host.enter().await;
        let underway = host.demand().begin();
        let interim = InterimAnswers::to(&mut request);
        let mut connection = capture_connection(&mut request);
        let mut using = LinkUse::begin(&host, connection.clone(), deadline);
        let mut sending = std::pin::pin!(underway.send(client.request(request)));
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
        Ok(self.client.get_or_init(|| {
            Client::builder(TokioExecutor::new())
                .timer(TokioTimer::new())
                .pool_timer(TokioTimer::new())
                .pool_idle_timeout(POOL_IDLE + POOL_SLACK)
                .pool_max_idle_per_host(POOL_IDLE_MAX)
                .http2_keep_alive_interval(PING_INTERVAL)
                .http2_keep_alive_timeout(PING_TIMEOUT)
                // An idle one is pinged when its next call begins.
                .http2_keep_alive_while_idle(false)
                .build(connector)
        }))
    }
}

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error(transparent)]
    Client(ClientError),
    #[error(transparent)]
    Flood(Flood),
}
