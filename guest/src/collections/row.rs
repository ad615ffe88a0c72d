//! One record of many: its JSON with its object in it, as a collection wants it. Pure.

use serde::Deserialize;

use super::refused;
use crate::error::Error;
use crate::names::{FieldName, ObjectName, RecordId};
use crate::sobjects::fields::Fields;

const ATTRIBUTES: &str = "attributes";

/// A record that is valid.
#[derive(Debug)]
pub(super) struct Row {
    /// The record, as it is sent; of a deletion its id alone.
    pub(super) text: String,
    /// Its object in small letters; empty for a deletion.
    pub(super) object: String,
}

#[derive(Deserialize)]
struct Attributes {
    r#type: String,
}

impl Row {
    /// One that is created.
    pub(super) fn new(record: &str, object: &ObjectName) -> Result<Self, Error> {
        let fields = Fields::parse(record)?;
        fields.without("Id", "Salesforce gives a new record its id")?;
        Self::of(record, &fields, object)
    }

    /// One that exists.
    pub(super) fn existing(record: &str, object: &ObjectName) -> Result<Self, Error> {
        let fields = Fields::parse(record)?;
        let mut members = fields.0.iter();
        let id = members.find(|(name, _)| name.eq_ignore_ascii_case("Id"));
        let id = id.ok_or_else(|| refused("it has no `Id`"))?.1;
        let id: String =
            serde_json::from_str(id.get()).map_err(|_| refused("`Id` is not a text"))?;
        RecordId::parse(&id)?;
        Self::of(record, &fields, object)
    }

    /// One with this external id.
    pub(super) fn keyed(
        record: &str,
        object: &ObjectName,
        field: &FieldName,
    ) -> Result<Self, Error> {
        let fields = Fields::parse(record)?;
        fields.without("Id", "the external id names the record")?;
        if !fields.0.keys().any(|name| field.is(name)) {
            return Err(refused(&format!("it has no `{field}`, which names it")));
        }
        let row = Self::of(record, &fields, object)?;
        match row.object == object.to_string().to_ascii_lowercase() {
            true => Ok(row),
            false => Err(refused(&format!(
                "it is of another object than {object}, and an upsert is of one object"
            ))),
        }
    }

    /// The id of one that is deleted.
    pub(super) fn id(id: &str) -> Result<Self, Error> {
        Ok(Self {
            text: RecordId::parse(id)?.to_string(),
            object: String::new(),
        })
    }

    fn of(record: &str, fields: &Fields<'_>, object: &ObjectName) -> Result<Self, Error> {
        if let Some(attributes) = fields.0.get(ATTRIBUTES) {
            let attributes: Attributes = serde_json::from_str(attributes.get())
                .map_err(|_| refused("`attributes` is not an object with a `type`"))?;
            let own = ObjectName::parse(&attributes.r#type)?;
            return Ok(Self {
                text: record.to_owned(),
                object: own.to_string().to_ascii_lowercase(),
            });
        }
        // The rest stays as it was written.
        let (_, members) = record.split_once('{').unwrap_or_default();
        let separator = if fields.0.is_empty() { "" } else { "," };
        Ok(Self {
            text: format!(r#"{{"{ATTRIBUTES}":{{"type":"{object}"}}{separator}{members}"#),
            object: object.to_string().to_ascii_lowercase(),
        })
    }
}
