//! From a URL to a connection: DNS, the judgement on addresses, TCP, TLS; or a tunnel
//! through a proxy, and TLS.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_rustls::{DefaultServerNameResolver, HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::Connection as _;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use super::EgressConfig;
use super::blocked_networks::is_blocked;
use super::connect_to::{ConnectTo, Endpoint};
use super::demand;
use super::gate::Gates;
use super::link::Link;
use super::proxy::Proxy;
use super::stream::{self, Linked};
use super::tls::TlsError;
use super::tunnel::{self, Path, TunnelError};

/// How long a connection may take in all: DNS, a proxy and TLS included.
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
    #[error("the proxy {proxy} {why}")]
    Proxy {
        proxy: Endpoint,
        #[source]
        why: TunnelError,
    },
    /// Nobody is told: another connection was free before.
    #[error("the call went out on another connection")]
    NotNeeded,
}

impl ConnectError {
    /// The same, of a connection through a proxy: what else would be unclear names it.
    fn through(self, proxy: &Proxy) -> Self {
        let why = match self {
            Self::Tls(why) => TunnelError::Tls(why),
            Self::Timeout => TunnelError::Late,
            other => return other,
        };
        let proxy = proxy.endpoint().clone();
        Self::Proxy { proxy, why }
    }
}

/// Connects with TLS, within the timeout.
#[derive(Clone)]
pub(super) struct Connector {
    config: Arc<EgressConfig>,
    tls: HttpsConnector<Dialer>,
    gates: Arc<Gates>,
}

/// Connects with TCP, to addresses that may be dialled, or through a proxy.
#[derive(Clone)]
struct Dialer {
    config: Arc<EgressConfig>,
    /// For the connection with a proxy.
    proxy_tls: Arc<rustls::ClientConfig>,
}

/// How a host is reached. A host and a port are always reached in the same way, and the
/// client keeps its connections by both: a call never finds one that goes another way.
#[derive(Debug, PartialEq, Eq)]
enum Way<'a> {
    /// At this address, which is the operator's word: not judged.
    Named(&'a Endpoint),
    /// Through the proxy, which finds the address: it cannot be judged.
    Proxy(&'a Proxy),
    /// At the addresses that its name resolves to.
    Direct,
}

impl<'a> Way<'a> {
    fn to(config: &'a EgressConfig, host: &str, port: u16) -> Self {
        if let Some(target) = ConnectTo::find(&config.connect_to, host, port) {
            return Self::Named(target);
        }
        match &config.proxy {
            Some(proxy) if proxy.is_for(host, port) => Self::Proxy(proxy),
            _ => Self::Direct,
        }
    }
}

pub(super) type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, ConnectError>> + Send>>;

impl Connector {
    /// `gates` hears of each connection.
    ///
    /// # Errors
    ///
    /// When there is nobody to trust.
    pub(super) fn new(
        config: &Arc<EgressConfig>,
        gates: Arc<Gates>,
    ) -> Result<Self, Arc<TlsError>> {
        let dialer = Dialer {
            config: Arc::clone(config),
            proxy_tls: config.proxy_tls()?,
        };
        let resolver = Arc::new(DefaultServerNameResolver::default());
        Ok(Self {
            config: Arc::clone(config),
            tls: HttpsConnector::new(dialer, config.tls()?, true, resolver),
            gates,
        })
    }
}

/// The host and the port of an HTTPS URL.
fn host_and_port(uri: &Uri) -> (&str, u16) {
    (
        uri.host().unwrap_or_default(),
        uri.port_u16().unwrap_or(443),
    )
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Linked<MaybeHttpsStream<Path>>>;
    type Error = ConnectError;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let gated = self.gates.host(&uri);
        let config = Arc::clone(&self.config);
        let connecting = self.tls.call(uri.clone());
        let opening = demand::opened(async move {
            let failed = match tokio::time::timeout(CONNECT_TIMEOUT, connecting).await {
                Ok(Ok(stream)) => return Ok(stream),
                Err(_) => ConnectError::Timeout,
                // A failure of the dialer comes through as it was.
                Ok(Err(error)) => match error.downcast::<ConnectError>() {
                    Ok(error) => *error,
                    Err(error) => ConnectError::Tls(error),
                },
            };
            let (host, port) = host_and_port(&uri);
            Err(match Way::to(&config, host, port) {
                Way::Proxy(proxy) => failed.through(proxy),
                Way::Named(_) | Way::Direct => failed,
            })
        });
        Box::pin(async move {
            let (stream, place) = opening.await.unwrap_or(Err(ConnectError::NotNeeded))?;
            let link = Link::new(place, stream.connected().is_negotiated_h2());
            gated.adopt(&link);
            Ok(Linked::new(stream, link))
        })
    }
}

impl Service<Uri> for Dialer {
    type Response = Path;
    type Error = ConnectError;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let (config, proxy_tls) = (Arc::clone(&self.config), Arc::clone(&self.proxy_tls));
        Box::pin(async move {
            let (host, port) = host_and_port(&uri);
            let stream = match Way::to(&config, host, port) {
                Way::Named(target) => dial(&resolve(&target.host, target.port).await?).await?,
                Way::Proxy(proxy) => return tunnel::open(proxy, proxy_tls, host, port).await,
                Way::Direct => dial(&permitted(resolve(host, port).await?)?).await?,
            };
            prepared(stream).map(Path::Http)
        })
    }
}

/// A connection that notices a dead peer.
pub(super) fn prepared(stream: TcpStream) -> Result<TokioIo<TcpStream>, ConnectError> {
    stream::prepare(&stream).map_err(|why| tcp(&stream, why))?;
    Ok(TokioIo::new(stream))
}

fn tcp(stream: &TcpStream, why: io::Error) -> ConnectError {
    let address = stream
        .peer_addr()
        .unwrap_or_else(|_| SocketAddr::from(([0, 0, 0, 0], 0)));
    ConnectError::Tcp { address, why }
}

pub(super) async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, ConnectError> {
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
pub(super) async fn dial(addresses: &[SocketAddr]) -> Result<TcpStream, ConnectError> {
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

    #[test]
    fn a_proxy_is_the_way_to_what_nothing_else_is_said_of() {
        let proxy: Proxy = "http://proxy.example:3128".parse().unwrap();
        let config = EgressConfig {
            connect_to: vec!["named.example:443:127.0.0.1:1".parse().unwrap()],
            proxy: Some(proxy.no_proxy("direct.example")),
            ..EgressConfig::default()
        };
        let way = |uri: &str| {
            let uri: Uri = uri.parse().unwrap();
            let (host, port) = host_and_port(&uri);
            match Way::to(&config, host, port) {
                Way::Named(_) => "named",
                Way::Proxy(_) => "proxy",
                Way::Direct => "direct",
            }
        };
        for (uri, expected) in [
            ("https://acme.my.salesforce.com/x", "proxy"),
            ("https://acme.my.salesforce.com:443/y", "proxy"),
            ("https://named.example/", "named"),
            ("https://named.example:8443/", "proxy"),
            ("https://direct.example/", "direct"),
            ("https://x.direct.example/", "direct"),
            ("https://localhost/", "direct"),
        ] {
            assert_eq!(way(uri), expected, "{uri}");
        }
        let without = EgressConfig::default();
        assert_eq!(
            Way::to(&without, "acme.my.salesforce.com", 443),
            Way::Direct
        );
    }

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
