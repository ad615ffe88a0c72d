//! How a check ends that found a fault.

use sfbox::Verdict;

/// A step of the check failed, and was printed.
#[derive(Debug, thiserror::Error)]
#[error("org `{org}` fails at the step `{step}`")]
pub(crate) struct StepFailed {
    pub(super) org: String,
    pub(super) step: &'static str,
    pub(super) verdict: Verdict,
    pub(super) has_timed_out: bool,
}

impl StepFailed {
    /// Whether it was a call whose time is up.
    pub(crate) fn has_timed_out(&self) -> bool {
        self.has_timed_out
    }

    /// The exit status of what failed.
    pub(crate) fn verdict(&self) -> Verdict {
        self.verdict
    }
}
