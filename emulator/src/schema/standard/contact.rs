//! Contacts.

use super::values::{CLEAN_STATUS, LEAD_SOURCES, SALUTATIONS};
use crate::schema::definition::{
    address, boolean, date, datetime, email, external_id, image_url, is_deleted, owner, phone,
    picklist, reference, restricted, stamps, string, text_area,
};
use crate::schema::sobject::SObject;

pub(super) fn contact() -> SObject {
    let fields = [
        vec![
            is_deleted(),
            reference("MasterRecordId", "MasterRecord", &["Contact"]).read_only(),
            reference("AccountId", "Account", &["Account"])
                .children("Contacts")
                .cascade(),
            string("LastName", 80).required(),
            string("FirstName", 40),
            picklist("Salutation", &SALUTATIONS).length(40),
            string("Name", 121)
                .label("Full Name")
                .not_nillable()
                .read_only()
                .name_field(),
        ],
        address("Other"),
        address("Mailing"),
        vec![
            phone("Phone").label("Business Phone"),
            phone("Fax").label("Business Fax"),
            phone("MobilePhone"),
            phone("HomePhone"),
            phone("OtherPhone"),
            phone("AssistantPhone").label("Asst. Phone"),
            reference("ReportsToId", "ReportsTo", &["Contact"]),
            email("Email").id_lookup(),
            string("Title", 128),
            string("Department", 80),
            string("AssistantName", 40).label("Assistant's Name"),
            picklist("LeadSource", &LEAD_SOURCES),
            date("Birthdate"),
            boolean("HasOptedOutOfEmail").label("Email Opt Out"),
            boolean("DoNotCall"),
            text_area("Description", 32_000).label("Contact Description"),
            owner(&["User"]),
        ],
        stamps(),
        vec![
            date("LastActivityDate").label("Last Activity").read_only(),
            datetime("LastViewedDate").read_only(),
            datetime("LastReferencedDate").read_only(),
            string("EmailBouncedReason", 255),
            datetime("EmailBouncedDate"),
            boolean("IsEmailBounced").read_only(),
            image_url("PhotoUrl").label("Photo URL").read_only(),
            string("Jigsaw", 20).label("Data.com Key"),
            string("JigsawContactId", 20).read_only(),
            restricted("CleanStatus", &CLEAN_STATUS).length(40),
            external_id(),
        ],
    ];
    SObject::new("Contact", "003", fields.concat()).mergeable()
}
