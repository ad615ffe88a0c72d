//! Ctrl-C while something is printed: the printing stops.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{SignalKind, signal};

/// Whether somebody has pressed Ctrl-C. The task that prints does not see it by itself,
/// because it does not wait for anything meanwhile.
#[derive(Clone)]
pub(super) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Begins to listen. Needs the context of a runtime with threads of its own.
    pub(super) fn listen() -> io::Result<Self> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let asked = Arc::new(AtomicBool::new(false));
        let stop = Self(Arc::clone(&asked));
        tokio::spawn(async move {
            while interrupt.recv().await.is_some() {
                asked.store(true, Ordering::SeqCst);
            }
        });
        Ok(stop)
    }

    pub(super) fn is_asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// What was asked before is over.
    pub(super) fn forget(&self) {
        self.0.store(false, Ordering::SeqCst);
    }

    /// Asks for it, as Ctrl-C does.
    #[cfg(test)]
    pub(super) fn ask(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}
