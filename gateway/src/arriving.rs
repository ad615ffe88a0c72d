//! The body of a request on its way in: nothing of it counts that could be read in two ways.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Version;
use http_body::{Body, Frame, SizeHint};

use crate::headers;
use crate::pace::Pulse;
use crate::upstream::BodyError;

/// A body, as long as the bytes of its connection break no rule, and its client does not take
/// it back.
pub(crate) struct Arriving<B> {
    body: B,
    pulse: Arc<Pulse>,
    /// Whether the body knows at its end that it is whole.
    knows_its_end: bool,
}

/// A rule of the protocol was broken within the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the body breaks a rule of its protocol")]
struct Broken;

/// The client reset the stream within the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the client took the request back")]
struct TakenBack;

impl<B> Arriving<B> {
    /// The server beneath takes a stream of HTTP/2 that its client cancels, or resets without
    /// an error, for one that has ended. Half a write must not become a whole one.
    pub(crate) fn new(body: B, pulse: Arc<Pulse>, version: Version) -> Self {
        Self {
            body,
            pulse,
            knows_its_end: version == Version::HTTP_2,
        }
    }
}

impl<B> Body for Arriving<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BodyError>,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        // They have been looked at by now: what was polled came from them.
        if polled.is_ready() && self.pulse.fault().is_some() {
            return Poll::Ready(Some(Err(Broken.into())));
        }
        if matches!(polled, Poll::Ready(None)) && self.knows_its_end && !self.body.is_end_stream() {
            return Poll::Ready(Some(Err(TakenBack.into())));
        }
        polled.map(|frame| {
            frame.map(|frame| {
                let mut frame = frame.map_err(Into::into)?;
                if let Some(trailers) = frame.trailers_mut() {
                    // They are headers for whoever adds them to the others.
                    headers::inward(trailers);
                }
                Ok(frame)
            })
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};
    use http_body_util::{BodyExt as _, Full};
    use tokio::io::AsyncReadExt as _;

    use super::*;
    use crate::pace::Paced;

    fn arriving(pulse: &Arc<Pulse>) -> Arriving<Full<Bytes>> {
        Arriving::new(Full::from("body"), Arc::clone(pulse), Version::HTTP_11)
    }

    #[tokio::test]
    async fn a_body_whose_connection_breaks_a_rule_breaks_off() {
        let pulse = Pulse::new();
        assert_eq!(arriving(&pulse).collect().await.unwrap().to_bytes(), "body");
        let mut bytes = Vec::new();
        let stream = tokio::io::join(&b"GET / HTTP/1.1\n"[..], tokio::io::sink());
        let mut paced = Paced::new(stream, Arc::clone(&pulse));
        paced.read_to_end(&mut bytes).await.unwrap();
        let error = arriving(&pulse).collect().await.unwrap_err();
        assert_eq!(error.to_string(), Broken.to_string());
    }

    /// A body that ends, and does not say that it is whole: hyper's of a stream that was reset.
    struct Reset;

    impl Body for Reset {
        type Data = Bytes;
        type Error = BodyError;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
            Poll::Ready(None)
        }
    }

    #[tokio::test]
    async fn a_stream_that_its_client_resets_is_not_whole() {
        let reset = Arriving::new(Reset, Pulse::new(), Version::HTTP_2);
        let error = reset.collect().await.unwrap_err();
        assert_eq!(error.to_string(), TakenBack.to_string());
        // A body in chunks never says it.
        let chunks = Arriving::new(Reset, Pulse::new(), Version::HTTP_11);
        assert!(chunks.collect().await.is_ok());
    }

    #[tokio::test]
    async fn trailers_do_not_say_what_headers_may_not() {
        let mut trailers = HeaderMap::new();
        for name in [
            "authorization",
            "host",
            "content-length",
            "transfer-encoding",
            "x-checksum",
        ] {
            trailers.insert(name, HeaderValue::from_static("1"));
        }
        let body = arriving(&Pulse::new()).with_trailers(async { Some(Ok(trailers)) });
        let arrived = Arriving::new(Box::pin(body), Pulse::new(), Version::HTTP_11)
            .collect()
            .await;
        let arrived = arrived.unwrap();
        let names: Vec<&str> = arrived
            .trailers()
            .unwrap()
            .keys()
            .map(|name| name.as_str())
            .collect();
        assert_eq!(names, ["x-checksum"]);
    }
}
