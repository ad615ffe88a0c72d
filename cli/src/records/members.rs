//! What records have: their members, and those of their parents.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The member in which Salesforce tells a record's type and address. It is no
/// field, and no column.
pub(super) const ATTRIBUTES: &str = "attributes";

/// A member's name, without a copy if it needs none.
pub(super) struct Key<'a>(pub(super) Cow<'a, str>);

impl<'a> serde::Deserialize<'a> for Key<'a> {
    fn deserialize<D: Deserializer<'a>>(json: D) -> Result<Self, D::Error> {
        struct Text;

        impl<'a> Visitor<'a> for Text {
            type Value = Key<'a>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a member's name")
            }

            fn visit_borrowed_str<E>(self, text: &'a str) -> Result<Key<'a>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Key<'a>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }

        json.deserialize_str(Text)
    }
}

/// The members of these records, in the order in which they are met.
///
/// # Errors
///
/// When one is no object.
pub(crate) fn members(records: &[&RawValue]) -> serde_json::Result<Vec<String>> {
    let mut members = Vec::new();
    for record in records {
        let mut json = serde_json::Deserializer::from_str(record.get());
        MembersOf(&mut members).deserialize(&mut json)?;
    }
    Ok(members)
}

/// Adds the members of a record that are not known yet.
struct MembersOf<'m>(&'m mut Vec<String>);

impl<'a> DeserializeSeed<'a> for MembersOf<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for MembersOf<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a record")
    }

    fn visit_map<M: MapAccess<'a>>(self, mut record: M) -> Result<(), M::Error> {
        while let Some(Key(name)) = record.next_key()? {
            record.next_value::<IgnoredAny>()?;
            let is_known = |known: &String| known.eq_ignore_ascii_case(&name);
            if name != ATTRIBUTES && !self.0.iter().any(is_known) {
                self.0.push(name.into_owned());
            }
        }
        Ok(())
    }
}

type Paths = Vec<Vec<String>>;

/// The ways to all that a record has, in its order.
///
/// # Errors
///
/// When it is no object.
pub(super) fn paths(record: &RawValue) -> serde_json::Result<Paths> {
    let mut paths = Paths::default();
    let mut json = serde_json::Deserializer::from_str(record.get());
    PathsOf {
        above: &[],
        paths: &mut paths,
    }
    .deserialize(&mut json)?;
    Ok(paths)
}

/// Finds what a record has, and its parents' records: they are the objects with
/// attributes. Other objects are compound fields and children, a cell each.
struct PathsOf<'p> {
    above: &'p [String],
    paths: &'p mut Paths,
}

impl<'a> DeserializeSeed<'a> for PathsOf<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for PathsOf<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a record")
    }

    fn visit_map<M: MapAccess<'a>>(self, mut record: M) -> Result<(), M::Error> {
        while let Some(Key(name)) = record.next_key()? {
            let value = record.next_value::<&'a RawValue>()?;
            if name == ATTRIBUTES {
                continue;
            }
            let path = [self.above, &[name.into_owned()]].concat();
            if is_record(value) {
                let mut json = serde_json::Deserializer::from_str(value.get());
                PathsOf {
                    above: &path,
                    paths: self.paths,
                }
                .deserialize(&mut json)
                .map_err(M::Error::custom)?;
            } else {
                self.paths.push(path);
            }
        }
        Ok(())
    }
}

fn is_record(value: &RawValue) -> bool {
    #[derive(serde::Deserialize)]
    struct Record {
        #[serde(rename = "attributes")]
        _attributes: IgnoredAny,
    }
    value.get().starts_with('{') && serde_json::from_str::<Record>(value.get()).is_ok()
}
