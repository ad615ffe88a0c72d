//! A server for contenders: TLS on loopback, and what an org says beside its answers. What it
//! answers is the caller's.

use std::convert::Infallible;
use std::io;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;
use tokio::task::spawn_blocking;
use tokio_rustls::TlsAcceptor;

/// What an org says beside its answer, so that there is as much to read.
const OTHERS: [(&str, &str); 8] = [
    ("sforce-limit-info", "api-usage=10018/100000"),
    (
        "cache-control",
        "no-cache,must-revalidate,max-age=0,no-store,private",
    ),
    (
        "set-cookie",
        "BrowserId=AAAAAAAAAAAAAAAAAAAAAA; domain=.salesforce.com; path=/; secure",
    ),
    (
        "strict-transport-security",
        "max-age=63072000; includeSubDomains",
    ),
    ("vary", "Accept-Encoding"),
    ("x-content-type-options", "nosniff"),
    ("x-request-id", "0123456789abcdef0123456789abcdef"),
    ("server", "sfdcedge"),
];

/// The body of an answer.
pub type Body = UnsyncBoxBody<Bytes, Infallible>;

/// An org: an answer for each request.
pub trait Answers: Send + Sync + 'static {
    /// The answer.
    fn answer(&self, request: Request<Incoming>) -> impl Future<Output = Response<Body>> + Send;
}

/// Serves on two ports of loopback: one that speaks HTTP/1.1 alone, and one that speaks HTTP/2
/// with clients that want it. Answers with them.
///
/// # Errors
///
/// When the certificate or the key cannot be used.
pub async fn listen(
    certificate: &Path,
    key: &Path,
    answers: impl Answers,
) -> anyhow::Result<[u16; 2]> {
    let answers = Arc::new(answers);
    let mut ports = [0; 2];
    for (protocols, port) in [&["http/1.1"][..], &["h2", "http/1.1"]]
        .into_iter()
        .zip(&mut ports)
    {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        *port = listener.local_addr()?.port();
        let tls = TlsAcceptor::from(config(certificate, key, protocols)?);
        tokio::spawn(accept(listener, tls, Arc::clone(&answers)));
    }
    Ok(ports)
}

/// Waits for the end of standard input.
///
/// # Errors
///
/// When it cannot be read.
pub async fn end_of_input() -> anyhow::Result<()> {
    let input = spawn_blocking(|| io::copy(&mut io::stdin(), &mut io::sink()));
    input.await??;
    Ok(())
}

fn config(certificate: &Path, key: &Path, protocols: &[&str]) -> anyhow::Result<Arc<ServerConfig>> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(certificate)?.collect();
    let key = PrivateKeyDer::from_pem_file(key)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain?, key)
        .context("the certificate cannot be used")?;
    config.alpn_protocols = protocols
        .iter()
        .map(|name| name.as_bytes().to_vec())
        .collect();
    Ok(Arc::new(config))
}

async fn accept<A: Answers>(listener: TcpListener, tls: TlsAcceptor, answers: Arc<A>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (tls, answers) = (tls.clone(), Arc::clone(&answers));
        tokio::spawn(async move {
            _ = stream.set_nodelay(true);
            let Ok(stream) = tls.accept(stream).await else {
                return;
            };
            let service = service_fn(|request| {
                let answers = Arc::clone(&answers);
                async move { Ok::<_, Infallible>(dressed(answers.answer(request).await)) }
            });
            // A client that hangs up is no failure.
            _ = Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

/// An answer with the headers that every answer has.
fn dressed(mut response: Response<Body>) -> Response<Body> {
    let json = HeaderValue::from_static("application/json;charset=UTF-8");
    let headers = response.headers_mut();
    headers.entry(CONTENT_TYPE).or_insert(json);
    for (name, value) in OTHERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// A body that is at hand.
#[must_use]
pub fn whole(body: impl Into<Bytes>) -> Body {
    Full::new(body.into()).boxed_unsync()
}

/// Whether a client reads compressed bodies.
#[must_use]
pub fn takes_gzip(asked: &HeaderMap) -> bool {
    let encodings = asked.get(ACCEPT_ENCODING);
    let encodings = encodings.and_then(|value| value.to_str().ok());
    encodings.is_some_and(|value| value.contains("gzip"))
}
