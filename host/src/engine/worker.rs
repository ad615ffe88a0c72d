//! A worker: its HTTP client and its instances, on a thread of its own or on its
//! caller's.

use std::collections::HashMap;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::thread::{self, ThreadId};

use futures::FutureExt as _;
use futures::future::LocalBoxFuture;

use tokio::runtime::{Builder, Handle};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinSet, LocalSet};

use super::instance;
use super::job::Job;
use super::loaded::Loaded;
use super::retirement::Retirement;
use crate::egress::{Egress, EgressConfig};
use crate::served::Served;

/// The work of a runtime without a thread of its own
/// ([`Builder::build_local`](crate::Builder::build_local)): calls are answered
/// while it is polled. It ends when the runtime has been shut down or dropped and
/// everything that it was given is done. Dropping it ends calls in flight.
///
/// # Panics
///
/// When it is polled outside of a tokio runtime that has I/O and time.
#[must_use = "calls are answered only while this is polled"]
pub struct LocalWorker(LocalBoxFuture<'static, ()>);

impl Future for LocalWorker {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(context)
    }
}

/// The handle of a worker. Dropping it lets the worker finish and end.
pub(super) struct Worker {
    // As many jobs as `Lanes` lets under way, so it needs no bound of its own.
    jobs: Mutex<Option<mpsc::UnboundedSender<Job>>>,
    ended: futures::future::Shared<oneshot::Receiver<()>>,
    /// Absent for one that runs where its caller polls it.
    thread: Option<Thread>,
}

/// A worker's own thread.
struct Thread {
    id: ThreadId,
    runtime: Handle,
}

impl Worker {
    /// Starts the thread of worker number `number`.
    ///
    /// # Errors
    ///
    /// When the operating system has no thread, or no event queue, to give.
    pub(super) fn start(
        number: usize,
        loaded: Arc<Loaded>,
        egress: Arc<EgressConfig>,
    ) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (mut worker, work) = Self::prepare(loaded, egress);
        let thread = thread::Builder::new()
            .name(format!("sfbox-worker-{number}"))
            .spawn(move || runtime.block_on(work()))?;
        worker.thread = Some(Thread {
            id: thread.thread().id(),
            runtime: handle,
        });
        Ok(worker)
    }

    /// A worker that runs where its caller polls it.
    pub(super) fn local(loaded: Arc<Loaded>, egress: Arc<EgressConfig>) -> (Self, LocalWorker) {
        let (worker, work) = Self::prepare(loaded, egress);
        (worker, LocalWorker(work()))
    }

    /// A worker, and what makes its work: that cannot change its thread once it
    /// is made.
    fn prepare(
        loaded: Arc<Loaded>,
        egress: Arc<EgressConfig>,
    ) -> (Self, impl FnOnce() -> LocalBoxFuture<'static, ()> + Send) {
        let (jobs, receiver) = mpsc::unbounded_channel();
        let (end, ended) = oneshot::channel();
        let work = move || {
            async move {
                let _end: oneshot::Sender<()> = end;
                // Its clients belong to the runtime that this is polled in.
                let egress = Egress::new(&egress);
                LocalSet::new()
                    .run_until(run(loaded, egress, receiver))
                    .await;
            }
            .boxed_local()
        };
        let worker = Self {
            jobs: Mutex::new(Some(jobs)),
            ended: ended.shared(),
            thread: None,
        };
        (worker, work)
    }

    /// The runtime of its thread, if it has one.
    pub(super) fn runtime(&self) -> Option<&Handle> {
        self.thread.as_ref().map(|thread| &thread.runtime)
    }

    /// Whether that is this thread.
    pub(super) fn is_of(&self, thread: ThreadId) -> bool {
        self.thread.as_ref().is_some_and(|own| own.id == thread)
    }

    /// Hands over a job.
    ///
    /// # Errors
    ///
    /// When the worker has ended.
    pub(super) fn submit(&self, job: Job) -> Result<(), Retirement> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let jobs = jobs.as_ref().ok_or(Retirement::ShutDown)?;
        jobs.send(job).map_err(|_| Retirement::ShutDown)
    }

    /// Refuses new jobs.
    pub(super) fn close(&self) {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        *jobs = None;
    }

    /// Waits until everything that it was given is done; only a closed worker
    /// ends.
    pub(super) async fn ended(&self) {
        // The sender is only ever dropped.
        _ = self.ended.clone().await;
    }
}

type Instances = HashMap<Arc<Served>, instance::Handle>;

async fn run(loaded: Arc<Loaded>, egress: Egress, mut jobs: mpsc::UnboundedReceiver<Job>) {
    let mut instances = Instances::new();
    let mut running = JoinSet::new();
    let mut open = true;
    loop {
        tokio::select! {
            biased;
            job = jobs.recv(), if open => match job {
                Some(job) => dispatch(job, &loaded, &egress, &mut instances, &mut running),
                None => open = false,
            },
            Some(ended) = running.join_next() => {
                instances.retain(|_, instance| !instance.is_closed());
                for job in ended.unwrap_or_default() {
                    dispatch(job, &loaded, &egress, &mut instances, &mut running);
                }
            }
            else => break,
        }
        if !open {
            // They finish what they have, and end.
            instances.clear();
        }
    }
    // Bodies live without their instances, and on this thread's connections.
    egress.drained().await;
}

/// Sends `job` to the instance of its org and policy; makes one if there is none, or if the one
/// there has just closed.
fn dispatch(
    job: Job,
    loaded: &Arc<Loaded>,
    egress: &Egress,
    instances: &mut Instances,
    running: &mut JoinSet<Vec<Job>>,
) {
    let refused = match instances.get(job.org.served()) {
        Some(instance) => instance.give(job).err(),
        None => Some(job),
    };
    let Some(job) = refused else { return };
    let org = Arc::clone(&job.org);
    let (instance, life) = instance::start(Arc::clone(loaded), Arc::clone(&org), egress.clone());
    // It has only just been made, and takes jobs.
    _ = instance.give(job);
    instances.insert(Arc::clone(org.served()), instance);
    running.spawn_local(life);
}
