//! A command's calls: a person sees what it waits for, and may interrupt it.

use sfbox::Org;

use crate::interrupt::{Interrupted, Interrupts};
use crate::progress::{Progress, STARTING};

/// A command that makes calls, one after the other.
pub(crate) struct Calling {
    interrupts: Interrupts,
    pub(crate) progress: Progress,
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
        self.waiting(STARTING, call).await
    }

    /// Does some work, unless a person interrupts it. `otherwise` is said until the org's
    /// calls wait for something.
    pub(crate) async fn waiting<T>(
        &mut self,
        otherwise: &str,
        work: impl Future<Output = T>,
    ) -> Result<T, Interrupted> {
        let work = self.progress.during(otherwise, work);
        self.interrupts.unless(work).await
    }
}
