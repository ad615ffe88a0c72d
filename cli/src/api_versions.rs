//! `sfbox api-versions`.

use clap::Args;
use serde::{Deserialize, Serialize};
use sfbox::{Options, Org};

use crate::calling::Calling;
use crate::records::Output;
use crate::verdict::Unreadable;

/// Show the versions of the REST API that the org has
///
/// The newest is the last. `--api-version` takes a version as it is printed.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sfbox --demo api-versions
  sfbox --org prod/salesforce api-versions --output csv")]
pub(crate) struct ApiVersions {
    #[command(flatten)]
    output: Output,
}

/// A version as Salesforce tells it: `66.0`.
#[derive(Deserialize)]
struct Told<'a> {
    version: &'a str,
    label: String,
    url: String,
}

/// A version as it is printed.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Version {
    version: String,
    label: String,
    url: String,
}

impl ApiVersions {
    pub(crate) async fn run(&self, org: &Org, options: &Options) -> anyhow::Result<()> {
        let mut calling = Calling::begin(org)?;
        let answer = calling.during(org.versions(options)).await??;
        drop(calling);
        let mut records = self.output.open(&["version", "label", "url"]);
        records.values(&versions(&answer)?)?;
        Ok(records.end()?.finish()?)
    }
}

fn versions(answer: &str) -> Result<Vec<Version>, Unreadable> {
    let told: Vec<Told<'_>> = serde_json::from_str(answer).map_err(Unreadable::Answer)?;
    let version = |told: Told<'_>| Version {
        version: format!("v{}", told.version),
        label: told.label,
        url: told.url,
    };
    Ok(told.into_iter().map(version).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_printed_as_the_option_takes_it() {
        let answer = r#"[{"label":"Spring '26","url":"/services/data/v66.0","version":"66.0"}]"#;
        let expected = Version {
            version: "v66.0".to_owned(),
            label: "Spring '26".to_owned(),
            url: "/services/data/v66.0".to_owned(),
        };
        assert_eq!(versions(answer).unwrap(), [expected]);
        for other in ["{}", "", "[{}]"] {
            assert!(versions(other).is_err(), "{other}");
        }
    }
}
