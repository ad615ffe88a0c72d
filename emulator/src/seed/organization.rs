//! The organization, its users, and what they may do.

use rusqlite::types::Value;

use super::row::{USERS, boolean, created, id, integer, modified, text, user, written};
use super::{Org, names};
use crate::database::Row;

pub(super) const PROFILES: usize = 3;
pub(super) const ROLES: usize = 3;
pub(super) const GROUPS: usize = 2;

pub(super) fn organization(_: &Org, n: usize) -> Row<'static> {
    let mut row = vec![
        ("Id", id("00D", n)),
        ("Name", text("Acme Emulated")),
        ("City", text(names::CITIES[0])),
        ("Country", text("Freedonia")),
        ("PrimaryContact", text("Wilhelmina Ashgrove")),
        ("DefaultLocaleSidKey", text("en_US")),
        ("TimeZoneSidKey", text("GMT")),
        ("LanguageLocaleKey", text("en_US")),
        ("FiscalYearStartMonth", Value::Integer(1)),
        ("DefaultAccountAccess", text("Edit")),
        ("DefaultContactAccess", text("ControlledByParent")),
        ("DefaultOpportunityAccess", text("Edit")),
        ("DefaultLeadAccess", text("Edit")),
        ("DefaultCaseAccess", text("Edit")),
        ("UiSkin", text("Theme3")),
        ("OrganizationType", text("Developer Edition")),
        ("InstanceName", text("EMU1")),
        ("IsSandbox", boolean(false)),
        ("IsReadOnly", boolean(false)),
    ];
    row.extend(written(n));
    row
}

pub(super) fn user_license(_: &Org, n: usize) -> Row<'static> {
    let mut row = vec![
        ("Id", id("100", n)),
        ("LicenseDefinitionKey", text("SFDC")),
        ("TotalLicenses", integer(10)),
        ("Status", text("Active")),
        ("UsedLicenses", integer(USERS)),
        ("UsedLicensesLastUpdated", Value::Integer(created(n))),
        ("Name", text("Salesforce")),
        ("MasterLabel", text("Salesforce")),
    ];
    row.extend(written(n));
    row
}

pub(super) fn profile(_: &Org, n: usize) -> Row<'static> {
    let name = ["System Administrator", "Standard User", "Integration"][n % PROFILES];
    let mut row = vec![
        ("Id", id("00e", n)),
        ("Name", text(name)),
        ("UserLicenseId", id("100", 0)),
        ("UserType", text("Standard")),
    ];
    row.extend(written(n));
    row
}

pub(super) fn role(_: &Org, n: usize) -> Row<'static> {
    let (name, developer_name) = [
        ("Management", "Management"),
        ("Sales", "Sales"),
        ("Support", "Support"),
    ][n % ROLES];
    let mut row = vec![
        ("Id", id("00E", n)),
        ("Name", text(name)),
        ("DeveloperName", text(developer_name)),
        (
            "ParentRoleId",
            if n == 0 { Value::Null } else { id("00E", 0) },
        ),
        ("OpportunityAccessForAccountOwner", text("Edit")),
        ("CaseAccessForAccountOwner", text("Edit")),
        ("ContactAccessForAccountOwner", text("Edit")),
        ("PortalType", text("None")),
    ];
    row.extend(modified(n));
    row
}

pub(super) fn group(_: &Org, n: usize) -> Row<'static> {
    let (name, developer_name, kind) = [
        ("Support Queue", "Support_Queue", "Queue"),
        ("Everybody in Sales", "Everybody_in_Sales", "Regular"),
    ][n % GROUPS];
    let mut row = vec![
        ("Id", id("00G", n)),
        ("Name", text(name)),
        ("DeveloperName", text(developer_name)),
        ("Type", text(kind)),
        ("OwnerId", id("00D", 0)),
    ];
    row.extend(written(n));
    row
}

pub(super) fn person(_: &Org, n: usize) -> Row<'static> {
    let (first, last, title) = names::USERS[n % names::USERS.len()];
    let handle = format!("{}@demo.example", last.to_lowercase());
    let alias: String = last.to_lowercase().chars().take(8).collect();
    let mut row = vec![
        ("Id", user(n)),
        ("Username", text(&handle)),
        ("LastName", text(last)),
        ("FirstName", text(first)),
        ("Name", text(&format!("{first} {last}"))),
        ("Email", text(&handle)),
        ("Title", text(title)),
        ("Alias", text(&alias)),
        ("CommunityNickname", text(&alias)),
        ("IsActive", boolean(true)),
        ("ManagerId", if n < 2 { Value::Null } else { user(1) }),
        (
            "ProfileId",
            id("00e", if n == 0 { 2 } else { n.min(2) - 1 }),
        ),
        (
            "UserRoleId",
            if n == 0 {
                Value::Null
            } else {
                id("00E", n.min(2) - 1)
            },
        ),
        ("TimeZoneSidKey", text("GMT")),
        ("LocaleSidKey", text("en_US")),
        ("LanguageLocaleKey", text("en_US")),
        ("EmailEncodingKey", text("UTF-8")),
        ("UserType", text("Standard")),
        ("DigestFrequency", text("D")),
        ("DefaultGroupNotificationFrequency", text("N")),
    ];
    row.extend(written(n));
    row
}

/// The schema's record types are records, too.
pub(super) fn record_type(org: &Org, n: usize) -> Row<'static> {
    let Some((object, record_type)) = org.record_types.get(n) else {
        return Row::new();
    };
    let mut row = vec![
        ("Id", Value::Text(record_type.id.to_string())),
        ("Name", text(&record_type.name)),
        ("DeveloperName", text(&record_type.developer_name)),
        ("SobjectType", text(object)),
        ("IsActive", boolean(record_type.active)),
    ];
    row.extend(written(n));
    row
}
