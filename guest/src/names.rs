//! Names that end up in a URL. Parsing is the only way to make one; after it
//! nothing checks again. Host names have their rules in `sfbox-secret`, because a secret
//! holds some.

use std::fmt;

pub(crate) use sfbox_secret::Host;

use crate::error::Error;

/// The longest name of an object or a field, in characters: twice as long as the longest
/// that Salesforce allows with a namespace and a suffix.
const NAME_CHARS_MAX: usize = 255;

/// The lengths of an id: the form that tells capitals from small letters by itself, and
/// the one with three characters more that do it (Object Reference, "ID Field Type").
const ID_CHARS: [usize; 2] = [15, 18];

/// The letters of an id's checksum, by their value: each says which of five characters are
/// capitals (Object Reference, "ID Field Type").
const CHECKSUM: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/// The first API version that Salesforce still serves; older ones answer 410
/// (API End-of-Life Policy).
const VERSION_MIN: u16 = 31;

/// A version of the REST API, such as `v66.0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ApiVersion(u16);

impl ApiVersion {
    /// Spring '26.
    pub(crate) const DEFAULT: Self = Self(66);

    /// That of upserts whose answer tells the id and whether the record was created (REST
    /// API Developer Guide, "sObject Rows by External ID").
    pub(crate) const UPSERTS: Self = Self(46);

    /// That of searches with parameters (REST API Developer Guide, "Search with Parameters").
    pub(crate) const SEARCHES: Self = Self(36);

    /// That of composite graphs (REST API Developer Guide, "Composite Graph").
    pub(crate) const GRAPHS: Self = Self(50);

    /// That of the UI API's idempotent writes (User Interface API Developer Guide, "Prevent
    /// Record Duplication with Idempotent Record Writes"; a beta before).
    pub(crate) const IDEMPOTENT_WRITES: Self = Self(59);

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

/// The API name of an object, such as `Account`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ObjectName(String);

/// The API name of a field, such as `Name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldName(String);

/// A record's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecordId(String);

impl ObjectName {
    /// # Errors
    ///
    /// Names the rule, and quotes nothing.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        name(text, "the object's name").map(Self)
    }
}

impl FieldName {
    /// # Errors
    ///
    /// Names the rule, and quotes nothing.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        name(text, "a field's name").map(Self)
    }

    /// Whether it is the field of that name, in any case.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.0.eq_ignore_ascii_case(name)
    }
}

impl RecordId {
    /// The characters of an id without its checksum.
    pub(crate) const SIGNIFICANT: usize = 15;

    /// # Errors
    ///
    /// Names the rule, and quotes nothing.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let is_id =
            ID_CHARS.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
        match is_id {
            true => Ok(Self(text.to_owned())),
            false => Err(Error::InvalidInput(
                "a record's id has 15 or 18 letters and digits".to_owned(),
            )),
        }
    }
}

impl RecordId {
    /// An id whose checksum is correct, if it has one.
    ///
    /// # Errors
    ///
    /// Names the rule, and quotes nothing.
    pub(crate) fn checked(text: &str) -> Result<Self, Error> {
        let id = Self::parse(text)?;
        match text.len() == Self::SIGNIFICANT || id.full().eq_ignore_ascii_case(text) {
            true => Ok(id),
            false => Err(Error::InvalidInput(
                "the last 3 of a record id's 18 characters are not its checksum".to_owned(),
            )),
        }
    }

    /// Its form of 18 characters, which is the same for every form of the id.
    pub(crate) fn full(&self) -> String {
        let significant: String = self.0.chars().take(Self::SIGNIFICANT).collect();
        let checksum = significant.as_bytes().chunks(5).map(|five| {
            let capitals = five.iter().enumerate().fold(0, |bits, (at, byte)| {
                bits | usize::from(byte.is_ascii_uppercase()) << at
            });
            char::from(CHECKSUM.get(capitals).copied().unwrap_or_default())
        });
        let checksum: String = checksum.collect();
        significant + &checksum
    }
}

fn name(text: &str, what: &str) -> Result<String, Error> {
    let refused = |rule: &str| Err(Error::InvalidInput(format!("{what} {rule}")));
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    match text.as_bytes() {
        [] => refused("is empty"),
        bytes if bytes.len() > NAME_CHARS_MAX => {
            refused(&format!("is longer than {NAME_CHARS_MAX} characters"))
        }
        [first, ..] if !first.is_ascii_alphabetic() => refused("does not begin with a letter"),
        bytes if !bytes.iter().copied().all(is_of_name) => {
            refused("has characters other than letters, digits and `_`")
        }
        _ => Ok(text.to_owned()),
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Display for FieldName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_of_letters_digits_and_underscores() {
        let longest = "x".repeat(NAME_CHARS_MAX);
        for name in ["Account", "Tax_Id__c", "ns__Order2__c", "a", &longest] {
            assert_eq!(ObjectName::parse(name).unwrap().to_string(), name);
            assert_eq!(FieldName::parse(name).unwrap().to_string(), name);
        }
        for (name, rule) in [
            ("", "is empty"),
            (&*format!("{longest}x"), "is longer than 255 characters"),
            ("../", "does not begin with a letter"),
            ("//evil.example/x", "does not begin with a letter"),
            ("%2e%2e", "does not begin with a letter"),
            ("_x", "does not begin with a letter"),
            ("1x", "does not begin with a letter"),
            ("\u{1f600}", "does not begin with a letter"),
            (
                "Account?x=",
                "has characters other than letters, digits and `_`",
            ),
            (
                "Account/describe",
                "has characters other than letters, digits and `_`",
            ),
            (
                "Acc\u{f6}unt",
                "has characters other than letters, digits and `_`",
            ),
            ("A b", "has characters other than letters, digits and `_`"),
            ("A\n", "has characters other than letters, digits and `_`"),
        ] {
            let object = ObjectName::parse(name).unwrap_err();
            let field = FieldName::parse(name).unwrap_err();
            assert_eq!(
                object.to_string(),
                format!("the object's name {rule}"),
                "{name}"
            );
            assert_eq!(
                field.to_string(),
                format!("a field's name {rule}"),
                "{name}"
            );
        }
    }

    #[test]
    fn an_id_has_15_or_18_letters_and_digits() {
        for length in 0..=19 {
            let id = RecordId::parse(&"a".repeat(length));
            assert_eq!(id.is_ok(), matches!(length, 15 | 18), "{length}");
        }
        for id in [
            "../../../xxxxxx",
            "00100000000000%",
            "0010000000000/A",
            "001000000000\u{e9}A",
            "00100000000000?AAA",
        ] {
            let refused = RecordId::parse(id).unwrap_err().to_string();
            assert_eq!(
                refused, "a record's id has 15 or 18 letters and digits",
                "{id}"
            );
        }
    }

    #[test]
    fn an_id_of_18_characters_has_a_checksum() {
        for (id, full) in [
            ("001D000000IqhSL", Some("001D000000IqhSLIAZ")),
            ("001D000000IqhSLIAZ", Some("001D000000IqhSLIAZ")),
            ("001D000000IqhSLiaz", Some("001D000000IqhSLIAZ")),
            ("001D000000IqhSLIAA", None),
            ("001d000000iqhsl", Some("001d000000iqhslAAA")),
            ("001D000000IqhS", None),
        ] {
            let read = RecordId::checked(id).ok().map(|id| id.full());
            assert_eq!(read.as_deref(), full, "{id}");
        }
    }

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
