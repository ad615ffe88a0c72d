//! REST API versions.

use std::fmt;

use serde::Serialize;

/// The oldest version that answers.
///
/// Source: "Salesforce Platform API End-of-Life Policy" (versions 7 to 30 are
/// retired).
const OLDEST: u16 = 31;

/// The newest version that this emulator knows: Winter '27.
const NEWEST: u16 = 68;

/// The first version there ever was on this list.
const FIRST_RETIRED: u16 = 7;

/// A version of the REST API that the org serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ApiVersion(u16);

/// What a version in a path comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// It is served.
    Served(ApiVersion),
    /// It was, once.
    Retired,
    /// It never was, or is written in another way than `v66.0`.
    Never,
}

/// One entry of `/services/data`.
#[derive(Debug, Serialize)]
pub(crate) struct VersionEntry {
    label: String,
    url: String,
    version: String,
}

impl ApiVersion {
    /// Reads a path segment such as `v66.0`.
    pub(crate) fn parse(segment: &str) -> Known {
        let number = segment
            .strip_prefix('v')
            .and_then(|rest| rest.strip_suffix(".0"))
            .filter(|digits| {
                digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0')
            })
            .and_then(|digits| digits.parse().ok());
        match number {
            Some(number @ OLDEST..=NEWEST) => Known::Served(Self(number)),
            Some(FIRST_RETIRED..OLDEST) => Known::Retired,
            _ => Known::Never,
        }
    }

    /// The newest of all.
    pub(crate) const LATEST: Self = Self(NEWEST);

    /// Reads a number such as `66.0`, as clients write it outside of paths.
    pub(crate) fn numbered(text: &str) -> Option<Self> {
        match Self::parse(&format!("v{text}")) {
            Known::Served(version) => Some(version),
            Known::Retired | Known::Never => None,
        }
    }

    /// Its number, as in 66 of `v66.0`.
    pub(crate) const fn number(self) -> u16 {
        self.0
    }

    /// Every version, oldest first, as `/services/data` lists them.
    pub(crate) fn list() -> Vec<VersionEntry> {
        (OLDEST..=NEWEST)
            .map(Self)
            .map(|version| VersionEntry {
                label: version.label(),
                url: format!("/services/data/{version}"),
                version: format!("{}.0", version.0),
            })
            .collect()
    }

    /// The release's name. Three releases a year; version 60 is Spring '24.
    fn label(self) -> String {
        let year = self.0 / 3 + 4;
        match self.0 % 3 {
            0 => format!("Spring '{year}"),
            1 => format!("Summer '{year}"),
            _ => format!("Winter '{}", year + 1),
        }
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}.0", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn served_retired_and_unknown_versions_are_told_apart() {
        for (segment, known) in [
            ("v66.0", Known::Served(ApiVersion(66))),
            ("v31.0", Known::Served(ApiVersion(31))),
            ("v30.0", Known::Retired),
            ("v7.0", Known::Retired),
            ("v6.0", Known::Never),
            ("v68.0", Known::Served(ApiVersion(68))),
            ("v69.0", Known::Never),
            ("v066.0", Known::Never),
            ("v66", Known::Never),
            ("66.0", Known::Never),
            ("v66.1", Known::Never),
            ("v99999.0", Known::Never),
            ("", Known::Never),
        ] {
            assert_eq!(ApiVersion::parse(segment), known, "{segment}");
        }
    }

    #[test]
    fn a_number_without_its_letter_is_a_version_too() {
        for (text, version) in [
            ("66.0", Some(ApiVersion(66))),
            ("68.0", Some(ApiVersion::LATEST)),
            ("69.0", None),
            ("30.0", None),
            ("v66.0", None),
            ("66", None),
            ("", None),
        ] {
            assert_eq!(ApiVersion::numbered(text), version, "{text}");
        }
    }

    #[test]
    fn every_version_is_listed_as_in_the_guide() {
        let list = serde_json::to_value(ApiVersion::list()).expect("JSON");
        let list = list.as_array().expect("an array");
        assert_eq!(list.len(), 38);
        let entry = |label: &str, version: &str| {
            let url = format!("/services/data/v{version}");
            serde_json::json!({"label": label, "url": url, "version": version})
        };
        assert_eq!(list.first(), Some(&entry("Summer '14", "31.0")));
        assert_eq!(list.last(), Some(&entry("Winter '27", "68.0")));
    }

    #[test]
    fn labels_are_the_releases_names() {
        for (version, label) in [
            (32, "Winter '15"),
            (33, "Spring '15"),
            (58, "Summer '23"),
            (59, "Winter '24"),
            (60, "Spring '24"),
            (65, "Winter '26"),
            (66, "Spring '26"),
            (68, "Winter '27"),
        ] {
            assert_eq!(ApiVersion(version).label(), label);
        }
    }
}
