//! An org of the library, whose bodies are whole in both directions.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue};
use http::uri::PathAndQuery;
use http::{Method, StatusCode};
use http_body_util::{BodyExt as _, Full};
use sfbox::overwriting::Secrets;
use sfbox::policy::Policy;
use sfbox::{ConfigError, Org, RestMethod, RestOptions, RestRequest, RestResponse, Runtime};
use tokio::sync::Semaphore;

use crate::bounded::bounded;
use crate::narrowed::narrowed;
use crate::upstream::{Body, BodyProblem, Orgs, SendError, Upstream};

/// What the library carries is below it.
const SERVICES: &str = "/services/";

/// Bytes of the longest body that the library takes (`wit/rest.wit`).
const BODY_BYTES_MAX: usize = 64 << 20;

/// Bodies that are read at once, of all keys.
const BODIES_MAX: usize = 256;

/// How long a client may keep a body waiting for its next bytes.
const BODY_IDLE: Duration = Duration::from_secs(30);

/// The orgs of a runtime.
pub struct RuntimeOrgs {
    runtime: Runtime,
    options: RestOptions,
    /// The only org that keys may open.
    only: Option<String>,
    within: Policy,
    bodies: Arc<Semaphore>,
}

impl RuntimeOrgs {
    /// All orgs that the runtime was configured for, or only one of them.
    /// Whatever a key may do, it does within this policy.
    pub fn new(
        runtime: Runtime,
        options: sfbox::Options,
        only: Option<String>,
        within: Policy,
    ) -> Self {
        Self {
            runtime,
            options: RestOptions {
                call: options,
                repeatable: false,
            },
            only,
            within,
            bodies: Arc::new(Semaphore::new(BODIES_MAX)),
        }
    }
}

impl Orgs for RuntimeOrgs {
    fn open(&self, org: &str, policy: Policy) -> Result<Arc<dyn Upstream>, ConfigError> {
        if self.only.as_deref().is_some_and(|only| only != org) {
            return Err(ConfigError::UnknownOrg(org.to_owned()));
        }
        Ok(Arc::new(WholeOrg {
            org: self
                .runtime
                .org_with_policy(org, narrowed(policy, &self.within))?,
            options: self.options.clone(),
            bodies: Arc::clone(&self.bodies),
        }))
    }
}

struct WholeOrg {
    org: Org,
    options: RestOptions,
    bodies: Arc<Semaphore>,
}

impl Upstream for WholeOrg {
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, SendError>> {
        async move {
            let is_head = request.method() == Method::HEAD;
            let (head, body) = request.into_parts();
            let method =
                method(&head.method).ok_or(SendError::Unsupported("the API has no such method"))?;
            let path = head.uri.path_and_query().map_or("/", PathAndQuery::as_str);
            if !path.starts_with(SERVICES) {
                return Err(SendError::Unsupported(
                    "the door does not carry identity URLs yet",
                ));
            }
            let _reading = match http_body::Body::is_end_stream(&body) {
                true => None,
                false => {
                    let place = self.bodies.try_acquire();
                    Some(place.map_err(|_| SendError::Body(BodyProblem::Crowded))?)
                }
            };
            let body = bounded(body, BODY_BYTES_MAX, BODY_IDLE)
                .await
                .map_err(SendError::Body)?;
            let request = RestRequest {
                method,
                path: path.to_owned(),
                headers: pairs(&head.headers),
                body: body.into(),
            };
            let answer = self.org.rest(&request, &self.options).await?;
            Ok(response(answer, is_head, &self.org.secrets()))
        }
        .boxed()
    }
}

/// The library's name of a method.
fn method(method: &Method) -> Option<RestMethod> {
    Some(match *method {
        Method::GET => RestMethod::Get,
        Method::HEAD => RestMethod::Head,
        Method::POST => RestMethod::Post,
        Method::PUT => RestMethod::Put,
        Method::PATCH => RestMethod::Patch,
        Method::DELETE => RestMethod::Delete,
        Method::OPTIONS => RestMethod::Options,
        _ => return None,
    })
}

/// Headers as the library takes them: a value that is not ASCII is one by ISO 8859-1.
fn pairs(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| value.as_bytes().iter().copied().map(char::from).collect();
    headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), text(value)))
        .collect()
}

/// The answer, with the secrets overwritten.
fn response(answer: RestResponse, is_head: bool, secrets: &Secrets) -> http::Response<Body> {
    let mut body = answer.body;
    secrets.overwrite(&mut body);
    let body = Full::new(Bytes::from(body)).map_err(|never| match never {});
    let mut response = http::Response::new(body.boxed_unsync());
    // The library answers 200 to 599.
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let headers = response.headers_mut();
    for (name, value) in answer.headers {
        let mut value: Vec<u8> = value
            .chars()
            .map(|c| u8::try_from(c).unwrap_or(b'?'))
            .collect();
        secrets.overwrite(&mut value);
        let pair = (HeaderName::try_from(name), HeaderValue::try_from(value));
        if let (Ok(name), Ok(value)) = pair {
            // That of the body as it was packed on its way here.
            if name != CONTENT_LENGTH || is_head {
                headers.append(name, value);
            }
        }
    }
    response
}
