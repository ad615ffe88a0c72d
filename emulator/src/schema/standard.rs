//! The standard objects.
//!
//! Key prefixes, names and types are those of the Object Reference for the
//! Salesforce Platform.

use super::data_type::DataType as T;
use super::field::{Field, Reference};
use super::sobject::SObject;

pub(super) fn user() -> SObject {
    let mut fields = vec![
        field("Username", T::String).length(80).required(),
        field("LastName", T::String).length(80).required(),
        field("FirstName", T::String).length(40),
        field("Name", T::String).length(121).read_only(),
        field("Email", T::Email).required(),
        field("Title", T::String).length(80),
        field("IsActive", T::Boolean),
        reference("ManagerId", "Manager", "User"),
    ];
    fields.extend(stamps());
    SObject::new("User", "005", fields).not_createable()
}

pub(super) fn account() -> SObject {
    let mut fields = vec![
        is_deleted(),
        field("Name", T::String).required(),
        field("Type", T::Picklist),
        lookup("ParentId", "Parent", "Account", "ChildAccounts"),
        field("BillingStreet", T::TextArea),
        field("BillingCity", T::String).length(40),
        field("BillingState", T::String).length(80),
        field("BillingPostalCode", T::String).length(20),
        field("BillingCountry", T::String).length(80),
        field("BillingLatitude", T::Double).number(18, 15),
        field("BillingLongitude", T::Double).number(18, 15),
        field("BillingGeocodeAccuracy", T::Picklist).length(40),
        field("BillingAddress", T::Address),
        field("Phone", T::Phone),
        field("Website", T::Url),
        field("Industry", T::Picklist),
        field("AnnualRevenue", T::Currency).number(18, 0),
        field("NumberOfEmployees", T::Int),
        field("Rating", T::Picklist),
        field("Description", T::TextArea).length(32_000),
        owner(),
    ];
    fields.extend(stamps());
    fields.push(field("Tier__c", T::Picklist));
    fields.push(external_id());
    SObject::new("Account", "001", fields)
}

pub(super) fn contact() -> SObject {
    let mut fields = vec![
        is_deleted(),
        lookup("AccountId", "Account", "Account", "Contacts"),
        field("LastName", T::String).length(80).required(),
        field("FirstName", T::String).length(40),
        field("Name", T::String).length(121).read_only(),
        field("Phone", T::Phone),
        field("Email", T::Email),
        field("Title", T::String).length(128),
        field("Birthdate", T::Date),
        field("HasOptedOutOfEmail", T::Boolean),
        field("Description", T::TextArea).length(32_000),
        reference("ReportsToId", "ReportsTo", "Contact"),
        owner(),
    ];
    fields.extend(stamps());
    fields.push(external_id());
    SObject::new("Contact", "003", fields)
}

pub(super) fn opportunity() -> SObject {
    let mut fields = vec![
        is_deleted(),
        lookup("AccountId", "Account", "Account", "Opportunities"),
        field("Name", T::String).length(120).required(),
        field("StageName", T::Picklist).required(),
        field("Amount", T::Currency).number(18, 2),
        field("Probability", T::Percent).number(3, 0),
        field("CloseDate", T::Date).required(),
        field("IsClosed", T::Boolean).read_only(),
        field("IsWon", T::Boolean).read_only(),
        owner(),
    ];
    fields.extend(stamps());
    SObject::new("Opportunity", "006", fields)
}

pub(super) fn attachment() -> SObject {
    let mut fields = vec![
        is_deleted(),
        lookup("ParentId", "Parent", "Account", "Attachments"),
        field("Name", T::String),
        field("ContentType", T::String).length(120),
        field("BodyLength", T::Int).read_only(),
        field("Body", T::Base64),
        owner(),
    ];
    fields.extend(stamps());
    SObject::new("Attachment", "00P", fields).not_createable()
}

pub(super) fn field(name: &str, data_type: T) -> Field {
    Field::new(name, data_type)
}

pub(super) fn reference(name: &str, relationship: &str, to: &str) -> Field {
    let mut field = Field::new(name, T::Reference);
    field.reference = Some(Reference {
        to: vec![to.into()],
        relationship: Some(relationship.into()),
        children: None,
        cascade_delete: false,
        restricted_delete: false,
        order: None,
    });
    field
}

/// A reference that the other object's subqueries can follow back.
pub(super) fn lookup(name: &str, relationship: &str, to: &str, children: &str) -> Field {
    let mut field = reference(name, relationship, to);
    if let Some(reference) = &mut field.reference {
        reference.children = Some(children.into());
    }
    field
}

pub(super) fn is_deleted() -> Field {
    field("IsDeleted", T::Boolean).read_only()
}

pub(super) fn owner() -> Field {
    let mut owner = reference("OwnerId", "Owner", "User");
    owner.nillable = false;
    owner.defaulted_on_create = true;
    owner
}

/// Who wrote a record and when, by Salesforce's clock.
pub(super) fn stamps() -> [Field; 4] {
    [
        field("CreatedDate", T::DateTime).system(),
        reference("CreatedById", "CreatedBy", "User").system(),
        field("LastModifiedDate", T::DateTime).system(),
        field("SystemModstamp", T::DateTime).system(),
    ]
}

/// A custom field that is an external id, and unique.
pub(super) fn external_id() -> Field {
    let mut field = field("Ext__c", T::String);
    field.external_id = true;
    field.unique = true;
    field.id_lookup = true;
    field
}

impl Field {
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

    /// A record must have a value, which its creator names.
    pub(super) fn required(mut self) -> Self {
        self.nillable = false;
        self
    }

    /// Only Salesforce writes it.
    pub(super) fn read_only(mut self) -> Self {
        self.createable = false;
        self.updateable = false;
        self
    }

    /// Only Salesforce writes it, in every record.
    pub(super) fn system(self) -> Self {
        let mut field = self.read_only().required();
        field.defaulted_on_create = true;
        field
    }
}
