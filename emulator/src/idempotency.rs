//! Writes that are carried out once, however often they are sent.
//!
//! Source: User Interface API Developer Guide, "Prevent Record Duplication with
//! Idempotent Record Writes": the header, the statuses 400, 409 and 422, `Retry-After`,
//! 30 days and 9 MB. Error codes and words are unconfirmed.

pub(crate) mod key;
pub(crate) mod keys;

use std::sync::Arc;

use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use ring::digest::{Context, SHA256};

use crate::answer::Answer;
use crate::authorized;
use crate::call::Call;
use crate::error::ApiError;
use crate::json_body;
use crate::org::Org;
use crate::request::{API_BODY_BYTES_MAX, Request};
use crate::resource::Route;
use key::{HEADER, Key};
use keys::{Attempt, Claim, Verdict};

/// The resources that know the header.
const ROUTES: [Route; 3] = [
    Route::CreateUiRecord,
    Route::UpdateUiRecord,
    Route::DeleteUiRecord,
];

/// A key that a request has for itself: until it ends, others wait.
struct Claimed<'a> {
    org: &'a Org,
    claim: Claim,
}

/// Carries a write out, unless its key says that this was done before.
pub(crate) fn once(
    call: &Call<'_>,
    carry_out: impl FnOnce() -> Result<Answer, ApiError>,
) -> Result<Answer, ApiError> {
    let Some(key) = key_of(call.request)? else {
        return carry_out();
    };
    if !call.org.state().settings.idempotent_writes {
        return Err(not_supported());
    }
    let attempt = attempt(call.org, call.request)?;
    let now_ms = call.org.clock.now_ms();
    let claim = Claim::new(key, call.org.next_request());
    let verdict = call.org.state().keys.begin(&claim, attempt, now_ms);
    match verdict {
        Verdict::New => {
            let claimed = Claimed {
                org: call.org,
                claim,
            };
            let answer = carry_out()?;
            claimed.keep(&answer);
            Ok(answer)
        }
        Verdict::Repeat(answer) => Ok(answer),
        Verdict::OtherRequest => Err(ApiError::client(
            StatusCode::UNPROCESSABLE_ENTITY,
            "IDEMPOTENCY_KEY_REUSED",
            "The idempotency key was used for another request",
        )),
        Verdict::OtherUser => Err(ApiError::caller(
            StatusCode::CONFLICT,
            "IDEMPOTENCY_KEY_CONFLICT",
            "The idempotency key was used by another user",
        )),
        Verdict::UnderWay { retry_after_s } => Ok(under_way(retry_after_s)),
    }
}

/// Whether a request has a key.
pub(crate) fn is_asked(request: &Request) -> bool {
    request.headers(&HEADER).next().is_some()
}

/// What cannot be repeated. The guide calls it "Idempotency not supported".
pub(crate) fn not_supported() -> ApiError {
    let message = "Idempotency not supported: remove the Idempotency-Key header";
    ApiError::client(
        StatusCode::BAD_REQUEST,
        "IDEMPOTENCY_NOT_SUPPORTED",
        message,
    )
}

/// The key of a request that a fault keeps waiting or cuts: until that ends, the request
/// counts as under way, as if the org had begun to carry it out.
pub(crate) struct Waiting {
    org: Arc<Org>,
    claim: Option<Claim>,
}

/// Marks the key of a request that meets a fault, if it has one that is new.
pub(crate) fn wait(org: &Arc<Org>, request: &Request, route: Route) -> Option<Waiting> {
    if !ROUTES.contains(&route) || !is_asked(request) {
        return None;
    }
    // What is wrong with the request is told when it is carried out.
    authorized::session(org, request).ok()?;
    let key = key_of(request).ok()??;
    let attempt = attempt(org, request).ok()?;
    let claim = Claim::new(key, org.next_request());
    let now_ms = org.clock.now_ms();
    let verdict = org.state().keys.begin(&claim, attempt, now_ms);
    matches!(verdict, Verdict::New).then(|| Waiting {
        org: Arc::clone(org),
        claim: Some(claim),
    })
}

impl Waiting {
    /// Leaves the request under way for so many milliseconds more.
    pub(crate) fn interrupt(mut self, for_ms: u64) {
        let for_ms = i64::try_from(for_ms).unwrap_or(i64::MAX);
        let until_ms = self.org.clock.now_ms().saturating_add(for_ms);
        if let Some(claim) = self.claim.take() {
            self.org.state().keys.interrupt(&claim, until_ms);
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(claim) = self.claim.take() {
            self.org.state().keys.release(&claim);
        }
    }
}

fn key_of(request: &Request) -> Result<Option<Key>, ApiError> {
    let mut values = request.headers(&HEADER);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let key = Key::parse(value).filter(|_| values.next().is_none());
    let key = key.ok_or_else(|| ApiError::invalid_header("Idempotency-Key", value))?;
    Ok(Some(key))
}

/// Who asks for what. Two requests are the same if method, path, query and body are.
fn attempt(org: &Org, request: &Request) -> Result<Attempt, ApiError> {
    let body = json_body::plain(request, API_BODY_BYTES_MAX)?;
    let mut hash = Context::new(&SHA256);
    let parts = [
        request.method.as_str().as_bytes(),
        request.path().as_bytes(),
        request.query().as_bytes(),
        &body,
    ];
    for part in parts {
        // With their lengths, so that no two requests run into the same bytes.
        hash.update(&part.len().to_be_bytes());
        hash.update(part);
    }
    Ok(Attempt {
        user: org.user.clone(),
        request: hash.finish().as_ref().to_vec(),
    })
}

/// 409, with the time to wait.
fn under_way(retry_after_s: i64) -> Answer {
    let error = ApiError::caller(
        StatusCode::CONFLICT,
        "IDEMPOTENCY_KEY_IN_USE",
        "A request with this idempotency key is under way",
    );
    Answer::from(error).with(RETRY_AFTER, HeaderValue::from(retry_after_s))
}

impl Claimed<'_> {
    fn keep(&self, answer: &Answer) {
        let now_ms = self.org.clock.now_ms();
        self.org.state().keys.keep(&self.claim, answer, now_ms);
    }
}

impl Drop for Claimed<'_> {
    /// A request that failed gives its key back.
    fn drop(&mut self) {
        self.org.state().keys.release(&self.claim);
    }
}
