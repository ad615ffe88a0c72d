//! `cargo run --release --example latency`: one small query, through the
//! component and by a bare HTTP client, on one TLS server in one run.
#![expect(clippy::print_stdout, reason = "the figures are its output")]

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use sfbox::secret_store::MemoryStore;
use sfbox::{QueryOptions, Runtime};
use sfbox_emulator::Emulator;

const ROUNDS: usize = 5;
const CALLS: u32 = 400;
const SOQL: &str = "SELECT Id FROM Account LIMIT 1";

type Client = hyper_util::client::legacy::Client<
    hyper_rustls::HttpsConnector<HttpConnector<Loopback>>,
    Empty<Bytes>,
>;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let emulator = Emulator::builder().my_domain("acme.my").start().await?;
    let credentials = emulator.credentials();
    let secret = serde_json::json!({
        "Domain": credentials.domain,
        "ConsumerKey": credentials.consumer_key,
        "ConsumerSecret": credentials.consumer_secret.expose(),
    });
    let ca = emulator
        .ca_pem()
        .ok_or_else(|| anyhow::anyhow!("no TLS"))?
        .to_owned();
    let store = Arc::new(MemoryStore::new([("acme", secret.to_string())]));
    let runtime = Runtime::builder()
        .store(Arc::clone(&store))
        .org("acme")
        .workers(NonZeroUsize::MIN)
        .connect_to(format!("{}:443:{}", emulator.host(), emulator.address()).parse()?)
        .extra_ca(ca.clone())
        .build()?;
    let org = runtime.org("acme")?;
    let options = QueryOptions::default();
    org.query(SOQL, &options).await?;

    let name = sfbox::secret_store::SecretName::parse("acme")?;
    let stored = sfbox::secret_store::SecretStore::read(&*store, &name).await?;
    let stored: serde_json::Value =
        serde_json::from_str(secrecy::ExposeSecret::expose_secret(&stored.text))?;
    let token = stored["SessionId"].as_str().unwrap_or_default().to_owned();
    let bare = client(&ca, emulator.address().port())?;
    let uri = format!(
        "https://{}/services/data/v66.0/query?q={}",
        emulator.host(),
        SOQL.replace(' ', "%20")
    );

    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        for _ in 0..CALLS {
            org.query(SOQL, &options).await?;
        }
        ours.push(begun.elapsed() / CALLS);
        let begun = Instant::now();
        for _ in 0..CALLS {
            get(&bare, &uri, &token).await?;
        }
        theirs.push(begun.elapsed() / CALLS);
    }
    let (ours, theirs) = (median(ours), median(theirs));
    println!(
        "component  {ours:?}\nbare hyper {theirs:?}\nratio      {:.2}",
        ours.as_secs_f64() / theirs.as_secs_f64()
    );
    runtime.shut_down().await;
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

async fn get(client: &Client, uri: &str, token: &str) -> anyhow::Result<()> {
    let request = http::Request::get(uri)
        .header("authorization", format!("Bearer {token}"))
        .body(Empty::new())?;
    let response = client.request(request).await?;
    anyhow::ensure!(response.status() == 200, "{}", response.status());
    response.into_body().collect().await?;
    Ok(())
}

/// Every name is this machine, at one port.
#[derive(Clone)]
struct Loopback(u16);

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

/// A client as one would write it.
fn client(ca: &str, port: u16) -> anyhow::Result<Client> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca.as_bytes())?)?;
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
    Ok(hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build(https))
}
