//! The one way that anything is sent: a request, its answer read whole, and
//! what passes by itself tried again.

use std::borrow::Cow;
use std::cell::Cell;
use std::time::Duration;

use http::Method;
use http::header::{CONTENT_LENGTH, HeaderValue};

use crate::answer::Answer;
use crate::call::{Manner, Repeat};
use crate::deadline::Deadline;
use crate::error::{Error, Unexpected};
#[cfg(not(feature = "wasi-0-2"))]
use crate::platform::Streams;
use crate::platform::{Body as _, BodyError, Platform, Request, TransportError};
use crate::redaction::Redaction;
use crate::retry::{self, Failed, Next};

/// The longest answer that is handed over whole: past the host's budget for one
/// call it would have to stop the component, so bigger things need streams.
pub(crate) const BODY_BYTES_MAX: usize = 64 << 20;

/// The longest answer that says why not.
const REFUSAL_BYTES_MAX: usize = 1 << 20;

/// How often something was sent so far, and what came of it. Requests that ask the
/// same of an org share one, and are together sent as often as one alone.
#[derive(Default)]
pub(crate) struct Attempts {
    sent: Cell<u32>,
    failed: Cell<bool>,
}

impl Attempts {
    /// Whether one has failed in a way that may pass.
    pub(crate) fn have_failed(&self) -> bool {
        self.failed.get()
    }

    /// Whether there may be another.
    pub(crate) fn are_left(&self) -> bool {
        self.sent.get() < retry::ATTEMPTS_MAX
    }
}

/// Sends `request`, which may be sent twice, until an answer stands, and hands that
/// over; it may well be a refusal. `on_status` hears of it as soon as its status line is
/// there. Ends by the deadline.
pub(crate) async fn exchange<P: Platform>(
    platform: &P,
    request: &Request,
    deadline: Deadline,
    on_status: impl FnMut(u16),
) -> Result<Answer, Error> {
    let attempts = &Attempts::default();
    exchange_sharing(
        platform,
        request,
        Manner::READ,
        deadline,
        attempts,
        on_status,
        None,
    )
    .await
}

/// The same of any request, with attempts that others share. The first one is always
/// made. The body of a success goes unread to `unread`, if that is given; the answer is
/// without it then.
///
/// # Errors
///
/// `OutcomeUnknown` when the answer was lost to a request that must not be sent twice. A
/// 5xx is a lost answer, too, unless answers are handed over as they are.
pub(crate) async fn exchange_sharing<P: Platform>(
    platform: &P,
    request: &Request,
    manner: Manner,
    deadline: Deadline,
    attempts: &Attempts,
    mut on_status: impl FnMut(u16),
    mut unread: Unread<'_, P>,
) -> Result<Answer, Error> {
    let repeat = manner.repeat;
    let must_not_repeat = repeat == Repeat::UnlessExecuted;
    let request = &measured(request);
    let mut may_have_run = false;
    loop {
        if must_not_repeat && deadline.remaining(platform.monotonic()).is_zero() {
            // It was not sent, which nobody would know afterwards.
            return Err(Error::Timeout);
        }
        attempts.sent.set(attempts.sent.get() + 1);
        let limit = refusal_bytes_max(manner, unread.is_some());
        let unread = unread.as_deref_mut();
        let attempt = attempt_once(platform, request, deadline, limit, &mut on_status, unread);
        let mut outcome = attempt.await;
        if let Ok(answer) = &mut outcome {
            answer.may_have_run_before = may_have_run;
        }
        let (failed, retry_after_s) = match &outcome {
            Ok(answer) => (
                retry::in_answer(answer, request.method(), manner),
                answer.retry_after_s(),
            ),
            Err(Failure::Transport(error)) => (retry::of_transport(error, repeat), None),
            // Its status line was there.
            Err(Failure::Answer(Error::Timeout)) if must_not_repeat => {
                (Some(Failed::Unknown), None)
            }
            Err(Failure::Answer(_)) => (None, None),
        };
        let Some(failed) = failed else {
            return settle(request, outcome);
        };
        attempts.failed.set(true);
        may_have_run |= failed == Failed::Unknown;
        if must_not_repeat && failed == Failed::Unknown {
            return match outcome {
                Ok(answer) if manner.is_verbatim => Ok(answer),
                Ok(_) | Err(_) => Err(Error::OutcomeUnknown),
            };
        }
        let remaining = deadline.remaining(platform.monotonic());
        let (sent, random) = (attempts.sent.get(), platform.random());
        match retry::next(failed, sent, retry_after_s, random, remaining) {
            Next::Retry(wait) => platform.sleep(wait).await,
            Next::GiveUp => return give_up(request, manner, outcome, failed, retry_after_s),
        }
        if !attempts.are_left() {
            // Others have made the last one meanwhile.
            return give_up(request, manner, outcome, failed, retry_after_s);
        }
    }
}

/// The longest refusal that is read. One that is handed over may be as long as any answer,
/// unless the answer could be a stream.
fn refusal_bytes_max(manner: Manner, is_streamed: bool) -> usize {
    match manner.is_verbatim && !is_streamed {
        true => BODY_BYTES_MAX,
        false => REFUSAL_BYTES_MAX,
    }
}

/// The request with the length of its body, which is always known here. The body itself
/// is shared, not copied. Without
/// it a host sends the body in chunks over HTTP/1.1, and a server that reads by
/// `Content-Length` alone sees no body. A body of no bytes has a length too, where
/// the method says that there is a body (RFC 9110, section 8.6).
fn measured(request: &Request) -> Cow<'_, Request> {
    let expects_body = [Method::POST, Method::PUT, Method::PATCH].contains(request.method());
    if !expects_body && request.body().is_empty() {
        return Cow::Borrowed(request);
    }
    let mut request = request.clone();
    let length = HeaderValue::from(request.body().len());
    request.headers_mut().insert(CONTENT_LENGTH, length);
    Cow::Owned(request)
}

/// Sends `request` once, and hands over whatever comes of it.
pub(crate) async fn once<P: Platform>(
    platform: &P,
    request: &Request,
    deadline: Deadline,
) -> Result<Answer, Error> {
    let limit = REFUSAL_BYTES_MAX;
    let outcome = attempt_once(platform, request, deadline, limit, &mut |_| {}, None).await;
    settle(request, outcome)
}

/// Sends a request with a body that is passed on: once, whatever comes of it. The body of a
/// success goes unread to `unread`.
///
/// # Errors
///
/// As of [`exchange_sharing`].
#[cfg(not(feature = "wasi-0-2"))]
pub(crate) async fn pass_on<P: Streams>(
    platform: &P,
    request: &Request,
    upload: P::Upload,
    manner: Manner,
    deadline: Deadline,
    unread: &mut Option<P::Body>,
) -> Result<Answer, Error> {
    let (head, _) = request.clone().into_parts();
    let outgoing = http::Request::from_parts(head, upload);
    let asked_at = platform.monotonic();
    let within = deadline.remaining(asked_at);
    let outcome = match platform.pass_on(outgoing, within).await {
        Ok(response) => {
            // The time of a long upload is over, and this is a short read.
            let deadline = Deadline::after(platform.monotonic(), within);
            received(
                platform,
                request,
                response,
                asked_at,
                deadline,
                REFUSAL_BYTES_MAX,
                Some(unread),
            )
            .await
        }
        Err(error) => Err(Failure::Transport(error)),
    };
    let failed = match &outcome {
        Err(Failure::Transport(error)) => retry::of_transport(error, manner.repeat),
        Err(Failure::Answer(Error::Timeout)) => Some(Failed::Unknown),
        Ok(_) | Err(Failure::Answer(_)) => None,
    };
    match (manner.repeat, failed) {
        (Repeat::UnlessExecuted, Some(Failed::Unknown)) => Err(Error::OutcomeUnknown),
        _ => settle(request, outcome),
    }
}

/// Where the body of a success goes that is not read.
pub(crate) type Unread<'a, P> = Option<&'a mut Option<<P as Platform>::Body>>;

enum Failure {
    Transport(TransportError),
    Answer(Error),
}

async fn attempt_once<P: Platform>(
    platform: &P,
    request: &Request,
    deadline: Deadline,
    refusal_bytes_max: usize,
    on_status: &mut impl FnMut(u16),
    unread: Unread<'_, P>,
) -> Result<Answer, Failure> {
    let asked_at = platform.monotonic();
    let response = platform
        .send(request, deadline.remaining(asked_at))
        .await
        .map_err(Failure::Transport)?;
    on_status(response.status().as_u16());
    received(
        platform,
        request,
        response,
        asked_at,
        deadline,
        refusal_bytes_max,
        unread,
    )
    .await
}

/// Reads the body of a response, unless it is a success and wanted unread.
async fn received<P: Platform>(
    platform: &P,
    request: &Request,
    response: http::Response<P::Body>,
    asked_at: Duration,
    deadline: Deadline,
    refusal_bytes_max: usize,
    unread: Unread<'_, P>,
) -> Result<Answer, Failure> {
    let (head, body) = response.into_parts();
    let status = head.status.as_u16();
    let limit = if head.status.is_success() {
        BODY_BYTES_MAX
    } else {
        refusal_bytes_max
    };
    let mut answer = Answer {
        status,
        headers: head.headers,
        body: Vec::new(),
        secrets: Redaction::of(request),
        asked_at,
        may_have_run_before: false,
    };
    if let Some(unread) = unread
        && head.status.is_success()
    {
        *unread = Some(body);
        return Ok(answer);
    }
    let reading = async { Ok(body.read(limit).await) };
    let read = deadline.limit(platform, reading).await;
    match read.map_err(Failure::Answer)? {
        Ok(body) => {
            answer.body = body;
            Ok(answer)
        }
        Err(BodyError::TooLong) => Err(Failure::Answer(Error::UnexpectedAnswer(Unexpected {
            status,
            reason: format!("the answer is longer than {limit} bytes"),
            request_id: answer.request_id(),
        }))),
        Err(BodyError::Transport(error)) => Err(Failure::Transport(error)),
    }
}

fn settle(request: &Request, outcome: Result<Answer, Failure>) -> Result<Answer, Error> {
    outcome.map_err(|failure| match failure {
        Failure::Transport(error) => of_transport(request, error),
        Failure::Answer(error) => error,
    })
}

/// What is left to say when trying again does not help.
fn give_up(
    request: &Request,
    manner: Manner,
    outcome: Result<Answer, Failure>,
    failed: Failed,
    retry_after_s: Option<u32>,
) -> Result<Answer, Error> {
    match &outcome {
        Ok(_) if manner.is_verbatim => settle(request, outcome),
        Ok(answer) if answer.status == 429 || retry_after_s.is_some() => {
            Err(Error::wait(retry_after_s))
        }
        Ok(answer) if retry::is_concurrency_limit(answer) => Err(Error::wait(None)),
        Ok(answer) if failed == Failed::Unrouted && answer.api_failure().is_none() => {
            Err(answer.unexpected("Salesforce knows no org of this host name"))
        }
        Ok(_) | Err(_) => settle(request, outcome),
    }
}

fn of_transport(request: &Request, error: TransportError) -> Error {
    let host = request.uri().host().unwrap_or("the org").to_owned();
    match error {
        TransportError::NotSent(why)
        | TransportError::Untrusted(why)
        | TransportError::Lost(why) => Error::Unreachable(format!("{host}: {why}")),
        TransportError::NoHost(why) | TransportError::WrongHost(why) => {
            Error::Gone(format!("{host}: {why}"))
        }
        TransportError::Late => Error::Timeout,
        TransportError::Denied => Error::Denied(host),
        TransportError::Unsendable(why) | TransportError::Unreadable(why) => {
            Error::unreadable(format!("{host}: {why}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn length(method: Method, body: &[u8]) -> Option<String> {
        let request = http::Request::builder()
            .method(method)
            .uri("https://acme.my.salesforce.com/x")
            .body(Bytes::copy_from_slice(body))
            .unwrap();
        let measured = measured(&request);
        assert_eq!(measured.body(), request.body());
        let length = measured.headers().get(CONTENT_LENGTH)?;
        Some(length.to_str().unwrap().to_owned())
    }

    #[test]
    fn each_body_travels_with_its_length_and_nothing_else_does() {
        for (method, body, expected) in [
            (Method::POST, &b"grant_type=x"[..], Some("12")),
            (Method::PATCH, b"{}", Some("2")),
            (Method::PUT, b"x", Some("1")),
            (Method::DELETE, b"x", Some("1")),
            (Method::POST, b"", Some("0")),
            (Method::PATCH, b"", Some("0")),
            (Method::PUT, b"", Some("0")),
            (Method::GET, b"", None),
            (Method::HEAD, b"", None),
            (Method::DELETE, b"", None),
        ] {
            let case = format!("{method} {}", body.len());
            assert_eq!(length(method, body).as_deref(), expected, "{case}");
        }
    }
}
