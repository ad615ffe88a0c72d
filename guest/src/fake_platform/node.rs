//! Who acts in the world: a process with one instance in it.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use futures::future::AbortHandle;

/// What a node's way to the store and to the org is like. Each list is gone
/// through from its start again and again; an empty one is fair weather.
#[derive(Clone, Debug, Default)]
pub(crate) struct Weather {
    /// How long a request or a reply takes.
    pub(crate) delays: Vec<Duration>,
    /// How old the state of the secret is that a read answers.
    pub(crate) staleness: Vec<Duration>,
    /// Whether the reply of a write is lost.
    pub(crate) losses: Vec<bool>,
}

#[derive(Default)]
pub(crate) struct Node {
    pub(crate) number: usize,
    weather: Weather,
    messages: Cell<usize>,
    reads: Cell<usize>,
    writes: Cell<usize>,
    tasks: RefCell<Vec<AbortHandle>>,
}

impl Node {
    pub(super) fn new(number: usize, weather: Weather) -> Self {
        Self {
            number,
            weather,
            ..Self::default()
        }
    }

    pub(super) fn delay(&self) -> Duration {
        next(&self.weather.delays, &self.messages)
    }

    pub(super) fn staleness(&self) -> Duration {
        next(&self.weather.staleness, &self.reads)
    }

    pub(super) fn loses_reply(&self) -> bool {
        next(&self.weather.losses, &self.writes)
    }

    pub(super) fn began(&self, task: AbortHandle) {
        self.tasks.borrow_mut().push(task);
    }

    /// All its tasks end where they are.
    pub(super) fn drop_tasks(&self) {
        self.tasks.take().iter().for_each(AbortHandle::abort);
    }
}

fn next<T: Copy + Default>(list: &[T], cursor: &Cell<usize>) -> T {
    let at = cursor.get();
    cursor.set(at + 1);
    list.get(at % list.len().max(1))
        .copied()
        .unwrap_or_default()
}
