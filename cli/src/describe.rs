//! What an org says of an object: its fields, their types, and what may be written.
//!
//! Source: SOAP API Developer Guide, "DescribeSObjectResult"; REST API Developer Guide,
//! "sObject Describe".

mod column;
mod command;
mod date;
mod field_row;
mod judgement;
mod number;
mod object_row;
mod purpose;
mod rows;
mod shape;
mod source;
mod value;

use serde::Deserialize;
use sfbox::{Options, Org};

use crate::calling::Calling;
use crate::object_name::ObjectName;
use crate::verdict::Unreadable;
pub(crate) use column::{Described, wanted};
pub(crate) use command::Describe;
pub(crate) use field_row::{Choices, FieldRow};
pub(crate) use judgement::{Prefixes, Seen};
pub(crate) use object_row::ObjectRow;
pub(crate) use purpose::Purpose;
pub(crate) use rows::Rows;
pub(crate) use shape::{Record, Shape};
pub(crate) use source::{Api, read};

/// An object, as far as records are written by it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Object {
    pub(crate) name: String,
    /// How the ids of its records begin; some objects have no prefix.
    #[serde(default)]
    pub(crate) key_prefix: Option<String>,
    pub(crate) fields: Vec<Field>,
    /// Its record types; empty if it has none.
    #[serde(default)]
    pub(crate) record_type_infos: Vec<RecordType>,
}

/// A record type.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecordType {
    pub(crate) record_type_id: String,
}

/// A field. What an older version of the API does not tell has its usual value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Field {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) data_type: Type,
    /// Characters that a text may have; 0 for other types.
    pub(crate) length: usize,
    /// Digits that a whole number may have; 0 for other types.
    pub(crate) digits: usize,
    /// Digits that a decimal number may have, with those after the point.
    pub(crate) precision: usize,
    /// Digits after the point.
    pub(crate) scale: usize,
    pub(crate) nillable: bool,
    pub(crate) createable: bool,
    pub(crate) updateable: bool,
    pub(crate) defaulted_on_create: bool,
    pub(crate) unique: bool,
    pub(crate) case_sensitive: bool,
    pub(crate) external_id: bool,
    /// Whether records can be found by it.
    pub(crate) id_lookup: bool,
    pub(crate) restricted_picklist: bool,
    pub(crate) picklist_values: Vec<Choice>,
    /// The objects that a reference may lead to.
    pub(crate) reference_to: Vec<String>,
    /// The name under which a reference is followed.
    pub(crate) relationship_name: Option<String>,
}

/// A choice of a picklist.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) active: bool,
}

/// The type of a field. One that is not known here is sent as text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Type {
    Id,
    Reference,
    Boolean,
    Int,
    Long,
    Double,
    Currency,
    Percent,
    Date,
    Datetime,
    Time,
    Email,
    Picklist,
    Multipicklist,
    Base64,
    Address,
    Location,
    /// Not described: texts are sent as texts, and JSON as it is written.
    #[serde(skip)]
    Any,
    #[default]
    #[serde(other)]
    Text,
}

impl Object {
    /// The field of that name; case does not matter.
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        let mut fields = self.fields.iter();
        fields.find(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// The reference that is followed under that name; case does not matter.
    fn reference(&self, relationship: &str) -> Option<&Field> {
        self.fields.iter().find(|field| {
            let name = field.relationship_name.as_deref();
            name.is_some_and(|name| name.eq_ignore_ascii_case(relationship))
        })
    }

    /// Whether an id can be that of one of its records.
    pub(crate) fn owns(&self, id: &str) -> bool {
        let prefix = self.key_prefix.as_deref();
        prefix.is_none_or(|prefix| id.starts_with(prefix))
    }
}

impl Type {
    /// Whether its values are numbers.
    fn is_number(self) -> bool {
        matches!(
            self,
            Self::Int | Self::Long | Self::Double | Self::Currency | Self::Percent
        )
    }
}

impl Field {
    /// Whether a new record needs a value of it.
    ///
    /// Source: SOAP API Developer Guide, "Required Fields".
    fn is_required(&self) -> bool {
        self.createable && !self.nillable && !self.defaulted_on_create
    }

    /// Whether a record can be named by it.
    pub(crate) fn is_key(&self) -> bool {
        self.external_id || self.id_lookup
    }
}

/// Asks the org for the description of an object.
///
/// # Errors
///
/// Those of a call; [`Unreadable`] if the answer has another form.
pub(crate) async fn describe(
    org: &Org,
    options: &Options,
    name: &ObjectName,
) -> anyhow::Result<Object> {
    let mut calling = Calling::begin(org)?;
    let body = calling.during(read(org, options, Api::Data, Some(name)));
    let body = body.await??;
    Ok(serde_json::from_slice(&body).map_err(Unreadable::Answer)?)
}

/// The prefixes of ids, by object.
///
/// # Errors
///
/// As [`describe`].
pub(crate) async fn prefixes(org: &Org, options: &Options) -> anyhow::Result<Prefixes> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Listed {
        name: String,
        key_prefix: Option<String>,
    }
    #[derive(Deserialize)]
    struct All {
        sobjects: Vec<Listed>,
    }
    let mut calling = Calling::begin(org)?;
    let body = calling
        .during(read(org, options, Api::Data, None))
        .await??;
    let all: All = serde_json::from_slice(&body).map_err(Unreadable::Answer)?;
    let listed = all.sobjects.into_iter();
    Ok(listed
        .filter_map(|one| Some((one.name, one.key_prefix?)))
        .collect())
}

/// An object with one field of each kind, for tests.
#[cfg(test)]
fn sample() -> Object {
    serde_json::from_str(include_str!("describe/sample.json")).expect("an object")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_read_as_far_as_it_is_needed() {
        let object = sample();
        assert_eq!(object.key_prefix.as_deref(), Some("a00"));
        let field = |name: &str| object.field(name).unwrap();
        assert_eq!(field("NAME").data_type, Type::Text);
        assert_eq!(field("Count__c").data_type, Type::Int);
        assert_eq!(field("Odd__c").data_type, Type::Text, "a type of tomorrow");
        assert!(field("Name").is_required() && !field("Count__c").is_required());
        assert_eq!(object.reference("account").unwrap().name, "AccountId");
        assert!(object.owns("a00000000000001") && !object.owns("001000000000001"));
    }
}
