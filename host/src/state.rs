//! What an instance can reach: the implementor of every import.

mod activity;
mod callers;
mod lanes;
mod memory;
mod org;
mod service;

use std::sync::Arc;
use std::time::Duration;

use sfbox_secret::{is_claim_key, is_refusal};
use tokio::sync::Semaphore;
use wasmtime::ResourceLimiter;
use wasmtime::component::{Accessor, HasData, Linker, ResourceTable};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksCtx, WasiClocksCtxView, WasiClocksView};
use wasmtime_wasi::p3::bindings::{clocks, random};
use wasmtime_wasi::random::{WasiRandom, WasiRandomCtx};
use wasmtime_wasi_http::{
    Error as HttpError, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks,
    WasiHttpView,
};

use crate::bindings::sfbox::client::secret_store as wit;
use crate::egress::{Egress, FIRST_BYTE_TIMEOUT, Flow};
use crate::policy;
use crate::pulse::Patience;
pub use activity::{Activity, Sent};
use callers::Caller;
use lanes::{CALLS_MAX, UPLOADS_MAX};
pub(crate) use lanes::{Lanes, Lasts, Place};
pub(crate) use memory::MemoryLimit;
pub(crate) use org::OrgState;
pub use org::SHORT_BODY_BYTES_MAX;
pub(crate) use service::Service;

/// How many handles an instance may hold: requests, responses, headers, bodies and
/// both ends of streams, of a few hundred calls. The host keeps something for each.
pub(crate) const HANDLES_MAX: usize = 10_000;

/// How many requests an instance may have under way, bodies included: two for each of its
/// calls, so that those whose bodies take their time leave enough. Each can be a socket of the
/// process. A body that is handed on while it arrives does not count once its head is there.
const REQUESTS_MAX: usize = 2 * (CALLS_MAX + UPLOADS_MAX);

/// How many bodies of an instance may be on their way to those who read them: each can be a
/// socket, and a reader may take its time.
const BODIES_MAX: usize = 2_048;

/// The longest that a component may let a request wait, whatever it says.
const PATIENCE_MAX: Duration = Duration::from_secs(3_600);

/// The headers that no component sets: [`wasmtime_wasi_http::DEFAULT_FORBIDDEN_HEADERS`].
const FORBIDDEN: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
    "host",
    "http2-settings",
];

/// A store's data: one instance, of one org under one policy.
pub(crate) struct State {
    org: Arc<OrgState>,
    table: ResourceTable,
    clocks: WasiClocksCtx,
    random: WasiRandomCtx,
    http: WasiHttpCtx,
    hooks: Hooks,
    memory: MemoryLimit,
}

impl State {
    pub(crate) fn new(org: Arc<OrgState>, egress: Egress, memory: MemoryLimit) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(HANDLES_MAX);
        Self {
            hooks: Hooks {
                org: Arc::clone(&org),
                egress,
                requests: Arc::new(Semaphore::new(REQUESTS_MAX)),
                bodies: Arc::new(Semaphore::new(BODIES_MAX)),
            },
            org,
            table,
            clocks: WasiClocksCtx::default(),
            random: WasiRandomCtx::default(),
            http: WasiHttpCtx::new(),
            memory,
        }
    }

    /// Links the imports of `wit/world.wit`, and no other.
    pub(crate) fn add_to_linker(linker: &mut Linker<Self>) -> wasmtime::Result<()> {
        wit::add_to_linker::<_, Secrets>(linker, |state| state)?;
        wasmtime_wasi_http::p3::add_to_linker(linker)?;
        clocks::types::add_to_linker::<_, WasiClocks>(linker, Self::clocks)?;
        clocks::monotonic_clock::add_to_linker::<_, WasiClocks>(linker, Self::clocks)?;
        clocks::system_clock::add_to_linker::<_, WasiClocks>(linker, Self::clocks)?;
        random::random::add_to_linker::<_, WasiRandom>(linker, |state| &mut state.random)
    }

    pub(crate) fn memory_limit(&mut self) -> &mut dyn ResourceLimiter {
        &mut self.memory
    }
}

impl WasiClocksView for State {
    fn clocks(&mut self) -> WasiClocksCtxView<'_> {
        WasiClocksCtxView {
            ctx: &mut self.clocks,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            hooks: &mut self.hooks,
            table: &mut self.table,
            ctx: &mut self.http,
        }
    }
}

/// Where the component's requests come out.
struct Hooks {
    org: Arc<OrgState>,
    egress: Egress,
    requests: Arc<Semaphore>,
    bodies: Arc<Semaphore>,
}

impl Hooks {
    /// How the bodies of a request flow, if they do: a component says so with
    /// `between-bytes-timeout`. Nobody is told a login but the component.
    fn flow(
        &self,
        request: &http::Request<WasiBody>,
        options: Option<RequestOptions>,
        caller: Option<&Caller>,
    ) -> Option<Flow> {
        let idle = options.and_then(|options| options.between_bytes_timeout)?;
        if policy::is_login(request.method(), request.uri()) {
            return None;
        }
        let head = options.and_then(|options| options.first_byte_timeout);
        Some(Flow {
            patience: Patience {
                head: head.unwrap_or(FIRST_BYTE_TIMEOUT).min(PATIENCE_MAX),
                idle: idle.min(PATIENCE_MAX),
            },
            is_trusted: caller.is_some(),
            gone: caller.map(|caller| caller.gone.clone()).unwrap_or_default(),
            clock: self.org.clock(),
            secrets: self.org.known_secrets(),
        })
    }
}

type Transmission = Box<dyn Future<Output = Result<(), HttpError>> + Send>;

impl WasiHttpHooks for Hooks {
    fn set_host_header(&mut self) -> bool {
        false
    }

    // The default builds its list anew for every header.
    fn is_forbidden_header(&mut self, name: &http::HeaderName) -> bool {
        FORBIDDEN.contains(&name.as_str())
    }

    fn send_request(
        &mut self,
        mut request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _processed: Transmission,
    ) -> Box<dyn Future<Output = Result<(http::Response<WasiBody>, Transmission), HttpError>> + Send>
    {
        let (egress, org) = (self.egress.clone(), Arc::clone(&self.org));
        let (requests, bodies) = (Arc::clone(&self.requests), Arc::clone(&self.bodies));
        let caller = org.callers.of(request.headers_mut());
        let flow = self.flow(&request, options, caller.as_ref());
        Box::new(async move {
            // Before its body is read: that takes memory.
            let acquired = requests.acquire_owned().await;
            let place = acquired.map_err(|_| HttpError::ConnectionLimitReached)?;
            let begun = |request: &http::Request<WasiBody>| {
                if let Some(caller) = &caller {
                    caller.attempts.add();
                }
                org.begin(request)
            };
            let response = match flow {
                None => {
                    let checkpoint = &org.checkpoint;
                    let sending = egress.send(request, options, checkpoint, begun, place);
                    sending.await?
                }
                Some(flow) => {
                    let full = |_| HttpError::ConnectionLimitReached;
                    let held = (bodies.try_acquire_owned().map_err(full)?, org.keep_clock());
                    let checkpoint = &org.checkpoint;
                    let sending = egress.stream(request, flow, checkpoint, begun, held);
                    let response = Box::pin(sending).await?;
                    drop(place);
                    response
                }
            };
            let transmitted: Transmission = Box::new(std::future::ready(Ok(())));
            Ok((response, transmitted))
        })
    }
}

/// The import `secret-store`.
struct Secrets;

impl HasData for Secrets {
    type Data<'a> = &'a mut State;
}

impl wit::Host for &mut State {}

/// The instance's org, if that is the one that the component names.
fn own_org(accessor: &Accessor<State, Secrets>, name: &str) -> Result<Arc<OrgState>, wit::Error> {
    let org = accessor.with(|mut access| Arc::clone(&access.get().org));
    if org.name() == name {
        Ok(org)
    } else {
        Err(wit::Error::Denied)
    }
}

impl wit::HostWithStore<State> for Secrets {
    async fn get(
        accessor: &Accessor<State, Self>,
        org: String,
    ) -> Result<wit::Document, wit::Error> {
        own_org(accessor, &org)?.get().await
    }

    async fn replace(
        accessor: &Accessor<State, Self>,
        org: String,
        version: String,
        changes: Vec<(String, Option<String>)>,
    ) -> Result<String, wit::Error> {
        own_org(accessor, &org)?.replace(version, changes).await
    }

    async fn claim(
        accessor: &Accessor<State, Self>,
        org: String,
        key: String,
    ) -> Result<wit::Claimed, wit::Error> {
        let org = own_org(accessor, &org)?;
        if !is_claim_key(&key) {
            return Err(wit::Error::Malformed);
        }
        org.claim(key).await
    }

    async fn release(
        accessor: &Accessor<State, Self>,
        org: String,
        key: String,
        refusal: Option<String>,
    ) -> Result<(), wit::Error> {
        let org = own_org(accessor, &org)?;
        if !is_claim_key(&key) || !refusal.as_deref().is_none_or(is_refusal) {
            return Err(wit::Error::Malformed);
        }
        org.release(key, refusal).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forbidden_headers_are_those_of_wasi_http() {
        let theirs = wasmtime_wasi_http::DEFAULT_FORBIDDEN_HEADERS;
        assert_eq!(theirs.each_ref().map(http::HeaderName::as_str), FORBIDDEN);
    }
}
