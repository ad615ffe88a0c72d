//! Rows of JSON: an array of objects, or objects one after the other.

use std::io;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::csv::Read;
use super::members::{Members, Value};
use super::source::Bytes;
use super::splitter::Splitter;
use super::{Malformed, Names};

/// Reads rows of JSON.
pub(super) struct JsonRows {
    objects: Splitter<Bytes>,
}

/// What an object says of itself.
#[derive(Deserialize)]
struct Attributes {
    #[serde(rename = "type")]
    object: Option<String>,
}

impl JsonRows {
    pub(super) fn begin(bytes: Bytes) -> Self {
        Self {
            objects: Splitter::new(bytes),
        }
    }

    pub(super) fn next(&mut self, names: &mut Names) -> io::Result<Option<Read>> {
        let Some((line, text)) = self.objects.next()? else {
            return Ok(None);
        };
        let values = values(&text, line, names).map_err(|why| Malformed::new(line, why));
        Ok(Some((line, values.map_err(io::Error::other)?)))
    }
}

/// The values of an object. An object in it that names a parent by one of its fields has
/// the name that a column of CSV would have: `Account.Ext__c`, or `Account:What.Ext__c` if
/// it says which object it is of.
fn values(text: &str, line: u64, names: &mut Names) -> Result<Vec<(usize, Value)>, String> {
    let members: Members = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let (_, members) = members.apart();
    let mut values: Vec<(usize, Value)> = Vec::with_capacity(members.len());
    for (name, value) in members {
        let (name, value) = flat(name, value);
        let place = names.place(&name, line);
        if values.iter().any(|(known, _)| *known == place) {
            return Err(format!("two members have the name `{name}`"));
        }
        values.push((place, Value::Json(value)));
    }
    Ok(values)
}

/// A member, or that of a parent by which the parent is found.
fn flat(name: String, value: Box<RawValue>) -> (String, Box<RawValue>) {
    let parent = value.get().starts_with('{').then(|| {
        let members: Members = serde_json::from_str(value.get()).ok()?;
        let (attributes, mut members) = members.apart();
        let object = attributes.and_then(|text| {
            let attributes: Attributes = serde_json::from_str(text.get()).ok()?;
            attributes.object
        });
        let (key, value) = members.pop().filter(|_| members.is_empty())?;
        let object = object
            .map(|object| format!("{object}:"))
            .unwrap_or_default();
        Some((format!("{object}{name}.{key}"), value))
    });
    parent.flatten().unwrap_or((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(String, String)>, String> {
        let mut names = Names::default();
        let values = values(text, 1, &mut names)?;
        Ok(values
            .into_iter()
            .map(|(place, value)| match value {
                Value::Json(json) => {
                    let name = names.list().get(place).unwrap();
                    (name.text.clone(), json.get().to_owned())
                }
                Value::Text(text) => panic!("{text}"),
            })
            .collect())
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn a_parent_has_the_name_of_a_column() {
        let text = r#"{"attributes":{"type":"Contact"},"LastName":"A","Account":{"Ext__c":"1"},
            "What":{"attributes":{"type":"Account"},"Ext__c":2},"Owner":null,"Two":{"a":1,"b":2}}"#;
        assert_eq!(
            read(text).unwrap(),
            pairs(&[
                ("LastName", "\"A\""),
                ("Account.Ext__c", "\"1\""),
                ("Account:What.Ext__c", "2"),
                ("Owner", "null"),
                ("Two", "{\"a\":1,\"b\":2}"),
            ])
        );
    }

    #[test]
    fn numbers_keep_their_digits_and_names_occur_once() {
        let text = r#"{"a":1.10,"b":12345678901234567890,"c":1E400}"#;
        assert_eq!(
            read(text).unwrap(),
            pairs(&[("a", "1.10"), ("b", "12345678901234567890"), ("c", "1E400")])
        );
        assert!(
            read(r#"{"a":1,"a":2}"#)
                .unwrap_err()
                .contains("two members")
        );
        for text in ["[]", "7", "{", "{\"a\"}", ""] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
