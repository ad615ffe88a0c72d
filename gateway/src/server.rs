//! Connections: accepted, secured, served, and closed.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::door::Door;
use crate::limits;
use crate::listen::{ACCEPT_PAUSE, Accepted, Listener};
use crate::metrics::Gauge;
use crate::pace::{Paced, Pulse, Silence};
use crate::service::respond;
use crate::streams::Streams;
use crate::threads::{Seat, Threads};

/// Connections that are open at once; further ones wait in the kernel's queue. Idle ones have
/// some 15 KiB each.
const CONNECTIONS_MAX: usize = 10_000;

/// How long a client may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// For a TLS handshake.
    handshake: Duration,
    /// For the head of a request; and so long a connection of HTTP/1 may be idle.
    pub(crate) head: Duration,
    /// Without a byte in either direction.
    pub(crate) silence: Silence,
}

impl Patience {
    pub(crate) const DEFAULT: Self = Self {
        handshake: Duration::from_secs(10),
        head: Duration::from_secs(60),
        silence: Silence {
            idle: Duration::from_secs(75),
            stalled: limits::STILL_MIN,
        },
    };

    /// With an org that may take this long for an answer.
    pub(crate) fn with(timeout: Duration) -> Self {
        let mut patience = Self::DEFAULT;
        patience.silence.stalled = limits::still(timeout);
        patience
    }
}

/// Bytes that are read ahead, and written ahead, of each connection: what a client that stopped
/// reading holds is a few times that. It also bounds the head of a request.
const BUFFER_BYTES: usize = 128 << 10;

/// Bytes of the longest list of headers in HTTP/2: those of an org are shorter (16,384).
const HEADER_LIST_BYTES_MAX: u32 = 64 << 10;

/// Requests that a connection of HTTP/2 may have under way.
const STREAMS_MAX: u32 = 128;

/// Bytes of one body over HTTP/2 that wait for an org which does not read them. That is also the
/// most that comes in the time that a packet takes there and back, so that less would slow down
/// distant clients.
const STREAM_WINDOW_BYTES: u32 = 384 << 10;

/// The same of all bodies on one connection: as much as they can leave unread. If it were less,
/// an org that does not read one body would hold up every other one on the connection. Only
/// requests of a valid key are left unread.
const CONNECTION_WINDOW_BYTES: u32 = STREAMS_MAX * STREAM_WINDOW_BYTES;

/// A server that is running.
pub(crate) struct Server {
    pub(crate) door: Arc<Door>,
    /// Absent for plain HTTP.
    pub(crate) tls: RwLock<Option<Arc<ServerConfig>>>,
    pub(crate) patience: Patience,
    /// Ends it.
    pub(crate) stop: CancellationToken,
    /// How long requests may go on then.
    pub(crate) grace: Duration,
    pub(crate) threads: Threads,
}

impl Server {
    /// Serves one listener until it is stopped, and waits for what is under way, within a bound.
    pub(crate) async fn run(self: Arc<Self>, listener: Listener) {
        let graceful = GracefulShutdown::new();
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                () = self.stop.cancelled() => break,
                Some(_) = connections.join_next() => {}
                accepted = listener.accept(), if connections.len() < CONNECTIONS_MAX => match accepted {
                    Ok(accepted) => {
                        let seat = self.threads.seat();
                        let runtime = seat.runtime().clone();
                        let connection =
                            Arc::clone(&self).connection(accepted, seat, graceful.watcher());
                        connections.spawn_on(connection, &runtime);
                    }
                    Err(error) => {
                        tracing::debug!(%error, "a connection was not accepted");
                        sleep(ACCEPT_PAUSE).await;
                    }
                },
            }
        }
        // New ones are refused while the last ones end.
        drop(listener);
        _ = timeout(self.grace, graceful.shutdown()).await;
        // What has not ended by then is cut.
        connections.shutdown().await;
    }

    async fn connection(self: Arc<Self>, accepted: Accepted, _seat: Seat, watcher: Watcher) {
        let _open = Open::begin(&self.door);
        // On the thread that it is served on.
        let Ok(stream) = accepted.open() else { return };
        let tls = match stream.is_unix() {
            true => None,
            false => self
                .tls
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
        };
        let patience = self.patience;
        match tls {
            None => serve(&self.door, "http", stream, patience, watcher).await,
            Some(config) => {
                let handshake = TlsAcceptor::from(config).accept(stream);
                if let Ok(Ok(stream)) = timeout(patience.handshake, handshake).await {
                    serve(&self.door, "https", stream, patience, watcher).await;
                }
            }
        }
    }
}

/// Serves the bytes of one connection to its end.
pub(crate) async fn serve<S>(
    door: &Arc<Door>,
    scheme: &'static str,
    stream: S,
    patience: Patience,
    watcher: Watcher,
) where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let http = http(patience.head);
    let pulse = Pulse::new();
    let (door, exchanges) = (Arc::clone(door), Arc::clone(&pulse));
    let service = service_fn(move |request| {
        respond(Arc::clone(&door), scheme, request, exchanges.exchange())
    });
    // Above TLS: its own messages are no sign that a client is there.
    let stream = TokioIo::new(Paced::new(stream, Arc::clone(&pulse)));
    let connection = watcher.watch(http.serve_connection(stream, service));
    tokio::select! {
        // What goes wrong on a connection is its client's to notice.
        _ = connection => {}
        () = pulse.silent(patience.silence) => {}
        () = pulse.cut() => {}
    }
}

fn http(head: Duration) -> Builder<Streams> {
    let mut http = Builder::new(Streams);
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_buf_size(BUFFER_BYTES);
    http.http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_send_buf_size(BUFFER_BYTES)
        .max_header_list_size(HEADER_LIST_BYTES_MAX);
    http
}

/// Counts one connection as open while it lives.
struct Open(Arc<Door>);

impl Open {
    fn begin(door: &Arc<Door>) -> Self {
        door.metrics.begin(Gauge::Connections);
        Self(Arc::clone(door))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.metrics.end(Gauge::Connections);
    }
}

#[cfg(test)]
mod tests;
