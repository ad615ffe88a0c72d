//! A server that sends without end what is no answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::Notify;

/// How many frames without data may come in a row before a connection is given up. A
/// server sends two or three for each answer.
pub(super) const CONTROL_FRAMES_MAX: u32 = 1_000;

/// How many interim answers (status 1xx) one call may get. One or two are usual.
pub(super) const INTERIM_ANSWERS_MAX: u32 = 100;

/// What there was too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Flood {
    #[error("the server sent more than {CONTROL_FRAMES_MAX} HTTP/2 frames without data")]
    Frames,
    #[error("the server sent more than {INTERIM_ANSWERS_MAX} interim responses (1xx)")]
    Interim,
}

/// Counts the interim answers to one request over HTTP/1.1. Those over HTTP/2 are among
/// its frames.
#[derive(Clone, Default)]
pub(super) struct InterimAnswers(Arc<Counted>);

#[derive(Default)]
struct Counted {
    answers: AtomicU32,
    too_many: Notify,
}

impl InterimAnswers {
    /// Counts those to `request` from now on.
    pub(super) fn to<B>(request: &mut http::Request<B>) -> Self {
        let interim = Self::default();
        let counting = interim.clone();
        hyper::ext::on_informational(request, move |_| counting.count());
        interim
    }

    fn count(&self) {
        if self.0.answers.fetch_add(1, Ordering::Relaxed) >= INTERIM_ANSWERS_MAX {
            self.0.too_many.notify_one();
        }
    }

    /// Ends when there are too many.
    pub(super) async fn too_many(&self) {
        self.0.too_many.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[test]
    fn a_hundred_interim_answers_pass_and_one_more_does_not() {
        let interim = InterimAnswers::default();
        (0..INTERIM_ANSWERS_MAX).for_each(|_| interim.count());
        assert!(interim.too_many().now_or_never().is_none());
        interim.count();
        assert!(interim.too_many().now_or_never().is_some());
    }
}
