//! One instance of the component: one store, one org under one policy, one `run_concurrent`.

use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tokio::sync::mpsc;
use wasmtime::component::Accessor;
use wasmtime::{Store, UpdateDeadline};

use super::exports::Exports;
use super::in_flight::{InFlight, Ticket};
use super::job::{Job, Started};
use super::loaded::Loaded;
use super::retirement::Retirement;
use crate::answer::ANSWER_BYTES_MAX;
use crate::egress::Egress;
use crate::state::{HANDLES_MAX, MemoryLimit, OrgState, State};

/// How long past a call's own timeout the host waits before it takes the
/// instance for stuck. The guest keeps its deadlines itself; this is for one
/// that does not.
const GRACE: Duration = Duration::from_secs(5);

/// How long an instance without calls is kept: its session and its memory of the
/// org make the next call cheap.
const IDLE: Duration = Duration::from_secs(60);

/// How long an instance may go on with what its calls began, once all of them
/// are answered: more than the whole of a renewal, which is 20 s for the one before,
/// 115 s for its turn, 50 s for the login, and 20 s for the store.
const BACKGROUND: Duration = Duration::from_secs(210);

/// How long a component may take to start; it takes microseconds.
const START: Duration = Duration::from_secs(5);

/// How many bytes the guest may hand over in one go: the longest answer, and
/// what comes along with it.
const HANDED_OVER_BYTES_MAX: usize = ANSWER_BYTES_MAX + (1 << 20);

/// An instance, as its worker has it.
pub(super) struct Handle {
    jobs: mpsc::UnboundedSender<(Ticket, Job)>,
    in_flight: Rc<InFlight>,
}

impl Handle {
    /// Gives the instance a job, which is watched over from now on: a guest that
    /// lets nobody else on may never even look at it.
    ///
    /// # Errors
    ///
    /// The job, if the instance takes no more.
    pub(super) fn give(&self, mut job: Job) -> Result<(), Job> {
        let (pulse, retired) = (job.pulse.clone(), job.retired.take());
        let ticket = self.in_flight.enter(job.deadline, pulse, retired);
        let given = self.jobs.send((ticket, job));
        given.map_err(|refused| take_back(&self.in_flight, refused.0))
    }

    /// Whether the instance takes no more jobs.
    pub(super) fn is_closed(&self) -> bool {
        self.jobs.is_closed()
    }
}

fn take_back(in_flight: &InFlight, (ticket, mut job): (Ticket, Job)) -> Job {
    job.retired = in_flight.leave(ticket);
    job
}

/// An instance, and its life: it serves jobs until the handle is dropped, it has
/// been idle for long, or it had to be stopped. The jobs that it did not begin
/// are what is left in the end.
pub(super) fn start(
    loaded: Arc<Loaded>,
    org: Arc<OrgState>,
    egress: Egress,
) -> (Handle, impl Future<Output = Vec<Job>>) {
    let (sender, jobs) = mpsc::unbounded_channel();
    let in_flight = Rc::new(InFlight::default());
    let handle = Handle {
        jobs: sender,
        in_flight: Rc::clone(&in_flight),
    };
    (handle, run(loaded, org, egress, jobs, in_flight))
}

async fn run(
    loaded: Arc<Loaded>,
    org: Arc<OrgState>,
    egress: Egress,
    mut jobs: mpsc::UnboundedReceiver<(Ticket, Job)>,
    in_flight: Rc<InFlight>,
) -> Vec<Job> {
    let ended = drive(&loaded, &org, egress, &mut jobs, &in_flight).await;
    jobs.close();
    let mut left = Vec::new();
    while let Ok(given) = jobs.try_recv() {
        left.push(given);
    }
    if matches!(ended, Err(Retirement::NotStarted(_))) {
        // Another instance would not start either.
        left.clear();
    }
    // What it did not begin another can.
    let left = left.into_iter();
    let left = left.map(|given| take_back(&in_flight, given)).collect();
    if let Err(why) = ended {
        tracing::error!(org = org.name(), error = %why, "instance retired");
        in_flight.retire(&why);
    }
    left
}

async fn drive(
    loaded: &Loaded,
    org: &Arc<OrgState>,
    egress: Egress,
    jobs: &mut mpsc::UnboundedReceiver<(Ticket, Job)>,
    in_flight: &InFlight,
) -> Result<(), Retirement> {
    let limit_bytes = loaded.limits.memory_bytes;
    let limit = MemoryLimit::new(limit_bytes);
    let memory_hit = limit.hit();
    let engine = loaded.engine();
    let mut store = Store::new(engine, State::new(Arc::clone(org), egress, limit));
    store.limiter(State::memory_limit);
    store.set_hostcall_fuel(HANDED_OVER_BYTES_MAX);
    store.set_max_component_handles(HANDLES_MAX);
    // Yield at every tick, for ever: a trap instead would also kill an instance
    // that merely idled past its deadline. And yield to all of the thread, its
    // sockets and timers too: the engine's own yield only goes to the end of a
    // queue that tokio works off sixty tasks at a time.
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|_| {
        let yielding = Box::pin(tokio::task::yield_now());
        Ok(UpdateDeadline::YieldCustom(1, yielding))
    });
    let exports = {
        let _tick = loaded.clock.tick();
        let starting = loaded.start(&mut store);
        tokio::time::timeout(START, starting)
            .await
            .map_err(|_| Retirement::NotStarted(format!("it took over {} s", START.as_secs())))?
            .map_err(|error| Retirement::NotStarted(error.root_cause().to_string()))?
    };

    let serving = store
        .run_concurrent(async |accessor| serve(accessor, &exports, jobs, in_flight, loaded).await);
    let ended = tokio::select! {
        biased;
        ended = serving => ended.and_then(|served| served),
        () = in_flight.overdue(GRACE) => return Err(Retirement::Stuck { grace: GRACE }),
    };
    ended.map_err(|error| {
        if memory_hit.happened() {
            Retirement::OutOfMemory {
                limit_mib: limit_bytes >> 20,
            }
        } else {
            Retirement::Trapped(error.root_cause().to_string())
        }
    })
}

/// The instance's event loop.
async fn serve(
    accessor: &Accessor<State>,
    exports: &Exports,
    jobs: &mut mpsc::UnboundedReceiver<(Ticket, Job)>,
    in_flight: &InFlight,
    loaded: &Loaded,
) -> wasmtime::Result<()> {
    let mut calls = FuturesUnordered::new();
    let mut wanted = true;
    // Held from the first call until the guest has nothing more to do.
    let mut tick = None;
    // What it does meanwhile has a limit, too.
    let mut background = None;
    loop {
        if !calls.is_empty() || tick.is_none() {
            background.take().map(|ticket| in_flight.leave(ticket));
        } else if background.is_none() {
            background = Some(in_flight.enter(Instant::now() + BACKGROUND, None, None));
        }
        tokio::select! {
            biased;
            Some(ended) = calls.next() => ended?,
            job = jobs.recv(), if wanted => match job {
                Some((ticket, job)) => {
                    tick.get_or_insert_with(|| loaded.clock.tick());
                    calls.push(call(accessor, exports, in_flight, ticket, job));
                }
                None => wanted = false,
            },
            () = settled(accessor), if calls.is_empty() && (tick.is_some() || !wanted) => {
                tick = None;
                if !wanted {
                    return Ok(());
                }
            }
            () = tokio::time::sleep(IDLE), if tick.is_none() && wanted => jobs.close(),
        }
    }
}

/// Runs one call to its answer.
async fn call(
    accessor: &Accessor<State>,
    exports: &Exports,
    in_flight: &InFlight,
    ticket: Ticket,
    job: Job,
) -> wasmtime::Result<()> {
    let remaining = job.deadline.saturating_duration_since(Instant::now());
    let ended = (job.run)(Started {
        accessor,
        exports,
        remaining,
    })
    .await;
    if ended.is_ok() {
        in_flight.leave(ticket);
    }
    ended
}

/// Ends when the guest has no task left, those that outlive their call
/// included.
async fn settled(accessor: &Accessor<State>) {
    poll_fn(|context| accessor.poll_no_interesting_tasks(context)).await;
}
