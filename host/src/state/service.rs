//! The service runtime: where the secret store's clients live.

use std::future::Future;
use std::time::Instant;
use std::{io, thread};

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio_util::task::AbortOnDropHandle;

/// A thread with a runtime for what all workers share. A client's connections
/// belong to the runtime that opened them, so a client that every worker uses
/// must live on none of theirs.
pub(crate) struct Service {
    handle: Handle,
    // Dropping it ends the thread.
    _stop: oneshot::Sender<()>,
}

impl Service {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// When the operating system has no thread to give.
    pub(crate) fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        thread::Builder::new()
            .name("sfbox-store".into())
            .spawn(move || _ = runtime.block_on(stopped))?;
        Ok(Self {
            handle,
            _stop: stop,
        })
    }

    /// The runtime, for timers.
    pub(crate) fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Runs `task` there to its end, whether anybody waits or not; `None` if it panicked or the thread has ended.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        self.handle.spawn(task).await.ok()
    }

    /// Ends at `at`. Costs nothing once nobody waits for it any more.
    pub(crate) async fn sleep_until(&self, at: Instant) {
        let sleep = async move { tokio::time::sleep_until(at.into()).await };
        let sleeping = AbortOnDropHandle::new(self.handle.spawn(sleep));
        _ = sleeping.await;
    }
}
