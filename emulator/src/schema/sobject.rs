//! One object, with all that describe tells of it.
//!
//! Source: Object Reference and SOAP API Developer Guide,
//! `DescribeSObjectResult`.

use std::sync::Arc;

use super::data_type::{DataType, Kind};
use super::field::{self, Field};
use super::name::Name;

/// One object.
#[derive(Clone, Debug)]
#[expect(dead_code, reason = "describe, which comes next, answers the others")]
pub(crate) struct SObject {
    /// Its API name.
    pub(crate) name: Name,
    /// Its name for people.
    pub(crate) label: Name,
    /// The same of several records.
    pub(crate) label_plural: Name,
    /// The first three characters of its records' ids; empty if it has no
    /// records of its own.
    pub(crate) key_prefix: Name,
    /// Its fields, `Id` first.
    pub(crate) fields: Vec<Arc<Field>>,
    /// Whether this org can create its records.
    pub(crate) createable: bool,
    pub(crate) updateable: bool,
    /// Whether its records can be deleted.
    pub(crate) deletable: bool,
    pub(crate) queryable: bool,
}

/// One part of a compound field: its name there, and the field that it is.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) field: Arc<Field>,
}

impl SObject {
    /// An object with these fields after `Id`, whose records can be written.
    pub(super) fn new(name: &str, key_prefix: &str, fields: Vec<Field>) -> Self {
        let label = field::label(name);
        let mut id = Field::new("Id", DataType::Id);
        id.label = format!("{label} ID").into();
        let fields = [id].into_iter().chain(fields);
        let fields: Vec<_> = fields.map(Arc::new).collect();
        let is_deletable = fields.iter().any(|field| field.name == "IsDeleted");
        Self {
            name: name.into(),
            label_plural: format!("{label}s").into(),
            label: label.into(),
            key_prefix: key_prefix.into(),
            fields,
            createable: true,
            updateable: true,
            deletable: is_deletable,
            queryable: true,
        }
    }

    /// The same, but callers cannot create its records.
    pub(super) fn not_createable(mut self) -> Self {
        self.createable = false;
        self
    }

    /// The field of that name, in any case.
    pub(crate) fn field(&self, name: &str) -> Option<&Arc<Field>> {
        self.fields
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// Whether an id is one of its records'.
    pub(crate) fn owns(&self, id: &str) -> bool {
        !self.key_prefix.is_empty() && id.starts_with(&*self.key_prefix)
    }

    /// Whether its name is made of a first and a last one.
    pub(crate) fn has_person(&self) -> bool {
        self.field("LastName").is_some()
    }

    /// What a compound field is made of, in the order in which it is written;
    /// nothing for other fields.
    ///
    /// Source: Object Reference, "Compound Fields".
    pub(crate) fn parts(&self, field: &Field) -> Vec<Part> {
        const ADDRESS: [(&str, &str); 8] = [
            ("city", "City"),
            ("country", "Country"),
            ("geocodeAccuracy", "GeocodeAccuracy"),
            ("latitude", "Latitude"),
            ("longitude", "Longitude"),
            ("postalCode", "PostalCode"),
            ("state", "State"),
            ("street", "Street"),
        ];
        const LOCATION: [(&str, &str); 2] = [
            ("latitude", "__Latitude__s"),
            ("longitude", "__Longitude__s"),
        ];
        let (prefix, parts) = match field.kind {
            Kind::Address => (field.name.strip_suffix("Address"), &ADDRESS[..]),
            Kind::Location => (field.name.strip_suffix("__c"), &LOCATION[..]),
            _ => (None, &[][..]),
        };
        let Some(prefix) = prefix else {
            return Vec::new();
        };
        let part = |(name, ending): &(&'static str, &str)| {
            let field = Arc::clone(self.field(&format!("{prefix}{ending}"))?);
            Some(Part { name, field })
        };
        parts.iter().filter_map(part).collect()
    }
}
