//! Connections: accepted, secured, served, and closed.

use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use crate::listeners::Listeners;
use crate::org::Org;
use crate::service::Service;

/// Connections that are open at once; further ones wait in the kernel's queue.
pub(crate) const CONNECTIONS_MAX: usize = 256;

/// How long a TLS handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long requests may go on after the server was told to stop.
const STOP_GRACE: Duration = Duration::from_secs(1);

/// How long to wait after the system refused a connection, as it does when
/// file descriptors run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// Bytes of the longest list of headers in HTTP/2. More than an org allows, so
/// that the org's own answer is given.
const HEADER_LIST_BYTES_MAX: u32 = 128 * 1_024;

/// Bytes of the longest head in HTTP/1, likewise.
const HEAD_BYTES_MAX: usize = 128 * 1_024;

/// Which versions of HTTP are spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocols {
    Http1,
    Http1AndHttp2,
}

/// A server that is not running yet.
pub(crate) struct Server {
    pub(crate) listeners: Listeners,
    pub(crate) tls: Option<TlsAcceptor>,
    pub(crate) protocols: Protocols,
    pub(crate) org: Arc<Org>,
}

impl Server {
    /// Serves until the sender of `stop` is dropped. `ended` is dropped when
    /// the last connection is closed.
    pub(crate) async fn run(self, mut stop: watch::Receiver<()>, ended: watch::Sender<()>) {
        let graceful = GracefulShutdown::new();
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                _ = stop.changed() => break,
                Some(_) = connections.join_next() => {}
                accepted = self.listeners.accept(), if connections.len() < CONNECTIONS_MAX => match accepted {
                    Ok(stream) => {
                        connections.spawn(self.connection(stream, &graceful));
                    }
                    Err(_) => sleep(ACCEPT_PAUSE).await,
                },
            }
        }
        drop(self.listeners);
        self.org.release();
        // Whoever is not done by then is dropped with the set.
        let _ = timeout(STOP_GRACE, graceful.shutdown()).await;
        connections.shutdown().await;
        // Whoever waits for the end may want to open its data file.
        drop(self.org);
        drop(ended);
    }

    fn connection(
        &self,
        stream: TcpStream,
        graceful: &GracefulShutdown,
    ) -> impl Future<Output = ()> + use<> {
        let (tls, org, watcher) = (self.tls.clone(), Arc::clone(&self.org), graceful.watcher());
        let http = http(self.protocols);
        async move {
            let _open = Open::begin(&org);
            // Without it, every small answer would wait for an acknowledgement.
            let _ = stream.set_nodelay(true);
            match tls {
                None => serve(stream, &http, &org, watcher).await,
                Some(tls) => {
                    if let Ok(Ok(stream)) = timeout(HANDSHAKE_TIMEOUT, tls.accept(stream)).await {
                        org.stats
                            .record(|stats| stats.connections.tls_handshakes += 1);
                        serve(stream, &http, &org, watcher).await;
                    }
                }
            }
        }
    }
}

async fn serve<S>(
    stream: S,
    http: &Builder<TokioExecutor>,
    org: &Arc<Org>,
    watcher: hyper_util::server::graceful::Watcher,
) where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let cut = Arc::new(Notify::new());
    let service = Service::new(Arc::clone(org), Arc::clone(&cut));
    let service = service_fn(move |request| service.clone().respond(request));
    let connection = watcher.watch(http.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        // What goes wrong on a connection is its client's to notice.
        _ = connection => {}
        () = cut.notified() => {}
    }
}

fn http(protocols: Protocols) -> Builder<TokioExecutor> {
    let mut http = Builder::new(TokioExecutor::new());
    http.http1()
        .timer(TokioTimer::new())
        .max_buf_size(HEAD_BYTES_MAX);
    http.http2()
        .timer(TokioTimer::new())
        .max_header_list_size(HEADER_LIST_BYTES_MAX);
    match protocols {
        Protocols::Http1 => http.http1_only(),
        Protocols::Http1AndHttp2 => http,
    }
}

/// Counts one connection as open while it lives.
struct Open<'a>(&'a Org);

impl<'a> Open<'a> {
    fn begin(org: &'a Org) -> Self {
        org.stats.record(|stats| {
            stats.connections.accepted += 1;
            stats.connections.open += 1;
        });
        Self(org)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0
            .stats
            .record(|stats| stats.connections.open = stats.connections.open.saturating_sub(1));
    }
}
