//! The door's own two endpoints of OAuth: a login with a key, and the end of a key.

use std::time::Duration;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderMap, Method, StatusCode};
use http_body_util::{BodyExt as _, Empty};
use jiff::Timestamp;
use sfbox::Attempts;
use tokio::time::timeout;

use crate::access::Access;
use crate::bounded::bounded;
use crate::carry::{ANSWER_IDLE, send};
use crate::credential::{FORM_BYTES_MAX, Login, revoked, wrong};
use crate::door::{Door, busy};
use crate::key::Key;
use crate::key_file::KeyFileError;
use crate::live_key::LiveKey;
use crate::refusal::Refusal;
use crate::upstream::Body;
use crate::{grant, identity};

/// How long a form may take.
const FORM_TIMEOUT: Duration = Duration::from_secs(10);

/// Where an org says which identity the session has: the list of a version's resources.
const RESOURCES: &str = "/services/data/v66.0/";

/// Stands for a door where only the ids count.
const ANY_DOOR: &str = "https://door.invalid";

/// Answers a login with the key itself.
pub(crate) async fn log_in(
    door: &Door,
    headers: &HeaderMap,
    body: Body,
    url: &str,
    access: &mut Access,
) -> Result<http::Response<Bytes>, Refusal> {
    let form = form(body).await?;
    let login = Login::read(headers, &form).inspect_err(|_| door.count_wrong_key())?;
    let key = door.key(&login.client_secret).map_err(|_| wrong())?;
    if key.entry.name.as_str() != login.client_id {
        door.count_wrong_key();
        return Err(wrong());
    }
    access.key = Some(key.entry.name.to_string());
    access.org = Some(key.entry.org.clone());
    let _place = key.enter(door.elapsed()).map_err(busy)?;
    let (org, user) = match door.identity(&key.entry.org) {
        Some(known) => known,
        None => asked(door, &key, &access.attempts).await?,
    };
    let id = format!("{url}/id/{org}/{user}");
    Ok(grant::response(
        &login.client_secret,
        url,
        &id,
        Timestamp::now(),
    ))
}

/// Asks the org who the user is: no secret says it.
async fn asked(
    door: &Door,
    key: &LiveKey,
    attempts: &Attempts,
) -> Result<(String, String), Refusal> {
    let path = PathAndQuery::from_static(RESOURCES);
    let nothing = Empty::new().map_err(|never| match never {}).boxed_unsync();
    let headers = HeaderMap::new();
    let sent = send(key, path, Method::GET, headers, nothing, ANY_DOOR, attempts);
    let response = sent.await?;
    let text = bounded(response.into_body(), identity::BYTES_MAX, ANSWER_IDLE).await;
    let ids = text.ok().and_then(|text| identity::first(&text));
    let ids = ids.ok_or_else(|| {
        Refusal::new(
            StatusCode::BAD_GATEWAY,
            "SFBOX_UNEXPECTED_ANSWER",
            "the org did not say who the user is",
        )
    })?;
    door.remember_identity(&key.entry.org, &ids);
    Ok(ids)
}

/// Ends the key that the form names: who has it may end it.
pub(crate) async fn revoke(
    door: &Door,
    headers: &HeaderMap,
    body: Body,
    access: &mut Access,
) -> Result<http::Response<Bytes>, Refusal> {
    let form = form(body).await?;
    let text = revoked(headers, &form)?;
    let invalid = || Refusal::of_login("invalid_token", "invalid token");
    let key = door.key(&text).map_err(|_| invalid())?;
    let id = Key::parse(&text).ok_or_else(invalid)?.id().clone();
    access.key = Some(key.entry.name.to_string());
    access.org = Some(key.entry.org.clone());
    let removed = match &door.file {
        None => Ok(()),
        Some(file) => file.remove(&id).await,
    };
    // Whatever the file says, this door does not take it any more.
    door.ring.remove(&id);
    match removed {
        Ok(()) | Err(KeyFileError::Gone) => Ok(http::Response::new(Bytes::new())),
        Err(error) => {
            tracing::warn!(target: "sfbox::degraded", %error, "a revoked key is still in the file");
            Err(Refusal::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "SFBOX_KEYS_NOT_WRITTEN",
                "the key is revoked at this door until it starts again: the file of the keys \
                 cannot be written",
            ))
        }
    }
}

async fn form(body: Body) -> Result<Bytes, Refusal> {
    let whole = bounded(body, FORM_BYTES_MAX, FORM_TIMEOUT);
    match timeout(FORM_TIMEOUT, whole).await {
        Ok(Ok(form)) => Ok(form),
        Ok(Err(_)) => Err(Refusal::of_login(
            "invalid_request",
            "the form is too long or broke off",
        )),
        Err(_) => Err(Refusal::of_login(
            "invalid_request",
            "the form did not come in time",
        )),
    }
}
