//! How a command ends: what its calls began is finished, within a limit.
//!
//! A call that gives up cancels nothing, because others may wait for the same login. A
//! command that ends takes everything along. So it stays a moment: a login that has its
//! answer is stored, and the claim on one that has none is given back, so that another
//! process can log in at once.

use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sfbox::error::Failure;
use sfbox::{Error, Org, Runtime};
use tokio::time::timeout;

use crate::hint::Typed;
use crate::interrupt::{Interrupted, Interrupts};
use crate::org::StepFailed;
use crate::report::{note, reported};

/// How long a command stays that was interrupted, or whose call has timed out.
const INTERRUPT_GRACE: Duration = Duration::from_secs(2);

/// How long any other command stays: as long as a new token may take into the store.
const STORE_DEADLINE: Duration = Duration::from_secs(20);

/// How much of that time is left when what still goes on is given up: enough to give a
/// claim back.
pub(crate) const RELEASE: Duration = Duration::from_millis(800);

/// How long a command stays in silence.
const SILENCE: Duration = Duration::from_secs(1);

/// Whether a call was given up while the command went on.
static GIVEN_UP: AtomicBool = AtomicBool::new(false);

/// Says that a call is given up although the command goes on: in the component it may still
/// wait for its answer, and nobody stays for that.
pub(crate) fn give_up_a_call() {
    GIVEN_UP.store(true, Ordering::SeqCst);
}

/// Adds to a call's timeout that it was spent on a login.
pub(crate) fn explained(error: anyhow::Error, org: &Org) -> anyhow::Error {
    if is_timeout(&error) && org.is_logging_in() {
        error.context("the login took longer than `--timeout`")
    } else {
        error
    }
}

/// Prints how the calls went if they failed, and stays for what they began.
pub(crate) async fn leave(
    runtime: &Runtime,
    done: anyhow::Result<()>,
    typed: Typed,
) -> anyhow::Result<()> {
    let gives_up = done.as_ref().is_err_and(gives_up) || GIVEN_UP.load(Ordering::SeqCst);
    // Now, and not after what follows.
    let done = done.map_err(|error| reported(error, typed));
    let mut interrupts = Interrupts::new()?;
    let interrupted = interrupts
        .unless(stay(runtime, gives_up, STORE_DEADLINE))
        .await;
    done?;
    Ok(interrupted?)
}

/// Stays for what the calls of a command began, none of which has timed out.
pub(crate) async fn after(runtime: &Runtime) {
    stay(runtime, false, STORE_DEADLINE).await;
}

/// The same for a command that has no more time than this.
pub(crate) async fn within(most: Duration, runtime: &Runtime) {
    stay(runtime, false, most.min(STORE_DEADLINE)).await;
}

async fn stay(runtime: &Runtime, gives_up: bool, most: Duration) {
    let mut ending = pin!(runtime.shut_down());
    if gives_up {
        return end_within(INTERRUPT_GRACE, runtime, ending).await;
    }
    let silence = SILENCE.min(most);
    if timeout(silence, ending.as_mut()).await.is_ok() {
        return;
    }
    note(&format!(
        "waiting up to {} s until the new session is stored",
        most.as_secs()
    ));
    end_within(most.saturating_sub(silence), runtime, ending).await;
}

/// Waits until everything has ended, at most so long. What still goes on a moment before
/// is given up.
async fn end_within(most: Duration, runtime: &Runtime, ending: Pin<&mut impl Future>) {
    if timeout(most.saturating_sub(RELEASE), ending).await.is_err() {
        _ = timeout(RELEASE, runtime.abandon()).await;
    }
}

fn gives_up(error: &anyhow::Error) -> bool {
    error.is::<Interrupted>() || is_timeout(error)
}

fn is_timeout(error: &anyhow::Error) -> bool {
    let of_call =
        |error: &(dyn std::error::Error + 'static)| error.downcast_ref().is_some_and(has_timed_out);
    let of_step = |error: &(dyn std::error::Error + 'static)| {
        error.downcast_ref().is_some_and(StepFailed::has_timed_out)
    };
    error.chain().any(|error| of_call(error) || of_step(error))
}

/// Whether it is a call whose time is up.
pub(crate) fn has_timed_out(error: &Error) -> bool {
    matches!(error, Error::Call { failure, .. } if matches!(**failure, Failure::Timeout))
}

#[cfg(test)]
mod tests {
    use sfbox::error::RateLimit;

    use super::*;

    fn failed(failure: Failure) -> anyhow::Error {
        anyhow::Error::new(Error::Call {
            org: "acme".to_owned(),
            operation: "query",
            failure: Box::new(failure),
            cause: None,
        })
    }

    #[test]
    fn who_was_interrupted_or_timed_out_gives_up() {
        assert!(gives_up(&failed(Failure::Timeout)));
        assert!(gives_up(&failed(Failure::Timeout).context("a page")));
        assert!(gives_up(&Interrupted::Terminate.into()));
        let limited = Failure::RateLimited(RateLimit {
            retry_after_s: None,
            refusal: None,
        });
        for other in [Failure::SessionChanged, limited] {
            assert!(!gives_up(&failed(other)));
        }
    }
}
