//! The epoch clock: what makes a spinning guest give its thread back.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;
use std::{io, thread};

use tokio::sync::Notify;
use wasmtime::EngineWeak;

/// How long a guest may compute before it yields to its worker's other
/// instances and timers. Short enough that a neighbour's call is not noticeably
/// late, long enough that the checks cost nothing.
const TICK: Duration = Duration::from_millis(10);

/// One thread an engine that advances the epoch while calls are in flight, and
/// sleeps otherwise. It ends when its engine has gone.
#[derive(Clone)]
pub(crate) struct EpochClock {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<Ticking>,
    changed: Condvar,
    /// Told when the last tick has gone.
    idle: Notify,
}

#[derive(Default)]
struct Ticking {
    calls: usize,
    stopped: bool,
}

/// Keeps the clock ticking while it lives.
pub(crate) struct Tick {
    shared: Arc<Shared>,
}

impl EpochClock {
    /// Starts the clock's thread.
    ///
    /// # Errors
    ///
    /// When the operating system has no thread to give.
    pub(crate) fn start(engine: &wasmtime::Engine) -> io::Result<Self> {
        let shared = Arc::<Shared>::default();
        let engine = engine.weak();
        let clock = Self {
            shared: Arc::clone(&shared),
        };
        thread::Builder::new()
            .name("sfbox-epoch".into())
            .spawn(move || run(&shared, &engine))?;
        Ok(clock)
    }

    /// Makes the clock tick until the answer is dropped.
    pub(crate) fn tick(&self) -> Tick {
        let mut state = self.shared.lock();
        state.calls += 1;
        if state.calls == 1 {
            self.shared.changed.notify_all();
        }
        Tick {
            shared: Arc::clone(&self.shared),
        }
    }

    /// Ends when nothing keeps the clock ticking.
    pub(crate) async fn idle(&self) {
        loop {
            let notified = self.shared.idle.notified();
            if self.shared.lock().calls == 0 {
                return;
            }
            notified.await;
        }
    }

    /// Ends the thread.
    pub(crate) fn stop(&self) {
        self.shared.lock().stopped = true;
        self.shared.changed.notify_all();
    }
}

impl Drop for Tick {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.calls -= 1;
        if state.calls == 0 {
            self.shared.idle.notify_waiters();
        }
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Ticking> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn run(shared: &Shared, engine: &EngineWeak) {
    let mut state = shared.lock();
    while !state.stopped {
        if state.calls == 0 {
            state = shared
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
            continue;
        }
        drop(state);
        thread::sleep(TICK);
        let Some(engine) = engine.upgrade() else {
            return;
        };
        engine.increment_epoch();
        drop(engine);
        state = shared.lock();
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[test]
    fn it_is_idle_once_the_last_tick_has_gone() {
        let clock = EpochClock {
            shared: Arc::default(),
        };
        assert!(clock.idle().now_or_never().is_some());
        let (first, second) = (clock.tick(), clock.tick());
        let mut idle = Box::pin(clock.idle());
        assert!(idle.as_mut().now_or_never().is_none());
        drop(first);
        assert!(idle.as_mut().now_or_never().is_none());
        drop(second);
        assert!(idle.as_mut().now_or_never().is_some());
    }

    #[test]
    fn the_clock_counts_the_calls_in_flight() {
        let clock = EpochClock {
            shared: Arc::default(),
        };
        let first = clock.tick();
        let second = clock.tick();
        assert_eq!(clock.shared.lock().calls, 2);
        drop(first);
        drop(second);
        assert_eq!(clock.shared.lock().calls, 0);
    }
}
