//! A worker: a thread, its runtime, its HTTP client, and its instances.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::{io, thread};

use futures::FutureExt as _;

use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinSet, LocalSet};

use super::{Job, Retirement, Shared, instance};
use crate::egress::{Egress, EgressConfig};

/// The handle of a worker. Dropping it lets the worker finish and end.
pub(super) struct Worker {
    // As many jobs as `Lanes` lets under way, so it needs no bound of its own.
    jobs: Mutex<Option<mpsc::UnboundedSender<Job>>>,
    ended: futures::future::Shared<oneshot::Receiver<()>>,
}

impl Worker {
    /// Starts the thread of worker number `number`.
    ///
    /// # Errors
    ///
    /// When the operating system has no thread, or no event queue, to give.
    pub(super) fn start(
        number: usize,
        shared: Arc<Shared>,
        egress: Arc<EgressConfig>,
    ) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (jobs, receiver) = mpsc::unbounded_channel();
        let (end, ended) = oneshot::channel();
        thread::Builder::new()
            .name(format!("sfbox-worker-{number}"))
            .spawn(move || {
                let _end: oneshot::Sender<()> = end;
                let egress = {
                    let _entered = runtime.enter();
                    Egress::new(&egress)
                };
                LocalSet::new().block_on(&runtime, run(shared, egress, receiver));
            })?;
        Ok(Self {
            jobs: Mutex::new(Some(jobs)),
            ended: ended.shared(),
        })
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

    /// Refuses new jobs and waits for the end of the others.
    pub(super) async fn shut_down(&self) {
        drop(
            self.jobs
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        // The sender is only ever dropped.
        _ = self.ended.clone().await;
    }
}

type Instances = HashMap<Rc<str>, mpsc::UnboundedSender<Job>>;

async fn run(shared: Arc<Shared>, egress: Egress, mut jobs: mpsc::UnboundedReceiver<Job>) {
    let mut instances = Instances::new();
    let mut running = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            job = jobs.recv() => match job {
                Some(job) => dispatch(job, &shared, &egress, &mut instances, &mut running),
                None => break,
            },
            Some(ended) = running.join_next() => {
                instances.retain(|_, instance| !instance.is_closed());
                for job in ended.unwrap_or_default() {
                    dispatch(job, &shared, &egress, &mut instances, &mut running);
                }
            }
        }
    }
    drop(instances);
    while running.join_next().await.is_some() {}
}

/// Sends `job` to its org's instance; makes one if there is none, or if the one
/// there has just closed.
fn dispatch(
    job: Job,
    shared: &Arc<Shared>,
    egress: &Egress,
    instances: &mut Instances,
    running: &mut JoinSet<Vec<Job>>,
) {
    let refused = match instances.get(job.org.name()) {
        Some(instance) => instance.send(job).err().map(|refused| refused.0),
        None => Some(job),
    };
    let Some(job) = refused else { return };
    let (sender, receiver) = mpsc::unbounded_channel();
    let org = Arc::clone(&job.org);
    _ = sender.send(job);
    instances.insert(org.name().into(), sender);
    running.spawn_local(instance::run(
        Arc::clone(shared),
        org,
        egress.clone(),
        receiver,
    ));
}
