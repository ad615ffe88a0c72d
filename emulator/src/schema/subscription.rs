//! A custom object, with custom fields and relationships.

use super::data_type::DataType as T;
use super::sobject::SObject;
use super::standard::{field, is_deleted, lookup, owner, reference, stamps};

pub(super) fn subscription() -> SObject {
    let mut fields = vec![
        is_deleted(),
        field("Name", T::String).length(80),
        lookup("Account__c", "Account__r", "Account", "Subscriptions__r"),
        reference("Billing_Contact__c", "Billing_Contact__r", "Contact"),
        field("Plan__c", T::Picklist),
        field("Monthly_Fee__c", T::Currency).number(18, 2),
        field("Seats__c", T::Int),
        field("Start__c", T::Date),
        field("Active__c", T::Boolean),
        owner(),
    ];
    fields.extend(stamps());
    SObject::new("Subscription__c", "a00", fields)
}
