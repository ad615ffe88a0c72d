//! A proxy that reads a little of each body and passes the rest on, which no component should
//! do: the runtime then loses what it had read ahead. `tests/e2e/rest_streams/peek.rs` looks.

use crate::bindings::exports::sfbox::client::types::Error;
use crate::bindings::sfbox::client::secret_store;
use crate::bindings::wasi::http::client;
use crate::bindings::wasi::http::types::{Request, Response, Scheme};
use crate::bindings::wit_future;

/// How much it reads, in bytes.
const PEEKED: usize = 16;

/// The host of the org, which the host learns from the secret.
const HOST: &str = "acme.my.salesforce.com";

pub(crate) async fn send(org: String, request: Request) -> Result<Response, Error> {
    let secret = secret_store::get(org).await;
    secret.map_err(|error| Error::Denied(error.to_string()))?;
    let (method, path) = (request.get_method(), request.get_path_with_query());
    let headers = request.get_headers().clone();
    let (processed, res) = wit_future::new(|| Ok(()));
    drop(processed);
    let (mut body, trailers) = Request::consume_body(request, res);
    peek(&mut body).await;
    let (again, sent) = Request::new(headers, Some(body), trailers, None);
    let addressed = again
        .set_method(&method)
        .and_then(|()| again.set_scheme(Some(&Scheme::Https)))
        .and_then(|()| again.set_authority(Some(HOST)))
        .and_then(|()| again.set_path_with_query(path.as_deref()));
    addressed.map_err(|()| Error::Denied("the URL".to_owned()))?;
    wit_bindgen::spawn_local(async move { _ = sent.await });
    let response = client::send(again).await;
    let response = response.map_err(|error| Error::Unreachable(error.to_string()))?;
    let (status, headers) = (response.get_status_code(), response.get_headers().clone());
    let (processed, res) = wit_future::new(|| Ok(()));
    drop(processed);
    let (mut body, trailers) = Response::consume_body(response, res);
    peek(&mut body).await;
    let (again, sent) = Response::new(headers, Some(body), trailers);
    wit_bindgen::spawn_local(async move { _ = sent.await });
    let known = again.set_status_code(status);
    known.map_err(|()| Error::Denied("the status".to_owned()))?;
    Ok(again)
}

async fn peek(body: &mut wit_bindgen::StreamReader<u8>) {
    _ = body.read(Vec::with_capacity(PEEKED)).await;
}
