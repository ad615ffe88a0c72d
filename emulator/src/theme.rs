//! The icons and colours of every object.
//!
//! Source: REST API Developer Guide, "Themes".

use http::StatusCode;
use http::header::IF_MODIFIED_SINCE;
use jiff::civil::date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::call::Call;
use crate::error::ApiError;
use crate::http_date;
use crate::icons::{colors, icons};
use crate::objects;

/// Answers `theme`, or 304 to a client that knows it: an org's objects have not
/// changed since it was created.
pub(crate) fn theme(call: &Call<'_>) -> Result<Answer, ApiError> {
    let created = date(2024, 1, 15).to_zoned(TimeZone::UTC);
    let known = call.request.header(&IF_MODIFIED_SINCE);
    let known = known.and_then(http_date::read);
    if let (Some(known), Ok(created)) = (known, created)
        && known >= created.timestamp()
    {
        return Ok(Answer::empty(StatusCode::NOT_MODIFIED));
    }
    let url = call.org.names.url(call.request.asked());
    let items: Vec<Value> = objects::all(call)
        .iter()
        .map(|object| {
            json!({
                "colors": colors(object),
                "icons": icons(object, &url),
                "name": object.name,
            })
        })
        .collect();
    Ok(Answer::json(StatusCode::OK, &json!({"themeItems": items})))
}
