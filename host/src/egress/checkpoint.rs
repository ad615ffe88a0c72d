//! Where an org's requests are judged as they leave: by the name they go to, and by the
//! org's policy. What passes is in the audit before it is sent.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::request::Parts;
use http::uri::Scheme;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use wasmtime_wasi_http::{Error, WasiBody};

use super::allowed_hosts::Pin;
use super::denials::Denials;
use super::denied::Denied;
use super::failure::{LastFailure, RequestFailed};
use crate::audit::{Audit, Event, Subject};
use crate::policy::{
    Asked, BODY_BYTES_MAX, Body, Decision, Effect, UNKNOWN_ROUTE, Unread, method_name,
};
use crate::served::Served;

/// What is in the audit of a method that cannot leave.
const UNKNOWN_METHOD: &str = "(unknown)";

/// How many bodies are buffered at once for their judgement: each can have
/// [`BODY_BYTES_MAX`].
const BUFFERED_MAX: usize = 256;

/// How long each of them may take: as long as a call may by default. A caller that sends one
/// byte at a time would keep the place of another one for ever.
const READ_MAX: Duration = Duration::from_secs(120);

/// Where the requests of one org under one policy are judged.
pub(crate) struct Checkpoint {
    served: Arc<Served>,
    pub(crate) pin: Pin,
    audit: Option<Arc<Audit>>,
    denied: Arc<Denied>,
    denials: Denials,
    buffers: Arc<Semaphore>,
    pub(super) failures: LastFailure,
}

/// A request that may leave, and its event, if it is one.
pub(super) struct Passed {
    pub(super) request: http::Request<WasiBody>,
    pub(super) event: Option<Event>,
    /// Held for as long as its body is buffered.
    pub(super) buffer: Option<OwnedSemaphorePermit>,
}

/// A request, what is decided of it, and the place of its body if that is buffered.
type Judged = (
    http::Request<WasiBody>,
    Decision,
    Option<OwnedSemaphorePermit>,
);

impl Checkpoint {
    pub(crate) fn new(served: Arc<Served>, pin: Pin, audit: Option<Arc<Audit>>) -> Self {
        Self {
            denied: Denied::new(&served, audit.as_ref()),
            served,
            pin,
            audit,
            denials: Denials::default(),
            buffers: Arc::new(Semaphore::new(BUFFERED_MAX)),
            failures: LastFailure::default(),
        }
    }

    /// Takes the words of a request that was denied to a call that began then.
    pub(crate) fn denied(&self, begun: Instant) -> Option<RequestFailed> {
        self.denials.take(begun)
    }

    /// Takes the words of the last request that failed.
    pub(crate) fn failed(&self) -> Option<RequestFailed> {
        self.failures.take()
    }

    /// Judges a request. Where its body decides, that is read, up to
    /// [`BODY_BYTES_MAX`]; any other body is left as it is. Nothing is dialled before.
    ///
    /// # Errors
    ///
    /// [`Error::HttpRequestDenied`] for one that may not leave, and what the body fails
    /// with.
    pub(super) async fn pass(&self, request: http::Request<WasiBody>) -> Result<Passed, Error> {
        let method = method_name(request.method().as_str()).unwrap_or(UNKNOWN_METHOD);
        if let Err(words) = judge_name(request.uri(), &self.pin) {
            return Err(self.deny(words.into(), method, UNKNOWN_ROUTE).await);
        }
        let (request, decision, buffer) = self.judge(request).await?;
        if let Some(denial) = decision.denied {
            let words = of_policy(denial.to_string());
            return Err(self.deny(words, method, decision.template).await);
        }
        let is_write = decision.effect.is_none_or(|effect| effect > Effect::Read);
        let event = match &self.audit {
            Some(audit) if is_write => Some(self.begin(audit, method, decision.template).await?),
            _ => None,
        };
        Ok(Passed {
            request,
            event,
            buffer,
        })
    }

    /// The judgement by the policy.
    async fn judge(&self, request: http::Request<WasiBody>) -> Result<Judged, Error> {
        let (head, body) = request.into_parts();
        let first = self.decision(&head, Body::Unread(Unread::NotBuffered));
        if !first.awaits_body() {
            return Ok((http::Request::from_parts(head, body), first, None));
        }
        // Nobody closes it.
        let buffer = Arc::clone(&self.buffers).acquire_owned().await.ok();
        let (bytes, decision) = match read(body, READ_MAX).await? {
            Ok(bytes) if bytes.is_empty() => (bytes, self.decision(&head, Body::Absent)),
            Ok(bytes) => {
                let decision = self.decision(&head, Body::Whole(&bytes));
                (bytes, decision)
            }
            Err(why) => (Bytes::new(), self.decision(&head, Body::Unread(why))),
        };
        let body = Full::new(bytes).map_err(|never| match never {});
        let request = http::Request::from_parts(head, body.boxed_unsync());
        Ok((request, decision, buffer))
    }

    fn decision(&self, head: &Parts, body: Body<'_>) -> Decision {
        let uri = &head.uri;
        self.served.policy.judge(&Asked {
            method: &head.method,
            path: uri.path(),
            query: uri.query(),
            headers: &head.headers,
            body,
            login_host: uri
                .host()
                .is_some_and(|host| self.pin.is_login(host, uri.port_u16())),
        })
    }

    /// Notes a denial.
    async fn deny(&self, words: RequestFailed, method: &'static str, route: &'static str) -> Error {
        self.denials.push(words);
        self.denied.note(method, route).await;
        Error::HttpRequestDenied
    }

    /// Writes that a request is about to be sent.
    async fn begin(
        &self,
        audit: &Arc<Audit>,
        method: &'static str,
        route: &'static str,
    ) -> Result<Event, Error> {
        let begun = Event::begin(audit, Subject::of(&self.served, method, route)).await;
        begun.map_err(|error| {
            self.denials.push(RequestFailed {
                in_public: Some(UNAUDITED),
                ..of_policy(unaudited(audit, &error))
            });
            Error::HttpRequestDenied
        })
    }
}

fn of_policy(text: String) -> RequestFailed {
    RequestFailed {
        is_of_policy: true,
        ..RequestFailed::from(text)
    }
}

/// What is said of a write without a line to who may not know the audit's path.
const UNAUDITED: &str =
    "a write must be in the audit before it is sent, and the audit cannot be written";

fn unaudited(audit: &Audit, error: &io::Error) -> String {
    format!(
        "a write must be in the audit before it is sent, and {} cannot be written: {error}",
        audit.path().display()
    )
}

/// All of a body, or why it cannot be judged.
async fn read(body: WasiBody, within: Duration) -> Result<Result<Bytes, Unread>, Error> {
    let reading = Limited::new(body, BODY_BYTES_MAX).collect();
    let Ok(read) = timeout(within, reading).await else {
        return Ok(Err(Unread::Late));
    };
    match read {
        Ok(read) => Ok(Ok(read.to_bytes())),
        Err(error) if error.is::<LengthLimitError>() => Ok(Err(Unread::TooLong)),
        Err(error) => Err(error
            .downcast::<Error>()
            .map_or(Error::HttpRequestBodySize(None), |error| *error)),
    }
}

/// The judgement by name.
fn judge_name(uri: &http::Uri, pin: &Pin) -> Result<(), String> {
    let bare = uri
        .authority()
        .is_some_and(|authority| !authority.as_str().contains('@'));
    let host = uri.host().unwrap_or_default();
    let https = uri.scheme() == Some(&Scheme::HTTPS);
    if https && bare && pin.permits(host, uri.port_u16()) {
        return Ok(());
    }
    Err(if https {
        format!("`{host}` is not a host of this org")
    } else {
        "only HTTPS is allowed".to_owned()
    })
}

#[cfg(test)]
mod tests;
