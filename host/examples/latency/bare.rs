//! A client as one would write it, for this one query.

use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use secrecy::{ExposeSecret as _, SecretString};

pub(crate) type Http = Client<hyper_rustls::HttpsConnector<HttpConnector<Loopback>>, Full<Bytes>>;

/// The query, with the token that somebody else fetched.
pub(crate) struct Query {
    uri: http::Uri,
    bearer: http::HeaderValue,
}

impl Query {
    pub(crate) fn new(host: &str, soql: &str, secret: &SecretString) -> anyhow::Result<Self> {
        let secret: serde_json::Value = serde_json::from_str(secret.expose_secret())?;
        let token = secret["SessionId"].as_str().unwrap_or_default();
        let mut bearer = http::HeaderValue::try_from(format!("Bearer {token}"))?;
        bearer.set_sensitive(true);
        let soql = soql.replace(' ', "%20");
        let uri = format!("https://{host}/services/data/v66.0/query?q={soql}").parse()?;
        Ok(Self { uri, bearer })
    }

    pub(crate) async fn send(&self, http: &Http) -> anyhow::Result<()> {
        let request = http::Request::get(self.uri.clone())
            .header("authorization", self.bearer.clone())
            .body(Full::default())?;
        let response = http.request(request).await?;
        anyhow::ensure!(response.status() == 200, "{}", response.status());
        response.into_body().collect().await?;
        Ok(())
    }
}

/// Every name is this machine, at one port.
#[derive(Clone)]
pub(crate) struct Loopback(u16);

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

pub(crate) fn client(ca_pem: &str, port: u16) -> anyhow::Result<Http> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca_pem.as_bytes())?)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut http = HttpConnector::new_with_resolver(Loopback(port));
    http.enforce_http(false);
    http.set_nodelay(true);
    let https = hyper_rustls::HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_only()
        .enable_http2()
        .wrap_connector(http);
    Ok(Client::builder(TokioExecutor::new()).build(https))
}
