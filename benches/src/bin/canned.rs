//! `canned ANSWERS CERTIFICATE KEY`: an org that costs next to nothing. Its small answers
//! lie in memory, its long bodies are one part again and again, and what is sent to it is
//! read and forgotten. Prints its two ports: one that speaks HTTP/1.1 alone, and one that
//! speaks HTTP/2 with who wants it. It ends with its input.
#![expect(clippy::print_stdout, reason = "its ports are its output")]

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::{fs, io};

use anyhow::Context as _;
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue,
};
use http::{Method, Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;
use tokio::task::spawn_blocking;
use tokio_rustls::TlsAcceptor;

/// Bytes of a part of a long body.
const PART: usize = 256 << 10;

/// What asks for a long body, with its length behind it.
const LONG: &str = "bytes=";

/// How a query for a page ends, however its spaces are encoded.
const PAGE: &str = "2000";

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

type Body = UnsyncBoxBody<Bytes, Infallible>;

struct Answers {
    small: Bytes,
    page: Bytes,
    packed_page: Bytes,
    part: Bytes,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, certificate, key] = &arguments[..] else {
        anyhow::bail!("usage: canned ANSWERS CERTIFICATE KEY");
    };
    let read = |name: &str| fs::read(Path::new(folder).join(name)).map(Bytes::from);
    let answers = Arc::new(Answers {
        small: read("small.json")?,
        page: read("page.json")?,
        packed_page: read("page.json.gz")?,
        part: vec![b'x'; PART].into(),
    });
    let mut ports = Vec::new();
    for protocols in [&["http/1.1"][..], &["h2", "http/1.1"]] {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        ports.push(listener.local_addr()?.port());
        let tls = TlsAcceptor::from(config(certificate, key, protocols)?);
        tokio::spawn(accept(listener, tls, Arc::clone(&answers)));
    }
    println!("{}", serde_json::to_string(&ports)?);
    let input = spawn_blocking(|| io::copy(&mut io::stdin(), &mut io::sink()));
    input.await??;
    Ok(())
}

fn config(certificate: &str, key: &str, protocols: &[&str]) -> anyhow::Result<Arc<ServerConfig>> {
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

async fn accept(listener: TcpListener, tls: TlsAcceptor, answers: Arc<Answers>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (tls, answers) = (tls.clone(), Arc::clone(&answers));
        tokio::spawn(async move {
            _ = stream.set_nodelay(true);
            let Ok(stream) = tls.accept(stream).await else {
                return;
            };
            let service = service_fn(|request| {
                let answers = Arc::clone(&answers);
                async move { Ok::<_, Infallible>(answers.answer(request).await) }
            });
            // A client that hangs up is no failure.
            _ = Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

impl Answers {
    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let (head, mut body) = request.into_parts();
        while let Some(Ok(_)) = body.frame().await {}
        let query = head.uri.query().unwrap_or_default();
        let length = query.strip_prefix(LONG).and_then(|text| text.parse().ok());
        let mut response = match length {
            Some(length) => self.long(length),
            None if query.ends_with(PAGE) => self.page(&head.headers),
            None => Response::new(whole(&self.small)),
        };
        if head.method != Method::GET {
            *response.status_mut() = StatusCode::CREATED;
        }
        let json = HeaderValue::from_static("application/json;charset=UTF-8");
        response.headers_mut().entry(CONTENT_TYPE).or_insert(json);
        for (name, value) in OTHERS {
            let value = HeaderValue::from_static(value);
            response.headers_mut().insert(name, value);
        }
        response
    }

    fn page(&self, asked: &HeaderMap) -> Response<Body> {
        let takes_gzip = asked.get(ACCEPT_ENCODING);
        let takes_gzip = takes_gzip.and_then(|value| value.to_str().ok());
        if !takes_gzip.is_some_and(|value| value.contains("gzip")) {
            return Response::new(whole(&self.page));
        }
        let mut response = Response::new(whole(&self.packed_page));
        let gzip = HeaderValue::from_static("gzip");
        response.headers_mut().insert(CONTENT_ENCODING, gzip);
        response
    }

    fn long(&self, length: usize) -> Response<Body> {
        let part = self.part.clone();
        let parts = stream::iter((0..length).step_by(PART));
        let frames = parts.map(move |from| {
            let part = part.slice(..PART.min(length - from));
            Ok(Frame::data(part))
        });
        let mut response = Response::new(StreamBody::new(frames).boxed_unsync());
        let binary = HeaderValue::from_static("application/octet-stream");
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, binary);
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        response
    }
}

fn whole(body: &Bytes) -> Body {
    Full::new(body.clone()).boxed_unsync()
}
