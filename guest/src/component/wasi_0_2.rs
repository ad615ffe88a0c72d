//! WASI 0.2: synchronous functions, one call at a time.

use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use futures::future::{Either, LocalBoxFuture, select};

use super::event_loop::{EventLoop, Source};
use super::failure::transport_error;
use super::room::Room;
use super::timing::{CONNECT_TIMEOUT, nanoseconds};
use super::{conversion, message};
use crate::contract::secret_store;
use crate::contract::wasi::clocks::{monotonic_clock, wall_clock};
use crate::contract::wasi::http::{outgoing_handler, types as wasi_http};
use crate::contract::wasi::io::poll::{Pollable, poll};
use crate::contract::wasi::io::streams::{OutputStream, StreamError};
use crate::contract::wasi::random::random;
use crate::platform::{
    Body, BodyError, Changes, Claimed, Document, Platform, Request, StoreError, TransportError,
};

/// How much of a body is asked for at a time.
const CHUNK_BYTES: u64 = 256 << 10;

/// The most that [`EventLoop`]'s streams may be handed in one write (`wasi:io`).
const WRITE_BYTES_MAX: usize = 4_096;

thread_local! {
    static EVENT_LOOP: &'static EventLoop<Pollable> = Box::leak(Box::default());
}

pub(super) fn event_loop() -> &'static EventLoop<Pollable> {
    EVENT_LOOP.with(|event_loop| *event_loop)
}

impl Source for Pollable {
    fn is_ready(&self) -> bool {
        self.ready()
    }

    fn wait(sources: &[Rc<Self>]) -> Vec<usize> {
        let borrowed: Vec<&Self> = sources.iter().map(AsRef::as_ref).collect();
        let ready = poll(&borrowed).into_iter();
        ready
            .filter_map(|index| usize::try_from(index).ok())
            .collect()
    }
}

/// An exported function: its answer, from the core's, when all that it began has ended.
macro_rules! function {
    ($name:ident($($input:ident: $type:ty),*) -> $output:ty $body:block) => {
        fn $name($($input: $type),*) -> Result<$output, crate::contract::types::Error> {
            let call = async move { $body };
            let answer: Result<_, crate::error::Error> = super::wasi::event_loop().run(call);
            answer.map_err(Into::into)
        }
    };
}
pub(super) use function;

/// The world, over its imports.
pub(super) struct Wasi;

/// A response's body, over `wasi:http`.
pub(super) struct WasiBody {
    response: wasi_http::IncomingResponse,
    length: Option<usize>,
}

impl Platform for Wasi {
    type Body = WasiBody;

    async fn send(
        &self,
        request: &Request,
        within: Duration,
    ) -> Result<http::Response<WasiBody>, TransportError> {
        let answering = pin!(exchange(request, within));
        match select(answering, pin!(self.sleep(within))).await {
            Either::Left((answered, _)) => answered,
            Either::Right(((), _)) => Err(TransportError::Late),
        }
    }

    async fn get(&self, org: &str) -> Result<Document, StoreError> {
        Ok(secret_store::get(org)?.into())
    }

    async fn replace(
        &self,
        org: &str,
        version: &str,
        changes: Changes,
    ) -> Result<String, StoreError> {
        let changes = conversion::changes(changes);
        Ok(secret_store::replace(org, version, &changes)?)
    }

    async fn claim(&self, org: &str, key: &str) -> Result<Claimed, StoreError> {
        Ok(secret_store::claim(org, key)?.into())
    }

    async fn release(
        &self,
        org: &str,
        key: &str,
        refusal: Option<String>,
    ) -> Result<(), StoreError> {
        Ok(secret_store::release(org, key, refusal.as_deref())?)
    }

    fn now_ms(&self) -> u64 {
        let now = wall_clock::now();
        now.seconds
            .saturating_mul(1_000)
            .saturating_add(u64::from(now.nanoseconds) / 1_000_000)
    }

    fn monotonic(&self) -> Duration {
        Duration::from_nanos(monotonic_clock::now())
    }

    async fn sleep(&self, duration: Duration) {
        let pollable = monotonic_clock::subscribe_duration(nanoseconds(duration));
        event_loop().ready(pollable).await;
    }

    fn random(&self) -> u64 {
        random::get_random_u64()
    }

    fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        event_loop().spawn(task);
    }
}

impl Body for WasiBody {
    async fn read(self, limit: usize) -> Result<Vec<u8>, BodyError> {
        let lost = |why: &str| BodyError::Transport(TransportError::Lost(why.to_owned()));
        if self.length.is_some_and(|length| length > limit) {
            return Err(BodyError::TooLong);
        }
        let contents = self
            .response
            .consume()
            .map_err(|()| lost("the host has no body"))?;
        let stream = contents
            .stream()
            .map_err(|()| lost("the host has no body"))?;
        let mut room = Room::new(self.length, limit);
        let mut body = room.body();
        loop {
            match stream.read(CHUNK_BYTES) {
                Ok(bytes) if bytes.is_empty() => event_loop().ready(stream.subscribe()).await,
                Ok(bytes) => {
                    if body.capacity() - body.len() < bytes.len() {
                        room.extend(&mut body, bytes.len());
                    }
                    body.extend_from_slice(&bytes);
                }
                Err(StreamError::Closed) => break,
                Err(StreamError::LastOperationFailed(error)) => {
                    let code = wasi_http::http_error_code(&error);
                    let why = code.map_or_else(
                        || TransportError::Lost("the answer broke off".to_owned()),
                        transport_error,
                    );
                    return Err(BodyError::Transport(why));
                }
            }
            if body.len() > limit {
                return Err(BodyError::TooLong);
            }
        }
        match self.length {
            Some(length) if body.len() < length => Err(lost("the answer broke off")),
            _ => {
                body.shrink_to_fit();
                Ok(body)
            }
        }
    }
}

/// Sends a request, to the status line of its answer.
async fn exchange(
    request: &Request,
    within: Duration,
) -> Result<http::Response<WasiBody>, TransportError> {
    let body = request.body();
    let outgoing = wasi_http::OutgoingRequest::new(message::fields(request.headers())?);
    address(&outgoing, request)?;
    let refused = |()| TransportError::Unsendable("the host refuses the request".to_owned());
    let upload = match body.is_empty() {
        true => None,
        false => Some(outgoing.body().map_err(refused)?),
    };
    let options = wasi_http::RequestOptions::new();
    // A host without a timeout has one of its own, and the caller has a clock.
    _ = options.set_connect_timeout(Some(nanoseconds(CONNECT_TIMEOUT.min(within))));
    _ = options.set_first_byte_timeout(Some(nanoseconds(within)));
    let answering = outgoing_handler::handle(outgoing, Some(options)).map_err(transport_error)?;
    if let Some(upload) = upload {
        send_body(upload, body).await;
    }
    loop {
        match answering.get() {
            Some(Ok(answered)) => {
                let answered = answered.map(|response| received(request.method(), response));
                return answered.map_err(transport_error);
            }
            Some(Err(())) => return Err(TransportError::Lost("the host lost it".to_owned())),
            None => event_loop().ready(answering.subscribe()).await,
        }
    }
}

/// Hands the body to the host.
///
/// A failure here is not a failure of the request, so it is ignored. A host closes the
/// stream as soon as it has as many bytes as `Content-Length` says, and an org may answer
/// before it has read the whole body. Only the answer shows what became of the request.
/// The host aborts a request whose body is too short.
async fn send_body(upload: wasi_http::OutgoingBody, body: &[u8]) {
    if let Ok(stream) = upload.write() {
        _ = write(&stream, body).await;
    }
    _ = wasi_http::OutgoingBody::finish(upload, None);
}

async fn write(stream: &OutputStream, body: &[u8]) -> Result<(), StreamError> {
    let mut rest = body;
    while !rest.is_empty() {
        let room = usize::try_from(stream.check_write()?).unwrap_or(usize::MAX);
        if room == 0 {
            event_loop().ready(stream.subscribe()).await;
            continue;
        }
        let (now, later) = rest.split_at(room.min(rest.len()).min(WRITE_BYTES_MAX));
        stream.write(now)?;
        rest = later;
    }
    stream.flush()
}

fn address(outgoing: &wasi_http::OutgoingRequest, request: &Request) -> Result<(), TransportError> {
    let method = match *request.method() {
        http::Method::GET => wasi_http::Method::Get,
        http::Method::POST => wasi_http::Method::Post,
        _ => wasi_http::Method::Other(request.method().to_string()),
    };
    let uri = request.uri();
    let authority = uri.authority().map(|authority| authority.as_str());
    let path = uri.path_and_query().map(|path| path.as_str());
    outgoing
        .set_method(&method)
        .and_then(|()| outgoing.set_scheme(Some(&wasi_http::Scheme::Https)))
        .and_then(|()| outgoing.set_authority(authority))
        .and_then(|()| outgoing.set_path_with_query(path))
        .map_err(|()| TransportError::Unsendable("the host refuses the request's URL".to_owned()))
}

fn received(
    method: &http::Method,
    response: wasi_http::IncomingResponse,
) -> http::Response<WasiBody> {
    let headers = message::headers(response.headers().entries());
    let length = message::length(method, &headers);
    let status = response.status();
    message::response(status, headers, WasiBody { response, length })
}
