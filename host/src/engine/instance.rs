//! One instance of the component: one store, one org, one `run_concurrent`.

use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tokio::sync::mpsc;
use wasmtime::Store;
use wasmtime::component::Accessor;

use super::in_flight::InFlight;
use super::{Exports, Job, MemoryLimit, Retirement, Shared, Started};
use crate::egress::Egress;
use crate::state::{OrgState, State};

/// How long past a call's own timeout the host waits before it takes the
/// instance for stuck. The guest keeps its deadlines itself; this is for one
/// that does not.
const GRACE: Duration = Duration::from_secs(5);

/// How long an instance without calls is kept: its session and its memory of the
/// org make the next call cheap.
const IDLE: Duration = Duration::from_secs(60);

/// How long an instance that is no longer wanted may go on with what its calls
/// began: more than a renewal's own 50 s.
const BACKGROUND: Duration = Duration::from_secs(55);

/// Serves `jobs` until nobody sends any, the instance has been idle for long, or
/// it had to be stopped. Answers the jobs that it did not begin.
pub(super) async fn run(
    shared: Arc<Shared>,
    org: Arc<OrgState>,
    egress: Egress,
    mut jobs: mpsc::UnboundedReceiver<Job>,
) -> Vec<Job> {
    let in_flight = Rc::new(InFlight::default());
    let ended = drive(&shared, &org, egress, &mut jobs, &in_flight).await;
    jobs.close();
    let mut left = Vec::new();
    while let Ok(job) = jobs.try_recv() {
        left.push(job);
    }
    if let Err(why) = ended {
        tracing::error!(org = org.name(), error = %why, "instance retired");
        in_flight.retire(&why);
        if matches!(why, Retirement::NotStarted(_)) {
            // Another instance would not start either.
            for job in left.drain(..) {
                _ = job.retired.send(why.clone());
            }
        }
    }
    left
}

async fn drive(
    shared: &Shared,
    org: &Arc<OrgState>,
    egress: Egress,
    jobs: &mut mpsc::UnboundedReceiver<Job>,
    in_flight: &InFlight,
) -> Result<(), Retirement> {
    let limit_bytes = shared.limits.memory_bytes;
    let limit = MemoryLimit::new(limit_bytes);
    let memory_hit = limit.hit();
    let engine = shared.component.engine();
    let mut store = Store::new(engine, State::new(Arc::clone(org), egress, limit));
    store.limiter(State::memory_limit);
    // Yield at every tick, for ever: a trap instead would also kill an instance
    // that merely idled past its deadline.
    store.set_epoch_deadline(1);
    store.epoch_deadline_async_yield_and_update(1);
    let started = shared.component.instantiate_async(&mut store).await;
    let exports =
        started.map_err(|error| Retirement::NotStarted(error.root_cause().to_string()))?;

    let serving = store
        .run_concurrent(async |accessor| serve(accessor, &exports, jobs, in_flight, shared).await);
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
    jobs: &mut mpsc::UnboundedReceiver<Job>,
    in_flight: &InFlight,
    shared: &Shared,
) -> wasmtime::Result<()> {
    let mut calls = FuturesUnordered::new();
    let mut wanted = true;
    // Held from the first call until the guest has nothing more to do.
    let mut tick = None;
    let mut background = None;
    loop {
        if calls.is_empty() && !wanted && background.is_none() {
            background = Some(in_flight.enter(Instant::now() + BACKGROUND, None));
        }
        tokio::select! {
            biased;
            Some(ended) = calls.next() => ended?,
            job = jobs.recv(), if wanted => match job {
                Some(job) => {
                    tick.get_or_insert_with(|| shared.clock.tick());
                    calls.push(call(accessor, exports, in_flight, job));
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
    job: Job,
) -> wasmtime::Result<()> {
    let remaining = job.deadline.saturating_duration_since(Instant::now());
    let entry = in_flight.enter(job.deadline, Some(job.retired));
    let ended = (job.run)(Started {
        accessor,
        exports,
        remaining,
    })
    .await;
    if ended.is_ok() {
        entry.leave();
    }
    ended
}

/// Ends when the guest has no task left, those that outlive their call
/// included.
async fn settled(accessor: &Accessor<State>) {
    poll_fn(|context| accessor.poll_no_interesting_tasks(context)).await;
}
