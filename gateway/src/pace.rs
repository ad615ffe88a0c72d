//! What is seen of a connection beneath its requests: whether anything still moves, and
//! whether its bytes break a rule.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::farewell::Farewell;
use crate::framing::{Fault, Framing};
use crate::{headers, streams};

/// How long a connection may do nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Silence {
    /// Without a request of a valid key under way: between two of them, or before the first
    /// one. Bytes do not count: everybody can send some, and pings of HTTP/2 for ever.
    pub(crate) idle: Duration,
    /// With one, until the next byte: an org may take ten minutes for an answer, and a client
    /// that does not read holds memory.
    pub(crate) stalled: Duration,
}

/// The pulse of a connection.
#[derive(Debug)]
pub(crate) struct Pulse {
    opened: Instant,
    /// When the last byte moved, in milliseconds since then.
    last_ms: AtomicU64,
    /// When the last request of a valid key ended, likewise.
    last_of_key_ms: AtomicU64,
    /// Requests that are under way.
    exchanges: AtomicUsize,
    /// Those of valid keys.
    of_keys: AtomicUsize,
    fault: OnceLock<Fault>,
    /// Ends the connection.
    cut: CancellationToken,
}

impl Pulse {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            opened: Instant::now(),
            last_ms: AtomicU64::new(0),
            last_of_key_ms: AtomicU64::new(0),
            exchanges: AtomicUsize::new(0),
            of_keys: AtomicUsize::new(0),
            fault: OnceLock::new(),
            cut: CancellationToken::new(),
        })
    }

    /// The rule that the connection's bytes broke.
    pub(crate) fn fault(&self) -> Option<Fault> {
        self.fault.get().copied()
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// A byte has moved.
    fn beat(&self) {
        self.last_ms.store(self.now_ms(), Ordering::Relaxed);
    }

    /// One request, which has not shown a key yet.
    pub(crate) fn exchange(self: &Arc<Self>) -> Exchange {
        self.exchanges.fetch_add(1, Ordering::Relaxed);
        Exchange {
            pulse: Arc::clone(self),
            is_of_key: false,
        }
    }

    /// When the connection will have done nothing for too long, as of now.
    fn end(&self, limit: Silence) -> Instant {
        let (last, most) = match self.of_keys.load(Ordering::Relaxed) {
            0 => (&self.last_of_key_ms, limit.idle),
            _ => (&self.last_ms, limit.stalled),
        };
        self.opened + Duration::from_millis(last.load(Ordering::Relaxed)) + most
    }

    /// Ends when an exchange was ended that has the connection to itself.
    pub(crate) async fn cut(&self) {
        self.cut.cancelled().await;
    }

    /// Ends when the connection has done nothing for too long.
    pub(crate) async fn silent(&self, limit: Silence) {
        loop {
            let (now, end) = (Instant::now(), self.end(limit));
            if now >= end {
                return;
            }
            // By then the last request may have ended, which shortens the limit.
            sleep_until(end.min(now + limit.idle)).await;
        }
    }
}

/// A request that is under way on a connection.
#[derive(Debug)]
pub(crate) struct Exchange {
    pulse: Arc<Pulse>,
    is_of_key: bool,
}

impl Exchange {
    /// The rule that the connection's bytes broke: they are looked at before the server beneath
    /// sees them, and nothing after them on this connection counts.
    pub(crate) fn fault(&self) -> Option<Fault> {
        self.pulse.fault()
    }

    /// The same connection, for what looks at its bytes only.
    pub(crate) fn pulse(&self) -> Arc<Pulse> {
        Arc::clone(&self.pulse)
    }

    /// It has shown a valid key: until it ends, the connection may be silent for longer.
    pub(crate) fn is_of_key(&mut self) {
        if !self.is_of_key {
            self.is_of_key = true;
            self.pulse.beat();
            self.pulse.of_keys.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Ends it, whatever its client does: with its connection, unless it is one of several. To
    /// be asked for where it is polled.
    pub(crate) fn cut(&self) -> CancellationToken {
        streams::cut().unwrap_or_else(|| self.pulse.cut.clone())
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.pulse.exchanges.fetch_sub(1, Ordering::Relaxed);
        if self.is_of_key {
            let now = self.pulse.now_ms();
            self.pulse.last_of_key_ms.store(now, Ordering::Relaxed);
            self.pulse.of_keys.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// A connection whose bytes are its pulse.
pub(crate) struct Paced<S> {
    stream: S,
    pulse: Arc<Pulse>,
    framing: Framing,
    /// Whether bytes of an answer wait for a client that does not take them.
    is_writing: bool,
    /// What is said to a head that nobody takes.
    farewell: Option<Farewell>,
}

impl<S> Paced<S> {
    pub(crate) fn new(stream: S, pulse: Arc<Pulse>) -> Self {
        Self {
            stream,
            pulse,
            framing: Framing::new(),
            is_writing: false,
            farewell: None,
        }
    }

    fn wrote(&mut self, polled: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        self.is_writing = polled.is_pending();
        self.beaten(polled)
    }

    /// Whether an answer of the door's own can be sent now: within another one it would be a part
    /// of that.
    fn may_answer(&self) -> bool {
        !self.is_writing && self.pulse.exchanges.load(Ordering::Relaxed) == 0
    }

    fn beaten<T>(&self, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if matches!(polled, Poll::Ready(Ok(_))) {
            self.pulse.beat();
        }
        polled
    }
}

/// What a connection ends with whose head was too long.
fn long_head() -> io::Error {
    let long = "the head of a request is too long";
    io::Error::new(io::ErrorKind::InvalidData, long)
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if let Some(farewell) = &mut this.farewell {
            ready!(farewell.poll(&mut this.stream, context));
            return Poll::Ready(Err(long_head()));
        }
        let before = buffer.filled().len();
        let polled = Pin::new(&mut this.stream).poll_read(context, buffer);
        let bytes = buffer.filled().get(before..).unwrap_or_default();
        let heads = this.framing.heads();
        this.framing.feed(bytes);
        if let Some(fault) = this.framing.fault() {
            if fault == Fault::LongHead {
                // A request that came with it was not answered, and never will be.
                if !this.may_answer() || this.framing.heads() > heads {
                    return Poll::Ready(Err(long_head()));
                }
                // The server beneath sees none of it.
                buffer.set_filled(before);
                let farewell = Farewell::new(&headers::broken(fault));
                ready!(
                    this.farewell
                        .insert(farewell)
                        .poll(&mut this.stream, context)
                );
                return Poll::Ready(Err(long_head()));
            }
            _ = this.pulse.fault.set(fault);
        }
        this.beaten(polled)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.wrote(polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.wrote(polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Silence = Silence {
        idle: Duration::from_secs(60),
        stalled: Duration::from_secs(600),
    };

    fn ends_after(pulse: &Pulse) -> Duration {
        pulse.end(LIMIT) - pulse.opened
    }

    #[test]
    fn neither_bytes_nor_requests_without_a_key_keep_a_connection_open() {
        let pulse = Pulse::new();
        assert_eq!(ends_after(&pulse), Duration::from_secs(60));
        pulse.last_ms.store(59_000, Ordering::Relaxed);
        assert_eq!(ends_after(&pulse), Duration::from_secs(60));
        let exchange = pulse.exchange();
        assert_eq!(ends_after(&pulse), Duration::from_secs(60));
        drop(exchange);
        assert_eq!(ends_after(&pulse), Duration::from_secs(60));
    }

    #[test]
    fn the_time_between_two_requests_counts_from_the_end_of_the_first() {
        let pulse = Pulse::new();
        let mut exchange = pulse.exchange();
        exchange.is_of_key();
        pulse.last_ms.store(59_000, Ordering::Relaxed);
        assert_eq!(ends_after(&pulse), Duration::from_secs(659));
        drop(exchange);
        pulse.last_of_key_ms.store(59_000, Ordering::Relaxed);
        assert_eq!(ends_after(&pulse), Duration::from_secs(119));
        // Bytes do not put it off.
        pulse.last_ms.store(100_000, Ordering::Relaxed);
        assert_eq!(ends_after(&pulse), Duration::from_secs(119));
    }

    #[test]
    fn under_a_request_each_byte_is_a_beat() {
        let pulse = Pulse::new();
        let mut exchange = pulse.exchange();
        exchange.is_of_key();
        pulse.last_ms.store(59_000, Ordering::Relaxed);
        assert_eq!(ends_after(&pulse), Duration::from_secs(659));
        pulse.beat();
        let soon = Duration::from_secs(659);
        assert!(ends_after(&pulse) < soon, "it was set by hand");
    }

    #[test]
    fn a_request_may_take_longer_than_a_pause() {
        let pulse = Pulse::new();
        let (mut first, mut second) = (pulse.exchange(), pulse.exchange());
        first.is_of_key();
        second.is_of_key();
        // Told twice, it counts once.
        second.is_of_key();
        pulse.last_ms.store(1_000, Ordering::Relaxed);
        assert_eq!(ends_after(&pulse), Duration::from_secs(601));
        drop(first);
        pulse.last_ms.store(1_000, Ordering::Relaxed);
        assert_eq!(ends_after(&pulse), Duration::from_secs(601));
        drop(second);
        pulse.last_of_key_ms.store(1_000, Ordering::Relaxed);
        assert_eq!(ends_after(&pulse), Duration::from_secs(61));
    }

    #[tokio::test]
    async fn silence_ends_and_a_pulse_puts_it_off() {
        let short = Silence {
            idle: Duration::from_millis(1),
            stalled: Duration::from_secs(600),
        };
        Pulse::new().silent(short).await;
        let pulse = Pulse::new();
        let mut exchange = pulse.exchange();
        exchange.is_of_key();
        let waited = tokio::time::timeout(Duration::from_millis(20), pulse.silent(short)).await;
        assert!(waited.is_err());
    }
}
