//! Names that end up in a URL. Parsing is the only way to make one; after it
//! nothing checks again. Host names have their rules in `sfbox-secret`, because a secret
//! holds some.

use std::fmt;

pub(crate) use sfbox_secret::Host;

/// The first API version that Salesforce still serves; older ones answer 410
/// (API End-of-Life Policy).
const VERSION_MIN: u16 = 31;

/// A version of the REST API, such as `v66.0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ApiVersion(u16);

impl ApiVersion {
    /// Spring '26.
    pub(crate) const DEFAULT: Self = Self(66);

    /// `v` and a number of two or three digits, `.0`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::from_number(text.strip_prefix('v')?)
    }

    /// As in `/services/data`: without the `v`.
    pub(crate) fn from_number(text: &str) -> Option<Self> {
        let digits = text.strip_suffix(".0")?;
        let plain =
            (2..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        let number = digits.parse().ok()?;
        (plain && number >= VERSION_MIN).then_some(Self(number))
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "v{}.0", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_one_that_salesforce_serves() {
        for (text, version) in [
            ("v66.0", Some(66)),
            ("v31.0", Some(31)),
            ("v30.0", None),
            ("v100.0", Some(100)),
            ("66.0", None),
            ("v66", None),
            ("v66.1", None),
            ("v066.0", Some(66)),
            ("v6.0", None),
            ("v6600.0", None),
            ("v66.0/", None),
            ("latest", None),
        ] {
            assert_eq!(
                ApiVersion::parse(text).map(|version| version.0),
                version,
                "{text}"
            );
        }
        assert_eq!(ApiVersion::DEFAULT.to_string(), "v66.0");
    }
}
