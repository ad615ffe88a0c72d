//! A call on its way to an instance.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use tokio::sync::oneshot;
use wasmtime::component::Accessor;

use super::exports::Exports;
use super::retirement::Retirement;
use crate::pulse::Pulse;
use crate::state::{OrgState, State};

/// The call itself: runs in the instance and sends its own answer. `Err` is a
/// trap, which ends the instance.
pub(crate) type Run =
    Box<dyn for<'a> FnOnce(Started<'a>) -> BoxFuture<'a, wasmtime::Result<()>> + Send>;

/// What a call finds when its turn has come.
pub(crate) struct Started<'a> {
    pub(crate) accessor: &'a Accessor<State>,
    pub(crate) exports: &'a Exports,
    /// What is left of the caller's timeout.
    pub(crate) remaining: Duration,
}

/// A call, the org it is for, and the latest moment for its answer.
pub(crate) struct Job {
    pub(crate) org: Arc<OrgState>,
    pub(crate) deadline: Instant,
    /// What puts the deadline off: the bodies of a call that flow.
    pub(crate) pulse: Option<Arc<Pulse>>,
    pub(crate) run: Run,
    /// Where the caller learns that its call died with the instance. The
    /// watchdog has it while an instance has the job.
    pub(crate) retired: Option<oneshot::Sender<Retirement>>,
}
