//! From a URL to a connection: the way to its host, TCP, TLS; or a tunnel through a proxy,
//! and TLS.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::Uri;
use hyper_rustls::{DefaultServerNameResolver, HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::Connection as _;
use hyper_util::rt::TokioIo;
use tower_service::Service;

use super::config::EgressConfig;
use super::connect_error::{CONNECT_TIMEOUT, ConnectError};
use super::connect_to::{ConnectTo, Endpoint};
use super::demand;
use super::dial::{Connecting, dial, permitted, prepared, resolve};
use super::gate::Gates;
use super::link::Link;
use super::proxy::Proxy;
use super::stream::Linked;
use super::tls::TlsError;
use super::tunnel::{self, Path};

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_the_way_to_what_nothing_else_is_said_of() {
        let proxy: Proxy = "http://proxy.example:3128".parse().unwrap();
        let mut config = EgressConfig::default();
        let named = "named.example:443:127.0.0.1:1".parse().unwrap();
        config.connect_to.push(named);
        config.proxy = Some(proxy.no_proxy("direct.example"));
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
}
