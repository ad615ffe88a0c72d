//! A statement that is too long for a URI: it is the part of a composite request, which has a
//! body. Source: REST API Developer Guide, "Composite"; another client sends long statements
//! so (django-salesforce). Salesforce does not document it for this purpose.

use http::Method;
use http::header::HeaderValue;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::QUERY_OPTIONS;
use crate::answer::Answer;
use crate::call::{Call, Path};
use crate::error::Error;
use crate::sobjects::JSON;

/// The call for the page at this path below the version.
pub(super) fn call(path: String, batch_size: Option<HeaderValue>) -> Call {
    let headers = batch_size.and_then(|value| Some(value.to_str().ok()?.to_owned()));
    let to = Path::Versioned("composite".to_owned());
    Call::new(Method::POST, to).versioned_body(JSON, move |version| {
        let mut part = json!({
            "method": "GET",
            "url": format!("/services/data/{version}/{path}"),
            "referenceId": "query",
        });
        if let (Some(value), Some(part)) = (&headers, part.as_object_mut()) {
            part.insert(
                "httpHeaders".to_owned(),
                json!({ QUERY_OPTIONS.as_str(): value }),
            );
        }
        json!({ "compositeRequest": [part] }).to_string()
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(borrow)]
    composite_response: [Part<'a>; 1],
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part<'a> {
    http_status_code: u16,
    #[serde(borrow)]
    body: &'a RawValue,
}

/// The answer to the part, as if it had been sent alone.
///
/// # Errors
///
/// What Salesforce says of the whole request, or that this is not an answer to one.
pub(super) fn inner(mut answer: Answer) -> Result<Answer, Error> {
    if !answer.is_success() {
        return Err(answer.failure());
    }
    let found = serde_json::from_slice::<Body<'_>>(&answer.body).ok();
    let found = found.map(|body| {
        let [part] = body.composite_response;
        let begin = part.body.get().as_ptr() as usize - answer.body.as_ptr() as usize;
        (part.http_status_code, begin..begin + part.body.get().len())
    });
    let Some((status, range)) = found else {
        return Err(answer.unexpected("no answer to a composite request"));
    };
    answer.status = status;
    // Not copied: a page may be large.
    answer.body.truncate(range.end);
    answer.body.drain(..range.start);
    Ok(answer)
}
