//! When a byte of a request or of its answer last moved, and by when the next one has to.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::Notify;

/// How long a request waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Patience {
    /// For the head of the answer, from the last byte of the request on.
    pub(crate) head: Duration,
    /// For the next byte in either direction.
    pub(crate) idle: Duration,
}

/// The pulse of one request. It beats with each part of a body.
#[derive(Debug)]
pub(crate) struct Pulse {
    patience: Patience,
    begun: Instant,
    /// Nanoseconds from `begun` to the last beat.
    last: AtomicU64,
    /// Whether all of the request is sent.
    is_sent: AtomicBool,
    /// Told when it is: the deadline can be an earlier one then.
    all_sent: Notify,
}

impl Pulse {
    /// That of a request which begins now; `is_sent`: it has no body.
    pub(crate) fn begin(patience: Patience, is_sent: bool) -> Arc<Self> {
        Arc::new(Self {
            patience,
            begun: Instant::now(),
            last: AtomicU64::new(0),
            is_sent: AtomicBool::new(is_sent),
            all_sent: Notify::new(),
        })
    }

    /// A byte has moved.
    pub(crate) fn beat(&self) {
        let nanoseconds = self.begun.elapsed().as_nanos();
        let nanoseconds = u64::try_from(nanoseconds).unwrap_or(u64::MAX);
        self.last.fetch_max(nanoseconds, Ordering::Relaxed);
    }

    /// The request's last byte was sent.
    pub(crate) fn sent(&self) {
        if !self.is_sent.swap(true, Ordering::Relaxed) {
            self.beat();
            self.all_sent.notify_one();
        }
    }

    /// When a byte last moved.
    pub(crate) fn last(&self) -> Instant {
        self.begun + Duration::from_nanos(self.last.load(Ordering::Relaxed))
    }

    /// By when the head of the answer, or the next byte of the request, has to be there.
    pub(crate) fn deadline(&self) -> Instant {
        let patience = match self.is_sent.load(Ordering::Relaxed) {
            true => self.patience.head,
            false => self.patience.idle,
        };
        self.last() + patience
    }

    /// Ends when that has passed.
    pub(crate) async fn stopped(&self) {
        loop {
            let deadline = self.deadline();
            if deadline <= Instant::now() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep_until(deadline.into()) => {}
                () = self.all_sent.notified() => {}
            }
        }
    }
}

/// A request's body, which a pulse follows.
pub(crate) struct Followed<E> {
    body: UnsyncBoxBody<Bytes, E>,
    pulse: Arc<Pulse>,
}

impl<E> Followed<E> {
    pub(crate) fn new(body: UnsyncBoxBody<Bytes, E>, pulse: &Arc<Pulse>) -> Self {
        Self {
            body,
            pulse: Arc::clone(pulse),
        }
    }
}

impl<E> Body for Followed<E> {
    type Data = Bytes;
    type Error = E;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, E>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        match &frame {
            Some(Ok(_)) => self.pulse.beat(),
            Some(Err(_)) | None => self.pulse.sent(),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<E> Drop for Followed<E> {
    fn drop(&mut self) {
        // A body whose length is known need not be asked for its end.
        self.pulse.sent();
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use http_body_util::{BodyExt as _, StreamBody};

    use super::*;

    const PATIENCE: Patience = Patience {
        head: Duration::from_secs(3_600),
        idle: Duration::from_secs(60),
    };

    #[test]
    fn the_head_is_waited_for_from_the_last_byte_of_the_request_on() {
        let pulse = Pulse::begin(PATIENCE, false);
        assert_eq!(pulse.deadline(), pulse.begun + PATIENCE.idle);
        let frames = [Ok::<_, ()>(Frame::data(Bytes::from("x")))];
        let body = StreamBody::new(futures::stream::iter(frames)).boxed_unsync();
        let mut body = Followed::new(body, &pulse);
        body.frame().now_or_never().unwrap().unwrap().unwrap();
        let last = pulse.last();
        assert!(last > pulse.begun);
        assert_eq!(pulse.deadline(), last + PATIENCE.idle);
        assert!(body.frame().now_or_never().unwrap().is_none());
        assert_eq!(pulse.deadline(), pulse.last() + PATIENCE.head);
        let sent = pulse.last();
        drop(body);
        assert_eq!(pulse.last(), sent, "it is sent once");
    }

    #[test]
    fn a_body_that_is_dropped_is_sent() {
        let pulse = Pulse::begin(PATIENCE, false);
        let body = StreamBody::new(futures::stream::pending::<Result<_, ()>>());
        drop(Followed::new(body.boxed_unsync(), &pulse));
        assert_eq!(pulse.deadline(), pulse.last() + PATIENCE.head);
    }

    #[test]
    fn a_request_without_a_body_waits_for_the_head_from_its_beginning_on() {
        let pulse = Pulse::begin(PATIENCE, true);
        assert_eq!(pulse.deadline(), pulse.begun + PATIENCE.head);
    }

    #[test]
    fn the_last_byte_of_a_request_can_bring_the_deadline_forward() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let patience = Patience {
            head: Duration::ZERO,
            idle: Duration::from_secs(60),
        };
        let pulse = Pulse::begin(patience, false);
        let _entered = runtime.enter();
        let mut stopped = Box::pin(pulse.stopped());
        assert!((&mut stopped).now_or_never().is_none());
        pulse.sent();
        assert!(stopped.now_or_never().is_some());
    }

    #[test]
    fn it_has_stopped_when_nothing_moves_any_more() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let _entered = runtime.enter();
        let stopped = |idle| {
            let head = Duration::from_secs(60);
            let pulse = Pulse::begin(Patience { head, idle }, false);
            pulse.stopped().now_or_never().is_some()
        };
        assert!(stopped(Duration::ZERO));
        assert!(!stopped(Duration::from_secs(60)));
    }
}
