//! The world as the component has it: its imports, as a [`Platform`].

use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, LocalBoxFuture, join, select};
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret as _;

use super::bindings::sfbox::client::secret_store;
use super::bindings::wasi::clocks::{monotonic_clock, system_clock};
use super::bindings::wasi::http::{client, types as wasi_http};
use super::bindings::wasi::random::random;
use super::bindings::{wit_future, wit_stream};
use crate::platform::{
    Body, BodyError, Changes, Claimed, Document, Platform, Request, StoreError, TransportError,
};

/// How much of a body is asked for at a time when its length is not known.
const CHUNK_BYTES: usize = 64 << 10;

/// How long connecting may take, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What the component calls itself.
const USER_AGENT: &str = concat!("sfbox/", env!("CARGO_PKG_VERSION"));

/// The world, over its imports.
pub(super) struct Wasi;

/// A response's body, over `wasi:http`.
pub(super) struct WasiBody {
    response: wasi_http::Response,
    length: Option<usize>,
}

impl Platform for Wasi {
    type Body = WasiBody;

    async fn send(
        &self,
        request: Request,
        within: Duration,
    ) -> Result<http::Response<WasiBody>, TransportError> {
        let (head, body) = request.into_parts();
        let (trailers, no_trailers) = wit_future::new(|| Ok(None));
        let (mut writer, contents) = match body.is_empty() {
            true => (None, None),
            false => {
                let (writer, contents) = wit_stream::new();
                (Some(writer), Some(contents))
            }
        };
        let options = wasi_http::RequestOptions::new();
        // A host without this timeout has one of its own.
        _ = options.set_connect_timeout(Some(nanoseconds(CONNECT_TIMEOUT.min(within))));
        let limited = options.set_first_byte_timeout(Some(nanoseconds(within)));
        let (request, _transmitted) =
            wasi_http::Request::new(fields(&head.headers)?, contents, no_trailers, Some(options));
        address(&request, &head)?;
        let upload = async {
            if let Some(writer) = &mut writer {
                // What the receiver does not take it does not want.
                _ = writer.write_all(body).await;
            }
            drop((writer, trailers));
        };
        let answering = async {
            let (response, ()) = join(client::send(request), upload).await;
            response.map(received).map_err(transport_error)
        };
        if limited.is_ok() {
            // A timer of our own would be a tenth of what a call costs.
            return answering.await;
        }
        match select(pin!(answering), pin!(self.sleep(within))).await {
            Either::Left((answered, _)) => answered,
            Either::Right(((), _)) => Err(TransportError::Late),
        }
    }

    async fn get(&self, org: &str) -> Result<Document, StoreError> {
        let document = secret_store::get(org.to_owned()).await?;
        Ok(Document {
            version: document.version,
            entries: document
                .entries
                .into_iter()
                .map(|entry| (entry.key, entry.value.into()))
                .collect(),
            writable: document.writable,
            require_shared: document.settings.require_shared,
            session_ttl: document
                .settings
                .session_ttl_s
                .map(|seconds| Duration::from_secs(seconds.into())),
        })
    }

    async fn replace(
        &self,
        org: &str,
        version: &str,
        changes: Changes,
    ) -> Result<String, StoreError> {
        let changes = changes
            .into_iter()
            .map(|(key, value)| {
                (
                    key.to_owned(),
                    value.map(|value| value.expose_secret().to_owned()),
                )
            })
            .collect();
        Ok(secret_store::replace(org.to_owned(), version.to_owned(), changes).await?)
    }

    async fn claim(&self, org: &str, key: &str) -> Result<Claimed, StoreError> {
        Ok(
            match secret_store::claim(org.to_owned(), key.to_owned()).await? {
                secret_store::Claimed::Won => Claimed::Won,
                secret_store::Claimed::Held(ms) => Claimed::Held(Duration::from_millis(ms)),
                secret_store::Claimed::Unsupported => Claimed::Unsupported,
            },
        )
    }

    async fn release(&self, org: &str, key: &str) -> Result<(), StoreError> {
        Ok(secret_store::release(org.to_owned(), key.to_owned()).await?)
    }

    fn now_ms(&self) -> u64 {
        let now = system_clock::now();
        let seconds = u64::try_from(now.seconds).unwrap_or(0);
        seconds
            .saturating_mul(1_000)
            .saturating_add(u64::from(now.nanoseconds) / 1_000_000)
    }

    fn monotonic(&self) -> Duration {
        Duration::from_nanos(monotonic_clock::now())
    }

    async fn sleep(&self, duration: Duration) {
        monotonic_clock::wait_for(nanoseconds(duration)).await;
    }

    fn random(&self) -> u64 {
        random::get_random_u64()
    }

    fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        wit_bindgen::spawn_local(task);
    }
}

impl Body for WasiBody {
    async fn read(self, limit: usize) -> Result<Vec<u8>, BodyError> {
        let (done, res) = wit_future::new(|| Ok(()));
        let (mut stream, trailers) = wasi_http::Response::consume_body(self.response, res);
        drop(done);
        // One byte past the end, so that the last read finds it.
        let expected = self.length.map_or(CHUNK_BYTES, |length| length.min(limit)) + 1;
        let mut body = Vec::with_capacity(expected);
        loop {
            if body.len() == body.capacity() {
                body.reserve(CHUNK_BYTES.max(body.len() / 2));
            }
            let (result, read) = stream.read(body).await;
            body = read;
            if body.len() > limit {
                return Err(BodyError::TooLong);
            }
            if self.length == Some(body.len()) {
                // Whole: there is nothing to ask for any more.
                return Ok(body);
            }
            if !matches!(result, wit_bindgen::StreamResult::Complete(_)) {
                break;
            }
        }
        // Whether it arrived whole.
        match trailers.await {
            Ok(_) => Ok(body),
            Err(code) => Err(BodyError::Transport(transport_error(code))),
        }
    }
}

fn fields(headers: &HeaderMap) -> Result<wasi_http::Fields, TransportError> {
    let agent = std::iter::once(("user-agent".to_owned(), USER_AGENT.as_bytes().to_vec()));
    let given = headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()));
    let entries: Vec<_> = agent.chain(given).collect();
    wasi_http::Fields::from_list(&entries).map_err(|_| TransportError::Denied)
}

/// 584 years at most.
fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn address(
    request: &wasi_http::Request,
    head: &http::request::Parts,
) -> Result<(), TransportError> {
    let method = match head.method {
        // What a request has unless somebody says otherwise.
        http::Method::GET => None,
        http::Method::POST => Some(wasi_http::Method::Post),
        _ => Some(wasi_http::Method::Other(head.method.to_string())),
    };
    let authority = head.uri.authority().map(ToString::to_string);
    let path = head.uri.path_and_query().map(ToString::to_string);
    method
        .map_or(Ok(()), |method| request.set_method(&method))
        .and_then(|()| request.set_scheme(Some(&wasi_http::Scheme::Https)))
        .and_then(|()| request.set_authority(authority.as_deref()))
        .and_then(|()| request.set_path_with_query(path.as_deref()))
        .map_err(|()| TransportError::Unreadable("the host refuses the request's URL".to_owned()))
}

fn received(response: wasi_http::Response) -> http::Response<WasiBody> {
    let mut headers = HeaderMap::new();
    for (name, value) in response.get_headers().copy_all() {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.append(name, value);
        }
    }
    let length = headers
        .get(http::header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    let status = http::StatusCode::from_u16(response.get_status_code())
        .unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    let mut received = http::Response::new(WasiBody { response, length });
    *received.status_mut() = status;
    *received.headers_mut() = headers;
    received
}

/// `wasi:http`'s forty ways to fail are five of ours: was it sent, and may it
/// work later?
fn transport_error(code: wasi_http::ErrorCode) -> TransportError {
    use TransportError::{Denied, Late, Lost, NotSent, Unreadable, Untrusted};
    use wasi_http::ErrorCode as E;

    let text = |text: &str| text.to_owned();
    match code {
        E::DnsTimeout => NotSent(text("the name's address could not be found in time")),
        E::DnsError(error) => NotSent(format!(
            "the name has no address{}",
            error
                .rcode
                .map(|rcode| format!(" ({rcode})"))
                .unwrap_or_default()
        )),
        E::DestinationNotFound => NotSent(text("the destination was not found")),
        E::DestinationUnavailable => NotSent(text("the destination is unavailable")),
        E::DestinationIpUnroutable => NotSent(text("there is no route to the destination")),
        E::ConnectionRefused => NotSent(text("the connection was refused")),
        E::ConnectionTimeout => NotSent(text("connecting took too long")),
        E::ConnectionLimitReached => NotSent(text("there are too many connections")),
        E::ConnectionTerminated => Lost(text("the connection was cut")),
        E::ConnectionReadTimeout => Lost(text("no answer came in time")),
        E::ConnectionWriteTimeout => Lost(text("the request could not be sent in time")),
        E::HttpResponseTimeout => Late,
        E::HttpResponseIncomplete => Lost(text("the answer broke off")),
        E::HttpProtocolError => Lost(text("the connection spoke no proper HTTP")),
        E::TlsProtocolError => Untrusted(text("TLS could not be agreed on")),
        E::TlsCertificateError => Untrusted(text("the TLS certificate is not to be trusted")),
        E::TlsAlertReceived(alert) => Untrusted(format!(
            "the server refused TLS{}",
            alert
                .alert_message
                .map(|alert| format!(" ({alert})"))
                .unwrap_or_default()
        )),
        E::HttpRequestDenied | E::DestinationIpProhibited => Denied,
        E::HttpRequestLengthRequired
        | E::HttpRequestBodySize(_)
        | E::HttpRequestMethodInvalid
        | E::HttpRequestUriInvalid
        | E::HttpRequestUriTooLong
        | E::HttpRequestHeaderSectionSize(_)
        | E::HttpRequestHeaderSize(_)
        | E::HttpRequestTrailerSectionSize(_)
        | E::HttpRequestTrailerSize(_) => Unreadable(text("the host refuses the request's form")),
        E::HttpResponseHeaderSectionSize(_)
        | E::HttpResponseHeaderSize(_)
        | E::HttpResponseTrailerSectionSize(_)
        | E::HttpResponseTrailerSize(_) => Unreadable(text("the answer's headers are too long")),
        E::HttpResponseBodySize(_) => Unreadable(text("the answer is too long for the host")),
        E::HttpResponseTransferCoding(_) | E::HttpResponseContentCoding(_) => {
            Unreadable(text("the answer's coding cannot be undone"))
        }
        E::HttpUpgradeFailed | E::LoopDetected | E::ConfigurationError => {
            Unreadable(text("the host cannot send the request"))
        }
        E::InternalError(why) => Lost(format!(
            "the host failed{}",
            why.map(|why| format!(" ({why})")).unwrap_or_default()
        )),
    }
}

impl From<secret_store::Error> for StoreError {
    fn from(error: secret_store::Error) -> Self {
        match error {
            secret_store::Error::NotFound => Self::NotFound,
            secret_store::Error::Denied => Self::Denied,
            secret_store::Error::Conflict => Self::Conflict,
            secret_store::Error::Throttled(seconds) => Self::Throttled(seconds),
            secret_store::Error::Unavailable => Self::Unavailable,
            secret_store::Error::Malformed => Self::Malformed,
        }
    }
}
