//! A custom object, with custom fields and relationships.

use super::standard::{
    CREATED_BY, CREATED_DATE, IS_DELETED, LAST_MODIFIED_DATE, OWNER, SYSTEM_MODSTAMP,
};
use super::{Kind, SObject, field, lookup, reference};

pub(super) const SUBSCRIPTION: SObject = SObject {
    name: "Subscription__c",
    key_prefix: "a00",
    fields: &[
        field("Id", Kind::Id),
        IS_DELETED,
        field("Name", Kind::Text),
        lookup("Account__c", "Account__r", "Account", "Subscriptions__r"),
        reference("Billing_Contact__c", "Billing_Contact__r", "Contact"),
        field("Plan__c", Kind::Text),
        field("Monthly_Fee__c", Kind::Double),
        field("Seats__c", Kind::Integer),
        field("Start__c", Kind::Date),
        field("Active__c", Kind::Boolean),
        OWNER,
        CREATED_DATE,
        CREATED_BY,
        LAST_MODIFIED_DATE,
        SYSTEM_MODSTAMP,
    ],
};
