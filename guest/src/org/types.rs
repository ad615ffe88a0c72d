//! The types of an object's fields.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::Error;

/// The types of fields, by their names in small letters.
pub(crate) struct Types(BTreeMap<String, String>);

impl Types {
    /// Those that a description says.
    ///
    /// # Errors
    ///
    /// When it has no fields.
    pub(crate) fn of(description: &str) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Object {
            fields: Vec<Field>,
        }
        #[derive(Deserialize)]
        struct Field {
            name: String,
            #[serde(rename = "type")]
            kind: String,
        }
        let object: Object = serde_json::from_str(description)
            .map_err(|_| Error::unreadable("the object's description has no fields"))?;
        let fields = object.fields.into_iter();
        let types = fields.map(|field| (field.name.to_lowercase(), field.kind));
        Ok(Self(types.collect()))
    }

    /// The type of a field, whatever the case of its name.
    pub(crate) fn of_field(&self, name: &str) -> Option<&str> {
        self.0.get(&name.to_lowercase()).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_has_the_type_that_its_description_says() {
        let description = r#"{"name":"A","fields":[{"name":"Id","type":"id","length":18}]}"#;
        let types = Types::of(description).unwrap();
        assert_eq!(
            (types.of_field("iD"), types.of_field("N")),
            (Some("id"), None)
        );
        assert!(Types::of("{}").is_err());
    }
}
