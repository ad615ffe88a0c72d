//! The fields of a record as JSON text: read as far as it takes to refuse what Salesforce
//! would misunderstand, and sent as they are. Pure.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::Error;

/// The longest JSON that Salesforce takes (it answers `Maximum size of request is 52428800
/// bytes`).
pub(crate) const JSON_BYTES_MAX: usize = 52_428_800;

/// A record's members, each once, with their values as they were written.
pub(crate) struct Fields<'a>(pub(crate) BTreeMap<Cow<'a, str>, &'a RawValue>);

impl<'a> Fields<'a> {
    /// Reads the fields of one record.
    ///
    /// # Errors
    ///
    /// Says what the text is instead, and quotes none of it but the names of fields.
    pub(crate) fn parse(json: &'a str) -> Result<Self, Error> {
        if json.len() > JSON_BYTES_MAX {
            let bytes = json.len();
            return Err(refused(&format!(
                "are JSON of {bytes} bytes, and Salesforce takes {JSON_BYTES_MAX}"
            )));
        }
        serde_json::from_str(json).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            refused(&match error.classify() {
                serde_json::error::Category::Data => {
                    "are not a JSON object with each name once".to_owned()
                }
                _ => format!("are not JSON (line {line}, column {column})"),
            })
        })
    }

    /// Refuses a field that is not set this way.
    ///
    /// # Errors
    ///
    /// Names the field.
    pub(crate) fn without(&self, name: &str, why: &str) -> Result<(), Error> {
        match self.0.keys().any(|known| known.eq_ignore_ascii_case(name)) {
            true => Err(refused(&format!("contain `{name}`: {why}"))),
            false => Ok(()),
        }
    }
}

fn refused(what: &str) -> Error {
    Error::InvalidInput(format!("the fields {what}"))
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = BTreeMap<Cow<'de, str>, &'de RawValue>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = BTreeMap::new();
                while let Some(Name(name)) = map.next_key()? {
                    if members.insert(name, map.next_value()?).is_some() {
                        return Err(serde::de::Error::custom("a name occurs twice"));
                    }
                }
                Ok(members)
            }
        }

        json.deserialize_map(Members).map(Fields)
    }
}

/// A member's name, borrowed if it has no escapes.
#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(json: &str) -> String {
        Fields::parse(json)
            .err()
            .map_or_else(String::new, |error| error.to_string())
    }

    #[test]
    fn fields_are_an_object_with_each_name_once() {
        for json in [
            r"{}",
            r#"{"Name":"x","Owner":{"Ext__c":"1"}}"#,
            " {\"N\\u0061me\":null} ",
        ] {
            assert!(Fields::parse(json).is_ok(), "{json}");
        }
        for (json, expected) in [
            ("[]", "the fields are not a JSON object with each name once"),
            (
                "null",
                "the fields are not a JSON object with each name once",
            ),
            (
                r#"{"A":1,"A":2}"#,
                "the fields are not a JSON object with each name once",
            ),
            (
                r#"{"A":1,"\u0041":2}"#,
                "the fields are not a JSON object with each name once",
            ),
            (
                "{\"A\":CANARY}",
                "the fields are not JSON (line 1, column 6)",
            ),
            ("", "the fields are not JSON (line 1, column 0)"),
            ("{} {}", "the fields are not JSON (line 1, column 4)"),
        ] {
            assert_eq!(words(json), expected, "{json}");
        }
    }

    #[test]
    fn json_of_the_limit_passes_and_one_byte_more_does_not() {
        for (bytes, accepted) in [(JSON_BYTES_MAX, true), (JSON_BYTES_MAX + 1, false)] {
            let json = format!(r#"{{"A":"{}"}}"#, "x".repeat(bytes - 8));
            assert_eq!(Fields::parse(&json).is_ok(), accepted);
        }
    }

    #[test]
    fn a_field_is_found_in_any_case() {
        let fields = Fields::parse(r#"{"iD":1}"#).unwrap();
        let refused = fields
            .without("Id", "the path names the record")
            .unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the fields contain `Id`: the path names the record"
        );
        assert!(fields.without("Name", "").is_ok());
    }

    proptest! {
        #[test]
        fn any_text_is_survived(json in "\\PC{0,80}") {
            _ = Fields::parse(&json);
        }
    }
}
