//! `rest-streams`, which hosts of WASI 0.2 cannot have: requests and responses as they are
//! in `wasi:http`.

use crate::contract::rest_streams::{self as streams, Request, Response, StreamOptions};
use crate::contract::wasi::http::types as wasi_http;
use crate::contract::{types, wit_future, wit_stream};
use crate::deadline::Deadline;
use crate::error::Error;
use crate::platform::Platform as _;
use crate::rest_streams::{self, Asked, Contents, Head, SHORT_BYTES_MAX, Times, Whole};

use super::clients::client;
use super::functions::Component;
use super::wasi::{Wasi, write};

impl streams::Guest for Component {
    async fn send(
        org: String,
        request: Request,
        options: StreamOptions,
    ) -> Result<Response, types::Error> {
        let answered = answer(org, request, options).await;
        answered.map_err(Into::into)
    }
}

async fn answer(org: String, request: Request, options: StreamOptions) -> Result<Response, Error> {
    let head = Head {
        method: method(request.get_method()),
        path: request.get_path_with_query().unwrap_or_default(),
        headers: request.get_headers().copy_all(),
    };
    let Times { timeout_ms, .. } = Times::of(options)?;
    let Asked { call, contents } = rest_streams::read(&head, options)?;
    let (client, method) = (client(org), call.method().clone());
    let (answer, unread) = match contents {
        Contents::Long => client.pass_on(&call, request, timeout_ms).await?,
        Contents::Short(length) => {
            let body = read(request, Some(length), timeout_ms).await?;
            client.stream(call, body, timeout_ms).await?
        }
        Contents::Undeclared => {
            let body = read(request, None, timeout_ms).await?;
            client.stream(call, body, timeout_ms).await?
        }
    };
    match unread {
        Some(body) => Ok(body.pass_on()),
        None => response(rest_streams::whole(&method, answer)?),
    }
}

/// The method's name.
fn method(method: wasi_http::Method) -> String {
    use wasi_http::Method as M;

    let name = match method {
        M::Get => "GET",
        M::Head => "HEAD",
        M::Post => "POST",
        M::Put => "PUT",
        M::Delete => "DELETE",
        M::Connect => "CONNECT",
        M::Options => "OPTIONS",
        M::Trace => "TRACE",
        M::Patch => "PATCH",
        M::Other(name) => return name,
    };
    name.to_owned()
}

/// All of a short body.
async fn read(request: Request, length: Option<usize>, timeout_ms: u32) -> Result<Vec<u8>, Error> {
    if length == Some(0) {
        return Ok(Vec::new());
    }
    let deadline = Deadline::from_option(Wasi.monotonic(), Some(timeout_ms))?;
    let reading = async {
        let (processed, res) = wit_future::new(|| Ok(()));
        drop(processed);
        let (mut stream, trailers) = Request::consume_body(request, res);
        let limit = length.unwrap_or(SHORT_BYTES_MAX);
        let read = super::wasi::read(&mut stream, length, limit).await;
        let body = read.ok_or_else(|| too_long(length))?;
        if length != Some(body.len()) {
            // Whether it came to its end.
            trailers.await.map_err(|_| broken_off())?;
        }
        match length {
            Some(length) if body.len() < length => Err(broken_off()),
            _ => Ok(body),
        }
    };
    deadline.limit(&Wasi, reading).await
}

fn too_long(length: Option<usize>) -> Error {
    Error::InvalidInput(match length {
        Some(length) => format!("the body has more than its {length} bytes"),
        None => format!(
            "the body has more than {SHORT_BYTES_MAX} bytes: say how many in `content-length`"
        ),
    })
}

fn broken_off() -> Error {
    Error::InvalidInput("the body of the request broke off".to_owned())
}

/// A response of ours, which is complete.
fn response(whole: Whole) -> Result<Response, Error> {
    // Each character of a value is a byte of ISO 8859-1.
    let bytes = |value: &str| -> Vec<u8> {
        let bytes = value.chars().map(|one| u8::try_from(one).unwrap_or(b'?'));
        bytes.collect()
    };
    let headers = whole.headers.into_iter();
    let headers: Vec<_> = headers.map(|(name, value)| (name, bytes(&value))).collect();
    let headers = wasi_http::Fields::from_list(&headers)
        .map_err(|_| Error::unreadable("the host does not take the headers of the answer"))?;
    let (trailers, no_trailers) = wit_future::new(|| Ok(None));
    let (writer, contents) = match whole.body.is_empty() {
        true => (None, None),
        false => {
            let (writer, contents) = wit_stream::new();
            (Some(writer), Some(contents))
        }
    };
    let (response, transmitted) = Response::new(headers, contents, no_trailers);
    response
        .set_status_code(whole.status)
        .map_err(|()| Error::unreadable("the host does not take the status of the answer"))?;
    wit_bindgen::spawn_local(async move {
        if let Some(writer) = writer {
            write(writer, &whole.body).await;
        }
        drop(trailers);
        _ = transmitted.await;
    });
    Ok(response)
}
