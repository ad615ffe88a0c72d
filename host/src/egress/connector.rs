//! From a URL to a connection: DNS, the judgement on addresses, TCP, TLS.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::Connection as _;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use super::EgressConfig;
use super::blocked_networks::is_blocked;
use super::connect_to::ConnectTo;
use super::demand;
use super::gate::Gates;
use super::link::Link;
use super::stream::{self, Linked};

/// How long a connection may take in all, DNS and TLS included.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long one address may take while there is another to try.
const ADDRESS_TIMEOUT: Duration = Duration::from_secs(3);

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    #[error("the name cannot be resolved")]
    Dns(#[source] io::Error),
    #[error("the name resolves to {0}, which is not a public address")]
    Prohibited(IpAddr),
    #[error("{address} cannot be connected to")]
    Tcp {
        address: SocketAddr,
        #[source]
        why: io::Error,
    },
    #[error("TLS failed")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("connecting took longer than {} s", CONNECT_TIMEOUT.as_secs())]
    Timeout,
    /// Nobody is told: another connection was free before.
    #[error("the call went out on another connection")]
    NotNeeded,
}

/// Connects with TLS, within the timeout.
#[derive(Clone)]
pub(super) struct Connector {
    tls: HttpsConnector<Dialer>,
    gates: Arc<Gates>,
}

/// Connects with TCP, to addresses that may be dialled.
#[derive(Clone)]
struct Dialer {
    config: Arc<EgressConfig>,
}

type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, ConnectError>> + Send>>;

impl Connector {
    /// `gates` hears of each connection.
    pub(super) fn new(
        config: Arc<EgressConfig>,
        tls: Arc<rustls::ClientConfig>,
        gates: Arc<Gates>,
    ) -> Self {
        let resolver = Arc::new(hyper_rustls::DefaultServerNameResolver::default());
        Self {
            tls: HttpsConnector::new(Dialer { config }, tls, true, resolver),
            gates,
        }
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Linked<MaybeHttpsStream<TokioIo<TcpStream>>>>;
    type Error = ConnectError;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let host = self.gates.host(&uri);
        let connecting = self.tls.call(uri);
        let opening = demand::opened(async move {
            match tokio::time::timeout(CONNECT_TIMEOUT, connecting).await {
                Err(_) => Err(ConnectError::Timeout),
                Ok(Ok(stream)) => Ok(stream),
                // A failure of the dialer comes through as it was.
                Ok(Err(error)) => Err(match error.downcast::<ConnectError>() {
                    Ok(error) => *error,
                    Err(error) => ConnectError::Tls(error),
                }),
            }
        });
        Box::pin(async move {
            let (stream, place) = opening.await.unwrap_or(Err(ConnectError::NotNeeded))?;
            let link = Link::new(place, stream.connected().is_negotiated_h2());
            host.adopt(&link);
            Ok(Linked::new(stream, link))
        })
    }
}

impl Service<Uri> for Dialer {
    type Response = TokioIo<TcpStream>;
    type Error = ConnectError;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let config = Arc::clone(&self.config);
        Box::pin(async move {
            let host = uri.host().unwrap_or_default();
            let port = uri.port_u16().unwrap_or(443);
            let stream = match ConnectTo::find(&config.connect_to, host, port) {
                // The operator's word: not judged.
                Some(target) => dial(&resolve(&target.host, target.port).await?).await?,
                None => dial(&permitted(resolve(host, port).await?)?).await?,
            };
            stream::prepare(&stream).map_err(|why| tcp(&stream, why))?;
            Ok(TokioIo::new(stream))
        })
    }
}

fn tcp(stream: &TcpStream, why: io::Error) -> ConnectError {
    let address = stream
        .peer_addr()
        .unwrap_or_else(|_| SocketAddr::from(([0, 0, 0, 0], 0)));
    ConnectError::Tcp { address, why }
}

async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, ConnectError> {
    let addresses = tokio::net::lookup_host((host, port))
        .await
        .map_err(ConnectError::Dns)?;
    Ok(addresses.collect())
}

/// The addresses that may be dialled, in DNS's order. One prohibited address
/// among them is left out; if no other is there, it is the reason.
fn permitted(addresses: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, ConnectError> {
    let (blocked, permitted): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .partition(|address| is_blocked(address.ip()));
    match blocked.first() {
        Some(address) if permitted.is_empty() => Err(ConnectError::Prohibited(address.ip())),
        _ => Ok(permitted),
    }
}

/// The first that answers.
async fn dial(addresses: &[SocketAddr]) -> Result<TcpStream, ConnectError> {
    let mut last = ConnectError::Dns(io::Error::from(io::ErrorKind::NotFound));
    for &address in addresses {
        let connecting = tokio::time::timeout(ADDRESS_TIMEOUT, TcpStream::connect(address));
        match connecting.await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(why)) => last = ConnectError::Tcp { address, why },
            Err(_) => {
                let why = io::Error::from(io::ErrorKind::TimedOut);
                last = ConnectError::Tcp { address, why };
            }
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts
            .iter()
            .map(|text| SocketAddr::new(text.parse().unwrap(), 443))
            .collect()
    }

    #[test]
    fn a_name_that_resolves_to_a_private_address_is_denied() {
        for private in ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1"] {
            let judged = permitted(addresses(&[private]));
            assert!(
                matches!(judged, Err(ConnectError::Prohibited(_))),
                "{private}"
            );
        }
    }

    #[test]
    fn only_public_addresses_are_dialled() {
        let judged = permitted(addresses(&[
            "10.0.0.1",
            "1.1.1.1",
            "::1",
            "2606:4700::1111",
        ]));
        assert_eq!(judged.unwrap(), addresses(&["1.1.1.1", "2606:4700::1111"]));
    }
}
