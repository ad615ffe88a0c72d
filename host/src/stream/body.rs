//! The body of an answer on its way to its reader.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::body::{Frame, SizeHint};
use wasmtime_wasi_http::{Error, WasiBody};

/// The body of an answer of [`Org::stream`](crate::Org::stream), which may still be on its
/// way. It can be read on any thread, by any executor. Dropping it ends the request.
///
/// A body that breaks off ends with an error, never as if it were complete.
pub struct Body {
    inner: WasiBody,
    idle: Duration,
    is_over: bool,
}

/// Why a body did not come to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// The org, or something on the way, ended it. The text says how.
    #[error("the answer broke off: {0}")]
    BrokenOff(String),
    /// No byte moved in either direction for this long, while the reader waited.
    #[error("the answer stood still for {} ms", .0.as_millis())]
    Silent(Duration),
    /// The runtime was abandoned.
    #[error("the program ends")]
    Ended,
}

impl Body {
    pub(super) fn new(inner: WasiBody, idle: Duration) -> Self {
        Self {
            inner,
            idle,
            is_over: false,
        }
    }

    /// A body of no bytes.
    pub fn empty() -> Self {
        let empty = Empty::new().map_err(|never| match never {});
        Self::new(empty.boxed_unsync(), Duration::ZERO)
    }

    fn error(&self, error: &Error) -> BodyError {
        let why = match error {
            Error::ConnectionReadTimeout => return BodyError::Silent(self.idle),
            Error::HttpRequestDenied => return BodyError::Ended,
            Error::HttpResponseBodySize(Some(bytes)) => {
                format!("its length is another one than was announced, {bytes} bytes have come")
            }
            Error::HttpResponseContentCoding(_) => "its content coding cannot be undone".to_owned(),
            Error::HttpProtocolError => "the connection spoke no proper HTTP".to_owned(),
            _ => "the connection was cut".to_owned(),
        };
        BodyError::BrokenOff(why)
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        let full = Full::new(bytes).map_err(|never| match never {});
        Self::new(full.boxed_unsync(), Duration::ZERO)
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Body").finish_non_exhaustive()
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(context));
        self.is_over = !matches!(frame, Some(Ok(_)));
        Poll::Ready(frame.map(|frame| frame.map_err(|error| self.error(&error))))
    }

    fn is_end_stream(&self) -> bool {
        self.is_over || self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use http_body_util::StreamBody;
    use hyper::body::Body as _;

    use super::*;

    #[test]
    fn a_body_says_how_it_broke_off() {
        let second = Duration::from_secs(1);
        for (error, expected) in [
            (
                Error::ConnectionReadTimeout,
                "the answer stood still for 1000 ms",
            ),
            (Error::HttpRequestDenied, "the program ends"),
            (
                Error::ConnectionTerminated,
                "the answer broke off: the connection was cut",
            ),
            (
                Error::HttpResponseBodySize(Some(7)),
                "the answer broke off: its length is another one than was announced, 7 bytes \
                 have come",
            ),
        ] {
            let frames = [Ok(Frame::data(Bytes::from("x"))), Err(error)];
            let frames = StreamBody::new(futures::stream::iter(frames));
            let mut body = Body::new(frames.boxed_unsync(), second);
            let mut next = || body.frame().now_or_never().unwrap().unwrap();
            assert!(next().is_ok());
            assert_eq!(next().unwrap_err().to_string(), expected);
            assert!(body.frame().now_or_never().unwrap().is_none());
        }
    }

    #[test]
    fn a_body_of_bytes_is_them() {
        let read = |body: Body| body.collect().now_or_never().unwrap().unwrap().to_bytes();
        assert_eq!(read(Body::from(Bytes::from("x"))), "x");
        assert!(read(Body::empty()).is_empty());
        assert!(Body::empty().is_end_stream());
    }
}
