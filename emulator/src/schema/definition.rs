//! The words in which objects of this program define their fields.
//!
//! A field can be written, can be null and can be used in statements as its type
//! allows, unless its definition says otherwise.

use super::data_type::DataType as T;
use super::field::{Field, Picklist, PicklistValue, Reference};
use super::name::Name;

pub(super) fn string(name: &str, length: u32) -> Field {
    Field::new(name, T::String).length(length)
}

/// Text of several lines. Beyond 255 characters it is a long text area, unless
/// it is [`filterable`](Field::filterable).
pub(super) fn text_area(name: &str, length: u32) -> Field {
    let mut field = Field::new(name, T::TextArea).length(length);
    field.extra_type = Some("plaintextarea".into());
    field
}

pub(super) fn email(name: &str) -> Field {
    Field::new(name, T::Email)
}

pub(super) fn phone(name: &str) -> Field {
    Field::new(name, T::Phone)
}

pub(super) fn url(name: &str) -> Field {
    Field::new(name, T::Url)
}

/// Where a picture is.
pub(super) fn image_url(name: &str) -> Field {
    let mut field = url(name);
    field.extra_type = Some("imageurl".into());
    field
}

pub(super) fn boolean(name: &str) -> Field {
    Field::new(name, T::Boolean)
}

pub(super) fn int(name: &str) -> Field {
    Field::new(name, T::Int)
}

pub(super) fn double(name: &str, precision: u32, scale: u32) -> Field {
    Field::new(name, T::Double).number(precision, scale)
}

pub(super) fn currency(name: &str, precision: u32, scale: u32) -> Field {
    Field::new(name, T::Currency).number(precision, scale)
}

pub(super) fn percent(name: &str, precision: u32, scale: u32) -> Field {
    Field::new(name, T::Percent).number(precision, scale)
}

pub(super) fn date(name: &str) -> Field {
    Field::new(name, T::Date)
}

pub(super) fn datetime(name: &str) -> Field {
    Field::new(name, T::DateTime)
}

pub(super) fn base64(name: &str) -> Field {
    Field::new(name, T::Base64)
}

/// A picklist that takes other values too.
pub(super) fn picklist(name: &str, values: &[&str]) -> Field {
    Field::new(name, T::Picklist).values(values)
}

/// A picklist that takes only its values.
pub(super) fn restricted(name: &str, values: &[&str]) -> Field {
    let mut field = picklist(name, values);
    field.picklist.restricted = true;
    field
}

/// Text with proposals.
pub(super) fn combobox(name: &str, values: &[&str]) -> Field {
    Field::new(name, T::ComboBox).values(values)
}

/// A lookup of records of one of these objects, which a path follows under the
/// name `relationship`.
pub(super) fn reference(name: &str, relationship: &str, to: &[&str]) -> Field {
    let mut field = Field::new(name, T::Reference);
    field.reference = Some(Reference {
        to: to.iter().map(|&name| name.into()).collect(),
        relationship: Some(relationship.into()),
        children: None,
        cascade_delete: false,
        restricted_delete: false,
        order: None,
    });
    field
}

/// An address and its parts, whose names begin with `prefix`.
pub(super) fn address(prefix: &str) -> Vec<Field> {
    let compound = format!("{prefix}Address");
    let part = |mut field: Field, label: &str| {
        field.name = format!("{prefix}{}", field.name).into();
        field.label = format!("{prefix} {label}").trim_start().into();
        field.compound = Some(compound.as_str().into());
        field
    };
    let accuracies = [
        "Address",
        "NearAddress",
        "Block",
        "Street",
        "ExtendedZip",
        "Zip",
        "Neighborhood",
        "City",
        "County",
        "State",
        "Unknown",
    ];
    vec![
        part(text_area("Street", 255), "Street"),
        part(string("City", 40), "City"),
        part(string("State", 80), "State/Province"),
        part(string("PostalCode", 20), "Zip/Postal Code"),
        part(string("Country", 80), "Country"),
        part(double("Latitude", 18, 15), "Latitude"),
        part(double("Longitude", 18, 15), "Longitude"),
        part(
            restricted("GeocodeAccuracy", &accuracies).length(40),
            "Geocode Accuracy",
        ),
        Field::new(&compound, T::Address).label(format!("{prefix} Address").trim_start()),
    ]
}

/// A custom address `stem__c` and its parts, such as `stem__City__s`.
///
/// Source: Salesforce Help, "Custom Address Fields".
pub(super) fn custom_address(stem: &str) -> Vec<Field> {
    let compound = format!("{stem}__c");
    let part = |mut field: Field| {
        field.name = match &*field.name {
            name if name.ends_with("Address") => compound.as_str().into(),
            name => format!("{stem}__{name}__s").into(),
        };
        field.label = format!("{stem} {}", field.label).into();
        field.compound = field.compound.map(|_| compound.as_str().into());
        field
    };
    address("").into_iter().map(part).collect()
}

/// A geolocation `stem__c` and its two parts.
pub(super) fn location(stem: &str, label: &str) -> Vec<Field> {
    let compound = format!("{stem}__c");
    let part = |which: &str| {
        let mut field = double(&format!("{stem}__{which}__s"), 18, 15);
        field.label = format!("{label} ({which})").into();
        field.compound = Some(compound.as_str().into());
        field
    };
    vec![
        part("Latitude"),
        part("Longitude"),
        Field::new(&compound, T::Location).label(label),
    ]
}

/// The record type of an object that has some.
pub(super) fn record_type() -> Field {
    reference("RecordTypeId", "RecordType", &["RecordType"]).defaulted()
}

pub(super) fn is_deleted() -> Field {
    boolean("IsDeleted").label("Deleted").read_only()
}

/// The user, or one of several kinds of owners.
pub(super) fn owner(to: &[&str]) -> Field {
    reference("OwnerId", "Owner", to).not_nillable().defaulted()
}

/// Who wrote a record and when, by Salesforce's clock.
pub(super) fn stamps() -> Vec<Field> {
    let by = |name, relationship| reference(name, relationship, &["User"]);
    let stamps = [
        datetime("CreatedDate"),
        by("CreatedById", "CreatedBy"),
        datetime("LastModifiedDate"),
        by("LastModifiedById", "LastModifiedBy"),
        datetime("SystemModstamp"),
    ];
    stamps.map(system).to_vec()
}

/// A field that Salesforce writes in every record.
pub(super) fn system(field: Field) -> Field {
    field.not_nillable().defaulted().read_only()
}

/// A custom field that is an external id, and unique.
pub(super) fn external_id() -> Field {
    string("Ext__c", 255).external_id().unique()
}

impl Field {
    /// With this name for people.
    pub(super) fn label(mut self, label: &str) -> Self {
        self.label = label.into();
        self
    }

    /// With at most so many characters.
    pub(super) fn length(mut self, length: u32) -> Self {
        self.length = length;
        self.set_uses();
        self
    }

    /// With so many digits, `scale` of them after the point.
    pub(super) fn number(mut self, precision: u32, scale: u32) -> Self {
        self.precision = precision;
        self.scale = scale;
        self
    }

    /// With these choices, which are their own labels.
    pub(super) fn values(mut self, values: &[&str]) -> Self {
        let value = |value: &&str| PicklistValue {
            value: (*value).into(),
            label: (*value).into(),
            active: true,
            default: false,
            valid_for: None,
        };
        self.picklist = Picklist {
            values: values.iter().map(value).collect(),
            ..self.picklist
        };
        self
    }

    /// With these labels of its choices, in their order.
    pub(super) fn labels(mut self, labels: &[&str]) -> Self {
        for (value, label) in self.picklist.values.iter_mut().zip(labels) {
            value.label = (*label).into();
        }
        self
    }

    /// A new record has this choice unless it says otherwise.
    pub(super) fn default(mut self, choice: &str) -> Self {
        for value in &mut self.picklist.values {
            value.default = value.value == *choice;
        }
        self.defaulted()
    }

    /// A record must have a value, which its creator names.
    pub(super) fn required(mut self) -> Self {
        self.nillable = false;
        self
    }

    /// A record always has a value.
    pub(super) fn not_nillable(self) -> Self {
        self.required()
    }

    /// A new record gets a value without naming the field.
    pub(super) fn defaulted(mut self) -> Self {
        self.defaulted_on_create = true;
        self
    }

    /// Only Salesforce writes it.
    pub(super) fn read_only(mut self) -> Self {
        self.createable = false;
        self.updateable = false;
        self
    }

    /// It never changes.
    pub(super) fn create_only(mut self) -> Self {
        self.updateable = false;
        self
    }

    /// No new record can have it.
    pub(super) fn update_only(mut self) -> Self {
        self.createable = false;
        self
    }

    /// It is computed from other fields: by a formula of Salesforce's, which here
    /// is an expression of SQL.
    pub(super) fn computed(self, formula: &str, sql: &str) -> Self {
        let mut field = self.derived(sql);
        field.calculated = true;
        field.formula = Some(formula.into());
        field
    }

    /// Salesforce derives it from other fields, and describe does not say so:
    /// whether a task is closed, from its status.
    pub(super) fn derived(self, sql: &str) -> Self {
        let mut field = self.read_only();
        field.sql = Some(sql.into());
        field
    }

    /// Salesforce numbers the records, in this format.
    pub(super) fn auto_number(self, format: &str) -> Self {
        let mut field = self.not_nillable().defaulted().read_only();
        field.auto_number = true;
        field.number_format = Some(format.into());
        field
    }

    pub(super) fn id_lookup(mut self) -> Self {
        self.id_lookup = true;
        self
    }

    pub(super) fn external_id(mut self) -> Self {
        self.external_id = true;
        self.id_lookup()
    }

    pub(super) fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    pub(super) fn case_sensitive(mut self) -> Self {
        self.case_sensitive = true;
        self
    }

    pub(super) fn name_field(mut self) -> Self {
        self.name_field = true;
        self
    }

    /// Its text is HTML.
    pub(super) fn html(mut self) -> Self {
        self.html = true;
        self.extra_type = Some("richtextarea".into());
        self
    }

    /// Statements can filter and sort by it, although it is long.
    pub(super) fn filterable(mut self) -> Self {
        self.filterable = true;
        self.sortable = true;
        self.kind = self.data_type.kind(true);
        self
    }

    pub(super) fn not_filterable(mut self) -> Self {
        self.filterable = false;
        self.sortable = false;
        self
    }

    pub(super) fn not_groupable(mut self) -> Self {
        self.groupable = false;
        self
    }

    /// The name under which a subquery of the other object finds the records.
    pub(super) fn children(mut self, name: &str) -> Self {
        if let Some(reference) = &mut self.reference {
            reference.children = Some(name.into());
        }
        self
    }

    /// Records are deleted with the record that they point to.
    pub(super) fn cascade(mut self) -> Self {
        if let Some(reference) = &mut self.reference {
            reference.cascade_delete = true;
        }
        self
    }

    /// A record to which others point cannot be deleted.
    pub(super) fn restrict(mut self) -> Self {
        if let Some(reference) = &mut self.reference {
            reference.restricted_delete = true;
        }
        self
    }

    /// The choices depend on another field of the object: those of each value
    /// are for the controlling values at these places.
    pub(super) fn depends_on(mut self, controller: &str, places: &[&[usize]]) -> Self {
        self.picklist.controller = Some(controller.into());
        for (value, places) in self.picklist.values.iter_mut().zip(places) {
            value.valid_for = Some(valid_for(places));
        }
        self
    }
}

/// A bit set in base64, bit 0 leftmost. Source: SOAP API Developer Guide, "About
/// Dependent Picklists".
fn valid_for(places: &[usize]) -> Name {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    let bytes = places.iter().max().map_or(0, |last| last / 8 + 1);
    let mut set = vec![0_u8; bytes];
    for place in places {
        if let Some(byte) = set.get_mut(place / 8) {
            *byte |= 0x80 >> (place % 8);
        }
    }
    STANDARD.encode(set).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bit_set_begins_at_the_left() {
        for (places, text) in [
            (&[][..], ""),
            (&[0], "gA=="),
            (&[1], "QA=="),
            (&[0, 2], "oA=="),
            (&[8], "AIA="),
        ] {
            assert_eq!(valid_for(places), text, "{places:?}");
        }
    }

    #[test]
    fn a_definition_changes_what_its_type_says() {
        let field = string("Name", 80).required().name_field();
        assert!(field.is_required() && field.filterable && field.groupable);
        let long = text_area("Notes__c", 256);
        assert!(!long.filterable && !long.sortable && !long.groupable);
        let long = text_area("Notes__c", 256).filterable();
        assert!(long.is_filterable() && long.is_sortable() && !long.groupable);
        assert!(text_area("Notes__c", 255).is_filterable());
        let status = picklist("Status", &["New", "Closed"]).default("Closed");
        assert!(status.picklist.values[1].default && !status.picklist.values[0].default);
        assert!(!status.required().is_required());
    }
}
