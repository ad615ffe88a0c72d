//! The API name of an object.

use std::fmt;
use std::str::FromStr;

/// The longest name, in characters.
const LENGTH_MAX: usize = 255;

/// A name that can be sent: letters, digits and underscores, a letter first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ObjectName(String);

impl ObjectName {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ObjectName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !is_name(text) {
            return Err(
                "the API name of an object has letters, digits and `_`, begins with a letter, and \
                 has at most 255 characters",
            );
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Whether a text can be the API name of an object or of a field.
pub(crate) fn is_name(text: &str) -> bool {
    text.len() <= LENGTH_MAX
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_that_a_path_can_have() {
        let longest = "x".repeat(LENGTH_MAX);
        for name in ["Account", "a", "Invoice__c", "ns__A1__c", &longest] {
            assert!(name.parse::<ObjectName>().is_ok(), "{name}");
        }
        let longer = "x".repeat(LENGTH_MAX + 1);
        for name in [
            "",
            "_a",
            "1a",
            "../",
            "//evil.example/x",
            "%2e%2e",
            "Account?x=",
            "🦀",
            "a b",
            "a-b",
            &longer,
        ] {
            assert!(name.parse::<ObjectName>().is_err(), "{name}");
        }
    }
}
