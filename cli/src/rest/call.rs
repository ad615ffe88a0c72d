//! The library's call, and what it takes here.

use sfbox::{Org, RestMethod, RestOptions, RestRequest, RestResponse};

use super::method::Method;

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// Absolute, or relative to the API version; with its query string.
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// Sends a request.
///
/// # Errors
///
/// Those of `wit/rest.wit`. What Salesforce refuses is an answer.
pub(super) async fn send(
    org: &Org,
    request: Request,
    options: &RestOptions,
) -> Result<RestResponse, sfbox::Error> {
    let request = RestRequest {
        method: match request.method {
            Method::Get => RestMethod::Get,
            Method::Head => RestMethod::Head,
            Method::Post => RestMethod::Post,
            Method::Patch => RestMethod::Patch,
            Method::Put => RestMethod::Put,
            Method::Delete => RestMethod::Delete,
            Method::Options => RestMethod::Options,
        },
        path: request.path,
        headers: request.headers,
        body: request.body,
    };
    org.rest(&request, options).await
}
