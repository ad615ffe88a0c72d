//! Requests whose bodies flow: how one goes from its caller to the component and back.

mod body;
mod short;

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::FutureExt as _;
use http::header::{CONNECTION, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, TE};
use http::{Method, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Body as _, Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::WaitForCancellationFutureOwned;
use wasmtime_wasi_http::p3::Request;
use wasmtime_wasi_http::{Error as HttpError, WasiBody, WasiHttpView as _};

use crate::answer::Answer;
use crate::attempts::Attempts;
use crate::bindings::exports::sfbox::client::rest_streams as contract;
use crate::engine::Started;
use crate::error::{Error, Failure, Unexpected};
use crate::options::{DEFAULT_TIMEOUT, MAX_TIMEOUT};
use crate::org::{Org, Time};
use crate::pulse::{Followed, Patience, Pulse};
use crate::state::{Lasts, SHORT_BODY_BYTES_MAX};
pub use body::{Body, BodyError};
use short::Kind;

/// The words for a request in logs and errors.
const OPERATION: &str = "stream";

/// The longest answer that is read whole here, in bytes: the component says of a refusal how
/// long it is, and has it in its memory until it is read.
const WHOLE_BYTES_MAX: u64 = 2 << 20;

/// What a caller may set on a request of [`Org::stream`]. The whole has no time limit: a
/// caller that wants one drops the future, or the body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamOptions {
    /// How long the caller waits for the head of the answer: 1 ms to
    /// [`MAX_TIMEOUT`], else
    /// [`Failure::InvalidInput`]. `None`:
    /// [`DEFAULT_TIMEOUT`]. It counts from the beginning of
    /// the call, and again from the last byte of the request.
    pub timeout: Option<Duration>,
    /// How long both bodies may stand still, within the same bounds: the time without a byte
    /// in either direction. `None`: as `timeout`. A reader that does not ask for more is not
    /// limited.
    pub idle: Option<Duration>,
    /// Whether sending the request twice has the same result as sending it once, so that it
    /// is sent again when its answer is lost. It matters for a body that is read whole.
    pub repeatable: bool,
}

impl StreamOptions {
    fn timeout(&self) -> Duration {
        self.timeout.unwrap_or(DEFAULT_TIMEOUT)
    }

    fn idle(&self) -> Duration {
        self.idle.unwrap_or(self.timeout())
    }

    fn patience(&self) -> Patience {
        Patience {
            head: self.timeout().min(MAX_TIMEOUT),
            idle: self.idle().min(MAX_TIMEOUT),
        }
    }

    /// The contract's record. Its bounds are judged by the component.
    fn record(&self) -> contract::StreamOptions {
        let ms = |time: Duration| Some(u32::try_from(time.as_millis()).unwrap_or(u32::MAX));
        contract::StreamOptions {
            timeout_ms: ms(self.timeout()),
            idle_ms: ms(self.idle()),
            repeatable: self.repeatable,
        }
    }
}

impl Answer for http::Response<WasiBody> {
    /// Its headers: the body is not handed over here.
    fn text_bytes(&self) -> usize {
        let headers = self.headers().iter();
        headers
            .map(|(name, value)| name.as_str().len() + value.len())
            .sum()
    }
}

/// Sends a request, and answers when the head of its answer is there.
pub(crate) async fn send<B>(
    org: &Org,
    request: http::Request<B>,
    options: &StreamOptions,
) -> Result<http::Response<Body>, Error>
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (mut head, body) = request.into_parts();
    prepare(&mut head.headers, &body.size_hint());
    // Who sent it knows why it broke off; nobody else is told.
    let body = body.map_err(|_| broken_off()).boxed_unsync();
    let request = http::Request::from_parts(head, body);
    let answered = Box::pin(answered(org, request, options));
    org.logged(OPERATION, answered).await
}

async fn answered(
    org: &Org,
    request: http::Request<WasiBody>,
    options: &StreamOptions,
) -> Result<http::Response<Body>, Error> {
    let patience = options.patience();
    let (mut head, body) = request.into_parts();
    let kind = Kind::of(&head.method, &head.headers, &body);
    let (body, room) = match kind {
        Kind::Short(length) => here(org, body, length, patience.head).await?,
        Kind::Here | Kind::Long => (body, None),
    };
    let lasts = match kind {
        Kind::Long => Lasts::AsLongAsItsBody,
        Kind::Here | Kind::Short(_) => Lasts::Briefly,
    };
    let attempts = head.extensions.remove::<Attempts>().unwrap_or_default();
    let (waiting, entry) = org.state().callers.enter(&mut head.headers, attempts);
    let pulse = Pulse::begin(patience, body.is_end_stream());
    let body = Leaving {
        body,
        gone: Box::pin(entry.gone.clone().cancelled_owned()),
    };
    let body = Followed::new(body.boxed_unsync(), &pulse).boxed_unsync();
    let method = head.method.clone();
    let request = http::Request::from_parts(head, body);
    let (name, record) = (org.name().to_owned(), options.record());
    let time = Time {
        limit: patience.head,
        pulse: Some(pulse),
    };
    let answered = org.answer(OPERATION, lasts, time, move |started| {
        Box::pin(async move {
            let _until_it_ends = (entry, room);
            call(started, name, request, record).await
        })
    });
    let answer = answered.await?;
    waiting.served();
    let is_empty = is_without_body(&method, answer.status());
    Ok(match is_empty {
        true => without_body(answer),
        false => answer.map(|body| Body::new(body, patience.idle)),
    })
}

/// An answer that has no body, and announces none of no bytes: who read it found nothing, and
/// what its length would be is another one (RFC 9110, section 8.6).
fn without_body<B>(mut answer: http::Response<B>) -> http::Response<Body> {
    let headers = answer.headers_mut();
    if headers
        .get(CONTENT_LENGTH)
        .is_some_and(|length| length == "0")
    {
        headers.remove(CONTENT_LENGTH);
    }
    answer.map(|_| Body::empty())
}

/// A short body when all of it has come, and the room that it takes.
async fn here(
    org: &Org,
    body: WasiBody,
    length: Option<usize>,
    limit: Duration,
) -> Result<(WasiBody, Option<OwnedSemaphorePermit>), Error> {
    let begun = Instant::now();
    let reading = async {
        let room = org.state().room_for(length.unwrap_or(SHORT_BODY_BYTES_MAX));
        let room = room.await;
        (short::read(body, length).await, room)
    };
    let read = org.state().by(begun + limit, reading).await;
    let (read, room) = read.unwrap_or((Err(Failure::Timeout), None));
    let read = read.map_err(|failure| org.failed(OPERATION, failure, begun))?;
    let body = Full::new(read).map_err(|never| match never {});
    Ok((body.boxed_unsync(), room))
}

/// The call of the component.
async fn call(
    started: Started<'_>,
    org: String,
    request: http::Request<WasiBody>,
    options: contract::StreamOptions,
) -> wasmtime::Result<Result<http::Response<WasiBody>, Failure>> {
    let interface = match &started.exports.rest_streams {
        Ok(interface) => interface,
        Err(missing) => return Ok(Err(missing.failure())),
    };
    let accessor = started.accessor;
    let request = accessor.with(|mut access| {
        let view = access.get().http();
        let (request, _) = Request::from_http(view.hooks, request);
        view.table.push(request)
    })?;
    let answer = match interface.call_send(accessor, org, request, options).await? {
        Ok(answer) => answer,
        Err(failure) => return Ok(Err(failure)),
    };
    let answer = accessor.with(|mut access| {
        let answer = access.get().http().table.delete(answer)?;
        Ok::<_, wasmtime::Error>(answer.into_http(&mut access, async { Ok(()) }))
    })?;
    match answer {
        Ok(answer) => whole(answer).await,
        Err(_) => Ok(Err(unreadable("it announces several lengths"))),
    }
}

/// Reads an answer that is complete, and says so: the component lets go of it then.
async fn whole(
    answer: http::Response<WasiBody>,
) -> wasmtime::Result<Result<http::Response<WasiBody>, Failure>> {
    let length = answer.body().size_hint().exact();
    if answer.status().is_success() || length.is_none_or(|length| length > WHOLE_BYTES_MAX) {
        return Ok(Ok(answer));
    }
    let (head, body) = answer.into_parts();
    let limit = usize::try_from(WHOLE_BYTES_MAX).unwrap_or(usize::MAX);
    let Ok(read) = Limited::new(body, limit).collect().await else {
        return Ok(Err(unreadable("its body broke off")));
    };
    let body = Full::new(read.to_bytes()).map_err(|never| match never {});
    Ok(Ok(http::Response::from_parts(head, body.boxed_unsync())))
}

fn unreadable(why: &str) -> Failure {
    Failure::UnexpectedAnswer(Unexpected {
        status: 0,
        reason: format!("the answer cannot be handed on: {why}"),
        request_id: None,
    })
}

/// That the body of a request broke off.
fn broken_off() -> HttpError {
    HttpError::InternalError(Some("the body of the request broke off".to_owned()))
}

/// Whether such an answer has no body, whatever length it announces (RFC 9110, section
/// 6.4.1).
fn is_without_body(method: &Method, status: StatusCode) -> bool {
    let is_status = matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    *method == Method::HEAD || is_status
}

/// Completes a request's headers: its length, if its body knows it, and nothing that is for
/// this hop (RFC 9110, section 7.6.1), but that trailers are welcome.
fn prepare(headers: &mut HeaderMap, size: &SizeHint) {
    let named = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok());
    let named: Vec<HeaderName> = named.filter(|name| name != TE).collect();
    for name in named {
        headers.remove(name);
    }
    if let Some(length) = size.exact()
        && !headers.contains_key(CONTENT_LENGTH)
    {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
}

/// The body of a request, which ends when its caller has gone.
struct Leaving {
    body: WasiBody,
    gone: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl hyper::body::Body for Leaving {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        if self.gone.poll_unpin(context).is_ready() {
            return Poll::Ready(Some(Err(broken_off())));
        }
        Pin::new(&mut self.body).poll_frame(context)
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
    use super::*;

    #[test]
    fn a_request_says_how_long_its_body_is_and_nothing_to_the_next_hop() {
        let mut headers = HeaderMap::new();
        headers.insert(CONNECTION, HeaderValue::from_static("TE, X-Hop"));
        headers.insert(TE, HeaderValue::from_static("trailers"));
        headers.insert("x-hop", HeaderValue::from_static("1"));
        prepare(&mut headers, &SizeHint::with_exact(7));
        assert!(headers.contains_key(TE) && !headers.contains_key("x-hop"));
        assert_eq!(headers[CONTENT_LENGTH], "7");
        prepare(&mut headers, &SizeHint::with_exact(8));
        assert_eq!(headers[CONTENT_LENGTH], "7", "its caller's word");
        let mut headers = HeaderMap::new();
        prepare(&mut headers, &SizeHint::default());
        assert!(headers.is_empty());
    }

    #[test]
    fn an_answer_without_a_body_is_known_by_its_status_and_method() {
        for (method, status, expected) in [
            (Method::HEAD, StatusCode::OK, true),
            (Method::GET, StatusCode::NO_CONTENT, true),
            (Method::GET, StatusCode::NOT_MODIFIED, true),
            (Method::GET, StatusCode::OK, false),
            (Method::DELETE, StatusCode::NOT_FOUND, false),
        ] {
            assert_eq!(
                is_without_body(&method, status),
                expected,
                "{method} {status}"
            );
        }
    }

    #[test]
    fn an_answer_without_a_body_announces_none_of_no_bytes() {
        for (length, expected) in [("0", None), ("75", Some("75"))] {
            let answer = http::Response::builder().header(CONTENT_LENGTH, length);
            let answer = without_body(answer.body(()).unwrap());
            let told = answer.headers().get(CONTENT_LENGTH);
            let told = told.map(|length| length.to_str().unwrap());
            assert_eq!(told, expected);
        }
    }

    #[test]
    fn one_time_follows_the_other() {
        let second = Duration::from_secs(1);
        let options = StreamOptions::default();
        assert_eq!(
            (options.timeout(), options.idle()),
            (DEFAULT_TIMEOUT, DEFAULT_TIMEOUT)
        );
        let options = StreamOptions {
            timeout: Some(second),
            ..StreamOptions::default()
        };
        assert_eq!(options.record().idle_ms, Some(1_000));
        let options = StreamOptions {
            timeout: Some(Duration::ZERO),
            idle: Some(2 * MAX_TIMEOUT),
            repeatable: true,
        };
        let record = options.record();
        assert_eq!(
            (record.timeout_ms, record.idle_ms),
            (Some(0), Some(7_200_000))
        );
        assert_eq!(options.patience().idle, MAX_TIMEOUT);
        assert!(record.repeatable);
    }
}
