//! A custom object with a field of every type.

use super::data_type::DataType as T;
use super::sobject::SObject;
use super::standard::{field, is_deleted, lookup, owner, stamps};

pub(super) fn specimen() -> SObject {
    let mut fields = vec![
        is_deleted(),
        field("Name", T::String).length(80),
        lookup("Account__c", "Account__r", "Account", "Specimens__r"),
        field("Text__c", T::String),
        field("Text_Area__c", T::TextArea),
        field("Long_Text__c", T::TextArea).length(32_768),
        field("Picklist__c", T::Picklist),
        field("Multi_Picklist__c", T::MultiPicklist),
        field("Email__c", T::Email),
        field("Phone__c", T::Phone),
        field("Url__c", T::Url),
        field("Checkbox__c", T::Boolean),
        field("Number__c", T::Double).number(18, 3),
        field("Currency__c", T::Currency),
        field("Percent__c", T::Percent),
        field("Date__c", T::Date),
        field("Date_Time__c", T::DateTime),
        field("Time__c", T::Time),
        field("Encrypted__c", T::EncryptedString),
        field("Site__Latitude__s", T::Double).number(18, 15),
        field("Site__Longitude__s", T::Double).number(18, 15),
        field("Site__c", T::Location),
        owner(),
    ];
    fields.extend(stamps());
    SObject::new("Specimen__c", "a01", fields)
}
