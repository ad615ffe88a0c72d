//! Opportunities and their line items.

use super::values::LEAD_SOURCES;
use crate::schema::definition::{
    boolean, currency, date, datetime, double, int, is_deleted, owner, percent, picklist,
    reference, restricted, stamps, string, text_area,
};
use crate::schema::sobject::SObject;

pub(super) fn opportunity() -> SObject {
    let fields = [
        vec![
            is_deleted(),
            reference("AccountId", "Account", &["Account"])
                .children("Opportunities")
                .cascade(),
            boolean("IsPrivate").label("Private"),
            string("Name", 120).required().id_lookup().name_field(),
            text_area("Description", 32_000),
            picklist(
                "StageName",
                &[
                    "Prospecting",
                    "Qualification",
                    "Proposal",
                    "Negotiation",
                    "Closed Won",
                    "Closed Lost",
                ],
            )
            .label("Stage")
            .required(),
            currency("Amount", 18, 2),
            percent("Probability", 3, 0)
                .label("Probability (%)")
                .defaulted(),
            currency("ExpectedRevenue", 18, 2)
                .label("Expected Amount")
                .derived("\"Amount\" * \"Probability\" / 100"),
            double("TotalOpportunityQuantity", 18, 2).label("Quantity"),
            date("CloseDate").required(),
            picklist("Type", &["Existing Business", "New Business"]).label("Opportunity Type"),
            string("NextStep", 255),
            picklist("LeadSource", &LEAD_SOURCES),
            boolean("IsClosed").label("Closed").derived("coalesce(\"StageName\" IN ('Closed Won', 'Closed Lost'), 0)"),
            boolean("IsWon").label("Won").derived("coalesce(\"StageName\" = 'Closed Won', 0)"),
            restricted(
                "ForecastCategory",
                &[
                    "Omitted",
                    "Pipeline",
                    "BestCase",
                    "MostLikely",
                    "Forecast",
                    "Closed",
                ],
            )
            .length(40)
            .not_nillable()
            .read_only(),
            restricted(
                "ForecastCategoryName",
                &[
                    "Omitted",
                    "Pipeline",
                    "Best Case",
                    "Most Likely",
                    "Commit",
                    "Closed",
                ],
            )
            .label("Forecast Category")
            .defaulted(),
            reference("CampaignId", "Campaign", &["Campaign"]).children("Opportunities"),
            boolean("HasOpportunityLineItem")
                .label("Has Line Item")
                .read_only(),
            reference("Pricebook2Id", "Pricebook2", &["Pricebook2"])
                .label("Price Book ID")
                .defaulted()
                .children("Opportunities"),
            owner(&["User"]),
        ],
        stamps(),
        vec![
            date("LastActivityDate").label("Last Activity").read_only(),
            int("PushCount").read_only(),
            datetime("LastStageChangeDate").read_only(),
            int("FiscalQuarter").derived("(CAST(substr(\"CloseDate\", 6, 2) AS INTEGER) + 2) / 3"),
            int("FiscalYear").derived("CAST(substr(\"CloseDate\", 1, 4) AS INTEGER)"),
            string("Fiscal", 6).label("Fiscal Period").derived("substr(\"CloseDate\", 1, 4) || ' ' || ((CAST(substr(\"CloseDate\", 6, 2) AS INTEGER) + 2) / 3)"),
            reference("ContactId", "Contact", &["Contact"])
                .create_only()
                .children("Opportunities"),
            datetime("LastViewedDate").read_only(),
            datetime("LastReferencedDate").read_only(),
        ],
    ];
    SObject::new("Opportunity", "006", fields.concat())
        .labels("Opportunity", "Opportunities")
        .with_feed()
}

pub(super) fn opportunity_line_item() -> SObject {
    let fields = [
        vec![
            reference("OpportunityId", "Opportunity", &["Opportunity"])
                .required()
                .create_only()
                .children("OpportunityLineItems")
                .cascade(),
            int("SortOrder"),
            reference("PricebookEntryId", "PricebookEntry", &["PricebookEntry"])
                .label("Price Book Entry ID")
                .create_only()
                .children("OpportunityLineItems")
                .restrict(),
            reference("Product2Id", "Product2", &["Product2"])
                .label("Product ID")
                .create_only()
                .children("OpportunityLineItems"),
            string("ProductCode", 255).read_only(),
            string("Name", 376)
                .label("Opportunity Product Name")
                .read_only()
                .not_groupable()
                .name_field(),
            double("Quantity", 12, 2).required(),
            currency("TotalPrice", 18, 2).defaulted(),
            currency("UnitPrice", 18, 2)
                .label("Sales Price")
                .defaulted(),
            currency("ListPrice", 18, 2).read_only(),
            date("ServiceDate").label("Date"),
            string("Description", 255).label("Line Description"),
        ],
        stamps(),
        vec![
            is_deleted(),
            datetime("LastViewedDate").read_only(),
            datetime("LastReferencedDate").read_only(),
        ],
    ];
    SObject::new("OpportunityLineItem", "00k", fields.concat())
        .labels("Opportunity Product", "Opportunity Products")
        .id_label("Line Item ID")
        .in_interface()
}
