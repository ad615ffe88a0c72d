//! A way through a proxy: CONNECT (RFC 9110, section 9.3.6).
//!
//! What travels in the tunnel is TLS with the org's host, so that a proxy learns the
//! host's name and nothing else.

use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{HOST, HeaderValue, PROXY_AUTHORIZATION};
use http::{Request, StatusCode, Uri};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper::rt::{Read, Write};
use hyper_rustls::{DefaultServerNameResolver, HttpsConnector, MaybeHttpsStream};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use super::connect_error::{ConnectError, TunnelError};
use super::dial::{Connecting, dial, prepared, resolve};
use super::proxy::Proxy;

/// How many bytes of a proxy's answer are read at most: a status line, and headers that
/// nobody needs. It is room for what squid and others say of themselves.
const HEAD_BYTES_MAX: usize = 16 << 10;

/// TCP to the org's host, or to a proxy, with TLS if the proxy itself has it.
pub(super) type Path = MaybeHttpsStream<TokioIo<TcpStream>>;

/// Opens a tunnel to this host and port, whose name was judged. Its address cannot be: the
/// proxy finds it. `tls` is for a proxy that has TLS itself, and must not offer HTTP/2.
pub(super) async fn open(
    proxy: &Proxy,
    tls: Arc<rustls::ClientConfig>,
    host: &str,
    port: u16,
) -> Result<Path, ConnectError> {
    let resolver = Arc::new(DefaultServerNameResolver::default());
    let mut to_proxy = HttpsConnector::new(ProxyDialer, tls, false, resolver);
    let target = format!("{host}:{port}");
    let opened = match to_proxy.call(proxy.uri().clone()).await {
        Ok(stream) => connect(stream, &target, proxy.authorization()).await,
        Err(why) => Err(TunnelError::Unreachable(why)),
    };
    let stream = opened.map_err(|why| ConnectError::Proxy {
        proxy: proxy.endpoint().clone(),
        why,
    })?;
    tracing::info!(
        %proxy,
        to = target,
        "a connection goes through the proxy: the name of its host was judged, the address cannot be"
    );
    Ok(stream)
}

/// Connects with the proxy by TCP. Its address is the operator's word: not judged.
#[derive(Clone)]
struct ProxyDialer;

impl Service<Uri> for ProxyDialer {
    type Response = TokioIo<TcpStream>;
    type Error = ConnectError;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(async move {
            let host = uri.host().unwrap_or_default();
            let host = host.trim_start_matches('[').trim_end_matches(']');
            let is_tls = uri.scheme() == Some(&http::uri::Scheme::HTTPS);
            let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
            prepared(dial(&resolve(host, port).await?).await?)
        })
    }
}

/// Asks for a tunnel on a connection with the proxy, and gives the connection back when
/// there is one.
async fn connect<T>(
    stream: T,
    target: &str,
    authorization: Option<&HeaderValue>,
) -> Result<T, TunnelError>
where
    T: Read + Write + Unpin + Send + 'static,
{
    let handshake = http1::Builder::new()
        .max_header_size(HEAD_BYTES_MAX)
        .handshake(stream);
    let (mut sender, mut connection) = handshake.await.map_err(TunnelError::Unreadable)?;
    let answer = {
        let mut answering = pin!(sender.send_request(request(target, authorization)));
        let mut has_ended = false;
        poll_fn(|context| {
            let answer = answering.as_mut().poll(context);
            if answer.is_ready() || has_ended {
                return answer;
            }
            // It ends with a tunnel, or with a failure that the answer has the words for.
            // With a 2xx other than 200 it does not end: hyper sees no tunnel in it.
            has_ended = connection.poll_without_shutdown(context).is_ready();
            answering.as_mut().poll(context)
        })
        .await
    };
    let status = answer.map_err(TunnelError::Unreadable)?.status();
    if !status.is_success() {
        return Err(refused(status, target, authorization.is_some()));
    }
    let parts = connection.into_parts();
    // The client speaks first in TLS: what is there already is not the org's.
    if parts.read_buf.is_empty() {
        Ok(parts.io)
    } else {
        Err(TunnelError::Early)
    }
}

fn request(target: &str, authorization: Option<&HeaderValue>) -> Request<Empty<Bytes>> {
    let mut request = Request::new(Empty::new());
    *request.method_mut() = http::Method::CONNECT;
    // A host and a port that were in a URL are one.
    *request.uri_mut() = target.parse().unwrap_or_default();
    let headers = request.headers_mut();
    if let Ok(target) = HeaderValue::from_str(target) {
        headers.insert(HOST, target);
    }
    if let Some(authorization) = authorization {
        headers.insert(PROXY_AUTHORIZATION, authorization.clone());
    }
    request
}

fn refused(status: StatusCode, target: &str, is_authorized: bool) -> TunnelError {
    match (status, is_authorized) {
        (StatusCode::PROXY_AUTHENTICATION_REQUIRED, false) => TunnelError::Unauthenticated,
        (StatusCode::PROXY_AUTHENTICATION_REQUIRED, true) => TunnelError::WrongCredentials,
        (status, _) => TunnelError::Refused {
            target: target.to_owned(),
            status,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

    use super::*;

    const TARGET: &str = "acme.my.salesforce.com:443";

    fn authorization() -> HeaderValue {
        let mut value = HeaderValue::from_static("Basic Y2FuYXJ5");
        value.set_sensitive(true);
        value
    }

    /// The request's head, up to and with its empty line.
    async fn head(proxy: &mut DuplexStream) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(proxy.read_u8().await.unwrap());
        }
        String::from_utf8(head).unwrap()
    }

    /// What comes of CONNECT when the proxy answers so, and then closes or not.
    fn answered(
        answer: &[u8],
        closes: bool,
        authorization: Option<&HeaderValue>,
    ) -> (Result<TokioIo<DuplexStream>, TunnelError>, String) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let (client, mut proxy) = tokio::io::duplex(64 << 10);
        runtime.block_on(async {
            let asked = async {
                let head = head(&mut proxy).await;
                // Who refuses a long answer does not read all of it.
                _ = proxy.write_all(answer).await;
                let open = (!closes).then_some(proxy);
                (head, open)
            };
            let connecting = connect(TokioIo::new(client), TARGET, authorization);
            let both = async { tokio::join!(connecting, asked) };
            let (connected, (head, _open)) = tokio::time::timeout(Duration::from_secs(10), both)
                .await
                .unwrap();
            (connected, head)
        })
    }

    fn why(answer: &[u8], authorization: Option<&HeaderValue>) -> TunnelError {
        answered(answer, false, authorization).0.err().unwrap()
    }

    #[test]
    fn a_tunnel_is_asked_for_by_name_and_with_what_the_proxy_wants() {
        let (open, head) = answered(b"HTTP/1.1 200 OK\r\n\r\n", false, None);
        assert!(open.is_ok());
        let mut lines = head.trim_end().split("\r\n");
        assert_eq!(
            lines.next(),
            Some("CONNECT acme.my.salesforce.com:443 HTTP/1.1")
        );
        assert_eq!(
            lines.collect::<Vec<_>>(),
            ["host: acme.my.salesforce.com:443"]
        );
        let (open, head) = answered(b"HTTP/1.1 200 OK\r\n\r\n", false, Some(&authorization()));
        assert!(open.is_ok());
        assert!(
            head.contains("\r\nproxy-authorization: Basic Y2FuYXJ5\r\n"),
            "{head}"
        );
    }

    #[test]
    fn every_2xx_opens_a_tunnel_that_carries_bytes_both_ways() {
        for answer in [
            "HTTP/1.1 200 Connection established\r\n\r\n",
            "HTTP/1.0 200 OK\r\nVia: 1.0 proxy\r\n\r\n",
            "HTTP/1.1 204 No Content\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        ] {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap();
            runtime.block_on(async {
                let (client, mut proxy) = tokio::io::duplex(1024);
                let asked = async {
                    head(&mut proxy).await;
                    proxy.write_all(answer.as_bytes()).await.unwrap();
                };
                let connecting = connect(TokioIo::new(client), TARGET, None);
                let (open, ()) = tokio::join!(connecting, asked);
                let mut open = open.unwrap().into_inner();
                open.write_all(b"ping").await.unwrap();
                proxy.write_all(b"pong").await.unwrap();
                let (mut ping, mut pong) = ([0; 4], [0; 4]);
                proxy.read_exact(&mut ping).await.unwrap();
                open.read_exact(&mut pong).await.unwrap();
                assert_eq!((&ping, &pong), (b"ping", b"pong"), "{answer}");
            });
        }
    }

    #[test]
    fn a_proxy_that_refuses_is_told_apart() {
        let wants = b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 3\r\n\r\nno!";
        assert!(matches!(why(wants, None), TunnelError::Unauthenticated));
        assert!(matches!(
            why(wants, Some(&authorization())),
            TunnelError::WrongCredentials
        ));
        for status in [302, 400, 403, 404, 502, 503] {
            let answer = format!("HTTP/1.1 {status} canary\r\n\r\n<html>canary");
            let refused = why(answer.as_bytes(), None);
            let TunnelError::Refused {
                target,
                status: told,
            } = &refused
            else {
                panic!("{refused:?}");
            };
            assert_eq!((target.as_str(), told.as_u16()), (TARGET, status));
            let words = refused.to_string();
            assert!(
                words.contains(&status.to_string()) && !words.contains("canary"),
                "{words}"
            );
        }
    }

    #[test]
    fn what_is_no_answer_is_not_taken_for_one() {
        for garbage in [
            "SSH-2.0-OpenSSH_9.6\r\n\r\n",
            "\r\n\r\n\0\0\0",
            "HTTP/1.1 2000 OK\r\n\r\n",
        ] {
            let refused = why(garbage.as_bytes(), None);
            assert!(
                matches!(refused, TunnelError::Unreadable(_)),
                "{garbage}: {refused}"
            );
        }
        for cut in ["", "HTTP/1.1 20", "HTTP/1.1 200 OK\r\nVia: x\r\n"] {
            let refused = answered(cut.as_bytes(), true, None).0.err().unwrap();
            assert!(
                matches!(refused, TunnelError::Unreadable(_)),
                "{cut}: {refused}"
            );
        }
        let early = why(b"HTTP/1.1 200 OK\r\n\r\nhello", None);
        assert!(matches!(early, TunnelError::Early));
    }

    /// An answer of so many bytes, with its empty line.
    fn long(bytes: usize) -> Vec<u8> {
        let (start, end) = ("HTTP/1.1 200 OK\r\nx: ", "\r\n\r\n");
        let filler = "x".repeat(bytes - start.len() - end.len());
        format!("{start}{filler}{end}").into_bytes()
    }

    #[test]
    fn an_answer_has_a_limit() {
        let fits = answered(&long(HEAD_BYTES_MAX), false, None).0;
        assert!(fits.is_ok());
        let past = why(&long(HEAD_BYTES_MAX + 1), None);
        assert!(matches!(past, TunnelError::Unreadable(_)), "{past}");
    }
}
