//! A custom object, with custom fields and relationships.

use crate::schema::data_type::DataType as T;
use crate::schema::definition::{
    boolean, currency, date, is_deleted, owner, picklist, reference, stamps, string,
};
use crate::schema::field::Field;
use crate::schema::sobject::SObject;

pub(super) fn subscription() -> SObject {
    let fields = [
        vec![
            owner(&["Group", "User"]),
            is_deleted(),
            string("Name", 80)
                .label("Subscription Name")
                .id_lookup()
                .name_field(),
        ],
        stamps(),
        vec![
            reference("Account__c", "Account__r", &["Account"]).children("Subscriptions__r"),
            reference("Billing_Contact__c", "Billing_Contact__r", &["Contact"])
                .children("Subscriptions__r"),
            picklist("Plan__c", &["Basic", "Plus", "Grand"]),
            currency("Monthly_Fee__c", 18, 2),
            Field::new("Seats__c", T::Int),
            date("Start__c"),
            boolean("Active__c"),
        ],
    ];
    SObject::new("Subscription__c", "a00", fields.concat())
}
