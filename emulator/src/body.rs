//! The bodies of answers, whole or faulty.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use thiserror::Error;
use tokio::time::{Instant, Sleep, sleep};

use crate::in_flight::InFlight;
use crate::sized::{CompressedAnswer, SizedAnswer};

/// A fault broke the body off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a fault broke the answer off")]
pub(crate) struct BrokenOff;

/// The body of an answer; the request is in flight as long as it lives.
pub(crate) struct Body {
    course: Course,
    _in_flight: Option<InFlight>,
}

/// In which way a body comes.
pub(crate) enum Course {
    /// All at once.
    Whole(Bytes),
    /// Some at a time.
    Slow {
        left: Bytes,
        chunk: usize,
        interval: Duration,
        wait: Pin<Box<Sleep>>,
    },
    /// Some at a time, at once.
    Cut { left: Bytes, chunk: usize },
    /// `sent`, and then the end of the connection, though `promised` bytes
    /// were announced.
    Truncated {
        sent: Bytes,
        promised: u64,
        breaking: Breaking,
    },
    /// As many bytes as were asked for.
    Sized(SizedAnswer),
    /// The same, compressed.
    Compressed(Box<CompressedAnswer>),
}

/// How far a truncated body has come. The step between the bytes and the break
/// gives the connection a turn to send the bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breaking {
    Sending,
    Flushing,
    Now,
}

impl Body {
    pub(crate) fn new(course: Course, in_flight: Option<InFlight>) -> Self {
        Self {
            course,
            _in_flight: in_flight,
        }
    }
}

impl Course {
    /// `body`, `chunk_bytes` at a time.
    pub(crate) fn slow(body: Bytes, chunk_bytes: u64, interval: Duration) -> Self {
        let chunk = usize::try_from(chunk_bytes).unwrap_or(usize::MAX);
        Self::Slow {
            left: body,
            chunk,
            interval,
            wait: Box::pin(sleep(interval)),
        }
    }

    /// `body` in pieces of `bytes`.
    pub(crate) fn cut(body: Bytes, bytes: u64) -> Self {
        Self::Cut {
            left: body,
            chunk: usize::try_from(bytes).unwrap_or(usize::MAX),
        }
    }

    /// `body`, broken off after `bytes`, and before its last byte in any case.
    pub(crate) fn truncated(mut body: Bytes, bytes: u64) -> Self {
        let promised = body.len() as u64;
        let keep = usize::try_from(bytes)
            .unwrap_or(usize::MAX)
            .min(body.len().saturating_sub(1));
        body.truncate(keep);
        Self::Truncated {
            sent: body,
            promised,
            breaking: Breaking::Sending,
        }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        let piece = match &mut self.get_mut().course {
            Course::Whole(body) => Some(std::mem::take(body)).filter(|body| !body.is_empty()),
            Course::Slow { left, .. } | Course::Cut { left, .. } if left.is_empty() => None,
            Course::Cut { left, chunk } => Some(left.split_to((*chunk).min(left.len()))),
            Course::Slow {
                left,
                chunk,
                interval,
                wait,
            } => {
                ready!(wait.as_mut().poll(context));
                wait.as_mut().reset(Instant::now() + *interval);
                Some(left.split_to((*chunk).min(left.len())))
            }
            Course::Truncated { sent, breaking, .. } => match breaking {
                Breaking::Sending => {
                    *breaking = Breaking::Flushing;
                    Some(std::mem::take(sent))
                }
                Breaking::Flushing => {
                    *breaking = Breaking::Now;
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Breaking::Now => return Poll::Ready(Some(Err(BrokenOff))),
            },
            Course::Sized(answer) => answer.next(),
            Course::Compressed(answer) => answer.next(),
        };
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.course, Course::Whole(body) if body.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match &self.course {
            Course::Whole(body) => SizeHint::with_exact(body.len() as u64),
            Course::Slow { left, .. } | Course::Cut { left, .. } => {
                SizeHint::with_exact(left.len() as u64)
            }
            Course::Truncated { promised, .. } => SizeHint::with_exact(*promised),
            Course::Sized(answer) => SizeHint::with_exact(answer.remaining()),
            Course::Compressed(_) => SizeHint::new(),
        }
    }
}
