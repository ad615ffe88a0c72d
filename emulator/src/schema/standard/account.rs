//! Accounts.

use super::values::{CLEAN_STATUS, INDUSTRIES, LEAD_SOURCES, RATINGS};
use crate::schema::definition::{
    address, currency, date, datetime, external_id, image_url, int, is_deleted, owner, phone,
    picklist, reference, restricted, stamps, string, text_area, url,
};
use crate::schema::sobject::SObject;

pub(super) fn account() -> SObject {
    let fields = [
        vec![
            is_deleted(),
            reference("MasterRecordId", "MasterRecord", &["Account"]).read_only(),
            string("Name", 255)
                .label("Account Name")
                .required()
                .name_field(),
            picklist(
                "Type",
                &[
                    "Prospect",
                    "Customer",
                    "Partner",
                    "Customer - Direct",
                    "Customer - Channel",
                    "Other",
                ],
            )
            .label("Account Type"),
            reference("ParentId", "Parent", &["Account"])
                .label("Parent Account ID")
                .children("ChildAccounts"),
        ],
        address("Billing"),
        address("Shipping"),
        vec![
            phone("Phone").label("Account Phone"),
            phone("Fax").label("Account Fax"),
            string("AccountNumber", 40),
            url("Website"),
            image_url("PhotoUrl").label("Photo URL").read_only(),
            string("Sic", 20).label("SIC Code"),
            picklist("Industry", &INDUSTRIES),
            currency("AnnualRevenue", 18, 2),
            int("NumberOfEmployees").label("Employees"),
            picklist("Ownership", &["Public", "Private", "Subsidiary", "Other"]),
            string("TickerSymbol", 20),
            text_area("Description", 32_000).label("Account Description"),
            picklist("Rating", &RATINGS).label("Account Rating"),
            string("Site", 80).label("Account Site"),
            owner(&["User"]),
        ],
        stamps(),
        vec![
            date("LastActivityDate").label("Last Activity").read_only(),
            datetime("LastViewedDate").read_only(),
            datetime("LastReferencedDate").read_only(),
            string("Jigsaw", 20).label("Data.com Key"),
            string("JigsawCompanyId", 20).read_only(),
            restricted("CleanStatus", &CLEAN_STATUS).length(40),
            picklist("AccountSource", &LEAD_SOURCES),
            string("DunsNumber", 9).label("D-U-N-S Number"),
            string("Tradestyle", 255),
            string("NaicsCode", 8).label("NAICS Code"),
            string("NaicsDesc", 120).label("NAICS Description"),
            string("YearStarted", 4),
            string("SicDesc", 80).label("SIC Description"),
            picklist("Tier__c", &["Gold", "Silver", "Bronze"]),
            external_id(),
        ],
    ];
    SObject::new("Account", "001", fields.concat()).mergeable()
}
