//! HTTP messages, between `wasi:http` and the crate `http`.

use http::header::{CONTENT_LENGTH, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::contract::wasi::http::types as wasi_http;
use crate::platform::TransportError;

/// What the component calls itself.
const OURS: &str = concat!("sfbox/", env!("CARGO_PKG_VERSION"));

/// A request's headers, and who sends it unless they say so.
pub(super) fn fields(headers: &HeaderMap) -> Result<wasi_http::Fields, TransportError> {
    let mut entries = Vec::with_capacity(headers.len() + 1);
    if !headers.contains_key(USER_AGENT) {
        entries.push((USER_AGENT.to_string(), OURS.as_bytes().to_vec()));
    }
    let given = headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()));
    entries.extend(given);
    wasi_http::Fields::from_list(&entries).map_err(|_| TransportError::Denied)
}

/// An answer's headers; those that cannot be any are left out.
pub(super) fn headers(entries: Vec<(String, Vec<u8>)>) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(entries.len());
    for (name, value) in entries {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.append(name, value);
        }
    }
    headers
}

/// How long the body will be, if the answer says so. A length past what a component can
/// hold is as good as the longest. The answer to a HEAD has the length of another one.
pub(super) fn length(method: &Method, headers: &HeaderMap) -> Option<usize> {
    if method == Method::HEAD {
        return None;
    }
    let length = headers.get(CONTENT_LENGTH)?;
    let length: u64 = length.to_str().ok()?.parse().ok()?;
    Some(usize::try_from(length).unwrap_or(usize::MAX))
}

/// An answer.
pub(super) fn response<B>(status: u16, headers: HeaderMap, body: B) -> http::Response<B> {
    let mut response = http::Response::new(body);
    *response.status_mut() =
        http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    *response.headers_mut() = headers;
    response
}
