//! Cases.

use crate::schema::definition::{
    boolean, datetime, email, is_deleted, owner, phone, picklist, record_type, reference, stamps,
    string, text_area,
};
use crate::schema::sobject::SObject;

pub(super) fn case() -> SObject {
    let fields = [
        vec![
            is_deleted(),
            reference("MasterRecordId", "MasterRecord", &["Case"]).read_only(),
            string("CaseNumber", 30)
                .auto_number("{00000000}")
                .id_lookup()
                .not_groupable()
                .name_field(),
            reference("ContactId", "Contact", &["Contact"]).children("Cases"),
            reference("AccountId", "Account", &["Account"]).children("Cases"),
            reference("ParentId", "Parent", &["Case"])
                .label("Parent Case ID")
                .children("Cases"),
            string("SuppliedName", 80).label("Name"),
            email("SuppliedEmail").label("Email Address"),
            string("SuppliedPhone", 40).label("Phone"),
            string("SuppliedCompany", 80).label("Company"),
            record_type(),
            picklist("Type", &["Question", "Problem", "Feature Request"]).label("Case Type"),
            picklist("Status", &["New", "Working", "Escalated", "Closed"]).default("New"),
            picklist(
                "Reason",
                &[
                    "Installation",
                    "Performance",
                    "Breakdown",
                    "Feedback",
                    "Other",
                ],
            )
            .label("Case Reason"),
            picklist("Origin", &["Phone", "Email", "Web"]).label("Case Origin"),
            string("Subject", 255),
            picklist("Priority", &["High", "Medium", "Low"]).default("Medium"),
            text_area("Description", 32_000),
            boolean("IsClosed")
                .label("Closed")
                .derived("coalesce(\"Status\" = 'Closed', 0)"),
            datetime("ClosedDate").read_only(),
            boolean("IsEscalated").label("Escalated"),
            owner(&["Group", "User"]),
        ],
        stamps(),
        vec![
            phone("ContactPhone").read_only(),
            phone("ContactMobile").read_only(),
            email("ContactEmail").read_only(),
            phone("ContactFax").read_only(),
            text_area("Comments", 4_000).label("Internal Comments"),
            datetime("LastViewedDate").read_only(),
            datetime("LastReferencedDate").read_only(),
        ],
    ];
    SObject::new("Case", "500", fields.concat())
        .record_types(&[("Support", "Support Case"), ("Return", "Return of Goods")])
        .with_feed()
}
