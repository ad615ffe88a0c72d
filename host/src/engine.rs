//! Runs the component: an engine, its workers, and the calls' way to them.
//!
//! * A **worker** is a thread with a `current_thread` runtime and an HTTP client
//!   of its own. Nothing of a call crosses threads but the call itself and its
//!   answer: waking threads was where the time went. A program that has one thread
//!   can drive a worker on it, and then nothing does.
//! * A worker holds **instances**, one for each org and policy it has calls for. An
//!   instance serves one org under one policy, so that memory, egress and failures of two
//!   never meet. It is one long-lived `run_concurrent`, fed by a channel.
//! * An org's calls go to its **home** worker and spill over to the next ones
//!   when that instance is busy: few instances means few reads of the secret
//!   and few connections. A call that is made on a worker's thread stays there.

mod clock;
pub(crate) mod exports;
mod image;
mod in_flight;
mod instance;
mod job;
mod loaded;
mod retirement;
mod settings;
mod worker;

use std::sync::Arc;
use std::thread;

use tokio::runtime::Handle;

use crate::config::{ConfigError, Limits};
use crate::egress::EgressConfig;
pub(crate) use image::Image;
pub(crate) use job::{Job, Started};
use loaded::Loaded;
pub use retirement::Retirement;
pub use worker::LocalWorker;
use worker::Worker;

/// The running engine. Dropping it lets calls in flight finish; new ones fail.
pub(crate) struct Engine {
    workers: Vec<Worker>,
    clock: clock::EpochClock,
}

impl Engine {
    /// Loads the component and starts `limits.workers` threads.
    ///
    /// # Errors
    ///
    /// When there is no component, when it was compiled for another engine, or
    /// when a thread cannot be started.
    pub(crate) fn start(
        image: &Image,
        egress: &Arc<EgressConfig>,
        limits: Limits,
    ) -> Result<Self, ConfigError> {
        let loaded = Arc::new(Loaded::load(image, limits)?);
        let clock = loaded.clock.clone();
        let workers = (0..limits.workers.get())
            .map(|number| Worker::start(number, Arc::clone(&loaded), Arc::clone(egress)))
            .collect::<Result<_, _>>()
            .map_err(ConfigError::Thread)?;
        Ok(Self { workers, clock })
    }

    /// Loads the component for one worker, which its caller polls.
    ///
    /// # Errors
    ///
    /// As for [`Engine::start`].
    pub(crate) fn local(
        image: &Image,
        egress: &Arc<EgressConfig>,
        limits: Limits,
    ) -> Result<(Self, LocalWorker), ConfigError> {
        let loaded = Arc::new(Loaded::load(image, limits)?);
        let clock = loaded.clock.clone();
        let (worker, work) = Worker::local(loaded, Arc::clone(egress));
        let workers = vec![worker];
        Ok((Self { workers, clock }, work))
    }

    /// How many workers there are.
    pub(crate) fn workers(&self) -> usize {
        self.workers.len()
    }

    /// The runtimes of the workers' threads.
    pub(crate) fn threads(&self) -> Vec<Handle> {
        let runtimes = self.workers.iter().filter_map(Worker::runtime);
        runtimes.cloned().collect()
    }

    /// The worker whose thread this is, by number.
    pub(crate) fn own_worker(&self) -> Option<usize> {
        let this = thread::current().id();
        self.workers.iter().position(|worker| worker.is_of(this))
    }

    /// Hands a job to a worker.
    ///
    /// # Errors
    ///
    /// [`Retirement::ShutDown`] once the worker has ended.
    pub(crate) fn submit(&self, worker: usize, job: Job) -> Result<(), Retirement> {
        self.workers
            .get(worker)
            .ok_or(Retirement::ShutDown)?
            .submit(job)
    }

    /// Waits until no instance is doing anything: the clock ticks for every call,
    /// and for what it left to be done.
    pub(crate) async fn settled(&self) {
        self.clock.idle().await;
    }

    /// Refuses new calls and waits until every instance has finished what it
    /// was doing, renewals included.
    pub(crate) async fn shut_down(&self) {
        for worker in &self.workers {
            worker.close();
        }
        for worker in &self.workers {
            worker.ended().await;
        }
    }
}
