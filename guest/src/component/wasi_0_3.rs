//! WASI 0.3: asynchronous functions, any number of calls at once.

use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, LocalBoxFuture, join, select};

use super::failure::transport_error;
use super::room::Room;
use super::timing::{CONNECT_TIMEOUT, nanoseconds};
use super::{conversion, message};
use crate::contract::wasi::clocks::{monotonic_clock, system_clock};
use crate::contract::wasi::http::{client as http_client, types as wasi_http};
use crate::contract::wasi::random::random;
use crate::contract::{secret_store, wit_future, wit_stream};
use crate::platform::{
    Body, BodyError, Changes, Claimed, Document, Platform, Request, StoreError, Streamed, Streams,
    TransportError,
};

/// How much of a body is copied for the host at a time. The body itself stays, for
/// another attempt.
const CHUNK_BYTES: usize = 64 << 10;

/// An exported function: its answer, from the core's.
macro_rules! function {
    ($name:ident($($input:ident: $type:ty),*) -> $output:ty $body:block) => {
        async fn $name($($input: $type),*) -> Result<$output, crate::contract::types::Error> {
            let answer: Result<_, crate::error::Error> = async move { $body }.await;
            answer.map_err(Into::into)
        }
    };
}
pub(super) use function;

/// The world, over its imports.
pub(super) struct Wasi;

/// A response's body, over `wasi:http`.
pub(super) struct WasiBody {
    response: wasi_http::Response,
    length: Option<usize>,
    /// What became of the request. wasmtime 49 closes the connection, and the body
    /// with it, when nobody waits for that any more.
    transmitted: Transmitted,
}

pub(super) type Transmitted = wit_bindgen::FutureReader<Result<(), wasi_http::ErrorCode>>;

impl Platform for Wasi {
    type Body = WasiBody;

    async fn send(
        &self,
        request: &Request,
        within: Duration,
    ) -> Result<http::Response<WasiBody>, TransportError> {
        let body = request.body();
        let (trailers, no_trailers) = wit_future::new(|| Ok(None));
        let (writer, contents) = match body.is_empty() {
            true => (None, None),
            false => {
                let (writer, contents) = wit_stream::new();
                (Some(writer), Some(contents))
            }
        };
        let (options, is_limited) = options(request.extensions(), within);
        let (outgoing, transmitted) = wasi_http::Request::new(
            message::fields(request.headers())?,
            contents,
            no_trailers,
            Some(options),
        );
        address(&outgoing, request)?;
        let upload = async {
            if let Some(writer) = writer {
                write(writer, body).await;
            }
            drop(trailers);
        };
        let answering = pin!(async {
            let (response, ()) = join(http_client::send(outgoing), upload).await;
            response
                .map(|response| received(request.method(), response, transmitted))
                .map_err(transport_error)
        });
        if is_limited {
            // A timer of our own would be a tenth of what a call costs.
            return answering.await;
        }
        match select(answering, pin!(self.sleep(within))).await {
            Either::Left((answered, _)) => answered,
            Either::Right(((), _)) => Err(TransportError::Late),
        }
    }

    async fn get(&self, org: &str) -> Result<Document, StoreError> {
        Ok(secret_store::get(org.to_owned()).await?.into())
    }

    async fn replace(
        &self,
        org: &str,
        version: &str,
        changes: Changes,
    ) -> Result<String, StoreError> {
        let changes = conversion::changes(changes);
        Ok(secret_store::replace(org.to_owned(), version.to_owned(), changes).await?)
    }

    async fn claim(&self, org: &str, key: &str) -> Result<Claimed, StoreError> {
        Ok(secret_store::claim(org.to_owned(), key.to_owned())
            .await?
            .into())
    }

    async fn release(
        &self,
        org: &str,
        key: &str,
        refusal: Option<String>,
    ) -> Result<(), StoreError> {
        Ok(secret_store::release(org.to_owned(), key.to_owned(), refusal).await?)
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

impl Streams for Wasi {
    type Upload = wasi_http::Request;

    async fn pass_on(
        &self,
        request: http::Request<wasi_http::Request>,
        within: Duration,
    ) -> Result<http::Response<WasiBody>, TransportError> {
        let (head, upload) = request.into_parts();
        let head = http::Request::from_parts(head, ());
        let (processed, res) = wit_future::new(|| Ok(()));
        drop(processed);
        // Not a byte is read from it: a host can then connect both ends by itself. A stream
        // that was read from and is passed on loses what the host had read ahead
        // (wasmtime 48).
        let (contents, trailers) = wasi_http::Request::consume_body(upload, res);
        let (options, _) = options(head.extensions(), within);
        let fields = message::fields(head.headers())?;
        let (outgoing, transmitted) =
            wasi_http::Request::new(fields, Some(contents), trailers, Some(options));
        address(&outgoing, &head)?;
        let response = http_client::send(outgoing).await.map_err(transport_error)?;
        Ok(received(head.method(), response, transmitted))
    }
}

impl WasiBody {
    /// The response, with its body unread.
    pub(super) fn pass_on(self) -> wasi_http::Response {
        let transmitted = self.transmitted;
        wit_bindgen::spawn_local(async move {
            _ = transmitted.await;
        });
        self.response
    }
}

impl Body for WasiBody {
    async fn read(self, limit: usize) -> Result<Vec<u8>, BodyError> {
        if self.length.is_some_and(|length| length > limit) {
            return Err(BodyError::TooLong);
        }
        let (done, res) = wit_future::new(|| Ok(()));
        let (mut stream, trailers) = wasi_http::Response::consume_body(self.response, res);
        drop(done);
        let read = read(&mut stream, self.length, limit).await;
        let mut body = read.ok_or(BodyError::TooLong)?;
        // Of a body that has its length there is nothing to ask for any more.
        if self.length != Some(body.len()) {
            // Whether it arrived whole.
            let ended = trailers.await;
            ended.map_err(|code| BodyError::Transport(transport_error(code)))?;
        }
        body.shrink_to_fit();
        Ok(body)
    }
}

/// What comes of a body: all of it, or as many bytes as it has by its head. `None` if that
/// is more than the limit.
pub(super) async fn read(
    stream: &mut wit_bindgen::StreamReader<u8>,
    length: Option<usize>,
    limit: usize,
) -> Option<Vec<u8>> {
    let mut room = Room::new(length, limit);
    let mut body = room.body();
    loop {
        if body.len() == body.capacity() {
            room.extend(&mut body, 1);
        }
        let (result, read) = stream.read(body).await;
        body = read;
        if body.len() > limit {
            return None;
        }
        let has_ended = !matches!(result, wit_bindgen::StreamResult::Complete(_));
        if has_ended || length == Some(body.len()) {
            return Some(body);
        }
    }
}

/// The limits of a request, and whether the host keeps to that of its answer's head.
fn options(extensions: &http::Extensions, within: Duration) -> (wasi_http::RequestOptions, bool) {
    let options = wasi_http::RequestOptions::new();
    // A host without a timeout has one of its own.
    _ = options.set_connect_timeout(Some(nanoseconds(CONNECT_TIMEOUT.min(within))));
    if let Some(Streamed { idle }) = extensions.get() {
        _ = options.set_between_bytes_timeout(Some(nanoseconds(*idle)));
    }
    let limited = options.set_first_byte_timeout(Some(nanoseconds(within)));
    (options, limited.is_ok())
}

/// Hands the body to the host, and says that it is whole.
pub(super) async fn write(mut writer: wit_bindgen::StreamWriter<u8>, body: &[u8]) {
    let mut chunk = Vec::with_capacity(body.len().min(CHUNK_BYTES));
    for bytes in body.chunks(CHUNK_BYTES) {
        chunk.clear();
        chunk.extend_from_slice(bytes);
        chunk = writer.write_all(chunk).await;
        if !chunk.is_empty() {
            // What the receiver does not take it does not want.
            return;
        }
    }
}

fn address<B>(
    outgoing: &wasi_http::Request,
    request: &http::Request<B>,
) -> Result<(), TransportError> {
    let method = match *request.method() {
        // What a request has unless somebody says otherwise.
        http::Method::GET => None,
        http::Method::POST => Some(wasi_http::Method::Post),
        _ => Some(wasi_http::Method::Other(request.method().to_string())),
    };
    let uri = request.uri();
    let authority = uri.authority().map(|authority| authority.as_str());
    let path = uri.path_and_query().map(|path| path.as_str());
    method
        .map_or(Ok(()), |method| outgoing.set_method(&method))
        .and_then(|()| outgoing.set_scheme(Some(&wasi_http::Scheme::Https)))
        .and_then(|()| outgoing.set_authority(authority))
        .and_then(|()| outgoing.set_path_with_query(path))
        .map_err(|()| TransportError::Unsendable("the host refuses the request's URL".to_owned()))
}

fn received(
    method: &http::Method,
    response: wasi_http::Response,
    transmitted: Transmitted,
) -> http::Response<WasiBody> {
    let headers = message::headers(response.get_headers().copy_all());
    let length = message::length(method, &headers);
    let status = response.get_status_code();
    message::response(
        status,
        headers,
        WasiBody {
            response,
            length,
            transmitted,
        },
    )
}
