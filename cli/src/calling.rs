//! A command's calls: a person sees what it waits for, and may interrupt it.

use sfbox::Org;

use crate::interrupt::{Interrupted, Interrupts};
use crate::progress::Progress;

/// What is said while a call has not begun to wait for anything.
const STARTING: &str = "starting";

/// A command that makes calls, one after the other.
pub(crate) struct Calling {
    interrupts: Interrupts,
    progress: Progress,
}

impl Calling {
    /// Begins, with nothing sent.
    ///
    /// # Errors
    ///
    /// When signals cannot be listened to.
    pub(crate) fn begin(org: &Org) -> anyhow::Result<Self> {
        Ok(Self {
            interrupts: Interrupts::with_backstop()?,
            progress: Progress::of(org),
        })
    }

    /// Waits for a call, unless a person interrupts it.
    pub(crate) async fn during<T>(
        &mut self,
        call: impl Future<Output = T>,
    ) -> Result<T, Interrupted> {
        let call = self.progress.during(STARTING, call);
        self.interrupts.unless(call).await
    }
}
