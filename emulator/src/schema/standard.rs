//! The standard objects.

use super::{Field, Kind, SObject, field, lookup, reference};

pub(super) const USER: SObject = SObject {
    name: "User",
    key_prefix: "005",
    fields: &[
        field("Id", Kind::Id),
        field("Username", Kind::Text),
        field("LastName", Kind::Text),
        field("FirstName", Kind::Text),
        field("Name", Kind::Text),
        field("Email", Kind::Text),
        field("Title", Kind::Text),
        field("IsActive", Kind::Boolean),
        reference("ManagerId", "Manager", "User"),
        CREATED_DATE,
        LAST_MODIFIED_DATE,
        SYSTEM_MODSTAMP,
    ],
};

pub(super) const ACCOUNT: SObject = SObject {
    name: "Account",
    key_prefix: "001",
    fields: &[
        field("Id", Kind::Id),
        IS_DELETED,
        field("Name", Kind::Text),
        field("Type", Kind::Text),
        lookup("ParentId", "Parent", "Account", "ChildAccounts"),
        field("BillingStreet", Kind::Text),
        field("BillingCity", Kind::Text),
        field("BillingState", Kind::Text),
        field("BillingPostalCode", Kind::Text),
        field("BillingCountry", Kind::Text),
        field("BillingLatitude", Kind::Double),
        field("BillingLongitude", Kind::Double),
        field("BillingGeocodeAccuracy", Kind::Text),
        field("BillingAddress", Kind::Address { prefix: "Billing" }),
        field("Phone", Kind::Text),
        field("Website", Kind::Text),
        field("Industry", Kind::Text),
        field("AnnualRevenue", Kind::Double),
        field("NumberOfEmployees", Kind::Integer),
        field("Rating", Kind::Text),
        field("Description", Kind::LongText),
        OWNER,
        CREATED_DATE,
        CREATED_BY,
        LAST_MODIFIED_DATE,
        SYSTEM_MODSTAMP,
        field("Tier__c", Kind::Text),
        EXTERNAL_ID,
    ],
};

pub(super) const CONTACT: SObject = SObject {
    name: "Contact",
    key_prefix: "003",
    fields: &[
        field("Id", Kind::Id),
        IS_DELETED,
        lookup("AccountId", "Account", "Account", "Contacts"),
        field("LastName", Kind::Text),
        field("FirstName", Kind::Text),
        field("Name", Kind::Text),
        field("Phone", Kind::Text),
        field("Email", Kind::Text),
        field("Title", Kind::Text),
        field("Birthdate", Kind::Date),
        field("HasOptedOutOfEmail", Kind::Boolean),
        field("Description", Kind::LongText),
        reference("ReportsToId", "ReportsTo", "Contact"),
        OWNER,
        CREATED_DATE,
        CREATED_BY,
        LAST_MODIFIED_DATE,
        SYSTEM_MODSTAMP,
        EXTERNAL_ID,
    ],
};

pub(super) const OPPORTUNITY: SObject = SObject {
    name: "Opportunity",
    key_prefix: "006",
    fields: &[
        field("Id", Kind::Id),
        IS_DELETED,
        lookup("AccountId", "Account", "Account", "Opportunities"),
        field("Name", Kind::Text),
        field("StageName", Kind::Text),
        field("Amount", Kind::Double),
        field("Probability", Kind::Double),
        field("CloseDate", Kind::Date),
        field("IsClosed", Kind::Boolean),
        field("IsWon", Kind::Boolean),
        OWNER,
        CREATED_DATE,
        CREATED_BY,
        LAST_MODIFIED_DATE,
        SYSTEM_MODSTAMP,
    ],
};

pub(super) const ATTACHMENT: SObject = SObject {
    name: "Attachment",
    key_prefix: "00P",
    fields: &[
        field("Id", Kind::Id),
        IS_DELETED,
        lookup("ParentId", "Parent", "Account", "Attachments"),
        field("Name", Kind::Text),
        field("ContentType", Kind::Text),
        field("BodyLength", Kind::Integer),
        field("Body", Kind::Base64),
        OWNER,
        CREATED_DATE,
        CREATED_BY,
        LAST_MODIFIED_DATE,
        SYSTEM_MODSTAMP,
    ],
};

pub(super) const IS_DELETED: Field = field("IsDeleted", Kind::Boolean);
pub(super) const OWNER: Field = reference("OwnerId", "Owner", "User");
pub(super) const CREATED_DATE: Field = field("CreatedDate", Kind::DateTime);
pub(super) const CREATED_BY: Field = reference("CreatedById", "CreatedBy", "User");
pub(super) const LAST_MODIFIED_DATE: Field = field("LastModifiedDate", Kind::DateTime);
pub(super) const SYSTEM_MODSTAMP: Field = field("SystemModstamp", Kind::DateTime);
/// A custom field that is an external id, and unique.
pub(super) const EXTERNAL_ID: Field = field("Ext__c", Kind::Text);
