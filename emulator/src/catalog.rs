//! What there is: the versions of the API, and the resources of a version.

use http::StatusCode;
use serde_json::{Map, Value};

use crate::answer::Answer;
use crate::call::Call;
use crate::error::ApiError;
use crate::oauth::identity_url;
use crate::org::Org;
use crate::request::Request;
use crate::resource::PATHS;
use crate::segments::Segments;
use crate::version::ApiVersion;

/// Answers `/services/data`.
pub(crate) fn versions(_: &Org, _: &Request, _: &Segments) -> Answer {
    Answer::json(StatusCode::OK, &ApiVersion::list())
}

/// Answers `/services/data/vXX.X`: only what this emulator serves.
pub(crate) fn resources(call: &Call<'_>) -> Result<Answer, ApiError> {
    let version = call.version;
    let url = |name: &str| Value::from(format!("/services/data/{version}/{name}"));
    let mut list: Map<String, Value> = listed(PATHS)
        .map(|name| (name.to_owned(), url(name)))
        .collect();
    let identity = identity_url(call.org, call.request);
    list.insert("identity".to_owned(), identity.into());
    Ok(Answer::json(StatusCode::OK, &list))
}

/// The resources directly below a version: what lies deeper is found by the
/// documentation of these.
fn listed<'a>(paths: &'a [&str]) -> impl Iterator<Item = &'a str> {
    paths.iter().copied().filter(|path| !path.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_level_of_a_version_is_listed() {
        let paths = ["/services/data", "limits", "query/{locator}", "sobjects"];
        assert_eq!(listed(&paths).collect::<Vec<_>>(), ["limits", "sobjects"]);
        let served: Vec<&str> = listed(PATHS).collect();
        assert_eq!(
            served,
            ["limits", "query", "queryAll", "composite", "graphql"]
        );
    }
}
