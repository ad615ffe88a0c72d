//! The threads that serve connections: a new one goes to the thread that has the fewest.

use std::sync::Arc;

use tokio::runtime::Handle;

/// Threads, and how many connections each has.
pub(crate) struct Threads {
    seats: Vec<Seat>,
    /// Where connections are served if there are no threads.
    here: Handle,
}

/// A connection's place at a thread; given back when it is dropped.
#[derive(Clone)]
pub(crate) struct Seat {
    runtime: Handle,
    taken: Arc<()>,
}

impl Threads {
    /// These threads; the one that is `here`, if there are none.
    pub(crate) fn new(threads: Vec<Handle>, here: Handle) -> Self {
        Self {
            seats: threads.into_iter().map(Seat::at).collect(),
            here,
        }
    }

    /// A place at the thread that has the fewest connections.
    pub(crate) fn seat(&self) -> Seat {
        let least = self.seats.iter().min_by_key(|seat| seat.connections());
        least
            .cloned()
            .unwrap_or_else(|| Seat::at(self.here.clone()))
    }
}

impl Seat {
    fn at(runtime: Handle) -> Self {
        Self {
            runtime,
            taken: Arc::default(),
        }
    }

    pub(crate) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// How many connections the thread has.
    fn connections(&self) -> usize {
        Arc::strong_count(&self.taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_connection_goes_to_the_thread_that_has_the_fewest() {
        let here = Handle::current();
        let threads = Threads::new(vec![here.clone(), here.clone()], here);
        let mut seats: Vec<Seat> = (0..4).map(|_| threads.seat()).collect();
        let taken = || {
            threads
                .seats
                .iter()
                .map(Seat::connections)
                .collect::<Vec<_>>()
        };
        assert_eq!(taken(), [3, 3], "two each, and its own");
        seats.retain(|seat| !Arc::ptr_eq(&seat.taken, &threads.seats[1].taken));
        assert_eq!(taken(), [3, 1]);
        seats.push(threads.seat());
        assert_eq!(taken(), [3, 2]);
    }

    #[tokio::test]
    async fn without_threads_it_is_the_one_that_is_here() {
        let here = Handle::current();
        let threads = Threads::new(Vec::new(), here.clone());
        assert_eq!(threads.seat().runtime().id(), here.id());
    }
}
