//! A request that is carried to its key's org, and the answer that is carried back.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use http::header::{CONTENT_LENGTH, ETAG};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderMap, Method, StatusCode};
use http_body::Body as _;
use jiff::Timestamp;
use sfbox::{Attempts, Error, Failure};

use crate::bounded::bounded;
use crate::door::{Door, busy, without_key};
use crate::key_ring::Wrong;
use crate::live_key::{LiveKey, Place, Turn};
use crate::passage::Record;
use crate::refusal::Refusal;
use crate::upstream::{Body, whole};
use crate::{credential, failure, headers, identity, location, short_body};

/// How long the next bytes of an answer may take that is read whole.
pub(crate) const ANSWER_IDLE: Duration = Duration::from_secs(30);

/// An answer of an org, and what is held until its last byte.
pub(crate) struct Carried {
    pub(crate) response: http::Response<Body>,
    pub(crate) key: Arc<LiveKey>,
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
    record: &mut Record,
) -> Result<Carried, Refusal> {
    let key = key(door, &parts.headers)?;
    record.of_key(&key);
    if credential::is_in(path.as_str(), &parts.headers) {
        return Err(Refusal::bad(
            "the key is in the path or its query, and it would reach the org there: show it in \
             `Authorization` alone",
        ));
    }
    let place = key.enter(door.elapsed()).map_err(busy)?;
    let revoked = key.revoked();
    let (body, turn) = tokio::select! {
        biased;
        () = revoked.cancelled() => return Err(ended(&key)),
        ready = ready(&key, &parts.method, body) => ready?,
    };
    let (method, asked) = (parts.method.clone(), path.to_string());
    let mut request = http::Request::new(body);
    *request.method_mut() = parts.method;
    *request.uri_mut() = path.into();
    *request.headers_mut() = parts.headers;
    let response = tokio::select! {
        biased;
        () = revoked.cancelled() => {
            return Err(failure::revoked(&method, &asked).unwrap_or_else(|| ended(&key)));
        }
        sent = send(door, &key, request, url, &record.access.attempts) => sent?,
    };
    drop(turn);
    Ok(Carried {
        response,
        key,
        place,
    })
}

/// Waits until a request can be sent: for its body, if that is short, and for those of its key
/// that came before. Nothing is sent yet.
async fn ready(key: &LiveKey, method: &Method, body: Body) -> Result<(Body, Turn), Refusal> {
    if short_body::is_short(method, &body) {
        let _read = key.body().await.map_err(busy)?;
        let body = short_body::read(body).await?;
        return Ok((body, key.call().await.map_err(busy)?));
    }
    let turn = match body.is_end_stream() {
        true => key.call().await,
        false => key.upload().await,
    };
    Ok((body, turn.map_err(busy)?))
}

/// Sends a request to a key's org. `attempts` counts how often.
pub(crate) async fn send(
    door: &Door,
    key: &LiveKey,
    mut request: http::Request<Body>,
    url: &str,
    attempts: &Attempts,
) -> Result<http::Response<Body>, Refusal> {
    headers::inward(request.headers_mut());
    let method = request.method().clone();
    let (path, asked) = (request.uri().path(), request.uri().to_string());
    let names_identity = identity::is_named_in(path);
    request.extensions_mut().insert(attempts.clone());
    let sent = key.upstream.send(request).await;
    let mut response = sent.map_err(|error| {
        tell(door, key, &error);
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
    match method == Method::HEAD {
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
    Ok(http::Response::from_parts(head, whole(text)))
}

/// Tells the operator what a client is not told, once a minute: what is wrong with the door's
/// own credentials, or with its audit.
fn tell(door: &Door, key: &LiveKey, error: &Error) {
    let is_ours = matches!(
        error,
        Error::Call { failure, .. }
            if matches!(**failure, Failure::Login(_) | Failure::RefusedToken(_) | Failure::Secret(_))
    ) || error.is_of_audit();
    let org = key.entry.org.as_str();
    if is_ours && let Some(requests) = door.failed(org) {
        let cause = error.source().map(ToString::to_string);
        tracing::warn!(target: "sfbox::degraded", org, requests, %error, cause, "requests were not carried");
    }
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt as _, stream};
    use http_body_util::{BodyExt as _, StreamBody};

    use super::*;
    use crate::entry::tests::of as entry;
    use crate::key::Key;
    use crate::limits::uploads;
    use crate::upstream::tests::{CALLS_MAX, Silent};

    /// A body whose client sends nothing of it.
    fn slow() -> Body {
        StreamBody::new(stream::pending()).boxed_unsync()
    }

    #[tokio::test]
    async fn uploads_of_a_key_and_its_other_requests_do_not_wait_for_each_other() {
        let entry = entry(&Key::generate().unwrap(), "a");
        let key = LiveKey::new(entry, Arc::new(Silent));
        let ready = |method: Method, body: Body| {
            let ready = ready(&key, &method, body).now_or_never();
            ready.map(|ready| ready.expect("it is not refused").1)
        };
        let upload = || ready(Method::POST, slow());
        let most = uploads(CALLS_MAX);
        let begun: Vec<Turn> = (0..most).filter_map(|_| upload()).collect();
        assert_eq!(begun.len(), most);
        assert!(upload().is_none(), "uploads have a limit, too");
        assert!(ready(Method::GET, whole("")).is_some());
        assert!(ready(Method::POST, whole("short")).is_some());
        drop(begun);
        assert!(upload().is_some());
    }
}
