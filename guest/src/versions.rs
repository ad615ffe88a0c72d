//! The newest API version of an org. Source: REST API Developer Guide, "List Available
//! REST API Versions".

use serde::Deserialize;

use crate::answer::Answer;
use crate::call::{Call, Operation, Path};
use crate::error::Error;
use crate::names::ApiVersion;
use crate::token::Fingerprint;

/// Asks for it.
pub(crate) struct Newest;

#[derive(Deserialize)]
struct Version {
    version: String,
}

impl Operation for Newest {
    type Output = ApiVersion;

    fn call(&self) -> Result<Call, Error> {
        Ok(Call::get(Path::Whole("/services/data".to_owned())).public())
    }

    fn read(&self, answer: Answer, _: &Fingerprint) -> Result<ApiVersion, Error> {
        if !answer.is_success() {
            return Err(answer.failure());
        }
        let versions: Vec<Version> = serde_json::from_slice(&answer.body)
            .map_err(|_| answer.unexpected("no list of API versions"))?;
        versions
            .iter()
            .filter_map(|version| ApiVersion::from_number(&version.version))
            .max()
            .ok_or_else(|| answer.unexpected("an empty list of API versions"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::tests::answer;
    use crate::token::AccessToken;

    #[test]
    fn the_newest_version_is_found_whatever_the_order() {
        let token = AccessToken::parse("t").unwrap();
        for (body, newest) in [
            (
                r#"[{"version":"66.0"},{"version":"67.0"},{"version":"9.0"}]"#,
                Some("v67.0"),
            ),
            (
                r#"[{"version":"66.0","label":"x"},{"version":"next"}]"#,
                Some("v66.0"),
            ),
            ("[]", None),
            ("{}", None),
            (r#"[{"version":7}]"#, None),
        ] {
            let read = Newest.read(answer(200, "application/json", body), token.fingerprint());
            let read = read.ok().map(|version| version.to_string());
            assert_eq!(read.as_deref(), newest, "{body}");
        }
    }
}
