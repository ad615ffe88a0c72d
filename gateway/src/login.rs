//! The door's own two endpoints of OAuth: a login with a key, and the end of a key.

use std::time::Duration;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt as _, Empty};
use jiff::Timestamp;
use sfbox::Attempts;
use tokio::time::timeout;

use crate::bounded::bounded;
use crate::carry::{ANSWER_IDLE, send};
use crate::credential::{FORM_BYTES_MAX, Login, revoked, wrong};
use crate::door::{Door, busy};
use crate::key::Key;
use crate::key_file::KeyFileError;
use crate::live_key::LiveKey;
use crate::passage::Record;
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
    record: &mut Record,
) -> Result<http::Response<Bytes>, Refusal> {
    let form = form(body).await?;
    let login = Login::read(headers, &form).inspect_err(|_| door.count_wrong_key())?;
    let key = door.key(&login.client_secret).map_err(|_| wrong())?;
    if key.entry.name.as_str() != login.client_id {
        door.count_wrong_key();
        return Err(wrong());
    }
    record.of_key(&key);
    let _place = key.enter(door.elapsed()).map_err(busy)?;
    let (org, user) = match door.identity(&key.entry.org) {
        Some(known) => known,
        None => asked(door, &key, &record.access.attempts).await?,
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
    let nothing = Empty::new().map_err(|never| match never {}).boxed_unsync();
    let mut request = http::Request::new(nothing);
    *request.uri_mut() = PathAndQuery::from_static(RESOURCES).into();
    let _turn = key.call().await.map_err(busy)?;
    let response = send(door, key, request, ANY_DOOR, attempts).await?;
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
    record: &mut Record,
) -> Result<http::Response<Bytes>, Refusal> {
    let form = form(body).await?;
    let text = revoked(headers, &form)?;
    let invalid = || Refusal::of_login("invalid_token", "invalid token");
    let key = door.key(&text).map_err(|_| invalid())?;
    let id = Key::parse(&text).ok_or_else(invalid)?.id().clone();
    record.of_key(&key);
    // Whatever the file says, and before it is written: another process may hold it for seconds.
    door.ring.remove(&id);
    let removed = match &door.file {
        None => Ok(()),
        Some(file) => file.remove(&id).await,
    };
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use http::header::{CONTENT_TYPE, HeaderValue};
    use http_body_util::Full;

    use super::*;
    use crate::access::AccessLog;
    use crate::authority::Names;
    use crate::entry::Entry;
    use crate::key_file::KeyFile;
    use crate::key_ring::KeyRing;
    use crate::keys_watch::take;
    use crate::passage::tests::record;
    use crate::upstream::tests::Silent;

    #[tokio::test]
    async fn a_revoked_key_opens_nothing_whatever_becomes_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("door");
        let file = KeyFile::in_folder(&folder);
        let key = Key::generate().unwrap();
        let entry = Entry {
            expires: Timestamp::MAX,
            ..crate::entry::tests::of(&key, "a")
        };
        file.add(&entry).await.unwrap();
        let ring = KeyRing::new(Arc::new(Silent));
        let door = Door::new(
            ring,
            Some(file.clone()),
            Names::default(),
            AccessLog::none(),
        );
        take(&door, vec![entry.clone()]);
        assert!(door.key(key.expose()).is_ok());
        // Nobody can write what nobody can read.
        fs::write(folder.join("keys.json"), "{").unwrap();
        let mut headers = HeaderMap::new();
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(CONTENT_TYPE, form);
        let body = Full::from(format!("token={}", key.expose()));
        let body = body.map_err(|never| match never {}).boxed_unsync();
        let mut record = record(&door.metrics);
        let refused = revoke(&door, &headers, body, &mut record)
            .await
            .unwrap_err();
        assert_eq!(refused.code, "SFBOX_KEYS_NOT_WRITTEN");
        assert!(door.key(key.expose()).is_err());
        // The file is mended by somebody who knows nothing of it.
        take(&door, vec![entry]);
        assert!(door.key(key.expose()).is_err());
    }
}
