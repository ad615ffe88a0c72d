//! A custom object with a field of every type.

use crate::schema::data_type::DataType as T;
use crate::schema::definition::{
    boolean, currency, custom_address, date, datetime, double, email, is_deleted, location, owner,
    percent, phone, picklist, record_type, reference, restricted, stamps, string, text_area, url,
};
use crate::schema::field::Field;
use crate::schema::sobject::SObject;

pub(super) fn specimen() -> SObject {
    let fields = [
        vec![
            owner(&["Group", "User"]),
            is_deleted(),
            string("Name", 80)
                .label("Specimen Name")
                .id_lookup()
                .name_field(),
        ],
        stamps(),
        vec![
            record_type(),
            reference("Account__c", "Account__r", &["Account"]).children("Specimens__r"),
            reference("Subscription__c", "Subscription__r", &["Subscription__c"])
                .children("Specimens__r"),
            reference("Found_In__c", "Found_In__r", &["Specimen__c"]).children("Contains__r"),
            string("Text__c", 255),
            string("Code__c", 20).unique().case_sensitive(),
            text_area("Text_Area__c", 255),
            text_area("Long_Text__c", 32_768),
            text_area("Rich_Text__c", 32_768).html(),
            restricted("Picklist__c", &["Red", "Green", "Blue"]),
            picklist("Shade__c", &["Pale", "Deep", "Mossy", "Azure"])
                .depends_on("Picklist__c", &[&[0, 1, 2], &[0, 1, 2], &[1], &[2]]),
            Field::new("Multi_Picklist__c", T::MultiPicklist).values(&["A", "B", "C", "D"]),
            email("Email__c"),
            phone("Phone__c"),
            url("Url__c"),
            boolean("Checkbox__c"),
            double("Number__c", 18, 3),
            Field::new("Count__c", T::Long),
            currency("Currency__c", 18, 2),
            percent("Percent__c", 18, 2),
            date("Date__c"),
            datetime("Date_Time__c"),
            Field::new("Time__c", T::Time),
            Field::new("Encrypted__c", T::EncryptedString),
            string("Serial__c", 30).auto_number("N-{00000}"),
            double("Double__c", 18, 3).computed("Number__c * 2", "\"Number__c\" * 2"),
        ],
        location("Site", "Site"),
        custom_address("Origin"),
    ];
    SObject::new("Specimen__c", "a01", fields.concat())
        .record_types(&[("Mineral", "Mineral"), ("Fossil", "Fossil")])
}
