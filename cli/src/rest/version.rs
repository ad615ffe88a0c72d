//! The version of the API that a relative path is below.

use serde::Deserialize;
use serde::de::Error as _;

use crate::verdict::Unreadable;

/// That of the component, if none was typed: Spring '26.
pub(super) const DEFAULT: &str = "v66.0";

/// What stands for the newest one of the org.
pub(super) const LATEST: &str = "latest";

/// Where the versions are.
pub(super) const PATH: &str = "/services/data";

#[derive(Deserialize)]
struct Version<'a> {
    version: &'a str,
}

/// The newest of the versions that an answer lists.
///
/// Source: REST API Developer Guide, "List Available REST API Versions".
///
/// # Errors
///
/// When it is not a list of versions, or an empty one.
pub(super) fn newest(body: &[u8]) -> Result<String, Unreadable> {
    let versions: Vec<Version<'_>> = serde_json::from_slice(body).map_err(Unreadable::Answer)?;
    let number = |version: &Version<'_>| version.version.strip_suffix(".0")?.parse::<u16>().ok();
    let newest = versions.iter().filter_map(number).max();
    let newest = newest.ok_or_else(|| serde_json::Error::custom("it has no version"));
    Ok(format!("v{}.0", newest.map_err(Unreadable::Answer)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_is_found_whatever_the_order() {
        let body = br#"[{"version":"66.0","label":"x"},{"version":"67.0"},{"version":"9.0"},{"version":"next"}]"#;
        assert_eq!(newest(body).unwrap(), "v67.0");
        for other in ["[]", "{}", "", r#"[{"version":"x"}]"#, r#"[{"version":7}]"#] {
            assert!(newest(other.as_bytes()).is_err(), "{other}");
        }
    }
}
