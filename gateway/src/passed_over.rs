//! What is left of a request's body when nobody reads it any more: it is read over for a
//! moment. Over HTTP/2, the server beneath resets a stream whose request was not read to its
//! end, and curl 7.88 then reports an error of the framing layer instead of the answer.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::Version;
use http_body::{Body, Frame, SizeHint};
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::upstream::BodyError;

/// How long the rest is read.
const TIME_MAX: Duration = Duration::from_secs(1);

/// How much of it, in bytes: what a short body has.
const BYTES_MAX: usize = sfbox::SHORT_BODY_BYTES_MAX;

/// A body whose rest is read over, if the version asks for it.
pub(crate) struct PassedOver<B>
where
    B: Body<Data = Bytes> + Unpin + Send + 'static,
{
    /// Taken when it is dropped.
    body: Option<B>,
    version: Version,
}

impl<B> PassedOver<B>
where
    B: Body<Data = Bytes> + Unpin + Send + 'static,
{
    pub(crate) fn new(body: B, version: Version) -> Self {
        Self {
            body: Some(body),
            version,
        }
    }
}

impl<B> Drop for PassedOver<B>
where
    B: Body<Data = Bytes> + Unpin + Send + 'static,
{
    fn drop(&mut self) {
        let body = self.body.take().filter(|body| !body.is_end_stream());
        if self.version == Version::HTTP_2
            && let (Some(body), Ok(runtime)) = (body, Handle::try_current())
        {
            runtime.spawn(timeout(TIME_MAX, read_over(body)));
        }
    }
}

async fn read_over(mut body: impl Body<Data = Bytes> + Unpin) {
    let mut left = BYTES_MAX;
    loop {
        let frame = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context));
        let Some(Ok(frame)) = frame.await else {
            return;
        };
        let bytes = frame.data_ref().map_or(0, Bytes::len);
        let Some(fewer) = left.checked_sub(bytes) else {
            return;
        };
        left = fewer;
    }
}

impl<B> Body for PassedOver<B>
where
    B: Body<Data = Bytes> + Unpin + Send + 'static,
    B::Error: Into<BodyError>,
{
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match &mut self.body {
            Some(body) => Pin::new(body).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body
            .as_ref()
            .map_or_else(SizeHint::default, Body::size_hint)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::{StreamExt as _, stream};
    use http_body_util::StreamBody;

    use super::*;

    /// A body of such pieces, and how many of them were read.
    fn body(
        pieces: usize,
        bytes: usize,
    ) -> (
        impl Body<Data = Bytes, Error = BodyError> + Unpin + Send + 'static,
        Arc<AtomicUsize>,
    ) {
        let read = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&read);
        let pieces = stream::iter(0..pieces).map(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            Ok::<_, BodyError>(Frame::data(vec![b'x'; bytes].into()))
        });
        (StreamBody::new(pieces), read)
    }

    /// How many pieces are read of a body that nobody wants.
    async fn read_of(version: Version, pieces: usize, bytes: usize) -> usize {
        let (body, read) = body(pieces, bytes);
        drop(PassedOver::new(body, version));
        // What was spawned does not wait for anything.
        tokio::task::yield_now().await;
        read.load(Ordering::Relaxed)
    }

    #[tokio::test]
    async fn only_over_http_2_the_rest_is_read_and_not_without_end() {
        assert_eq!(read_of(Version::HTTP_2, 3, 1).await, 3);
        assert_eq!(read_of(Version::HTTP_11, 3, 1).await, 0);
        let piece = BYTES_MAX / 4;
        assert_eq!(read_of(Version::HTTP_2, 4, piece).await, 4);
        assert_eq!(read_of(Version::HTTP_2, 99, piece).await, 5);
    }
}
