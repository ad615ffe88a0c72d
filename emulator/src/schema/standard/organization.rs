//! The organization, its profiles and record types.

use super::values::{ACCESS, LANGUAGES, LOCALES, TIME_ZONES, USER_TYPES};
use crate::schema::definition::{
    address, boolean, datetime, email, int, phone, reference, restricted, stamps, string,
};
use crate::schema::field::Field;
use crate::schema::sobject::{RECORD_TYPE, SObject};

pub(super) fn organization() -> SObject {
    let fields = [
        vec![
            string("Name", 80)
                .not_nillable()
                .update_only()
                .id_lookup()
                .name_field(),
            string("Division", 80).update_only(),
        ],
        address("").into_iter().map(Field::update_only).collect(),
        vec![
            phone("Phone").update_only(),
            phone("Fax").update_only(),
            string("PrimaryContact", 80).update_only(),
            restricted("DefaultLocaleSidKey", &LOCALES)
                .label("Locale")
                .not_nillable()
                .update_only(),
            restricted("TimeZoneSidKey", &TIME_ZONES)
                .label("Time Zone")
                .not_nillable()
                .update_only(),
            restricted("LanguageLocaleKey", &LANGUAGES)
                .label("Language")
                .not_nillable()
                .update_only(),
            boolean("ReceivesInfoEmails")
                .label("Info Emails")
                .update_only(),
            boolean("ReceivesAdminInfoEmails")
                .label("Info Emails Admin")
                .update_only(),
            int("FiscalYearStartMonth")
                .label("Fiscal Year Starts In")
                .read_only(),
            boolean("UsesStartDateAsFiscalYearName")
                .label("Fiscal Year Name by Start")
                .read_only(),
            restricted("DefaultAccountAccess", &ACCESS).read_only(),
            restricted("DefaultContactAccess", &ACCESS).read_only(),
            restricted("DefaultOpportunityAccess", &ACCESS).read_only(),
            restricted("DefaultLeadAccess", &ACCESS).read_only(),
            restricted("DefaultCaseAccess", &ACCESS).read_only(),
            restricted("DefaultCalendarAccess", &ACCESS).read_only(),
            restricted("DefaultPricebookAccess", &ACCESS)
                .label("Default Price Book Access")
                .read_only(),
            restricted("DefaultCampaignAccess", &ACCESS).read_only(),
            email("ComplianceBccEmail")
                .label("Compliance BCC Email")
                .read_only(),
            restricted("UiSkin", &["Theme3", "Theme4"])
                .label("UI Skin")
                .update_only(),
            string("SignupCountryIsoCode", 2)
                .label("Signup Country")
                .read_only(),
            restricted(
                "OrganizationType",
                &[
                    "Team Edition",
                    "Professional Edition",
                    "Enterprise Edition",
                    "Developer Edition",
                    "Unlimited Edition",
                ],
            )
            .label("Edition")
            .read_only(),
            string("NamespacePrefix", 15).read_only().id_lookup(),
            string("InstanceName", 5).read_only(),
            boolean("IsSandbox").read_only(),
            string("WebToCaseDefaultOrigin", 40)
                .label("Web to Cases Default Origin")
                .update_only(),
            boolean("IsReadOnly").read_only(),
        ],
        stamps(),
    ];
    SObject::new("Organization", "00D", fields.concat()).not_createable()
}

pub(super) fn profile() -> SObject {
    let fields = [
        vec![
            string("Name", 255).required().id_lookup().name_field(),
            reference("UserLicenseId", "UserLicense", &["UserLicense"])
                .required()
                .create_only(),
            restricted("UserType", &USER_TYPES).read_only(),
        ],
        stamps(),
        vec![
            string("Description", 255),
            datetime("LastViewedDate").read_only(),
            datetime("LastReferencedDate").read_only(),
        ],
    ];
    SObject::new("Profile", "00e", fields.concat())
}

pub(super) fn record_type() -> SObject {
    let fields = [
        vec![
            string("Name", 80).required().id_lookup().name_field(),
            string("DeveloperName", 80)
                .label("Record Type Name")
                .required(),
            string("NamespacePrefix", 15).read_only(),
            string("Description", 255),
            restricted(
                "SobjectType",
                &[
                    "Account",
                    "Campaign",
                    "Case",
                    "Contact",
                    "Lead",
                    "Opportunity",
                    "Specimen__c",
                    "Subscription__c",
                ],
            )
            .label("SObject Type Name")
            .required()
            .create_only(),
            boolean("IsActive").label("Active").update_only(),
        ],
        stamps(),
    ];
    SObject::new("RecordType", RECORD_TYPE, fields.concat()).labels("Record Type", "Record Types")
}

pub(super) fn user_license() -> SObject {
    let fields = [
        vec![
            string("LicenseDefinitionKey", 40)
                .label("License Def. ID")
                .not_nillable()
                .read_only(),
            int("TotalLicenses").not_nillable().read_only(),
            restricted("Status", &["Active", "Disabled"])
                .not_nillable()
                .read_only(),
            int("UsedLicenses").not_nillable().read_only(),
            datetime("UsedLicensesLastUpdated")
                .label("Last Updated")
                .read_only(),
            string("Name", 120).not_nillable().read_only().name_field(),
            string("MasterLabel", 120)
                .label("License Label")
                .not_nillable()
                .read_only(),
        ],
        stamps(),
    ];
    SObject::new("UserLicense", "100", fields.concat()).read_only()
}
