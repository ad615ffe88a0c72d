//! An answer in whose headers, body and trailers the org's secrets are overwritten.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::HeaderMap;
use http::header::HeaderValue;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, SizeHint};

use wasmtime_wasi_http::WasiBody;

use crate::overwriting::{Scan, Secrets};

/// The answer without them.
pub(super) fn without(
    secrets: Option<Secrets>,
    mut response: http::Response<WasiBody>,
) -> http::Response<WasiBody> {
    let Some(secrets) = secrets.filter(|secrets| !secrets.is_empty()) else {
        return response;
    };
    headers(response.headers_mut(), &secrets);
    response.map(|body| Overwritten::new(body, secrets).boxed_unsync())
}

/// Overwrites them in the values of these headers.
fn headers(headers: &mut HeaderMap, secrets: &Secrets) {
    for value in headers.values_mut() {
        if let Some(over) = secrets.overwritten(value.as_bytes()) {
            // What was a value is one with stars.
            *value = HeaderValue::from_bytes(&over).unwrap_or(HeaderValue::from_static("*"));
        }
    }
}

/// Trailers with them overwritten.
fn trailers(frame: Frame<Bytes>, secrets: &Secrets) -> Frame<Bytes> {
    match frame.into_trailers() {
        Ok(mut trailers) => {
            headers(&mut trailers, secrets);
            Frame::trailers(trailers)
        }
        Err(other) => other,
    }
}

/// A body with the secrets overwritten, whatever parts they come in.
struct Overwritten<B> {
    body: B,
    scan: Scan,
    secrets: Secrets,
    /// What follows what was held back.
    last: Option<Frame<Bytes>>,
    has_ended: bool,
}

impl<B> Overwritten<B> {
    fn new(body: B, secrets: Secrets) -> Self {
        Self {
            body,
            scan: Scan::new(secrets.clone()),
            secrets,
            last: None,
            has_ended: false,
        }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Overwritten<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = &mut *self;
        if this.has_ended {
            return Poll::Ready(this.last.take().map(Ok));
        }
        loop {
            let frame = match ready!(Pin::new(&mut this.body).poll_frame(context)) {
                None => None,
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(frame)) => match frame.into_data() {
                    Err(frame) => Some(trailers(frame, &this.secrets)),
                    Ok(part) => {
                        let part = this.scan.push(part);
                        if part.is_empty() {
                            // All of it may be the beginning of a secret.
                            continue;
                        }
                        return Poll::Ready(Some(Ok(Frame::data(part))));
                    }
                },
            };
            this.has_ended = true;
            let held = this.scan.end();
            if held.is_empty() {
                return Poll::Ready(frame.map(Ok));
            }
            this.last = frame;
            return Poll::Ready(Some(Ok(Frame::data(held))));
        }
    }

    fn is_end_stream(&self) -> bool {
        // What was held back may follow the end of what came.
        self.has_ended && self.last.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        // Lengths stay; what is held back follows later, and is not counted there.
        SizeHint::default()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures::FutureExt as _;
    use futures::stream::iter;
    use http_body_util::StreamBody;

    use super::*;

    const TOKEN: &str = "00D1!token";

    fn secrets() -> Secrets {
        Secrets::of([TOKEN])
    }

    fn collected(
        parts: &[&'static str],
        trailers: Option<HeaderMap>,
    ) -> (String, Option<HeaderMap>) {
        let parts: Vec<_> = parts
            .iter()
            .map(|part| Frame::data(Bytes::from(*part)))
            .collect();
        let frames = parts.into_iter().chain(trailers.map(Frame::trailers));
        let body = StreamBody::new(iter(frames.map(Ok::<_, Infallible>)));
        let collecting = Overwritten::new(body, secrets()).collect();
        let whole = collecting.now_or_never().expect("it is all there").unwrap();
        let trailers = whole.trailers().cloned();
        let text = String::from_utf8(whole.to_bytes().to_vec()).unwrap();
        (text, trailers)
    }

    #[test]
    fn a_secret_in_parts_is_overwritten_and_what_was_held_back_comes_before_the_trailers() {
        let trailers = HeaderMap::from_iter([(http::header::ETAG, HeaderValue::from_static("1"))]);
        for (parts, expected) in [
            (&["a 00D1!to", "ken b"][..], "a ********** b"),
            (&["00D1!", "tok", "en"], "**********"),
            (&["plain 00D1!tok"], "plain 00D1!tok"),
            (&["", "x"], "x"),
            (&[], ""),
        ] {
            let (text, none) = collected(parts, None);
            assert_eq!((text.as_str(), none), (expected, None));
            let (text, some) = collected(parts, Some(trailers.clone()));
            assert_eq!((text.as_str(), some), (expected, Some(trailers.clone())));
        }
    }

    #[test]
    fn a_secret_in_trailers_is_overwritten() {
        let echo = HeaderValue::from_static("a 00D1!token b");
        let trailers = HeaderMap::from_iter([(http::header::ETAG, echo)]);
        for parts in [&["x"][..], &["x 00D1!tok"], &[]] {
            let (_, told) = collected(parts, Some(trailers.clone()));
            assert_eq!(told.unwrap()[http::header::ETAG], "a ********** b");
        }
    }

    #[test]
    fn a_header_keeps_its_length() {
        let mut all = HeaderMap::new();
        all.insert("x-echo", HeaderValue::from_static("Bearer 00D1%21token"));
        all.insert("x-other", HeaderValue::from_bytes(b"caf\xe9").unwrap());
        headers(&mut all, &secrets());
        assert_eq!(all["x-echo"], "Bearer ************");
        assert_eq!(all["x-other"].as_bytes(), b"caf\xe9");
    }
}
