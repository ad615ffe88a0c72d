//! The client beneath: for how long it keeps connections, and how much of a message waits in
//! it.

use std::time::Duration;

use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::Connect;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use wasmtime_wasi_http::WasiBody;

use super::link::{POOL_IDLE, STREAMS_MAX};
use super::stream::{PING_INTERVAL, PING_TIMEOUT};

/// How much longer it keeps an idle connection: which connections take calls is decided in
/// one place, and that is `link.rs`.
const POOL_SLACK: Duration = Duration::from_secs(1);

/// How many idle connections are kept to a host without HTTP/2: as many as an
/// instance has calls, or each burst would open them anew.
const POOL_IDLE_MAX: usize = 64;

/// How much of one answer over HTTP/2 waits for its reader. A reader that has stopped takes
/// this much memory. It is also the most that comes in the time that a packet takes there and
/// back, so that less would slow down distant orgs.
const STREAM_WINDOW_BYTES: u32 = 384 << 10;

/// How much of all answers on one connection waits: all that the calls on it can leave
/// unread, and as much again, because a few calls may choose it at the same moment. If it
/// were less, readers that have stopped would hold up every other answer on the connection.
const CONNECTION_WINDOW_BYTES: u32 = 2 * STREAMS_MAX * STREAM_WINDOW_BYTES;

/// How much of a message over HTTP/1.1 waits on its way. A reader that has stopped holds it
/// several times: as it was read, and on its way out.
const READ_AHEAD_BYTES: usize = 64 << 10;

/// How much of a request over HTTP/2 waits for an org that does not read it.
const SEND_AHEAD_BYTES: usize = 128 << 10;

/// The client over these connections.
pub(super) fn of<C: Connect + Clone>(connector: C) -> Client<C, WasiBody> {
    Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(POOL_IDLE + POOL_SLACK)
        .pool_max_idle_per_host(POOL_IDLE_MAX)
        .http1_max_buf_size(READ_AHEAD_BYTES)
        .http2_initial_stream_window_size(STREAM_WINDOW_BYTES)
        .http2_initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .http2_max_send_buf_size(SEND_AHEAD_BYTES)
        .http2_keep_alive_interval(PING_INTERVAL)
        .http2_keep_alive_timeout(PING_TIMEOUT)
        // An idle one is pinged when its next call begins.
        .http2_keep_alive_while_idle(false)
        .build(connector)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::io;
    use std::pin::Pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Poll};

    use bytes::Bytes;
    use futures::stream::repeat_with;
    use http::{Request, Response, Uri};
    use http_body_util::combinators::UnsyncBoxBody;
    use http_body_util::{BodyExt as _, Empty, Full, StreamBody};
    use hyper::body::{Body, Frame, Incoming};
    use hyper::server::conn::http2;
    use hyper::service::service_fn;
    use hyper_util::client::legacy::connect::{Connected, Connection};
    use hyper_util::rt::TokioIo;
    use tokio::io::{
        AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream, ReadBuf,
    };
    use tokio::sync::mpsc;
    use tower_service::Service;

    use super::*;

    /// How much is between the two ends of a connection: more than the client reads at once.
    const PIPE_BYTES: usize = 1 << 20;

    /// A connection within the process.
    struct Pipe {
        stream: DuplexStream,
        is_http2: bool,
    }

    impl Connection for Pipe {
        fn connected(&self) -> Connected {
            let connected = Connected::new();
            match self.is_http2 {
                true => connected.negotiated_h2(),
                false => connected,
            }
        }
    }

    impl AsyncRead for Pipe {
        fn poll_read(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            into: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            Pin::new(&mut self.stream).poll_read(context, into)
        }
    }

    impl AsyncWrite for Pipe {
        fn poll_write(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            Pin::new(&mut self.stream).poll_write(context, bytes)
        }

        fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.stream).poll_flush(context)
        }

        fn poll_shutdown(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<io::Result<()>> {
            Pin::new(&mut self.stream).poll_shutdown(context)
        }
    }

    /// Opens pipes, whose other ends come out of a channel.
    #[derive(Clone)]
    struct Pipes {
        is_http2: bool,
        others: mpsc::UnboundedSender<DuplexStream>,
    }

    impl Service<Uri> for Pipes {
        type Response = TokioIo<Pipe>;
        type Error = Infallible;
        type Future = std::future::Ready<Result<Self::Response, Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Uri) -> Self::Future {
            let (stream, other) = tokio::io::duplex(PIPE_BYTES);
            self.others.send(other).unwrap();
            let is_http2 = self.is_http2;
            std::future::ready(Ok(TokioIo::new(Pipe { stream, is_http2 })))
        }
    }

    fn client(
        is_http2: bool,
    ) -> (
        Client<Pipes, WasiBody>,
        mpsc::UnboundedReceiver<DuplexStream>,
    ) {
        let (others, opened) = mpsc::unbounded_channel();
        (of(Pipes { is_http2, others }), opened)
    }

    fn get(path: &str) -> Request<WasiBody> {
        let body = Empty::new().map_err(|never| match never {});
        let request = Request::get(format!("https://acme.example{path}"));
        request.body(body.boxed_unsync()).unwrap()
    }

    type Answer = Response<UnsyncBoxBody<Bytes, Infallible>>;

    /// Waits until this number changes no more. On one thread and without a socket nothing
    /// else can move then.
    async fn until_still(count: &AtomicUsize) -> usize {
        loop {
            let before = count.load(Ordering::Relaxed);
            for _ in 0..1_000 {
                tokio::task::yield_now().await;
            }
            if count.load(Ordering::Relaxed) == before {
                return before;
            }
        }
    }

    fn endless(sent: Arc<AtomicUsize>) -> impl Body<Data = Bytes, Error = Infallible> {
        StreamBody::new(repeat_with(move || {
            let part = Bytes::from(vec![b'x'; 16 << 10]);
            sent.fetch_add(part.len(), Ordering::Relaxed);
            Ok(Frame::data(part))
        }))
    }

    #[tokio::test]
    async fn over_http_2_readers_that_have_stopped_hold_up_no_other_answer() {
        let (client, mut opened) = client(true);
        let sent = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&sent);
        let serving = tokio::spawn(async move {
            let stream = opened.recv().await.unwrap();
            let service = service_fn(move |request: Request<Incoming>| {
                let body = match request.uri().path() {
                    "/endless" => endless(Arc::clone(&counted)).boxed_unsync(),
                    _ => Full::from("short").boxed_unsync(),
                };
                std::future::ready(Ok::<Answer, Infallible>(Response::new(body)))
            });
            let server = http2::Builder::new(TokioExecutor::new());
            _ = server.serve_connection(TokioIo::new(stream), service).await;
        });
        let mut stopped = Vec::new();
        for _ in 1..STREAMS_MAX {
            stopped.push(client.request(get("/endless")).await.unwrap());
        }
        until_still(&sent).await;
        let short = async {
            let answered = client.request(get("/short")).await.unwrap();
            answered.into_body().collect().await.unwrap().to_bytes()
        };
        let short = tokio::time::timeout(Duration::from_secs(20), short).await;
        assert_eq!(short.expect("it is held up"), "short");
        serving.abort();
    }

    #[tokio::test]
    async fn over_http_1_a_reader_that_has_stopped_takes_little_memory() {
        let (client, mut opened) = client(false);
        let sent = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&sent);
        let serving = tokio::spawn(async move {
            let mut stream = opened.recv().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                stream.read_buf(&mut request).await.unwrap();
            }
            let head = b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n";
            stream.write_all(head).await.unwrap();
            let part = [b'x'; 16 << 10];
            while stream.write_all(&part).await.is_ok() {
                counted.fetch_add(part.len(), Ordering::Relaxed);
            }
        });
        let mut reader = client.request(get("/")).await.unwrap().into_body();
        let mut read = 0;
        // The faster it comes, the more the client reads at a time.
        while read < 16 << 20 {
            let part = reader.frame().await.unwrap().unwrap();
            read += part.data_ref().unwrap().len();
        }
        let waits = until_still(&sent).await.saturating_sub(read + PIPE_BYTES);
        assert!(waits <= 2 * READ_AHEAD_BYTES, "{waits} bytes wait");
        serving.abort();
    }
}
