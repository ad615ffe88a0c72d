//! What both hosts give their component: WASI, HTTP to the emulator, and a secret.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::task::{Context, Poll};

use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use sfbox_emulator::Emulator;
use wasmtime::component::{Component, ResourceTable};
use wasmtime::{Engine, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{
    Error, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView,
};

use crate::secret::Secret;
use crate::settings;

/// The data of a store.
pub(crate) struct World {
    pub(crate) secret: Secret,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    pub(crate) table: ResourceTable,
    hooks: Out,
}

impl World {
    pub(crate) fn new(emulator: &Emulator, secret: &Secret) -> Self {
        Self::with_environment(emulator, secret, &[])
    }

    /// For a component that finds its secrets by itself: `secret` is there for
    /// others.
    pub(crate) fn with_environment(
        emulator: &Emulator,
        secret: &Secret,
        environment: &[(&str, &str)],
    ) -> Self {
        Self {
            secret: secret.clone(),
            wasi: WasiCtx::builder().envs(environment).build(),
            http: WasiHttpCtx::new(),
            table: ResourceTable::new(),
            hooks: Out(client(emulator)),
        }
    }
}

/// An engine that runs what `cargo xtask test` compiled.
pub(crate) fn engine() -> Engine {
    Engine::new(&settings::config()).unwrap()
}

/// A component that `cargo xtask test` made, as its native image.
pub(crate) fn component(engine: &Engine, name: &str) -> Component {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/component");
    let file = Path::new(folder).join(format!("{name}.cwasm"));
    let image =
        fs::read(&file).unwrap_or_else(|_| panic!("no {}: run `cargo xtask test`", file.display()));
    #[expect(unsafe_code, reason = "the image is this project's own")]
    // SAFETY: it was made by `cargo xtask test`.
    unsafe { Component::deserialize(engine, image) }.unwrap()
}

/// A store that nothing interrupts.
pub(crate) fn store(engine: &Engine, world: World) -> Store<World> {
    let mut store = Store::new(engine, world);
    store.set_epoch_deadline(1);
    store
}

impl WasiView for World {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for World {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            hooks: &mut self.hooks,
            table: &mut self.table,
            ctx: &mut self.http,
        }
    }
}

type Https = Client<hyper_rustls::HttpsConnector<HttpConnector<Loopback>>, WasiBody>;

/// A client that trusts the emulator's authority and finds every name at its
/// address. Where an adapter speaks to AWS without TLS, it does so to an address.
fn client(emulator: &Emulator) -> Https {
    let mut roots = rustls::RootCertStore::empty();
    let ca = emulator.ca_pem().unwrap();
    roots
        .add(CertificateDer::from_pem_slice(ca.as_bytes()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut http = HttpConnector::new_with_resolver(Loopback(emulator.address()));
    http.enforce_http(false);
    let https = hyper_rustls::HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_all_versions()
        .wrap_connector(http);
    Client::builder(TokioExecutor::new()).build(https)
}

/// Finds every name at one address.
#[derive(Clone)]
pub(crate) struct Loopback(SocketAddr);

impl tower_service::Service<Name> for Loopback {
    type Response = std::iter::Once<SocketAddr>;
    type Error = std::convert::Infallible;
    type Future = std::future::Ready<Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _name: Name) -> Self::Future {
        std::future::ready(Ok(std::iter::once(self.0)))
    }
}

/// Where requests come out.
struct Out(Https);

type Transmission = Box<dyn Future<Output = Result<(), Error>> + Send>;

impl WasiHttpHooks for Out {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        _options: Option<RequestOptions>,
        _processed: Transmission,
    ) -> Box<dyn Future<Output = Result<(http::Response<WasiBody>, Transmission), Error>> + Send>
    {
        let sending = self.0.request(request);
        Box::new(async move {
            let response = sending.await.map_err(|_| Error::ConnectionRefused)?;
            let body = |body: hyper::body::Incoming| {
                let lost = |_| Error::HttpResponseIncomplete;
                WasiBody::new(body.map_err(lost))
            };
            let transmitted: Transmission = Box::new(std::future::ready(Ok(())));
            Ok((response.map(body), transmitted))
        })
    }
}
