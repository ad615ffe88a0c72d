//! The body of a request on its way in: nothing of it counts that could be read in two ways.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use crate::headers;
use crate::pace::Pulse;
use crate::upstream::BodyError;

/// A body, as long as the bytes of its connection break no rule.
pub(crate) struct Arriving<B = Incoming> {
    body: B,
    pulse: Arc<Pulse>,
}

/// A rule of the protocol was broken within the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the body breaks a rule of its protocol")]
struct Broken;

impl<B> Arriving<B> {
    pub(crate) fn new(body: B, pulse: Arc<Pulse>) -> Self {
        Self { body, pulse }
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
        Arriving::new(Full::from("body"), Arc::clone(pulse))
    }

    #[tokio::test]
    async fn a_body_whose_connection_breaks_a_rule_breaks_off() {
        let pulse = Pulse::new();
        assert_eq!(arriving(&pulse).collect().await.unwrap().to_bytes(), "body");
        let mut bytes = Vec::new();
        let mut paced = Paced::new(&b"GET / HTTP/1.1\n"[..], Arc::clone(&pulse));
        paced.read_to_end(&mut bytes).await.unwrap();
        let error = arriving(&pulse).collect().await.unwrap_err();
        assert_eq!(error.to_string(), Broken.to_string());
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
        let arrived = Arriving::new(Box::pin(body), Pulse::new()).collect().await;
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
