//! A request that is carried to its key's org, and the answer that is carried back.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, ETAG};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderMap, Method, StatusCode};
use http_body_util::{BodyExt as _, Full};
use jiff::Timestamp;
use sfbox::{Attempts, Error, Failure};
use tokio_util::sync::CancellationToken;

use crate::access::Access;
use crate::bounded::bounded;
use crate::door::{Door, busy, without_key};
use crate::key_ring::Wrong;
use crate::live_key::{LiveKey, Place};
use crate::refusal::Refusal;
use crate::upstream::Body;
use crate::{credential, failure, headers, identity, location};

/// How long the next bytes of an answer may take that is read whole.
pub(crate) const ANSWER_IDLE: Duration = Duration::from_secs(30);

/// An answer of an org, and what is held until its last byte.
pub(crate) struct Carried {
    pub(crate) response: http::Response<Body>,
    pub(crate) revoked: CancellationToken,
    pub(crate) place: Place,
}

/// The key that a request shows.
pub(crate) fn key(door: &Door, headers: &HeaderMap) -> Result<Arc<LiveKey>, Refusal> {
    let Some(shown) = credential::shown(headers) else {
        door.count_wrong_key();
        return Err(without_key(None));
    };
    door.key(shown).map_err(|wrong| without_key(Some(wrong)))
}

/// What is answered to a request whose key was valid when it began.
fn ended(key: &LiveKey) -> Refusal {
    without_key(Some(match key.entry.is_valid(Timestamp::now()) {
        true => Wrong::Unknown,
        false => Wrong::Expired,
    }))
}

/// Carries a request. `url` is the door's, as the client calls it.
pub(crate) async fn carry(
    door: &Door,
    path: PathAndQuery,
    parts: Parts,
    body: Body,
    url: &str,
    access: &mut Access,
) -> Result<Carried, Refusal> {
    let key = key(door, &parts.headers)?;
    access.key = Some(key.entry.name.to_string());
    access.org = Some(key.entry.org.clone());
    let place = key.enter(door.elapsed()).map_err(busy)?;
    let revoked = key.revoked();
    let response = tokio::select! {
        biased;
        () = revoked.cancelled() => return Err(ended(&key)),
        sent = send(&key, path, parts.method, parts.headers, body, url, &access.attempts) => sent?,
    };
    Ok(Carried {
        response,
        revoked,
        place,
    })
}

/// Sends a request to a key's org. `attempts` counts how often.
pub(crate) async fn send(
    key: &LiveKey,
    path: PathAndQuery,
    method: Method,
    mut headers: HeaderMap,
    body: Body,
    url: &str,
    attempts: &Attempts,
) -> Result<http::Response<Body>, Refusal> {
    headers::inward(&mut headers);
    let is_head = method == Method::HEAD;
    let names_identity = identity::is_named_in(path.path());
    let asked = path.path().to_owned();
    let mut request = http::Request::new(body);
    *request.method_mut() = method.clone();
    *request.uri_mut() = path.into();
    *request.headers_mut() = headers;
    request.extensions_mut().insert(attempts.clone());
    let sent = key.upstream.send(request).await;
    let mut response = sent.map_err(|error| {
        tell(key, &error);
        failure::refusal(&error, &method, &asked)
    })?;
    headers::outward(response.headers_mut());
    location::lead_here(response.headers_mut(), url);
    if !names_identity || !response.status().is_success() {
        return Ok(response);
    }
    // Both are about the text as it was.
    response.headers_mut().remove(CONTENT_LENGTH);
    response.headers_mut().remove(ETAG);
    match is_head {
        true => Ok(response),
        false => with_identity_here(response, url).await,
    }
}

/// The answer with the door in the place of each host that it names.
async fn with_identity_here(
    response: http::Response<Body>,
    url: &str,
) -> Result<http::Response<Body>, Refusal> {
    let (head, body) = response.into_parts();
    let text = bounded(body, identity::BYTES_MAX, ANSWER_IDLE).await;
    let text = text.map_err(|_| {
        Refusal::new(
            StatusCode::BAD_GATEWAY,
            "SFBOX_UNEXPECTED_ANSWER",
            "the answer broke off, or is longer than such an answer can be",
        )
    })?;
    let text = identity::rewritten(&text, url);
    let body = Full::new(Bytes::from(text)).map_err(|never| match never {});
    Ok(http::Response::from_parts(head, body.boxed_unsync()))
}

/// Tells the operator what a client is not told: what is wrong with the door's own
/// credentials.
fn tell(key: &LiveKey, error: &Error) {
    let is_ours = matches!(
        error,
        Error::Call { failure, .. }
            if matches!(**failure, Failure::Login(_) | Failure::RefusedToken(_) | Failure::Secret(_))
    );
    if is_ours {
        let cause = error.source().map(ToString::to_string);
        let org = key.entry.org.as_str();
        tracing::warn!(target: "sfbox::degraded", org, %error, cause, "a request was not carried");
    }
}
