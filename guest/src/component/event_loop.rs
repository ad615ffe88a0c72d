//! Runs the core's futures where the component model has none: over WASI 0.2's
//! `poll`.
//!
//! Nothing runs in an instance between two calls. So a call ends when all of its
//! tasks have ended, too: a renewal that it began is stored by then.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures::future::LocalBoxFuture;
use futures::stream::{FuturesUnordered, StreamExt as _};

/// Something that gets ready: a pollable, or a test's.
pub(super) trait Source {
    /// Whether it is; never blocks.
    fn is_ready(&self) -> bool;

    /// Blocks until one of these is ready; answers which are.
    fn wait(sources: &[Rc<Self>]) -> Vec<usize>
    where
        Self: Sized;
}

/// The futures of one instance, and what they wait for.
pub(super) struct EventLoop<S> {
    waiting: RefCell<BTreeMap<u64, (Rc<S>, Waker)>>,
    next: Cell<u64>,
    spawned: RefCell<Vec<LocalBoxFuture<'static, ()>>>,
}

impl<S> Default for EventLoop<S> {
    fn default() -> Self {
        Self {
            waiting: RefCell::default(),
            next: Cell::default(),
            spawned: RefCell::default(),
        }
    }
}

/// Takes a source out again when nobody waits for it any more: it may not
/// outlive what it tells of.
struct Registered<'a, S> {
    event_loop: &'a EventLoop<S>,
    id: u64,
}

impl<S> Drop for Registered<'_, S> {
    fn drop(&mut self) {
        self.event_loop.waiting.borrow_mut().remove(&self.id);
    }
}

impl<S: Source> EventLoop<S> {
    /// Ends when `source` is ready.
    pub(super) async fn ready(&self, source: S) {
        let source = Rc::new(source);
        let id = self.next.get();
        self.next.set(id + 1);
        let _registered = Registered {
            event_loop: self,
            id,
        };
        poll_fn(|context| {
            if source.is_ready() {
                return Poll::Ready(());
            }
            let entry = (Rc::clone(&source), context.waker().clone());
            self.waiting.borrow_mut().insert(id, entry);
            Poll::Pending
        })
        .await;
    }

    /// Runs a task beside the call that is running.
    pub(super) fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        self.spawned.borrow_mut().push(task);
    }

    /// Runs a call to its end, and everything that was spawned.
    pub(super) fn run<T>(&self, call: impl Future<Output = T>) -> T {
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&woken));
        let mut context = Context::from_waker(&waker);
        let mut call = pin!(call);
        let mut answer = None;
        let mut tasks = FuturesUnordered::new();
        loop {
            while woken.0.swap(false, Ordering::Relaxed) {
                if answer.is_none()
                    && let Poll::Ready(ended) = call.as_mut().poll(&mut context)
                {
                    answer = Some(ended);
                }
                tasks.extend(self.spawned.take());
                while let Poll::Ready(Some(())) = tasks.poll_next_unpin(&mut context) {
                    tasks.extend(self.spawned.take());
                }
                if !self.spawned.borrow().is_empty() {
                    woken.0.store(true, Ordering::Relaxed);
                }
            }
            if tasks.is_empty()
                && let Some(answer) = answer.take()
            {
                return answer;
            }
            self.wait();
        }
    }

    /// Blocks until something is ready, and wakes whoever waits for it.
    fn wait(&self) {
        let sources: Vec<(u64, Rc<S>)> = {
            let waiting = self.waiting.borrow();
            let sources = waiting.iter();
            sources
                .map(|(id, (source, _))| (*id, Rc::clone(source)))
                .collect()
        };
        let (ids, sources): (Vec<u64>, Vec<Rc<S>>) = sources.into_iter().unzip();
        for index in S::wait(&sources) {
            let entry = ids
                .get(index)
                .and_then(|id| self.waiting.borrow_mut().remove(id));
            if let Some((_, waker)) = entry {
                waker.wake();
            }
        }
    }
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use futures::future::{join, select};

    use super::*;

    thread_local! {
        static NOW: Cell<u32> = const { Cell::new(0) };
    }

    /// Ready from a moment on; waiting moves the time to the first of them.
    struct At(u32);

    impl Source for At {
        fn is_ready(&self) -> bool {
            NOW.get() >= self.0
        }

        fn wait(sources: &[Rc<Self>]) -> Vec<usize> {
            let first = sources.iter().map(|source| source.0).min();
            NOW.set(first.expect("nobody waits for nothing"));
            (0..sources.len())
                .filter(|&index| sources[index].is_ready())
                .collect()
        }
    }

    #[test]
    fn what_waits_at_once_waits_at_once() {
        let event_loop = EventLoop::default();
        let both = join(event_loop.ready(At(5)), event_loop.ready(At(3)));
        event_loop.run(both);
        assert_eq!(NOW.get(), 5);
        assert!(event_loop.waiting.borrow().is_empty());
    }

    #[test]
    fn what_nobody_waits_for_any_more_is_let_go() {
        let event_loop = EventLoop::default();
        event_loop.run(async {
            let slow = pin!(event_loop.ready(At(100)));
            let fast = pin!(event_loop.ready(At(1)));
            _ = select(slow, fast).await;
        });
        assert!(event_loop.waiting.borrow().is_empty());
        assert_eq!(NOW.get(), 1);
    }

    #[test]
    fn a_call_ends_with_its_tasks_and_with_theirs() {
        let event_loop: &'static EventLoop<At> = Box::leak(Box::default());
        let done = Rc::new(Cell::new(0));
        let inner = Rc::clone(&done);
        let answer = event_loop.run(async {
            let task = async move {
                event_loop.ready(At(7)).await;
                inner.set(inner.get() + 1);
                event_loop.spawn(
                    async move {
                        event_loop.ready(At(9)).await;
                        inner.set(inner.get() + 1);
                    }
                    .boxed_local(),
                );
            };
            event_loop.spawn(task.boxed_local());
            "answer"
        });
        assert_eq!((answer, done.get(), NOW.get()), ("answer", 2, 9));
    }

    #[test]
    fn tasks_wake_each_other() {
        let event_loop: &'static EventLoop<At> = Box::leak(Box::default());
        let (sender, receiver) = futures::channel::oneshot::channel();
        let answer = event_loop.run(async move {
            let task = async move {
                event_loop.ready(At(2)).await;
                _ = sender.send(42);
            };
            event_loop.spawn(task.boxed_local());
            receiver.await
        });
        assert_eq!(answer, Ok(42));
    }
}
