//! An answer whose body is handed on while it arrives: part by part, with its trailers, for
//! as long as it flows.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{FutureExt as _, StreamExt as _};
use http::header::{ACCEPT_ENCODING, HeaderMap};
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::runtime::Handle;
use tokio::time::Sleep;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use wasmtime_wasi_http::{Error, WasiBody};

use super::body;
use super::failure;
use super::headers;
use super::link_use::LinkUse;
use crate::overwriting::KnownSecrets;
use crate::pulse::{Patience, Pulse};

/// What there is to know of a request whose bodies flow.
pub(crate) struct Flow {
    pub(crate) patience: Patience,
    /// Whether a caller that names a content coding gets the body of a success untouched.
    pub(crate) is_trusted: bool,
    /// Cancelled when nobody waits for the answer any more.
    pub(crate) gone: CancellationToken,
    /// Where there is a clock: who reads the body may have none.
    pub(crate) clock: Handle,
    /// What is overwritten.
    pub(crate) secrets: Arc<KnownSecrets>,
}

impl Flow {
    /// Whether the answer to this request is handed on as it was sent.
    pub(super) fn is_untouched(&self, request: &HeaderMap) -> bool {
        self.is_trusted && request.contains_key(ACCEPT_ENCODING)
    }
}

/// What a body needs beside its parts.
pub(super) struct Life {
    pub(super) using: LinkUse,
    pub(super) pulse: Arc<Pulse>,
    pub(super) idle: Duration,
    pub(super) clock: Handle,
    pub(super) ending: CancellationToken,
}

/// Hands on the answer's body while it arrives, untouched or without its content coding.
///
/// # Errors
///
/// When it has a content coding that cannot be undone: nobody could look for a secret in it.
pub(super) fn received(
    response: http::Response<Incoming>,
    is_untouched: bool,
    life: Life,
    held: impl Send + Unpin + 'static,
) -> Result<http::Response<WasiBody>, Error> {
    let (mut head, incoming) = response.into_parts();
    if !is_untouched && let Some(coding) = body::foreign_coding(&head.headers, &incoming) {
        return Err(Error::HttpResponseContentCoding(Some(coding)));
    }
    let parts = if !is_untouched && body::is_coded(&head.headers, &incoming) {
        Parts::Decoded(body::decoded(&mut head.headers, incoming))
    } else {
        if !is_untouched && incoming.is_end_stream() {
            body::forget_coding(&mut head.headers);
        }
        Parts::AsSent(incoming)
    };
    let flowing = Flowing {
        parts,
        timer: None,
        waits_since: None,
        ended: Box::pin(life.ending.clone().cancelled_owned()),
        life,
        is_over: false,
        _held: held,
    };
    Ok(http::Response::from_parts(head, flowing.boxed_unsync()))
}

enum Parts {
    AsSent(Incoming),
    Decoded(BoxStream<'static, Result<Bytes, Error>>),
}

impl Parts {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match self {
            Self::AsSent(incoming) => {
                let frame = ready!(Pin::new(incoming).poll_frame(context));
                let frame = frame.map(|frame| frame.map_err(|error| failure::code(&error)));
                Poll::Ready(frame.map(|frame| frame.and_then(kept)))
            }
            Self::Decoded(parts) => parts.poll_next_unpin(context).map_ok(Frame::data),
        }
    }
}

/// A frame without the trailers that are not for the caller of an API.
fn kept(frame: Frame<Bytes>) -> Result<Frame<Bytes>, Error> {
    match frame.into_trailers() {
        Ok(mut trailers) => {
            headers::keep(&mut trailers)?;
            Ok(Frame::trailers(trailers))
        }
        Err(data) => Ok(data),
    }
}

/// A body on its way.
struct Flowing<H> {
    parts: Parts,
    timer: Option<Pin<Box<Sleep>>>,
    /// Since when its reader has waited for the next part.
    waits_since: Option<Instant>,
    ended: Pin<Box<WaitForCancellationFutureOwned>>,
    life: Life,
    is_over: bool,
    _held: H,
}

impl<H> Flowing<H> {
    fn over<T>(&mut self, last: T) -> Poll<T> {
        self.is_over = true;
        self.life.using.complete();
        Poll::Ready(last)
    }

    /// Why nothing is waited for any more.
    fn poll_given_up(&mut self, context: &mut Context<'_>) -> Poll<Error> {
        if self.ended.poll_unpin(context).is_ready() {
            return Poll::Ready(Error::HttpRequestDenied);
        }
        let since = *self.waits_since.get_or_insert_with(Instant::now);
        loop {
            let deadline = since.max(self.life.pulse.last()) + self.life.idle;
            if deadline <= Instant::now() {
                self.life.using.expire();
                return Poll::Ready(Error::ConnectionReadTimeout);
            }
            let _entered = self.life.clock.enter();
            let sleep = || Box::pin(tokio::time::sleep_until(deadline.into()));
            let timer = self.timer.get_or_insert_with(sleep);
            if timer.poll_unpin(context).is_pending() {
                // It may be for a moment that is over by then, and is looked at again.
                return Poll::Pending;
            }
            self.timer = None;
        }
    }
}

impl<H: Send + 'static> Body for Flowing<H>
where
    H: Unpin,
{
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = &mut *self;
        if !this.is_over {
            match this.parts.poll(context) {
                Poll::Ready(Some(Ok(frame))) => {
                    this.waits_since = None;
                    this.life.pulse.beat();
                    return Poll::Ready(Some(Ok(frame)));
                }
                Poll::Ready(Some(Err(error))) => return this.over(Some(Err(error))),
                Poll::Ready(None) => return this.over(None),
                Poll::Pending => match this.poll_given_up(context) {
                    Poll::Ready(error) => {
                        this.is_over = true;
                        return Poll::Ready(Some(Err(error)));
                    }
                    Poll::Pending => return Poll::Pending,
                },
            }
        }
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        let is_read = match &self.parts {
            Parts::AsSent(incoming) => incoming.is_end_stream(),
            Parts::Decoded(_) => false,
        };
        self.is_over || is_read
    }

    fn size_hint(&self) -> SizeHint {
        match &self.parts {
            Parts::AsSent(incoming) => incoming.size_hint(),
            Parts::Decoded(_) => SizeHint::default(),
        }
    }
}

impl<H> Drop for Flowing<H> {
    fn drop(&mut self) {
        if let Parts::AsSent(incoming) = &self.parts
            && incoming.is_end_stream()
        {
            // Nobody need ask for the end of a body whose length is known.
            self.life.using.complete();
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn trailers_are_headers() {
        let mut trailers = HeaderMap::new();
        for (name, value) in [
            ("x-checksum", "7"),
            ("set-cookie", "sid=00D1!token"),
            ("www-authenticate", "Bearer"),
            ("strict-transport-security", "max-age=1"),
        ] {
            trailers.insert(name, HeaderValue::from_static(value));
        }
        let frame = kept(Frame::trailers(trailers)).unwrap();
        let trailers = frame.into_trailers().unwrap();
        assert_eq!(trailers.len(), 1, "{trailers:?}");
        assert_eq!(trailers["x-checksum"], "7");
        let long = HeaderValue::try_from("x".repeat(100_000)).unwrap();
        let long = HeaderMap::from_iter([(http::header::ETAG, long)]);
        assert!(kept(Frame::trailers(long)).is_err());
        let data = kept(Frame::data(Bytes::from("x"))).unwrap();
        assert_eq!(data.into_data().unwrap(), "x");
    }
}
