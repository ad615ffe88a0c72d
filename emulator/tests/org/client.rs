//! A client as thin as can be: it sends what a test says and shows what came.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Version};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use sfbox_emulator::{Builder, Emulator};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};

/// The canned error text that a test compares with.
pub(crate) const EXPIRED: &str =
    r#"[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]"#;

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Why nothing whole came back.
pub(crate) type Broken = Box<dyn std::error::Error + Send + Sync>;

/// An org, and how it is reached.
pub(crate) struct Org {
    pub(crate) emulator: Emulator,
}

/// One connection.
pub(crate) enum Connection {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

impl Reply {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("text"))
    }

    /// `errorCode: message` of the first error.
    pub(crate) fn error(&self) -> String {
        let json = self.json();
        let member = |name: &str| json[0][name].as_str().unwrap_or("none").to_owned();
        format!("{}: {}", member("errorCode"), member("message"))
    }
}

impl Org {
    pub(crate) async fn start() -> Self {
        Self::start_with(Emulator::builder()).await
    }

    pub(crate) async fn start_with(builder: Builder) -> Self {
        Self {
            emulator: builder.start().await.expect("an org"),
        }
    }

    /// Opens a connection: the newest protocol that the server speaks.
    pub(crate) async fn connect(&self) -> Result<Connection, Broken> {
        let stream = TcpStream::connect(self.emulator.address()).await?;
        if self.emulator.ca_pem().is_none() {
            return http1_over(stream).await;
        }
        let stream = self.handshake(stream, &[b"h2", b"http/1.1"]).await?;
        if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
            http2_over(stream).await
        } else {
            http1_over(stream).await
        }
    }

    /// Opens a connection that speaks HTTP/1.1 over TLS.
    pub(crate) async fn connect_http1(&self) -> Result<Connection, Broken> {
        let stream = TcpStream::connect(self.emulator.address()).await?;
        http1_over(self.handshake(stream, &[b"http/1.1"]).await?).await
    }

    /// Secures a connection to the host of this name, whose certificate must have it.
    pub(crate) async fn handshake_as(
        &self,
        host: &str,
        stream: TcpStream,
        protocols: &[&[u8]],
    ) -> Result<TlsStream<TcpStream>, Broken> {
        let mut roots = RootCertStore::empty();
        let pem = self.emulator.ca_pem().ok_or("no certificate")?;
        roots.add(CertificateDer::from_pem_slice(pem.as_bytes())?)?;
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        let name = ServerName::try_from(host.to_owned())?;
        Ok(TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await?)
    }

    async fn handshake(
        &self,
        stream: TcpStream,
        protocols: &[&[u8]],
    ) -> Result<TlsStream<TcpStream>, Broken> {
        self.handshake_as(self.emulator.host(), stream, protocols)
            .await
    }

    /// A request to a path of the org.
    pub(crate) fn request(&self, method: &str, path: &str) -> Request<Full<Bytes>> {
        let uri = format!("https://{}{path}", self.emulator.host());
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        Request::builder()
            .method(method)
            .uri(uri)
            .body(Full::default())
            .expect("a request")
    }

    /// A GET with a token.
    pub(crate) fn get(&self, token: &str, path: &str) -> Request<Full<Bytes>> {
        with(
            self.request("GET", path),
            "authorization",
            &format!("Bearer {token}"),
        )
    }

    /// The same request, addressed to another host.
    pub(crate) fn addressed(
        mut request: Request<Full<Bytes>>,
        authority: &str,
    ) -> Request<Full<Bytes>> {
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str());
        let uri = format!("https://{authority}{path}").parse();
        *request.uri_mut() = uri.expect("a URI");
        request
    }

    /// A login with the org's own credentials.
    pub(crate) fn login_request(&self) -> Request<Full<Bytes>> {
        let credentials = self.emulator.credentials();
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("client_id", &credentials.consumer_key)
            .append_pair("client_secret", credentials.consumer_secret.expose())
            .finish();
        let request = self.request("POST", "/services/oauth2/token");
        let request = with(request, "content-type", "application/x-www-form-urlencoded");
        request.map(|_| Full::from(form))
    }

    /// A question about a token, with the org's own credentials.
    pub(crate) fn introspect_request(&self, token: &str) -> Request<Full<Bytes>> {
        let credentials = self.emulator.credentials();
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("token", token)
            .append_pair("client_id", &credentials.consumer_key)
            .append_pair("client_secret", credentials.consumer_secret.expose())
            .finish();
        let request = self.request("POST", "/services/oauth2/introspect");
        let request = with(request, "content-type", "application/x-www-form-urlencoded");
        request.map(|_| Full::from(form))
    }

    /// Asks about a token.
    pub(crate) async fn introspect(&self, token: &str) -> Reply {
        self.send(self.introspect_request(token)).await
    }

    /// Sends one request on a connection of its own.
    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Reply {
        self.connect()
            .await
            .expect("a connection")
            .send(request)
            .await
            .expect("a reply")
    }

    /// Logs in and answers the token.
    pub(crate) async fn log_in(&self) -> String {
        let reply = self.send(self.login_request()).await;
        reply.json()["access_token"]
            .as_str()
            .expect("a token")
            .to_owned()
    }

    /// Runs a statement on a session.
    pub(crate) async fn query(&self, token: &str, soql: &str) -> Reply {
        self.send(self.get(token, &query_path(soql))).await
    }

    /// Sends JSON to a control endpoint.
    pub(crate) async fn control(&self, method: &str, endpoint: &str, body: &Value) -> Reply {
        let request = self.request(method, &format!("/__emulator/{endpoint}"));
        self.send(request.map(|_| Full::from(body.to_string())))
            .await
    }
}

impl Connection {
    pub(crate) fn version(&self) -> Version {
        match self {
            Self::Http1(_) => Version::HTTP_11,
            Self::Http2(_) => Version::HTTP_2,
        }
    }

    /// Sends a request and reads the whole reply.
    pub(crate) async fn send(
        &mut self,
        mut request: Request<Full<Bytes>>,
    ) -> Result<Reply, Broken> {
        let response = match self {
            Self::Http1(sender) => {
                let host = request
                    .uri()
                    .authority()
                    .map(|authority| authority.to_string())
                    .unwrap_or_default();
                request
                    .headers_mut()
                    .entry("host")
                    .or_insert(HeaderValue::try_from(host)?);
                let target = request
                    .uri()
                    .path_and_query()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                *request.uri_mut() = target.parse()?;
                sender.ready().await?;
                sender.send_request(request).await?
            }
            Self::Http2(sender) => {
                sender.ready().await?;
                sender.send_request(request).await?
            }
        };
        read(response).await
    }
}

/// The request with one more header.
pub(crate) fn with(
    mut request: Request<Full<Bytes>>,
    name: &'static str,
    value: &str,
) -> Request<Full<Bytes>> {
    request
        .headers_mut()
        .insert(name, HeaderValue::try_from(value).expect("a value"));
    request
}

/// The path and query of a statement.
pub(crate) fn query_path(soql: &str) -> String {
    let q: String = form_urlencoded::byte_serialize(soql.as_bytes()).collect();
    format!("/services/data/v66.0/query?q={q}")
}

async fn read(response: http::Response<Incoming>) -> Result<Reply, Broken> {
    let (parts, body) = response.into_parts();
    let body = body.collect().await?.to_bytes();
    Ok(Reply {
        status: parts.status,
        headers: parts.headers,
        body,
    })
}

async fn http1_over<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
    stream: S,
) -> Result<Connection, Broken> {
    let (sender, connection) = http1::Builder::new()
        .handshake(TokioIo::new(stream))
        .await?;
    tokio::spawn(connection);
    Ok(Connection::Http1(sender))
}

async fn http2_over<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
    stream: S,
) -> Result<Connection, Broken> {
    let (sender, connection) = http2::Builder::new(TokioExecutor::new())
        .max_header_list_size(1 << 20)
        .handshake(TokioIo::new(stream))
        .await?;
    tokio::spawn(connection);
    Ok(Connection::Http2(sender))
}
