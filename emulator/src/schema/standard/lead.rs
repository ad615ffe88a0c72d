//! Leads.

use super::values::{CLEAN_STATUS, INDUSTRIES, LEAD_SOURCES, RATINGS, SALUTATIONS};
use crate::schema::definition::{
    address, boolean, currency, date, datetime, email, image_url, int, is_deleted, owner, phone,
    picklist, reference, restricted, stamps, string, text_area, url,
};
use crate::schema::sobject::SObject;

pub(super) fn lead() -> SObject {
    let fields = [
        vec![
            is_deleted(),
            reference("MasterRecordId", "MasterRecord", &["Lead"]).read_only(),
            string("LastName", 80).required(),
            string("FirstName", 40),
            picklist("Salutation", &SALUTATIONS).length(40),
            string("Name", 121)
                .label("Full Name")
                .not_nillable()
                .read_only()
                .name_field(),
            string("Title", 128),
            string("Company", 255).required(),
        ],
        address(""),
        vec![
            phone("Phone"),
            phone("MobilePhone"),
            phone("Fax"),
            email("Email").id_lookup(),
            url("Website"),
            image_url("PhotoUrl").label("Photo URL").read_only(),
            text_area("Description", 32_000),
            picklist("LeadSource", &LEAD_SOURCES),
            picklist(
                "Status",
                &[
                    "Open - Not Contacted",
                    "Working - Contacted",
                    "Closed - Converted",
                    "Closed - Not Converted",
                ],
            )
            .not_nillable()
            .default("Open - Not Contacted"),
            picklist("Industry", &INDUSTRIES),
            picklist("Rating", &RATINGS),
            currency("AnnualRevenue", 18, 0),
            int("NumberOfEmployees").label("Employees"),
            owner(&["Group", "User"]),
            boolean("IsConverted").label("Converted").create_only(),
            date("ConvertedDate").read_only(),
            reference("ConvertedAccountId", "ConvertedAccount", &["Account"]).read_only(),
            reference("ConvertedContactId", "ConvertedContact", &["Contact"]).read_only(),
            reference(
                "ConvertedOpportunityId",
                "ConvertedOpportunity",
                &["Opportunity"],
            )
            .read_only(),
            boolean("HasOptedOutOfEmail").label("Email Opt Out"),
            boolean("DoNotCall"),
            boolean("IsUnreadByOwner").label("Unread By Owner"),
        ],
        stamps(),
        vec![
            date("LastActivityDate").label("Last Activity").read_only(),
            datetime("LastViewedDate").read_only(),
            datetime("LastReferencedDate").read_only(),
            string("Jigsaw", 20).label("Data.com Key"),
            string("JigsawContactId", 20).read_only(),
            restricted("CleanStatus", &CLEAN_STATUS).length(40),
            string("CompanyDunsNumber", 9).label("Company D-U-N-S Number"),
            string("EmailBouncedReason", 255).update_only(),
            datetime("EmailBouncedDate").update_only(),
        ],
    ];
    SObject::new("Lead", "00Q", fields.concat()).mergeable()
}
