//! What an operator says about the way out, and whom it makes the host trust.

use std::sync::{Arc, OnceLock};

use tokio_util::sync::CancellationToken;

use super::allowed_hosts::AllowedHost;
use super::connect_to::ConnectTo;
use super::proxy::Proxy;
use super::tls::{self, TlsError};

/// What an operator says about the way out.
#[derive(Default)]
pub(crate) struct EgressConfig {
    pub(crate) allow_hosts: Vec<AllowedHost>,
    pub(crate) connect_to: Vec<ConnectTo>,
    pub(crate) proxy: Option<Proxy>,
    pub(crate) extra_ca_pem: Vec<Vec<u8>>,
    /// Cancelled when nothing is to be sent any more.
    pub(crate) ending: CancellationToken,
    tls: OnceLock<Result<Arc<rustls::ClientConfig>, Arc<TlsError>>>,
}

impl EgressConfig {
    /// Reads the system's authorities on a thread of their own. It takes
    /// milliseconds, in which the engine is made; whoever needs them first waits for
    /// the rest.
    pub(crate) fn read_authorities_ahead(self: &Arc<Self>) {
        let config = Arc::clone(self);
        let thread = std::thread::Builder::new().name("sfbox-authorities".to_owned());
        if let Err(error) = thread.spawn(move || drop(config.tls())) {
            tracing::debug!(%error, "the authorities are read when they are needed");
        }
    }

    /// Made once.
    pub(super) fn tls(&self) -> Result<Arc<rustls::ClientConfig>, Arc<TlsError>> {
        self.tls
            .get_or_init(|| tls::client_config(&self.extra_ca_pem).map_err(Arc::new))
            .clone()
    }

    /// For connections with a proxy that has TLS itself. Without one nothing is read for
    /// it, and it is not used.
    pub(super) fn proxy_tls(&self) -> Result<Arc<rustls::ClientConfig>, Arc<TlsError>> {
        match &self.proxy {
            Some(proxy) if proxy.is_tls() => tls::proxy_client_config().map_err(Arc::new),
            _ => self.tls(),
        }
    }
}
