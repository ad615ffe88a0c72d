//! An answer before it is sent.

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

use crate::error::{ApiError, Blame};

/// The smallest body that is compressed, in bytes. Salesforce compresses
/// "normally"; below this it would not pay.
pub(crate) const COMPRESSED_FROM: usize = 1_024;

const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");
const HTML: HeaderValue = HeaderValue::from_static("text/html;charset=UTF-8");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain;charset=UTF-8");

/// Status, headers and body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Whose doing it is that the answer is no success.
    pub(crate) blame: Blame,
}

impl Answer {
    /// A JSON body.
    pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(json) => Self::new(status, JSON, Bytes::from(json)),
            Err(error) => Self::from(ApiError::internal(&error)),
        }
    }

    /// An HTML page, as Salesforce's edge sends it before anything has looked
    /// at the request. The words are the emulator's own.
    pub(crate) fn page(status: StatusCode, words: &str) -> Self {
        let html = format!(
            "<html><head><title>{status}</title></head><body><h1>{words}</h1></body></html>"
        );
        Self::new(status, HTML, Bytes::from(html)).unexpected()
    }

    /// No body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        let mut answer = Self::new(status, JSON, Bytes::new());
        answer.headers.remove(CONTENT_TYPE);
        answer
    }

    /// Plain text.
    pub(crate) fn text(status: StatusCode, text: &'static str) -> Self {
        Self::new(status, TEXT, Bytes::from_static(text.as_bytes()))
    }

    /// Counts it as one that no client should ever get.
    pub(crate) fn unexpected(mut self) -> Self {
        self.blame = Blame::Client;
        self
    }

    /// Adds a header.
    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Compresses the body, if that pays.
    pub(crate) fn compressed(mut self) -> Self {
        self.headers
            .insert(VARY, HeaderValue::from_static("Accept-Encoding"));
        if self.body.len() < COMPRESSED_FROM {
            return self;
        }
        let mut encoder =
            GzEncoder::new(Vec::with_capacity(self.body.len() / 4), Compression::fast());
        // Writing to a vector cannot fail; if it did, the plain body would do.
        if let Ok(body) = encoder
            .write_all(&self.body)
            .and_then(|()| encoder.finish())
        {
            self.body = Bytes::from(body);
            self.headers
                .insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        self
    }

    /// A body of that kind.
    pub(crate) fn new(status: StatusCode, kind: HeaderValue, body: Bytes) -> Self {
        let headers = HeaderMap::from_iter([
            (CONTENT_TYPE, kind),
            (
                CACHE_CONTROL,
                HeaderValue::from_static("no-cache,must-revalidate,max-age=0,no-store,private"),
            ),
        ]);
        Self {
            status,
            headers,
            body,
            blame: Blame::Caller,
        }
    }
}

impl From<ApiError> for Answer {
    fn from(error: ApiError) -> Self {
        // An array of two strings always serializes; were it not so, the body
        // would be empty.
        let body = serde_json::to_vec(&error.body()).unwrap_or_default();
        let mut answer = Self::new(error.status, JSON, Bytes::from(body));
        if error.status == StatusCode::UNAUTHORIZED {
            answer = answer.with(WWW_AUTHENTICATE, HeaderValue::from_static("Token"));
        }
        // Source: RFC 9110, section 15.5.6.
        if !error.allowed.is_empty()
            && let Ok(methods) = HeaderValue::try_from(error.allowed.join(", "))
        {
            answer = answer.with(ALLOW, methods);
        }
        answer.blame = error.blame;
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Unauthorized;

    #[test]
    fn an_error_is_an_array_with_salesforces_names() {
        let answer = Answer::from(ApiError::unauthorized(Unauthorized::SessionExpired));
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(
            &answer.body[..],
            br#"[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]"#
        );
        assert_eq!(answer.headers[WWW_AUTHENTICATE], "Token");
        assert_eq!(
            answer.headers[CONTENT_TYPE],
            "application/json;charset=UTF-8"
        );
    }

    #[test]
    fn a_method_that_is_not_allowed_is_told_those_that_are() {
        let error = ApiError::method_not_allowed(&http::Method::POST, &["GET", "HEAD"]);
        let answer = Answer::from(error);
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(
            &answer.body[..],
            br#"[{"message":"HTTP Method 'POST' not allowed. Allowed are GET,HEAD","errorCode":"METHOD_NOT_ALLOWED"}]"#
        );
        assert_eq!(answer.headers[ALLOW], "GET, HEAD");
    }

    #[test]
    fn only_bodies_of_some_size_are_compressed() {
        let answer =
            |bytes: usize| Answer::json(StatusCode::OK, &"x".repeat(bytes - 2)).compressed();
        assert_eq!(
            answer(COMPRESSED_FROM - 1).headers.get(CONTENT_ENCODING),
            None
        );
        let compressed = answer(COMPRESSED_FROM);
        assert_eq!(compressed.headers[CONTENT_ENCODING], "gzip");
        assert!(compressed.body.len() < COMPRESSED_FROM);
    }
}
