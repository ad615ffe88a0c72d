//! Why an instance ended with calls in flight.

use std::time::Duration;

/// Why an instance was stopped before it answered. Its calls fail with this;
/// whether a write among them happened is unknown. Other orgs' instances are not
/// concerned, and the org's next call gets a new instance.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Retirement {
    /// The component trapped: a bug in it. The text is the trap's name.
    #[error("the component trapped: {0}")]
    Trapped(String),
    /// The component asked for more memory than it may have.
    #[error("the component needed more than its {limit_mib} MiB of memory")]
    OutOfMemory {
        /// The limit, in MiB (1,048,576 bytes).
        limit_mib: usize,
    },
    /// A call did not end, although its own timeout had passed.
    #[error("the component did not answer within {} ms after a call's timeout", .grace.as_millis())]
    Stuck {
        /// How long past the call's timeout the host waited.
        grace: Duration,
    },
    /// The component could not be instantiated.
    #[error("the component could not be started: {0}")]
    NotStarted(String),
    /// The runtime was shut down before the call began: nothing was sent.
    #[error("the runtime has been shut down")]
    ShutDown,
    /// The runtime was abandoned, or its thread ended, while the call was under way.
    #[error("the runtime ended while the call was under way")]
    Abandoned,
}
