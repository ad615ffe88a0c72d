//! The members of a JSON object, and the values of a row.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The member in which Salesforce tells a record's type and address.
pub(super) const ATTRIBUTES: &str = "attributes";

/// A value of a row.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// A cell of CSV, or what was typed.
    Text(String),
    /// A value of JSON, as it is written there.
    Json(Box<RawValue>),
}

impl Value {
    /// Whether it is null in JSON.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Json(json) if json.get() == "null")
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(one), Self::Text(other)) => one == other,
            (Self::Json(one), Self::Json(other)) => one.get() == other.get(),
            _ => false,
        }
    }
}

/// A name, and its value as it is written.
type Member = (String, Box<RawValue>);

/// The members of an object in their order, with those that occur twice.
pub(crate) struct Members(pub(crate) Vec<Member>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Members, M::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        json.deserialize_map(Object)
    }
}

impl Members {
    /// What stands beside the type and the address.
    pub(super) fn apart(self) -> (Option<Box<RawValue>>, Vec<Member>) {
        let mut attributes = None;
        let mut others = Vec::new();
        for (name, value) in self.0 {
            match name.as_str() {
                ATTRIBUTES => attributes = Some(value),
                _ => others.push((name, value)),
            }
        }
        (attributes, others)
    }
}
