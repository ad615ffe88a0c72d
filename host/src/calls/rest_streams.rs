//! The call of `wit/rest-streams.wit`.

use bytes::Bytes;

use super::{Error, Org};
use crate::stream::{self, Body, StreamOptions};

impl Org {
    /// Sends any request that Salesforce's API takes, with bodies of any length, and answers
    /// as soon as the head of the answer is there: for uploads, downloads, and proxies.
    ///
    /// Of the request's URI only path and query count; the path is absolute. Scheme,
    /// authority, `Host`, cookies, `Authorization`, `X-SFDC-Session` and the headers of one
    /// connection are ignored. A body of at most 256 KiB, whose length is known by
    /// `Content-Length` or by its own hint, is read whole, so that the request can be sent
    /// again. Any other body is passed on: see [`StreamOptions`] for its times.
    ///
    /// A success is answered while its body arrives. If the request has `Accept-Encoding`,
    /// that body is as the org sent it. Otherwise gzip is undone, and each byte of the session's token
    /// and of the consumer secret is overwritten by `*`, in headers as well. Any other
    /// status is complete, and at most 1 MiB long. The answer has no cookies, no
    /// `WWW-Authenticate`, and no headers of one connection or for browsers.
    ///
    /// An [`Attempts`](crate::Attempts) in the request's extensions counts how often the
    /// request was sent.
    ///
    /// Dropping this future, or the body of the answer, ends the request.
    ///
    /// # Errors
    ///
    /// See `send` in `wit/rest-streams.wit`; above all
    /// [`Failure::SessionChanged`](crate::Failure::SessionChanged) when the session ended
    /// while a body was passed on, and
    /// [`Failure::OutcomeUnknown`](crate::Failure::OutcomeUnknown).
    pub async fn stream<B>(
        &self,
        request: http::Request<B>,
        options: &StreamOptions,
    ) -> Result<http::Response<Body>, Error>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        stream::send(self, request, options).await
    }
}
