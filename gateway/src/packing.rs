//! Answers, compressed for the way to a client that asks for it. On the way from the org
//! they were searched for secrets, so they came here unpacked.

use std::io::Write as _;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, HeaderMap,
    HeaderValue, VARY,
};
use http::response::Parts;
use http_body::{Body as _, Frame};
use http_body_util::BodyExt as _;

use crate::upstream::{Body, BodyError};

/// Bytes of the shortest body that is worth it: a shorter one fits into few packets.
const BYTES_MIN: u64 = 4 << 10;

/// Bytes that are packed before they are sent, unless nothing more comes for the moment.
const PIECE_BYTES: usize = 16 << 10;

/// Whether a client takes answers in gzip (RFC 9110, section 12.5.3).
pub(crate) fn is_asked(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT_ENCODING).iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let is_gzip = parts.next().is_some_and(|name| {
            name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip")
        });
        let is_refused = parts.any(|part| {
            let weight = part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="));
            weight.is_some_and(|weight| weight.trim().parse().is_ok_and(|q: f32| q <= 0.0))
        });
        is_gzip && !is_refused
    })
}

/// The answer in gzip, if that is worth it.
pub(crate) fn packed(response: http::Response<Body>) -> http::Response<Body> {
    let (mut head, body) = response.into_parts();
    if !is_worth_it(&head, &body) {
        return http::Response::from_parts(head, body);
    }
    let gzip = HeaderValue::from_static("gzip");
    let vary = HeaderValue::from_static("accept-encoding");
    head.headers.remove(CONTENT_LENGTH);
    head.headers.insert(CONTENT_ENCODING, gzip);
    head.headers.append(VARY, vary);
    http::Response::from_parts(head, Packed::new(body).boxed_unsync())
}

/// A body that is packed on its way. What has come is sent when nothing more comes for the
/// moment, so that one that drips goes on dripping.
struct Packed {
    body: Body,
    /// Absent when all of it has been packed.
    encoder: Option<GzEncoder<Vec<u8>>>,
    /// Whether something is in the encoder that was not sent.
    is_waiting: bool,
    trailers: Option<Frame<Bytes>>,
}

impl Packed {
    fn new(body: Body) -> Self {
        Self {
            body,
            encoder: Some(GzEncoder::new(Vec::new(), Compression::fast())),
            is_waiting: false,
            trailers: None,
        }
    }

    fn end(&mut self, encoder: GzEncoder<Vec<u8>>) -> Result<Frame<Bytes>, BodyError> {
        self.encoder = None;
        Ok(Frame::data(encoder.finish()?.into()))
    }
}

impl http_body::Body for Packed {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        let Some(mut encoder) = this.encoder.take() else {
            return Poll::Ready(this.trailers.take().map(Ok));
        };
        loop {
            let is_paused = match Pin::new(&mut this.body).poll_frame(context) {
                Poll::Ready(None) => return Poll::Ready(Some(this.end(encoder))),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => {
                        encoder.write_all(&data)?;
                        this.is_waiting = true;
                        false
                    }
                    Err(trailers) => {
                        this.trailers = Some(trailers);
                        return Poll::Ready(Some(this.end(encoder)));
                    }
                },
                Poll::Pending => true,
            };
            if is_paused && !this.is_waiting {
                this.encoder = Some(encoder);
                return Poll::Pending;
            }
            if is_paused {
                encoder.flush()?;
                this.is_waiting = false;
            }
            if is_paused || encoder.get_ref().len() >= PIECE_BYTES {
                let piece = mem::take(encoder.get_mut());
                this.encoder = Some(encoder);
                return Poll::Ready(Some(Ok(Frame::data(piece.into()))));
            }
        }
    }
}

fn is_worth_it(head: &Parts, body: &Body) -> bool {
    let length = body.size_hint().exact();
    let content_type = head.headers.get(CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    let is_text = content_type.is_some_and(|text| {
        let essence = text.split(';').next().unwrap_or_default();
        let essence = essence.trim().to_ascii_lowercase();
        essence.starts_with("text/") || essence.ends_with("json") || essence.ends_with("xml")
    });
    let is_long = length.is_none_or(|bytes| bytes >= BYTES_MIN);
    let has = |name| head.headers.contains_key(name);
    is_long && is_text && !has(CONTENT_ENCODING) && !has(CONTENT_RANGE)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;
    use http_body_util::StreamBody;

    use super::*;
    use crate::upstream::whole;

    #[test]
    fn a_client_says_whether_it_takes_gzip() {
        let asked = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::try_from(text).unwrap());
            is_asked(&headers)
        };
        for text in [
            "gzip",
            "GZIP",
            "deflate, gzip",
            "gzip;q=0.5, *;q=0",
            "x-gzip",
            "br , gzip ; q=1",
        ] {
            assert!(asked(text), "{text}");
        }
        for text in [
            "",
            "identity",
            "gzip;q=0",
            "gzip; q=0.0",
            "gzipx",
            "deflate, br",
        ] {
            assert!(!asked(text), "{text}");
        }
        assert!(!is_asked(&HeaderMap::new()));
    }

    type Header = (&'static str, &'static str);

    fn response(text: Vec<u8>, headers: &[Header]) -> http::Response<Body> {
        let mut response = http::Response::new(whole(text));
        for (name, value) in headers {
            let value = HeaderValue::from_static(value);
            response.headers_mut().insert(*name, value);
        }
        response
    }

    const JSON: Header = ("content-type", "application/json;charset=UTF-8");

    #[tokio::test]
    async fn a_long_text_is_packed_and_is_the_same() {
        let text = b"0123456789".repeat(1_000);
        let packed = packed(response(text.clone(), &[JSON]));
        assert_eq!(packed.headers()["content-encoding"], "gzip");
        let bytes = packed.into_body().collect().await.unwrap().to_bytes();
        assert!(bytes.len() < text.len() / 10);
        let mut read = Vec::new();
        GzDecoder::new(&bytes[..]).read_to_end(&mut read).unwrap();
        assert_eq!(read, text);
    }

    #[tokio::test]
    async fn what_drips_is_sent_when_it_comes() {
        let (sender, receiver) = tokio::sync::mpsc::channel::<&'static str>(1);
        let frames = futures::stream::unfold(receiver, async |mut receiver| {
            let text = receiver.recv().await?;
            let frame: Result<Frame<Bytes>, BodyError> = Ok(Frame::data(text.into()));
            Some((frame, receiver))
        });
        let mut packed = Packed::new(StreamBody::new(Box::pin(frames)).boxed_unsync());
        let mut bytes = Vec::new();
        let mut read = String::new();
        for text in ["one, ", "two, ", "three"] {
            sender.send(text).await.unwrap();
            let frame = packed.frame().await.unwrap().unwrap();
            bytes.extend_from_slice(&frame.into_data().unwrap());
            read.clear();
            // It has not ended, and what has come can be read.
            _ = GzDecoder::new(&bytes[..]).read_to_string(&mut read);
            assert!(read.ends_with(text), "{read}");
        }
        drop(sender);
        let last = packed.collect().await.unwrap().to_bytes();
        bytes.extend_from_slice(&last);
        read.clear();
        GzDecoder::new(&bytes[..])
            .read_to_string(&mut read)
            .unwrap();
        assert_eq!(read, "one, two, three");
    }

    #[test]
    fn what_is_short_or_packed_or_no_text_is_left_as_it_is() {
        let least = usize::try_from(BYTES_MIN).unwrap();
        let is_packed = |length: usize, headers: &[Header]| {
            let packed = packed(response(vec![b'x'; length], headers));
            let coding = packed.headers().get(CONTENT_ENCODING);
            coding.is_some_and(|coding| coding == "gzip")
        };
        assert!(is_packed(least, &[JSON]));
        assert!(is_packed(least, &[("content-type", "text/csv")]));
        assert!(is_packed(least, &[("content-type", "application/x+xml")]));
        assert!(!is_packed(least - 1, &[JSON]));
        assert!(!is_packed(least, &[]));
        assert!(!is_packed(least, &[("content-type", "image/png")]));
        assert!(!is_packed(least, &[JSON, ("content-encoding", "br")]));
        assert!(!is_packed(least, &[JSON, ("content-range", "bytes 0-1/2")]));
    }
}
