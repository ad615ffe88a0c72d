//! A client as one would write it for this one query, with the settings of the
//! host's way out: HTTP/2 where the server has it, gzip, no delay.

use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, HeaderValue};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::org::Org;

/// hyper's client, over TLS, to loopback.
pub type Http = Client<hyper_rustls::HttpsConnector<HttpConnector<Loopback>>, Full<Bytes>>;

/// As the host's.
const POOL_IDLE: Duration = Duration::from_secs(60);

/// As the host's.
const POOL_IDLE_MAX: usize = 64;

/// A client that trusts the org's authority and finds every name at its port.
///
/// # Errors
///
/// When the authority's certificate cannot be read.
pub fn client(org: &Org) -> anyhow::Result<Http> {
    client_of(org, Versions::All)
}

/// The versions of HTTP that a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Versions {
    /// HTTP/2 where the server has it.
    All,
    /// As most clients of Salesforce.
    Http1,
}

/// A client that speaks these versions.
///
/// # Errors
///
/// When the authority's certificate cannot be read.
pub fn client_of(org: &Org, versions: Versions) -> anyhow::Result<Http> {
    let tls = tls(org)?;
    let mut http = HttpConnector::new_with_resolver(Loopback(org.port));
    http.enforce_http(false);
    http.set_nodelay(true);
    let https = hyper_rustls::HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_only();
    let https = match versions {
        Versions::All => https.enable_all_versions().wrap_connector(http),
        Versions::Http1 => https.enable_http1().wrap_connector(http),
    };
    Ok(Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(POOL_IDLE)
        .pool_max_idle_per_host(POOL_IDLE_MAX)
        .build(https))
}

fn tls(org: &Org) -> anyhow::Result<rustls::ClientConfig> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(org.ca_pem.as_bytes())?)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

/// One connection, for HTTP/1.1.
///
/// # Errors
///
/// When there is none.
pub async fn connect(org: &Org) -> anyhow::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, org.port)).await?;
    stream.set_nodelay(true)?;
    let name = ServerName::try_from(org.host.clone())?;
    let connector = TlsConnector::from(Arc::new(tls(org)?));
    Ok(connector.connect(name, stream).await?)
}

/// Queries with a token that somebody else fetched.
pub struct Querier {
    http: Http,
    host: String,
    bearer: HeaderValue,
}

impl Querier {
    /// Asks this org.
    ///
    /// # Errors
    ///
    /// When its authority or token cannot be used.
    pub fn new(org: &Org, versions: Versions) -> anyhow::Result<Self> {
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", org.token))?;
        bearer.set_sensitive(true);
        Ok(Self {
            http: client_of(org, versions)?,
            host: org.host.clone(),
            bearer,
        })
    }

    /// The whole answer, decompressed, in memory.
    ///
    /// # Errors
    ///
    /// When the answer is not a success.
    pub async fn query(&self, soql: &str) -> anyhow::Result<Bytes> {
        let soql = utf8_percent_encode(soql, NON_ALPHANUMERIC);
        self.get(&format!("/services/data/v66.0/query?q={soql}"))
            .await
    }

    /// The same of any path, such as that of the next page.
    ///
    /// # Errors
    ///
    /// When the answer is not a success.
    pub async fn get(&self, path: &str) -> anyhow::Result<Bytes> {
        let request = http::Request::get(format!("https://{}{path}", self.host))
            .header(AUTHORIZATION, self.bearer.clone())
            .header(ACCEPT_ENCODING, HeaderValue::from_static("gzip"))
            .body(Full::default())?;
        let response = self.http.request(request).await?;
        anyhow::ensure!(response.status() == 200, "{}", response.status());
        let compressed = response
            .headers()
            .get(CONTENT_ENCODING)
            .is_some_and(|encoding| encoding == "gzip");
        let body = response.into_body().collect().await?.to_bytes();
        Ok(if compressed {
            inflate(&body)?.into()
        } else {
            body
        })
    }
}

/// A body that was compressed, as it was.
///
/// # Errors
///
/// When it is not gzip.
pub fn inflate(gzip: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(gzip).read_to_end(&mut plain)?;
    Ok(plain)
}

/// Every name is this machine, at one port.
#[derive(Clone)]
pub struct Loopback(u16);

impl tower_service::Service<Name> for Loopback {
    type Response = std::iter::Once<SocketAddr>;
    type Error = std::convert::Infallible;
    type Future = std::future::Ready<Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Name) -> Self::Future {
        std::future::ready(Ok(std::iter::once(([127, 0, 0, 1], self.0).into())))
    }
}
