//! What happens to an answer's body on its way in.

use std::io;

use async_compression::tokio::bufread::GzipDecoder;
use bytes::Bytes;
use futures::TryStreamExt as _;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use tokio_util::io::{ReaderStream, StreamReader};
use wasmtime_wasi_http::{Error, WasiBody};

use super::allowed_hosts::Pin;
use super::failure;
use crate::policy;

/// How much is decoded at a time.
const CHUNK_BYTES: usize = 64 << 10;

/// The longest answer of a token endpoint; a token in JWT format has some
/// kilobytes.
const LOGIN_BYTES_MAX: usize = 64 << 10;

/// Undoes gzip, and hands on anything else as it comes. The body drops `held`
/// when it is dropped itself.
pub(super) fn decoded(
    response: http::Response<Incoming>,
    held: impl Send + 'static,
) -> http::Response<WasiBody> {
    let (mut head, body) = response.into_parts();
    let body = body.map_frame(move |frame| {
        let _held = &held;
        frame
    });
    let gzip = head
        .headers
        .get(CONTENT_ENCODING)
        .is_some_and(|coding| coding == "gzip");
    if !gzip {
        let body = body.map_err(|error| failure::code(&error)).boxed_unsync();
        return http::Response::from_parts(head, body);
    }
    head.headers.remove(CONTENT_ENCODING);
    head.headers.remove(CONTENT_LENGTH);
    let encoded = StreamReader::new(body.into_data_stream().map_err(io::Error::other));
    let mut decoder = GzipDecoder::new(encoded);
    decoder.multiple_members(true);
    let decoded = ReaderStream::with_capacity(decoder, CHUNK_BYTES);
    let frames = decoded
        .map_ok(Frame::data)
        .map_err(|error| decoding_failed(&error));
    http::Response::from_parts(head, StreamBody::new(frames).boxed_unsync())
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
        pin.learn_issued(&instance);
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
