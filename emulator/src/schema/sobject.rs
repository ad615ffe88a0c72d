//! One object, with all that describe tells of it.
//!
//! Source: Object Reference and SOAP API Developer Guide,
//! `DescribeSObjectResult`.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::data_type::{DataType, Kind};
use super::field::{self, Field};
use super::name::Name;
use crate::id::RecordId;

/// The object that tells of records which lookups of several kinds of records
/// lead to.
pub(crate) const NAME: &str = "Name";

/// The key prefix of record types.
pub(crate) const RECORD_TYPE: &str = "012";

/// One object.
#[derive(Clone, Debug)]
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
    /// Its record types, without the master, which every object has.
    pub(crate) record_types: Vec<RecordType>,
    /// Layouts that it has beside that of a record type, by their names.
    pub(crate) named_layouts: Vec<Name>,
    pub(crate) createable: bool,
    pub(crate) updateable: bool,
    pub(crate) deletable: bool,
    pub(crate) undeletable: bool,
    pub(crate) queryable: bool,
    pub(crate) retrieveable: bool,
    pub(crate) searchable: bool,
    /// Whether it can be replicated by the changes of its records.
    pub(crate) replicateable: bool,
    pub(crate) mergeable: bool,
    pub(crate) triggerable: bool,
    pub(crate) layoutable: bool,
    pub(crate) feed_enabled: bool,
    /// Whether lists of recently viewed records have it.
    pub(crate) mru_enabled: bool,
    /// What describe tells of objects that lead here and that the schema does
    /// not have.
    pub(crate) other_children: Vec<Value>,
    /// What describe answers of it, if a file says so; else it follows from the
    /// rest. Without fields, relationships and URLs.
    pub(crate) described: Option<Map<String, Value>>,
}

/// A kind of an object's records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecordType {
    pub(crate) id: RecordId,
    pub(crate) developer_name: Name,
    /// Its name for people.
    pub(crate) name: Name,
    pub(crate) active: bool,
    /// Whether a record has it unless its creator says otherwise.
    pub(crate) default: bool,
}

/// One part of a compound field: its name there, and the field that it is.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) field: Arc<Field>,
}

/// Makes the name of a person a compound of its parts.
fn name_people(fields: &mut [Field]) {
    let is_writable = |fields: &[Field], name: &str| {
        let mut fields = fields.iter();
        fields.any(|field| field.name == *name && field.is_writable())
    };
    if !is_writable(fields, "LastName") || is_writable(fields, "Name") {
        return;
    }
    for field in fields {
        match &*field.name {
            "FirstName" | "LastName" | "MiddleName" | "Salutation" | "Suffix" => {
                field.compound = Some("Name".into());
            }
            "Name" => field.extra_type = Some("personname".into()),
            _ => {}
        }
    }
}

impl SObject {
    /// An object with these fields after `Id`, whose records can be written.
    pub(super) fn new(name: &str, key_prefix: &str, fields: Vec<Field>) -> Self {
        let label = field::label(name);
        let id = Field::new("Id", DataType::Id).label(&format!("{label} ID"));
        let mut fields: Vec<_> = [id].into_iter().chain(fields).collect();
        name_people(&mut fields);
        let fields: Vec<_> = fields.into_iter().map(Arc::new).collect();
        let has = |name: &str| fields.iter().any(|field| field.name == *name);
        let is_deletable = has("IsDeleted");
        let is_owned = has("OwnerId");
        Self {
            name: name.into(),
            label_plural: format!("{label}s").into(),
            label: label.into(),
            key_prefix: key_prefix.into(),
            fields,
            record_types: Vec::new(),
            named_layouts: Vec::new(),
            createable: true,
            updateable: true,
            deletable: is_deletable,
            undeletable: is_deletable,
            queryable: true,
            retrieveable: true,
            searchable: is_owned,
            replicateable: is_deletable,
            mergeable: false,
            triggerable: is_owned,
            layoutable: is_owned,
            feed_enabled: false,
            mru_enabled: is_owned,
            other_children: Vec::new(),
            described: None,
        }
    }

    /// An object as a file describes it, with these fields alone.
    pub(super) fn described(name: &str, key_prefix: &str, fields: Vec<Field>) -> Self {
        let mut sobject = Self::new(name, key_prefix, Vec::new());
        sobject.fields = fields.into_iter().map(Arc::new).collect();
        sobject
    }

    /// With these names for people.
    pub(super) fn labels(mut self, label: &str, plural: &str) -> Self {
        self.label = label.into();
        self.label_plural = plural.into();
        self.id_label(&format!("{label} ID"))
    }

    /// With this label of the field `Id`.
    pub(super) fn id_label(mut self, label: &str) -> Self {
        if let Some(id) = self.fields.first_mut().map(Arc::make_mut) {
            id.label = label.into();
        }
        self
    }

    /// With these record types: developer name and name for people. The first
    /// one is the default.
    pub(super) fn record_types(mut self, names: &[(&str, &str)]) -> Self {
        // Each object's begin at a number of its own, so that no two are alike.
        let first = self
            .key_prefix
            .bytes()
            .fold(0, |number, byte| number * 256 + u64::from(byte));
        let types = names
            .iter()
            .zip(0..)
            .map(|((developer_name, name), number)| RecordType {
                id: RecordId::new(RECORD_TYPE, first * 16 + number),
                developer_name: (*developer_name).into(),
                name: (*name).into(),
                active: true,
                default: number == 0,
            });
        self.record_types = types.collect();
        self
    }

    /// With a layout of this name.
    pub(super) fn named_layout(mut self, name: &str) -> Self {
        self.named_layouts.push(name.into());
        self
    }

    /// People see its records in the user interface, although nobody owns them.
    pub(super) fn in_interface(mut self) -> Self {
        self.layoutable = true;
        self.searchable = true;
        self.mru_enabled = true;
        self.triggerable = true;
        self
    }

    /// Its records can be merged, and have feeds.
    pub(super) fn mergeable(mut self) -> Self {
        self.mergeable = true;
        self.with_feed()
    }

    /// Its records have feeds.
    pub(super) fn with_feed(mut self) -> Self {
        self.feed_enabled = true;
        self
    }

    /// Callers cannot create its records.
    pub(super) fn not_createable(mut self) -> Self {
        self.createable = false;
        self
    }

    /// Callers cannot delete its records.
    pub(super) fn not_deletable(mut self) -> Self {
        self.deletable = false;
        self.undeletable = false;
        self
    }

    /// Callers can only read its records.
    pub(super) fn read_only(self) -> Self {
        let mut sobject = self.not_createable().not_deletable();
        sobject.updateable = false;
        sobject
    }

    /// It can be described, and nothing more.
    pub(super) fn not_queryable(self) -> Self {
        let mut sobject = self.read_only();
        sobject.queryable = false;
        sobject.retrieveable = false;
        sobject
    }

    /// The field of that name, in any case.
    pub(crate) fn field(&self, name: &str) -> Option<&Arc<Field>> {
        self.fields
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// The reference field that a relationship of that name, in any case, follows.
    pub(crate) fn relationship(&self, name: &str) -> Option<&Arc<Field>> {
        self.fields.iter().find(|field| {
            let own = field.relationship();
            own.is_some_and(|own| own.eq_ignore_ascii_case(name))
        })
    }

    /// Whether an id is one of its records'.
    pub(crate) fn owns(&self, id: &str) -> bool {
        !self.key_prefix.is_empty() && id.starts_with(&*self.key_prefix)
    }

    /// Whether it belongs to a customer's schema.
    pub(crate) fn is_custom(&self) -> bool {
        field::is_custom(&self.name)
    }

    /// Whether its records live in another system, so that Salesforce does not
    /// know how many there are.
    pub(crate) fn is_external(&self) -> bool {
        self.name.ends_with("__x")
    }

    /// Whether its records' names are made of a first and a last one.
    pub(crate) fn has_person(&self) -> bool {
        let is_writable = |name| self.field(name).is_some_and(|field| field.is_writable());
        is_writable("LastName") && !is_writable("Name")
    }

    /// What a compound field is made of, in the order in which it is written;
    /// nothing for other fields.
    ///
    /// Source: Object Reference, "Compound Fields".
    pub(crate) fn parts(&self, field: &Field) -> Vec<Part> {
        // The codes are there if an org has picklists of countries and states.
        const ADDRESS: [(&str, &str); 10] = [
            ("city", "City"),
            ("country", "Country"),
            ("countryCode", "CountryCode"),
            ("geocodeAccuracy", "GeocodeAccuracy"),
            ("latitude", "Latitude"),
            ("longitude", "Longitude"),
            ("postalCode", "PostalCode"),
            ("state", "State"),
            ("stateCode", "StateCode"),
            ("street", "Street"),
        ];
        const LOCATION: [(&str, &str); 2] = [("latitude", "Latitude"), ("longitude", "Longitude")];
        let parts = match field.kind {
            Kind::Address => &ADDRESS[..],
            Kind::Location => &LOCATION[..],
            _ => return Vec::new(),
        };
        let part = |(name, ending): &(&'static str, &str)| {
            let field = match field.name.strip_suffix("__c") {
                Some(stem) => self.field(&format!("{stem}__{ending}__s"))?,
                None => {
                    let prefix = field.name.strip_suffix("Address")?;
                    self.field(&format!("{prefix}{ending}"))?
                }
            };
            let field = Arc::clone(field);
            Some(Part { name, field })
        };
        parts.iter().filter_map(part).collect()
    }
}
