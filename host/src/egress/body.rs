//! What happens to an answer's body on its way in.

use std::io;

use async_compression::tokio::bufread::GzipDecoder;
use bytes::{Bytes, BytesMut};
use futures::stream::{BoxStream, StreamExt as _, TryStreamExt as _, try_unfold};
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap, HeaderValue};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited, StreamBody};
use hyper::body::{Body as _, Frame, Incoming};
use tokio_util::io::{ReaderStream, StreamReader};
use wasmtime_wasi_http::{Error, WasiBody};

use super::allowed_hosts::Pin;
use super::failure;
use super::link_use::LinkUse;
use crate::policy;

/// How much is handed over in one go, if there is so much: whatever the server's
/// frames are, each hand-over costs the component a turn.
const CHUNK_BYTES: usize = 256 << 10;

/// How much is decoded at a time.
const DECODED_BYTES: usize = 64 << 10;

/// The longest answer of a token endpoint; a token in JWT format has some
/// kilobytes.
const LOGIN_BYTES_MAX: usize = 64 << 10;

type Parts = BoxStream<'static, Result<Bytes, Error>>;

/// Undoes gzip, and gathers what comes in small parts. Ends when the first chunk
/// is there: a short answer is whole then, and says how long it is. `using` hears when
/// all of it has been read. The body drops both when it is dropped itself.
///
/// # Errors
///
/// When the body breaks off before.
pub(super) async fn received(
    response: http::Response<Incoming>,
    mut using: LinkUse,
    held: impl Send + 'static,
) -> Result<http::Response<WasiBody>, Error> {
    let (mut head, body) = response.into_parts();
    let mut parts = decoded(&mut head.headers, body);
    let (first, is_whole) = match chunk_of(&mut parts, &mut using).await {
        // The status of a refusal says more than its body.
        Err(Error::HttpResponseContentCoding(_)) if !head.status.is_success() => {
            (Bytes::new(), true)
        }
        read => read?,
    };
    if is_whole {
        let length = HeaderValue::from(first.len());
        head.headers.insert(CONTENT_LENGTH, length);
        let body = Full::new(first).map_err(|never| match never {});
        return Ok(http::Response::from_parts(head, body.boxed_unsync()));
    }
    let rest = try_unfold(
        (parts, using, held),
        async |(mut parts, mut using, held)| {
            let (next, _) = chunk_of(&mut parts, &mut using).await?;
            Ok((!next.is_empty()).then_some((next, (parts, using, held))))
        },
    );
    let chunks = futures::stream::once(async { Ok(first) }).chain(rest);
    let body = StreamBody::new(chunks.map_ok(Frame::data));
    Ok(http::Response::from_parts(head, body.boxed_unsync()))
}

/// Whether the body has a coding that can be undone.
pub(super) fn is_coded(headers: &HeaderMap, body: &Incoming) -> bool {
    !body.is_end_stream() && is_gzip(headers)
}

/// Leaves out of an answer without a body what it says of the one that was not sent: the coding,
/// which the caller did not ask for, and the length with it.
pub(super) fn forget_coding(headers: &mut HeaderMap) {
    if is_gzip(headers) {
        headers.remove(CONTENT_ENCODING);
        headers.remove(CONTENT_LENGTH);
    }
}

/// The coding that cannot be undone, if the body has one.
pub(super) fn foreign_coding(headers: &HeaderMap, body: &Incoming) -> Option<String> {
    (!body.is_end_stream())
        .then(|| named_coding(headers))
        .flatten()
}

fn named_coding(headers: &HeaderMap) -> Option<String> {
    if is_gzip(headers) {
        return None;
    }
    let mut codings = headers.get_all(CONTENT_ENCODING).into_iter();
    let is_coding = |coding: &&HeaderValue| {
        let coding = coding.as_bytes().trim_ascii();
        !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity")
    };
    let coding = codings.find(is_coding)?;
    Some(String::from_utf8_lossy(coding.as_bytes()).into_owned())
}

/// The body as its sender had it, part by part as they come.
pub(super) fn decoded(headers: &mut HeaderMap, body: Incoming) -> Parts {
    // The answer to a HEAD has the coding of a body that does not come.
    let is_coded = is_coded(headers, &body);
    let body = body.into_data_stream();
    if !is_coded {
        return body.map_err(|error| failure::code(&error)).boxed();
    }
    headers.remove(CONTENT_ENCODING);
    headers.remove(CONTENT_LENGTH);
    let encoded = StreamReader::new(body.map_err(io::Error::other));
    let mut decoder = GzipDecoder::new(encoded);
    decoder.multiple_members(true);
    let decoded = ReaderStream::with_capacity(decoder, DECODED_BYTES);
    decoded.map_err(|error| decoding_failed(&error)).boxed()
}

/// Names of codings have no case, and `x-gzip` is another name for gzip (RFC 9110,
/// section 8.4.1.3). A coding that nobody asked for is left for the component to name.
fn is_gzip(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(CONTENT_ENCODING).into_iter();
    let (Some(coding), None) = (codings.next(), codings.next()) else {
        return false;
    };
    let coding = coding.as_bytes().trim_ascii();
    coding.eq_ignore_ascii_case(b"gzip") || coding.eq_ignore_ascii_case(b"x-gzip")
}

/// The next chunk of the answer to a call, which ends with the last one or a failure.
async fn chunk_of(parts: &mut Parts, using: &mut LinkUse) -> Result<(Bytes, bool), Error> {
    let chunk = chunk(parts).await;
    if !matches!(chunk, Ok((_, false))) {
        using.complete();
    }
    chunk
}

/// The next parts, until they are a chunk or the last; says which. A part is copied
/// and let go of: however short it is, it holds on to the whole buffer that it was read
/// into, so that a body in parts of one byte would take thousands of bytes for each.
async fn chunk(parts: &mut Parts) -> Result<(Bytes, bool), Error> {
    let mut gathered = BytesMut::new();
    while gathered.len() < CHUNK_BYTES {
        let Some(part) = parts.try_next().await? else {
            return Ok((gathered.freeze(), true));
        };
        if gathered.is_empty() && part.len() >= CHUNK_BYTES {
            // It is most of its buffer.
            return Ok((part, false));
        }
        gathered.extend_from_slice(&part);
    }
    Ok((gathered.freeze(), false))
}

fn decoding_failed(error: &io::Error) -> Error {
    match error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<hyper::Error>())
    {
        Some(error) => failure::code(error),
        None => Error::HttpResponseContentCoding(Some("gzip".to_owned())),
    }
}

/// What an audit says of an answer: the status, and how many bytes its body has if that
/// is known.
pub(super) fn status_and_bytes(response: &http::Response<WasiBody>) -> (u16, Option<u64>) {
    let length = response.headers().get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    (response.status().as_u16(), length)
}

/// Looks into a login's answer for the instance, which the org's pin then
/// allows. The answer is handed on as it is.
pub(super) async fn learn_instance(
    response: http::Response<WasiBody>,
    pin: &Pin,
) -> Result<http::Response<WasiBody>, Error> {
    let (head, body) = response.into_parts();
    let bytes = match Limited::new(body, LOGIN_BYTES_MAX).collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(error) => return Err(login_unread(error)),
    };
    if head.status.is_success()
        && let Some(instance) = policy::issued_instance(&bytes)
    {
        pin.learn_issued(instance.as_str());
    }
    let body = Full::<Bytes>::new(bytes)
        .map_err(|never| match never {})
        .boxed_unsync();
    Ok(http::Response::from_parts(head, body))
}

fn login_unread(error: Box<dyn std::error::Error + Send + Sync>) -> Error {
    if error.is::<LengthLimitError>() {
        return Error::HttpResponseBodySize(Some(LOGIN_BYTES_MAX as u64));
    }
    error
        .downcast::<Error>()
        .map_or(Error::HttpResponseIncomplete, |error| *error)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::FutureExt as _;
    use futures::stream::iter;

    use super::*;

    fn parts(lengths: impl IntoIterator<Item = usize>) -> Parts {
        let parts: Vec<_> = lengths
            .into_iter()
            .map(|length| Ok(Bytes::from(vec![b'x'; length])))
            .collect();
        iter(parts).boxed()
    }

    fn next(parts: &mut Parts) -> (usize, bool) {
        let (chunk, is_last) = chunk(parts).now_or_never().unwrap().unwrap();
        (chunk.len(), is_last)
    }

    #[test]
    fn gzip_is_known_by_each_of_its_names() {
        for (coding, known) in [
            ("gzip", true),
            ("GZIP", true),
            ("x-gzip", true),
            ("X-Gzip", true),
            (" gzip ", true),
            ("br", false),
            ("gzip, gzip", false),
            ("identity", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            assert!(!is_gzip(&headers));
            headers.insert(CONTENT_ENCODING, coding.parse().unwrap());
            assert_eq!(is_gzip(&headers), known, "{coding:?}");
            headers.append(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            assert!(!is_gzip(&headers), "twice");
        }
    }

    #[test]
    fn what_is_said_of_a_packed_body_is_forgotten_with_it() {
        for (coding, is_forgotten) in [("gzip", true), ("br", false), ("identity", false)] {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("75"));
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
            forget_coding(&mut headers);
            assert_eq!(headers.is_empty(), is_forgotten, "{coding}");
        }
    }

    #[test]
    fn a_coding_that_cannot_be_undone_is_named() {
        for (codings, named) in [
            (&[][..], None),
            (&["gzip"], None),
            (&["X-GZIP"], None),
            (&["identity"], None),
            (&["Identity ", ""], None),
            (&["br"], Some("br")),
            (&["deflate"], Some("deflate")),
            (&["gzip, gzip"], Some("gzip, gzip")),
            (&["gzip", "gzip"], Some("gzip")),
            (&["identity", "gzip"], Some("gzip")),
        ] {
            let mut headers = HeaderMap::new();
            for coding in codings {
                headers.append(CONTENT_ENCODING, HeaderValue::from_static(coding));
            }
            assert_eq!(named_coding(&headers).as_deref(), named, "{codings:?}");
        }
    }

    #[test]
    fn parts_are_gathered_until_they_are_a_chunk() {
        assert_eq!(next(&mut parts([])), (0, true));
        assert_eq!(next(&mut parts([7])), (7, true));
        let mut many = parts((0..10).map(|_| CHUNK_BYTES / 4));
        assert_eq!(next(&mut many), (CHUNK_BYTES, false));
        assert_eq!(next(&mut many), (CHUNK_BYTES, false));
        assert_eq!(next(&mut many), (CHUNK_BYTES / 2, true));
        assert_eq!(next(&mut many), (0, true));
    }

    #[test]
    fn a_chunk_of_the_limit_is_not_known_to_be_the_last_and_one_byte_less_is() {
        assert_eq!(next(&mut parts([CHUNK_BYTES - 1])), (CHUNK_BYTES - 1, true));
        assert_eq!(next(&mut parts([CHUNK_BYTES])), (CHUNK_BYTES, false));
    }

    #[test]
    fn what_breaks_off_is_no_chunk() {
        let broken = [Ok(Bytes::from("x")), Err(Error::HttpResponseIncomplete)];
        let chunk = chunk(&mut iter(broken).boxed()).now_or_never().unwrap();
        assert!(matches!(chunk, Err(Error::HttpResponseIncomplete)));
    }

    /// How many bytes the parts that were handed out still hold on to.
    #[derive(Clone, Default)]
    struct Held(Arc<AtomicUsize>);

    /// A buffer of a connection, of which a part is only one byte.
    struct Buffer {
        bytes: Vec<u8>,
        held: Held,
    }

    impl AsRef<[u8]> for Buffer {
        fn as_ref(&self) -> &[u8] {
            &self.bytes
        }
    }

    impl Drop for Buffer {
        fn drop(&mut self) {
            self.held.0.fetch_sub(self.bytes.len(), Ordering::Relaxed);
        }
    }

    #[test]
    fn a_body_in_parts_of_one_byte_holds_one_buffer_at_a_time() {
        const BUFFER_BYTES: usize = 8 << 10;
        let (held, most) = (Held::default(), Arc::new(AtomicUsize::new(0)));
        let one_byte = {
            let (held, most) = (held.clone(), Arc::clone(&most));
            move |_| {
                let now = held.0.fetch_add(BUFFER_BYTES, Ordering::Relaxed) + BUFFER_BYTES;
                most.fetch_max(now, Ordering::Relaxed);
                let buffer = Buffer {
                    bytes: vec![b'x'; BUFFER_BYTES],
                    held: held.clone(),
                };
                Ok(Bytes::from_owner(buffer).slice(..1))
            }
        };
        let mut parts = iter((0..2_000).map(one_byte)).boxed();
        assert_eq!(next(&mut parts), (2_000, true));
        assert_eq!(most.load(Ordering::Relaxed), BUFFER_BYTES);
        assert_eq!(held.0.load(Ordering::Relaxed), 0);
    }
}
