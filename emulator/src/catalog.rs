//! What there is: the versions of the API, and the resources of a version.

use http::StatusCode;
use serde_json::{Map, Value};

use crate::answer::Answer;
use crate::call::Call;
use crate::error::ApiError;
use crate::oauth::identity_url;
use crate::org::Org;
use crate::request::Request;
use crate::resource_names;
use crate::segments::Segments;
use crate::version::ApiVersion;

/// Answers `/services/data`.
pub(crate) fn versions(_: &Org, _: &Request, _: &Segments) -> Answer {
    Answer::json(StatusCode::OK, &ApiVersion::list())
}

/// Answers `/services/data/vXX.X`: what Salesforce has, of which this emulator
/// serves a part.
pub(crate) fn resources(call: &Call<'_>) -> Result<Answer, ApiError> {
    let version = call.version;
    let url = |name: &str| Value::from(format!("/services/data/{version}/{name}"));
    let names = resource_names::of(version);
    let mut list: Map<String, Value> = names.map(|name| (name.to_owned(), url(name))).collect();
    let identity = identity_url(call.org, call.request);
    list.insert("identity".to_owned(), identity.into());
    Ok(Answer::json(StatusCode::OK, &list))
}

/// Answers `composite`: what lies below it.
///
/// Source: REST API Developer Guide, "Get a List of Composite Resources". The
/// versions are those in which the guide says that each appeared, and for trees
/// the one of batches.
pub(crate) fn composite(call: &Call<'_>) -> Result<Answer, ApiError> {
    let version = call.version;
    let names = [("tree", 34), ("batch", 34), ("sobjects", 42), ("graph", 50)];
    let list: Map<String, Value> = names
        .into_iter()
        .filter(|(_, since)| *since <= version.number())
        .map(|(name, _)| {
            let url = format!("/services/data/{version}/composite/{name}");
            (name.to_owned(), url.into())
        })
        .collect();
    Ok(Answer::json(StatusCode::OK, &list))
}
