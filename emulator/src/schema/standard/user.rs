//! Users, their roles and groups.

use super::values::{ACCESS, HOURS, LANGUAGES, LOCALES, TIME_ZONES, USER_TYPES};
use crate::schema::definition::{
    address, boolean, datetime, email, int, phone, reference, restricted, stamps, string, system,
    text_area, url,
};
use crate::schema::sobject::{NAME, SObject};

pub(super) fn user() -> SObject {
    let fields = [
        vec![
            string("Username", 80).required().id_lookup(),
            string("LastName", 80).required(),
            string("FirstName", 40),
            string("Name", 121)
                .label("Full Name")
                .not_nillable()
                .read_only()
                .name_field(),
            string("CompanyName", 80),
            string("Division", 80),
            string("Department", 80),
            string("Title", 80),
        ],
        address(""),
        vec![
            email("Email").required().id_lookup(),
            email("SenderEmail").label("Email Sender Address"),
            string("SenderName", 80).label("Email Sender Name"),
            text_area("Signature", 1_333)
                .label("Email Signature")
                .filterable(),
            phone("Phone"),
            phone("Fax"),
            phone("MobilePhone").label("Mobile"),
            string("Alias", 8).required(),
            string("CommunityNickname", 40).label("Nickname").required(),
            string("BadgeText", 80)
                .label("User Photo badge text overlay")
                .read_only(),
            boolean("IsActive").label("Active"),
            restricted("TimeZoneSidKey", &TIME_ZONES)
                .label("Time Zone")
                .required(),
            reference("UserRoleId", "UserRole", &["UserRole"])
                .label("Role ID")
                .children("Users"),
            restricted("LocaleSidKey", &LOCALES)
                .label("Locale")
                .required(),
            boolean("ReceivesInfoEmails").label("Info Emails"),
            boolean("ReceivesAdminInfoEmails").label("Admin Info Emails"),
            restricted("EmailEncodingKey", &["UTF-8", "ISO-8859-1"])
                .label("Email Encoding")
                .required(),
            reference("ProfileId", "Profile", &["Profile"])
                .required()
                .children("Users"),
            restricted("UserType", &USER_TYPES).read_only(),
            restricted("StartDay", &HOURS).label("Start of Day"),
            restricted("EndDay", &HOURS).label("End of Day"),
            restricted("LanguageLocaleKey", &LANGUAGES)
                .label("Language")
                .required(),
            string("EmployeeNumber", 20),
            reference(
                "DelegatedApproverId",
                "DelegatedApprover",
                &["Group", "User"],
            )
            .children("DelegatedUsers"),
            reference("ManagerId", "Manager", &["User"]).children("ManagedUsers"),
            datetime("LastLoginDate").label("Last Login").read_only(),
            datetime("LastPasswordChangeDate")
                .label("Last Password Change or Reset")
                .read_only(),
        ],
        stamps(),
        vec![
            datetime("PasswordExpirationDate").read_only(),
            int("NumberOfFailedLogins")
                .label("Failed Login Attempts")
                .read_only(),
            boolean("ForecastEnabled").label("Allow Forecasting"),
            boolean("HasUserVerifiedPhone")
                .label("User Verified Mobile Number")
                .read_only(),
            boolean("HasUserVerifiedEmail")
                .label("User Verified Email")
                .read_only(),
            reference("ContactId", "Contact", &["Contact"]),
            reference("AccountId", "Account", &["Account"])
                .read_only()
                .children("Users"),
            phone("Extension"),
            string("FederationIdentifier", 512)
                .label("SAML Federation ID")
                .id_lookup()
                .not_groupable(),
            text_area("AboutMe", 1_000).filterable(),
            url("FullPhotoUrl")
                .length(1_024)
                .label("Url for full-sized Photo")
                .read_only()
                .not_groupable(),
            url("SmallPhotoUrl")
                .length(1_024)
                .label("Photo")
                .read_only()
                .not_groupable(),
            restricted("DigestFrequency", &["D", "W", "N"])
                .labels(&["Daily", "Weekly", "Never"])
                .label("Chatter Email Highlights Frequency")
                .not_nillable()
                .default("D"),
            restricted("DefaultGroupNotificationFrequency", &["P", "D", "W", "N"])
                .labels(&[
                    "Email on every post",
                    "Daily digests",
                    "Weekly digests",
                    "Never",
                ])
                .label("Default Notification Frequency when Joining Groups")
                .not_nillable()
                .default("N"),
            datetime("LastViewedDate").read_only(),
            datetime("LastReferencedDate").read_only(),
        ],
    ];
    SObject::new("User", "005", fields.concat())
        .named_layout("UserAlt")
        .in_interface()
}

pub(super) fn user_role() -> SObject {
    let fields = [vec![
        string("Name", 80).required().id_lookup().name_field(),
        reference("ParentRoleId", "ParentRole", &["UserRole"]),
        string("RollupDescription", 80).label("Description"),
        restricted("OpportunityAccessForAccountOwner", &ACCESS)
            .label("Opportunity Access Level for Account Owner")
            .required(),
        restricted("CaseAccessForAccountOwner", &ACCESS)
            .label("Case Access Level for Account Owner"),
        restricted("ContactAccessForAccountOwner", &ACCESS)
            .label("Contact Access Level for Account Owner")
            .read_only(),
        boolean("MayForecastManagerShare").read_only(),
        string("DeveloperName", 80),
        restricted("PortalType", &["None", "CustomerPortal", "Partner"]).create_only(),
        system(datetime("LastModifiedDate")),
        system(reference("LastModifiedById", "LastModifiedBy", &["User"])),
        system(datetime("SystemModstamp")),
    ]];
    SObject::new("UserRole", "00E", fields.concat()).labels("Role", "Role")
}

pub(super) fn group() -> SObject {
    let fields = [
        vec![
            string("Name", 40).required().id_lookup().name_field(),
            string("DeveloperName", 80),
            reference("RelatedId", "Related", &["User", "UserRole"]).read_only(),
            restricted(
                "Type",
                &[
                    "Regular",
                    "Role",
                    "RoleAndSubordinates",
                    "Organization",
                    "Queue",
                ],
            )
            .required()
            .create_only(),
            email("Email"),
            reference("OwnerId", "Owner", &["Organization", "User"])
                .not_nillable()
                .read_only(),
            boolean("DoesSendEmailToMembers").label("Send Email to Members"),
            boolean("DoesIncludeBosses").label("Include Bosses"),
        ],
        stamps(),
        vec![text_area("Description", 1_000).filterable()],
    ];
    SObject::new("Group", "00G", fields.concat())
}

/// What a lookup of several kinds of records tells of all of them.
///
/// Its rows are those of the other objects, so that it has no prefix of its own.
pub(super) fn name() -> SObject {
    let fields = vec![
        string("Name", 255).read_only().name_field(),
        string("LastName", 80).read_only(),
        string("FirstName", 40).read_only(),
        restricted("Type", &[]).read_only(),
        string("Alias", 8).read_only(),
        reference("UserRoleId", "UserRole", &["UserRole"])
            .label("Role ID")
            .read_only(),
        reference("ProfileId", "Profile", &["Profile"]).read_only(),
        boolean("IsActive").label("Active").read_only(),
        string("Title", 128).read_only(),
        email("Email").read_only(),
        phone("Phone").read_only(),
        string("Username", 80).read_only(),
    ];
    SObject::new(NAME, "", fields).not_queryable()
}
