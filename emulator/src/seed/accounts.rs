//! Accounts, contacts and leads.

use jiff::civil::date;
use rusqlite::types::Value;

use super::row::{boolean, day, every, id, integer, ownership, pick, some, text};
use super::{DELETED, Org, names};
use crate::database::Row;

pub(super) const CONTACTS: usize = 120;
pub(super) const LEADS: usize = 27;

/// Where the chain of accounts begins that is deeper than the others.
const CHAIN: usize = 12;

pub(super) fn account(org: &Org, n: usize) -> Row<'static> {
    let parent = match n {
        n if n % 10 == 9 => Some(n - 9),
        // A hierarchy of five levels: 0, 9, 12, 13, 14.
        CHAIN => Some(9),
        n if (CHAIN + 1..CHAIN + 3).contains(&n) => Some(n - 1),
        _ => None,
    };
    let mut row = vec![
        ("Id", id("001", n)),
        ("IsDeleted", boolean(n >= org.accounts)),
        ("Name", text(&names::account(n))),
        (
            "Type",
            every(n, 7, || pick(n, &["Customer", "Prospect", "Partner"])),
        ),
        ("ParentId", parent.map_or(Value::Null, |n| id("001", n))),
        (
            "BillingCountry",
            pick(n, &["Freedonia", "Ruritania", "Zubrowka"]),
        ),
        (
            "Phone",
            every(n, 5, || text(&format!("(555) 010-{:04}", n % 10_000))),
        ),
        (
            "Website",
            every(n, 6, || text(&format!("https://account{n}.example"))),
        ),
        (
            "Industry",
            every(n, 9, || {
                pick(
                    n,
                    &["Energy", "Agriculture", "Textiles", "Education", "Shipping"],
                )
            }),
        ),
        (
            "AnnualRevenue",
            every(n, 8, || Value::Real((n % 997) as f64 * 12_500.5)),
        ),
        ("NumberOfEmployees", every(n, 11, || integer(n % 5_000 + 1))),
        ("Rating", every(n, 4, || pick(n, &["Hot", "Warm", "Cold"]))),
        ("Description", some(n, 3, || text(&names::description(n)))),
        (
            "Tier__c",
            every(n, 3, || pick(n, &["Gold", "Silver", "Bronze"])),
        ),
    ];
    row.extend(billing_address(n));
    row.extend(ownership(n));
    row
}

/// An address; many lack some of its parts, and some all but the city.
fn billing_address(n: usize) -> Row<'static> {
    vec![
        (
            "BillingStreet",
            every(n, 4, || {
                text(&format!("{} Main Street\nSuite \"{}\"", n + 1, n % 9))
            }),
        ),
        ("BillingCity", pick(n, &names::CITIES)),
        ("BillingState", every(n, 2, || text("FR"))),
        ("BillingPostalCode", text(&format!("{:05}", n % 100_000))),
        (
            "BillingLatitude",
            every(n, 3, || Value::Real(48.5 + (n % 100) as f64 / 64.0)),
        ),
        (
            "BillingLongitude",
            every(n, 3, || Value::Real(-4.25 - (n % 100) as f64 / 64.0)),
        ),
        ("BillingGeocodeAccuracy", every(n, 3, || text("Address"))),
    ]
}

pub(super) fn contact(org: &Org, n: usize) -> Row<'static> {
    let (first, last) = names::person(n);
    let mut row = vec![
        ("Id", id("003", n)),
        ("IsDeleted", boolean(n >= CONTACTS)),
        ("AccountId", org.account_of_contact(n)),
        ("Salutation", some(n, 3, || pick(n, &["Ms.", "Mr.", "Dr."]))),
        ("LastName", text(last)),
        ("FirstName", text(first)),
        ("Name", text(&format!("{first} {last}"))),
        ("MailingCity", every(n, 4, || pick(n, &names::CITIES))),
        ("Phone", every(n, 5, || text(&format!("(555) 011-{n:04}")))),
        (
            "Email",
            every(n, 6, || text(&format!("contact{n}@people.example"))),
        ),
        (
            "Title",
            every(n, 4, || {
                pick(n, &["Director", "Buyer", "Clerk", "Engineer"])
            }),
        ),
        ("LeadSource", some(n, 4, || pick(n / 4, &["Web", "Other"]))),
        ("Birthdate", every(n, 3, || day(date(1960, 2, 29), n * 97))),
        ("HasOptedOutOfEmail", boolean(n.is_multiple_of(13))),
        (
            "ReportsToId",
            if n % 5 == 4 {
                id("003", n - 4)
            } else {
                Value::Null
            },
        ),
    ];
    row.extend(ownership(n));
    row
}

pub(super) fn lead(_: &Org, n: usize) -> Row<'static> {
    // Other pairs of names than the contacts'.
    let (first, last) = names::person(n * 7 + 5);
    let is_converted = n % 9 == 8;
    let status = if is_converted {
        text("Closed - Converted")
    } else {
        pick(n, &["Open - Not Contacted", "Working - Contacted"])
    };
    let converted = |value: Value| if is_converted { value } else { Value::Null };
    let mut row = vec![
        ("Id", id("00Q", n)),
        ("IsDeleted", boolean(n >= LEADS - DELETED)),
        ("LastName", text(last)),
        ("FirstName", text(first)),
        ("Name", text(&format!("{first} {last}"))),
        ("Company", text(&names::account(n + 60))),
        ("City", every(n, 3, || pick(n, &names::CITIES))),
        ("Country", every(n, 3, || text("Freedonia"))),
        (
            "Email",
            every(n, 5, || text(&format!("lead{n}@leads.example"))),
        ),
        ("Phone", every(n, 4, || text(&format!("(555) 012-{n:04}")))),
        (
            "LeadSource",
            every(n, 4, || pick(n, &["Web", "Phone Inquiry", "Other"])),
        ),
        ("Status", status),
        ("Rating", every(n, 3, || pick(n, &["Hot", "Warm", "Cold"]))),
        (
            "AnnualRevenue",
            every(n, 6, || Value::Real(n as f64 * 40_000.0)),
        ),
        ("NumberOfEmployees", every(n, 5, || integer(n * 7 + 1))),
        ("IsConverted", boolean(is_converted)),
        ("ConvertedDate", converted(day(super::row::FIRST_DAY, n))),
        ("ConvertedContactId", converted(id("003", n % CONTACTS))),
        ("IsUnreadByOwner", boolean(n.is_multiple_of(2))),
    ];
    row.extend(ownership(n));
    if n % 11 == 10 {
        row.retain(|(name, _)| *name != "OwnerId");
        row.push(("OwnerId", id("00G", 0)));
    }
    row
}
