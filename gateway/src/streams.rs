//! The exchanges of a connection of HTTP/2, each of which can be ended by itself.

use std::future::Future;

use hyper::rt::Executor;
use tokio::task_local;
use tokio_util::sync::CancellationToken;

task_local! {
    /// Ends the exchange that is polled.
    static CUT: CancellationToken;
}

/// Runs each exchange in a task of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Streams;

impl<F> Executor<F> for Streams
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn execute(&self, exchange: F) {
        let cut = CancellationToken::new();
        let ended = cut.clone().cancelled_owned();
        tokio::spawn(CUT.scope(cut, async move {
            tokio::select! {
                biased;
                // Dropped, the stream is reset: its client sees that the answer is not whole.
                () = ended => {}
                _ = exchange => {}
            }
        }));
    }
}

/// Ends the exchange that is being polled, if it has a task of its own.
pub(crate) fn cut() -> Option<CancellationToken> {
    CUT.try_with(Clone::clone).ok()
}
