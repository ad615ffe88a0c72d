//! Campaigns and their members.

use rusqlite::types::Value;

use super::accounts::{CONTACTS, LEADS};
use super::row::{FIRST_DAY, boolean, day, id, integer, ownership, pick, some, text, written};
use super::{DELETED, Org, names};
use crate::database::Row;

pub(super) const CAMPAIGNS: usize = 4;
pub(super) const MEMBERS: usize = 24;

pub(super) fn campaign(_: &Org, n: usize) -> Row<'static> {
    let members = |kind: fn(usize) -> bool| {
        let own = (0..MEMBERS).filter(|member| member % CAMPAIGNS == n);
        integer(own.filter(|&member| kind(member)).count())
    };
    let mut row = vec![
        ("Id", id("701", n)),
        ("Name", text(names::CAMPAIGNS[n % names::CAMPAIGNS.len()])),
        (
            "ParentId",
            if n == 0 {
                Value::Null
            } else {
                id("701", (n - 1) / 2)
            },
        ),
        (
            "Type",
            pick(n, &["Conference", "Webinar", "Email", "Trade Show"]),
        ),
        ("Status", pick(n, &["Completed", "In Progress", "Planned"])),
        ("StartDate", day(FIRST_DAY, n * 30)),
        ("EndDate", day(FIRST_DAY, n * 30 + 14)),
        ("BudgetedCost", Value::Real(n as f64 * 2_500.0)),
        ("ExpectedResponse", Value::Real(5.0)),
        ("NumberSent", Value::Real(200.0)),
        ("IsActive", boolean(n != 0)),
        ("NumberOfLeads", members(is_lead)),
        ("NumberOfConvertedLeads", integer(0)),
        ("NumberOfContacts", members(|member| !is_lead(member))),
        ("NumberOfResponses", members(has_responded)),
        ("NumberOfOpportunities", integer(0)),
        ("NumberOfWonOpportunities", integer(0)),
        ("AmountAllOpportunities", Value::Real(0.0)),
        ("AmountWonOpportunities", Value::Real(0.0)),
    ];
    row.extend(ownership(n));
    row
}

fn is_lead(member: usize) -> bool {
    member.is_multiple_of(3)
}

fn has_responded(member: usize) -> bool {
    member % 4 == 1
}

pub(super) fn member(_: &Org, n: usize) -> Row<'static> {
    let lead = id("00Q", n % (LEADS - DELETED));
    let contact = id("003", n % CONTACTS);
    let (lead, contact) = if is_lead(n) {
        (lead, Value::Null)
    } else {
        (Value::Null, contact)
    };
    let person = if is_lead(n) {
        n % (LEADS - DELETED) * 7 + 5
    } else {
        n % CONTACTS
    };
    let (first, last) = names::person(person);
    let own = if lead == Value::Null {
        contact.clone()
    } else {
        lead.clone()
    };
    let mut row = vec![
        ("Id", id("00v", n)),
        ("CampaignId", id("701", n % CAMPAIGNS)),
        ("LeadId", lead),
        ("ContactId", contact),
        ("LeadOrContactId", own),
        (
            "Status",
            text(if has_responded(n) {
                "Responded"
            } else {
                "Sent"
            }),
        ),
        ("FirstRespondedDate", some(n + 3, 4, || day(FIRST_DAY, n))),
        ("FirstName", text(first)),
        ("LastName", text(last)),
        ("Name", text(&format!("{first} {last}"))),
        ("Type", text(if is_lead(n) { "Lead" } else { "Contact" })),
    ];
    row.extend(written(n));
    row
}
