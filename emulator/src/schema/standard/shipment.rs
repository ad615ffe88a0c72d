//! An external object: its rows live in another system.
//!
//! Source: Salesforce Help, "External Objects"; its standard fields are those of
//! "Access External Data from Salesforce".

use crate::schema::definition::{date, double, reference, string, url};
use crate::schema::sobject::SObject;

pub(super) fn shipment() -> SObject {
    let fields = vec![
        string("ExternalId", 255)
            .label("External ID")
            .required()
            .id_lookup()
            .name_field(),
        url("DisplayUrl")
            .length(1_000)
            .label("Display URL")
            .not_groupable(),
        reference("Account__c", "Account__r", &["Account"]).children("Shipments__r"),
        string("Carrier__c", 80),
        double("Weight__c", 18, 3),
        date("Sent__c"),
    ];
    let mut shipment = SObject::new("Shipment__x", "x00", fields).in_interface();
    shipment.triggerable = false;
    shipment.read_only()
}
