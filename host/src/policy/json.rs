//! JSON in which nothing is said twice.

use std::cell::Cell;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};

use super::Unread;
use super::decision::Ambiguity;

/// A value of JSON, as far as a judge reads it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Number,
    Text(String),
    Array(Vec<Self>),
    /// Its members in order; no name is there twice.
    Object(Vec<(String, Self)>),
}

/// Why a text is no JSON that can be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    Unread(Unread),
    Ambiguous(Ambiguity),
}

impl From<Ambiguity> for Trouble {
    fn from(ambiguity: Ambiguity) -> Self {
        Self::Ambiguous(ambiguity)
    }
}

/// The value does not have the documented form.
pub(super) const OTHER_FORM: Trouble = Trouble::Unread(Unread::Unreadable);

impl Json {
    /// Reads a whole text. serde bounds its depth at 128.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Trouble> {
        let doubled = Cell::new(false);
        let mut reader = serde_json::Deserializer::from_slice(bytes);
        let value = Seed(&doubled).deserialize(&mut reader);
        let value = value.and_then(|value| reader.end().map(|()| value));
        value.map_err(|_| {
            if doubled.get() {
                Trouble::Ambiguous(Ambiguity::DoubledKey)
            } else {
                OTHER_FORM
            }
        })
    }

    /// A member of an object. A name that differs only in case could be taken
    /// for it.
    pub(super) fn member(&self, name: &str) -> Result<Option<&Self>, Trouble> {
        let Self::Object(members) = self else {
            return Err(OTHER_FORM);
        };
        let mut found = None;
        for (key, value) in members {
            if key == name {
                found = Some(value);
            } else if key.trim().to_lowercase() == name.to_lowercase() {
                return Err(Trouble::Ambiguous(Ambiguity::KeyCase));
            }
        }
        Ok(found)
    }

    /// A member that must be there, and a text.
    pub(super) fn text(&self, name: &str) -> Result<&str, Trouble> {
        match self.member(name)? {
            Some(Self::Text(text)) => Ok(text),
            _ => Err(OTHER_FORM),
        }
    }

    /// A member that must be there, and an array.
    pub(super) fn array(&self, name: &str) -> Result<&[Self], Trouble> {
        match self.member(name)? {
            Some(Self::Array(values)) => Ok(values),
            _ => Err(OTHER_FORM),
        }
    }

    /// That an object has no members but these.
    pub(super) fn only(&self, names: &[&str]) -> Result<(), Trouble> {
        let Self::Object(members) = self else {
            return Err(OTHER_FORM);
        };
        for name in names {
            self.member(name)?;
        }
        if members.iter().all(|(key, _)| names.contains(&key.as_str())) {
            Ok(())
        } else {
            Err(OTHER_FORM)
        }
    }
}

/// Sets its flag where a key is there twice.
struct Seed<'a>(&'a Cell<bool>);

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Json, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Json;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Json, E> {
        Ok(Json::Number)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Json, E> {
        Ok(Json::Number)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Json, E> {
        Ok(Json::Number)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Json, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = from.next_element_seed(Seed(self.0))? {
            values.push(value);
        }
        Ok(Json::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Json, A::Error> {
        let mut members: Vec<(String, Json)> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        while let Some(key) = from.next_key::<String>()? {
            if !seen.insert(key.clone()) {
                self.0.set(true);
                return Err(A::Error::custom("a key twice"));
            }
            members.push((key, from.next_value_seed(Seed(self.0))?));
        }
        Ok(Json::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_are_there_twice_are_found_however_they_are_spelled() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":1}"#,
            r#"{"b":[{"a":{"c":1,"d":2,"c":3}}]}"#,
        ] {
            let doubled = Trouble::Ambiguous(Ambiguity::DoubledKey);
            assert_eq!(Json::read(text.as_bytes()), Err(doubled), "{text}");
        }
        assert!(Json::read(br#"[{"a":1},{"a":1,"A":null}]"#).is_ok());
    }

    #[test]
    fn what_is_no_json_is_not_read() {
        let deep = "[".repeat(200) + &"]".repeat(200);
        for text in [
            "",
            "{",
            "{} {}",
            "{'a':1}",
            "\u{feff}{}",
            "{\"a\":1,}",
            "//\n{}",
            &deep,
        ] {
            assert_eq!(Json::read(text.as_bytes()), Err(OTHER_FORM), "{text}");
        }
        assert_eq!(Json::read(b"\"\xff\""), Err(OTHER_FORM));
    }

    #[test]
    fn a_key_of_another_case_is_not_passed_over() {
        let json = Json::read(br#"{"Operation":"delete"}"#).unwrap();
        let case = Trouble::Ambiguous(Ambiguity::KeyCase);
        assert_eq!(json.member("operation"), Err(case));
        assert_eq!(json.member("object"), Ok(None));
    }
}
