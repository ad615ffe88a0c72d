//! Bytes from the component to a reader, which asks for each chunk.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio_util::sync::PollSemaphore;
use wasmtime::StoreContextMut;
use wasmtime::component::{FutureConsumer, Source, StreamConsumer, StreamResult};

use crate::bindings::exports::sfbox::client::query_stream::Summary;
use crate::error::Failure;
use crate::pulse::Pulse;
use crate::state::State;

/// How much is handed over at a time, in bytes: more than most pages have. While a reader works
/// on one page, the component reads the next one.
const CHUNK_BYTES: usize = 2 << 20;

/// The same at the beginning, and how long that is: the component asks for the second page when
/// the reader has taken some more of the first one.
const EARLY_CHUNK_BYTES: usize = 48 << 10;
const EARLY_BYTES: usize = 96 << 10;

/// The component's end.
pub(super) struct Writer {
    /// As many permits as chunks are asked for: one at most.
    asked: PollSemaphore,
    chunks: mpsc::UnboundedSender<Bytes>,
    /// Beats with each chunk.
    pulse: Arc<Pulse>,
    /// How much was handed over.
    given: usize,
}

/// The reader's end.
pub(super) struct Reader {
    asked: Arc<Semaphore>,
    is_waiting: bool,
    chunks: mpsc::UnboundedReceiver<Bytes>,
}

/// A channel in which nothing waits: a chunk is taken from the component when its reader asks
/// for it.
pub(super) fn new(pulse: Arc<Pulse>) -> (Writer, Reader, Demand) {
    let asked = Arc::new(Semaphore::new(0));
    let (sender, chunks) = mpsc::unbounded_channel();
    let writer = Writer {
        asked: PollSemaphore::new(Arc::clone(&asked)),
        chunks: sender,
        pulse,
        given: 0,
    };
    let demand = Demand(Arc::clone(&asked));
    let reader = Reader {
        asked,
        is_waiting: false,
        chunks,
    };
    (writer, reader, demand)
}

/// Whether a reader waits for a chunk.
pub(super) struct Demand(Arc<Semaphore>);

impl Demand {
    pub(super) fn is_waiting(&self) -> bool {
        self.0.available_permits() > 0
    }
}

impl Reader {
    /// The next chunk; `None` when the component has closed its end.
    pub(super) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if !self.is_waiting {
            self.is_waiting = true;
            self.asked.add_permits(1);
        }
        let polled = self.chunks.poll_recv(context);
        if polled.is_ready() {
            self.is_waiting = false;
        }
        polled
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.asked.close();
    }
}

impl StreamConsumer<State> for Writer {
    type Item = u8;

    fn poll_consume(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        store: StoreContextMut<'_, State>,
        source: Source<'_, u8>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        let asked = match self.asked.poll_acquire(context) {
            Poll::Ready(Some(asked)) => asked,
            Poll::Ready(None) => return Poll::Ready(Ok(StreamResult::Dropped)),
            Poll::Pending if finish => return Poll::Ready(Ok(StreamResult::Cancelled)),
            Poll::Pending => return Poll::Pending,
        };
        let mut source = source.as_direct(store);
        let waiting = source.remaining();
        let most = match self.given < EARLY_BYTES {
            true => EARLY_CHUNK_BYTES,
            false => CHUNK_BYTES,
        };
        let chunk = waiting.get(..waiting.len().min(most));
        let chunk = Bytes::copy_from_slice(chunk.unwrap_or_default());
        if chunk.is_empty() {
            // It is still asked for.
            return Poll::Ready(Ok(StreamResult::Completed));
        }
        asked.forget();
        let length = chunk.len();
        if self.chunks.send(chunk).is_err() {
            return Poll::Ready(Ok(StreamResult::Dropped));
        }
        source.mark_read(length);
        self.given += length;
        self.pulse.beat();
        Poll::Ready(Ok(StreamResult::Completed))
    }
}

/// Where the component says how the query ended.
pub(super) struct Ending {
    ending: Option<oneshot::Sender<Result<Summary, Failure>>>,
    /// Closed when it has said so, or cannot any more.
    _over: oneshot::Sender<()>,
}

impl Ending {
    pub(super) fn new(
        ending: oneshot::Sender<Result<Summary, Failure>>,
        over: oneshot::Sender<()>,
    ) -> Self {
        Self {
            ending: Some(ending),
            _over: over,
        }
    }
}

impl FutureConsumer<State> for Ending {
    type Item = Result<Summary, Failure>;

    fn poll_consume(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        store: StoreContextMut<'_, State>,
        mut source: Source<'_, Self::Item>,
        _: bool,
    ) -> Poll<wasmtime::Result<()>> {
        let mut outcome = None;
        source.read(store, &mut outcome)?;
        if let (Some(ending), Some(outcome)) = (self.ending.take(), outcome) {
            // A reader that has gone does not want to know.
            _ = ending.send(outcome);
        }
        Poll::Ready(Ok(()))
    }
}
