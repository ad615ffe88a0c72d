//! The library's two calls, and what they take here.

use bytes::Bytes;
use http::HeaderMap;
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use sfbox::error::Failure;
use sfbox::{Body, BodyError, Error, Org, RestOptions, RestRequest, RestResponse, StreamOptions};

use super::input::Remainder;
use super::method::Method;

/// What both calls are called, in errors: a person has asked for one thing.
const OPERATION: &str = "rest";

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// Absolute, or relative to the API version; with its query string.
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    /// All of it, or its beginning.
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The same with its whole body: with what has not been read of it.
    ///
    /// # Errors
    ///
    /// When that cannot be read, or the body is too long.
    pub(super) fn whole(self, remainder: Option<Remainder>) -> anyhow::Result<Self> {
        let body = match remainder {
            None => self.body,
            Some(remainder) => remainder.whole(&self.body)?,
        };
        Ok(Self { body, ..self })
    }
}

/// The body of a request whose bodies flow.
pub(super) type Outgoing = UnsyncBoxBody<Bytes, std::io::Error>;

/// Sends a request whose bodies are whole.
///
/// # Errors
///
/// Those of `wit/rest.wit`. What Salesforce refuses is an answer.
pub(super) async fn send(
    org: &Org,
    request: Request,
    options: &RestOptions,
) -> Result<RestResponse, Error> {
    let request = RestRequest {
        method: request.method.into(),
        path: request.path,
        headers: request.headers,
        body: request.body,
    };
    org.rest(&request, options).await
}

/// Sends a request whose bodies flow.
///
/// # Errors
///
/// Those of `wit/rest-streams.wit`. What Salesforce refuses is an answer.
pub(super) async fn stream(
    org: &Org,
    request: http::Request<Outgoing>,
    options: &RestOptions,
) -> Result<http::Response<Body>, Error> {
    let options = StreamOptions {
        timeout: options.call.timeout,
        idle: None,
        repeatable: options.repeatable,
    };
    let answered = org.stream(request, &options).await;
    answered.map_err(|error| match error {
        Error::Call {
            org,
            failure,
            cause,
            ..
        } => Error::Call {
            org,
            operation: OPERATION,
            failure,
            cause,
        },
        Error::Lost { org, why, .. } => Error::Lost {
            org,
            operation: OPERATION,
            why,
        },
    })
}

/// An answer that is complete as soon as its head is there, as `rest` answers it.
///
/// # Errors
///
/// When its body breaks off.
pub(super) async fn whole(response: http::Response<Body>) -> Result<RestResponse, BodyError> {
    let (head, body) = response.into_parts();
    Ok(RestResponse {
        status: head.status.as_u16(),
        headers: texts(&head.headers),
        body: body.collect().await?.to_bytes().into(),
    })
}

/// Headers as texts: each byte of a value is a character of ISO 8859-1.
pub(super) fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &[u8]| value.iter().map(|&byte| char::from(byte)).collect();
    let headers = headers.iter();
    headers
        .map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes())))
        .collect()
}

/// Whether the component lacks the interface for bodies that flow: nothing was sent.
pub(super) fn is_unsupported(error: &Error) -> bool {
    is(error, |failure| matches!(failure, Failure::Unsupported(_)))
}

/// Whether the session ended while a body was sent, and nothing was executed.
pub(super) fn is_session_changed(error: &Error) -> bool {
    is(error, |failure| matches!(failure, Failure::SessionChanged))
}

fn is(error: &Error, kind: impl Fn(&Failure) -> bool) -> bool {
    matches!(error, Error::Call { failure, .. } if kind(failure))
}
