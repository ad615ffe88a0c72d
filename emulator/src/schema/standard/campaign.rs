//! Campaigns and their members.

use super::values::{LEAD_SOURCES, SALUTATIONS};
use crate::schema::definition::{
    boolean, currency, date, datetime, double, email, int, is_deleted, owner, percent, phone,
    picklist, reference, stamps, string, text_area,
};
use crate::schema::sobject::SObject;

pub(super) fn campaign() -> SObject {
    let fields = [
        vec![
            is_deleted(),
            string("Name", 80).required().id_lookup().name_field(),
            reference("ParentId", "Parent", &["Campaign"])
                .label("Parent Campaign ID")
                .children("ChildCampaigns"),
            picklist(
                "Type",
                &[
                    "Conference",
                    "Webinar",
                    "Trade Show",
                    "Direct Mail",
                    "Email",
                    "Other",
                ],
            )
            .default("Conference"),
            picklist(
                "Status",
                &["Planned", "In Progress", "Completed", "Aborted"],
            )
            .default("Planned"),
            date("StartDate"),
            date("EndDate"),
            currency("ExpectedRevenue", 18, 0).label("Expected Revenue in Campaign"),
            currency("BudgetedCost", 18, 0).label("Budgeted Cost in Campaign"),
            currency("ActualCost", 18, 0).label("Actual Cost in Campaign"),
            percent("ExpectedResponse", 10, 2).label("Expected Response (%)"),
            double("NumberSent", 18, 0).label("Num Sent in Campaign"),
            boolean("IsActive").label("Active"),
            text_area("Description", 32_000),
            int("NumberOfLeads")
                .label("Leads in Campaign")
                .not_nillable()
                .read_only(),
            int("NumberOfConvertedLeads")
                .label("Converted Leads in Campaign")
                .not_nillable()
                .read_only(),
            int("NumberOfContacts")
                .label("Contacts in Campaign")
                .not_nillable()
                .read_only(),
            int("NumberOfResponses")
                .label("Responses in Campaign")
                .not_nillable()
                .read_only(),
            int("NumberOfOpportunities")
                .label("Opportunities in Campaign")
                .not_nillable()
                .read_only(),
            int("NumberOfWonOpportunities")
                .label("Won Opportunities in Campaign")
                .not_nillable()
                .read_only(),
            currency("AmountAllOpportunities", 18, 0)
                .label("Value Opportunities in Campaign")
                .not_nillable()
                .read_only(),
            currency("AmountWonOpportunities", 18, 0)
                .label("Value Won Opportunities in Campaign")
                .not_nillable()
                .read_only(),
            owner(&["User"]),
        ],
        stamps(),
        vec![
            date("LastActivityDate").label("Last Activity").read_only(),
            datetime("LastViewedDate").read_only(),
            datetime("LastReferencedDate").read_only(),
            reference(
                "CampaignMemberRecordTypeId",
                "CampaignMemberRecordType",
                &["RecordType"],
            )
            .label("Record Type ID"),
        ],
    ];
    SObject::new("Campaign", "701", fields.concat()).with_feed()
}

pub(super) fn campaign_member() -> SObject {
    let fields = [
        vec![
            is_deleted(),
            reference("CampaignId", "Campaign", &["Campaign"])
                .required()
                .create_only()
                .children("CampaignMembers")
                .cascade(),
            reference("LeadId", "Lead", &["Lead"])
                .create_only()
                .children("CampaignMembers")
                .cascade(),
            reference("ContactId", "Contact", &["Contact"])
                .create_only()
                .children("CampaignMembers")
                .cascade(),
            picklist("Status", &["Sent", "Responded"]),
            boolean("HasResponded")
                .label("Responded")
                .derived("coalesce(\"Status\" = 'Responded', 0)"),
        ],
        stamps(),
        vec![
            date("FirstRespondedDate").read_only(),
            picklist("Salutation", &SALUTATIONS).length(40).read_only(),
            string("Name", 121).read_only().name_field(),
            string("FirstName", 40).read_only(),
            string("LastName", 80).read_only(),
            string("Title", 128).read_only(),
            string("Street", 255).read_only(),
            string("City", 40).read_only(),
            string("State", 80).label("State/Province").read_only(),
            string("PostalCode", 20)
                .label("Zip/Postal Code")
                .read_only(),
            string("Country", 80).read_only(),
            email("Email").read_only(),
            phone("Phone").read_only(),
            phone("Fax").read_only(),
            phone("MobilePhone").label("Mobile").read_only(),
            text_area("Description", 32_000).read_only(),
            boolean("DoNotCall").read_only(),
            boolean("HasOptedOutOfEmail")
                .label("Email Opt Out")
                .read_only(),
            boolean("HasOptedOutOfFax").label("Fax Opt Out").read_only(),
            picklist("LeadSource", &LEAD_SOURCES).read_only(),
            string("CompanyOrAccount", 255)
                .label("Company (Account)")
                .read_only(),
            string("Type", 40).read_only(),
            reference("LeadOrContactId", "LeadOrContact", &["Contact", "Lead"])
                .label("Related Record ID")
                .read_only(),
            reference(
                "LeadOrContactOwnerId",
                "LeadOrContactOwner",
                &["Group", "User"],
            )
            .label("Related Record Owner ID")
            .read_only(),
        ],
    ];
    SObject::new("CampaignMember", "00v", fields.concat()).in_interface()
}
