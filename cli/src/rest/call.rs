//! The library's call, and what it takes and answers here.

use sfbox::{Org, RestMethod, RestOptions, RestRequest};

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

/// What came back. Salesforce's refusals are answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// Sends a request.
///
/// # Errors
///
/// What no answer of Salesforce's is: see `wit/rest.wit`.
pub(super) async fn send(
    org: &Org,
    request: Request,
    options: &RestOptions,
) -> Result<Answer, sfbox::Error> {
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
    let answer = org.rest(&request, options).await?;
    Ok(Answer {
        status: answer.status,
        headers: answer.headers,
        body: answer.body,
    })
}
