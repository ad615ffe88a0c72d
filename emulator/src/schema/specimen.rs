//! A custom object with a field of every type.

use super::standard::{
    CREATED_BY, CREATED_DATE, IS_DELETED, LAST_MODIFIED_DATE, OWNER, SYSTEM_MODSTAMP,
};
use super::{Kind, SObject, field, lookup};

pub(super) const SPECIMEN: SObject = SObject {
    name: "Specimen__c",
    key_prefix: "a01",
    fields: &[
        field("Id", Kind::Id),
        IS_DELETED,
        field("Name", Kind::Text),
        lookup("Account__c", "Account__r", "Account", "Specimens__r"),
        field("Text__c", Kind::Text),
        field("Text_Area__c", Kind::Text),
        field("Long_Text__c", Kind::LongText),
        field("Picklist__c", Kind::Text),
        field("Multi_Picklist__c", Kind::MultiPicklist),
        field("Email__c", Kind::Text),
        field("Phone__c", Kind::Text),
        field("Url__c", Kind::Text),
        field("Checkbox__c", Kind::Boolean),
        field("Number__c", Kind::Double),
        field("Currency__c", Kind::Double),
        field("Percent__c", Kind::Double),
        field("Date__c", Kind::Date),
        field("Date_Time__c", Kind::DateTime),
        field("Time__c", Kind::Time),
        field("Encrypted__c", Kind::Encrypted),
        field("Site__Latitude__s", Kind::Double),
        field("Site__Longitude__s", Kind::Double),
        field("Site__c", Kind::Location { prefix: "Site" }),
        OWNER,
        CREATED_DATE,
        CREATED_BY,
        LAST_MODIFIED_DATE,
        SYSTEM_MODSTAMP,
    ],
};
