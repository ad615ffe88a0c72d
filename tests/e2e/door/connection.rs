//! A connection of a client that stays open: HTTP/1.1 or HTTP/2, over TLS.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{Method, Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::Door;
use crate::raw_org::Protocol;

/// Connects to a door, by one protocol.
#[derive(Clone)]
pub(super) struct Connector {
    tls: TlsConnector,
    address: SocketAddr,
    protocol: Protocol,
}

/// An open connection. It is used for one request after another, or not at all.
pub(super) struct Connection {
    sender: Sender,
    address: SocketAddr,
    /// Ends with the connection.
    pub(super) ended: JoinHandle<hyper::Result<()>>,
}

enum Sender {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

impl Connector {
    /// To a door.
    pub(super) fn to(door: &Door, protocol: Protocol) -> Self {
        let address = (Ipv4Addr::LOCALHOST, door.port()).into();
        Self::new(&door.ca(), address, protocol)
    }

    /// To an address, with trust in one authority.
    pub(super) fn new(ca: &Path, address: SocketAddr, protocol: Protocol) -> Self {
        let mut roots = RootCertStore::empty();
        let ca = CertificateDer::from_pem_slice(&fs::read(ca).unwrap()).unwrap();
        roots.add(ca).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name: &[u8] = match protocol {
            Protocol::Http1 => b"http/1.1",
            Protocol::Http2 => b"h2",
        };
        config.alpn_protocols = vec![name.to_vec()];
        Self {
            tls: TlsConnector::from(Arc::new(config)),
            address,
            protocol,
        }
    }

    /// The bytes beneath HTTP.
    pub(super) async fn stream(&self) -> io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        let name = ServerName::try_from("localhost").unwrap();
        self.tls.connect(name, stream).await
    }

    pub(super) async fn open(&self) -> io::Result<Connection> {
        let stream = TokioIo::new(self.stream().await?);
        let (sender, ended) = match self.protocol {
            Protocol::Http1 => {
                let (sender, connection) =
                    http1::handshake(stream).await.map_err(io::Error::other)?;
                (Sender::Http1(sender), tokio::spawn(connection))
            }
            Protocol::Http2 => {
                let shaken = http2::handshake(TokioExecutor::new(), stream).await;
                let (sender, connection) = shaken.map_err(io::Error::other)?;
                (Sender::Http2(sender), tokio::spawn(connection))
            }
        };
        Ok(Connection {
            sender,
            address: self.address,
            ended,
        })
    }
}

impl Connection {
    /// Sends a request with a key, and waits for the head of its answer.
    pub(super) async fn send(
        &mut self,
        key: &str,
        method: Method,
        path: &str,
        json: &str,
    ) -> hyper::Result<Response<Incoming>> {
        let host = format!("localhost:{}", self.address.port());
        let mut request = Request::builder()
            .method(method)
            .header(AUTHORIZATION, format!("Bearer {key}"));
        if !json.is_empty() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let body = Full::from(json.to_owned());
        match &mut self.sender {
            Sender::Http1(sender) => {
                sender.ready().await?;
                let request = request.uri(path).header(HOST, host).body(body).unwrap();
                sender.send_request(request).await
            }
            Sender::Http2(sender) => {
                sender.ready().await?;
                let uri = format!("https://{host}{path}");
                sender
                    .send_request(request.uri(uri).body(body).unwrap())
                    .await
            }
        }
    }

    /// The same for a GET.
    pub(super) async fn get(&mut self, key: &str, path: &str) -> hyper::Result<Response<Incoming>> {
        self.send(key, Method::GET, path, "").await
    }
}
