//! A connection's bytes: TCP that notices a dead peer, what its link hears, and the end
//! that its link makes of it.

use std::io::{self, IoSlice};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::link::Link;

/// How long an HTTP/2 connection with a call on it may be silent until it is pinged.
pub(super) const PING_INTERVAL: Duration = Duration::from_secs(5);

/// How long the answer to a ping may take. With the interval, a call on a connection
/// that has died silently is sent again on another one after ten seconds.
pub(super) const PING_TIMEOUT: Duration = Duration::from_secs(5);

/// How long what was sent may stay without an acknowledgement: as long as HTTP/2 waits
/// for the answer to a ping, and the time before the ping. The system's own limit is a
/// quarter of an hour.
#[cfg(any(target_os = "linux", target_os = "android"))]
const UNACKNOWLEDGED: Duration = PING_INTERVAL.saturating_add(PING_TIMEOUT);

/// Makes TCP notice a peer that is gone, and send small requests at once.
///
/// # Errors
///
/// When the system refuses.
pub(super) fn prepare(stream: &TcpStream) -> io::Result<()> {
    // A small request must not wait for the acknowledgement of another.
    stream.set_nodelay(true)?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket2::SockRef::from(stream).set_tcp_user_timeout(Some(UNACKNOWLEDGED))?;
    Ok(())
}

/// The stream of a connection with its link.
pub(super) struct Linked<T> {
    stream: TokioIo<T>,
    link: Arc<Link>,
}

impl<T> Linked<T> {
    /// A stream that hyper reads; `link` hears what comes in.
    pub(super) fn new(stream: T, link: Arc<Link>) -> TokioIo<Self> {
        let stream = TokioIo::new(stream);
        TokioIo::new(Self { stream, link })
    }
}

impl<T> Drop for Linked<T> {
    fn drop(&mut self) {
        self.link.closed();
    }
}

impl<T: Connection> Connection for Linked<T> {
    fn connected(&self) -> Connected {
        self.stream.inner().connected().extra(self.link.handle())
    }
}

impl<T: hyper::rt::Read + Unpin> AsyncRead for Linked<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.link.is_turn_of_readers() {
            // Not by waking this task at once: the runtime polls its tasks sixty times
            // before it looks at the one that it was started with.
            ready!(pin!(tokio::task::yield_now()).poll(context));
        }
        let before = buffer.filled().len();
        let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(context, buffer) else {
            // To read nothing is the end.
            return match self.link.is_over(context.waker()) {
                true => Poll::Ready(Ok(())),
                false => Poll::Pending,
            };
        };
        read?;
        let read = buffer.filled().get(before..).unwrap_or_default();
        if !read.is_empty() {
            self.link.heard(read).map_err(io::Error::other)?;
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: hyper::rt::Write + Unpin> AsyncWrite for Linked<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, bytes))?;
        self.link.wrote(written);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(context, bytes))?;
        self.link.wrote(written);
        Poll::Ready(Ok(written))
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use tokio::io::AsyncReadExt as _;

    use super::*;

    #[test]
    fn a_stream_whose_link_is_over_ends_and_no_other_does() {
        let link = Link::new(None, false);
        let (ours, _theirs) = tokio::io::duplex(8);
        let mut stream = Linked::new(TokioIo::new(ours), Arc::clone(&link)).into_inner();
        assert!(stream.read_u8().now_or_never().is_none());
        link.retire();
        let mut buffer = [0; 8];
        let read = stream.read(&mut buffer).now_or_never();
        assert_eq!(read.unwrap().unwrap(), 0);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_peer_that_acknowledges_nothing_is_noticed() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()
            .unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let stream = TcpStream::connect(listener.local_addr().unwrap())
                .await
                .unwrap();
            prepare(&stream).unwrap();
            let timeout = socket2::SockRef::from(&stream).tcp_user_timeout().unwrap();
            assert_eq!(timeout, Some(UNACKNOWLEDGED));
            assert!(stream.nodelay().unwrap());
        });
    }
}
