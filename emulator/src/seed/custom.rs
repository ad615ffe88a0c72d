//! Subscriptions, specimens, and the rows of the external object.

use rusqlite::types::Value;

use super::accounts::CONTACTS;
use super::row::{FIRST_DAY, boolean, day, every, id, integer, ownership, pick, text};
use super::{Org, specimen};
use crate::database::Row;

pub(super) const SUBSCRIPTIONS: usize = 40;
pub(super) const SPECIMENS: usize = 60;
/// More than a page of the smallest size.
pub(super) const SHIPMENTS: usize = 250;

pub(super) fn subscription(org: &Org, n: usize) -> Row<'static> {
    let mut row = vec![
        ("Id", org.id("Subscription__c", n)),
        ("IsDeleted", boolean(n >= SUBSCRIPTIONS)),
        ("Name", text(&format!("S-{n:05}"))),
        ("Account__c", org.some_account(n)),
        (
            "Billing_Contact__c",
            every(n, 4, || id("003", n % CONTACTS)),
        ),
        ("Plan__c", pick(n, &["Basic", "Plus", "Grand"])),
        ("Monthly_Fee__c", Value::Real(9.99 * (n % 7 + 1) as f64)),
        ("Seats__c", integer(n % 25 + 1)),
        ("Start__c", day(FIRST_DAY, n * 17)),
        ("Active__c", boolean(!n.is_multiple_of(3))),
    ];
    row.extend(ownership(n));
    row
}

pub(super) fn specimen(org: &Org, n: usize) -> Row<'static> {
    let mut row = vec![
        ("Id", org.id("Specimen__c", n)),
        ("IsDeleted", boolean(n >= SPECIMENS)),
        ("RecordTypeId", org.record_type("Specimen__c", n / 2)),
        ("Account__c", every(n, 5, || org.some_account(n % 7))),
        (
            "Subscription__c",
            every(n, 2, || org.id("Subscription__c", n % SUBSCRIPTIONS)),
        ),
        (
            "Found_In__c",
            if n % 6 == 5 {
                org.id("Specimen__c", n - 5)
            } else {
                Value::Null
            },
        ),
    ];
    row.extend(specimen::fields(n));
    row.extend(ownership(n));
    row
}

pub(super) fn shipment(org: &Org, n: usize) -> Row<'static> {
    vec![
        ("Id", org.id("Shipment__x", n)),
        ("ExternalId", text(&format!("W{n:07}"))),
        (
            "DisplayUrl",
            text(&format!("https://carrier.example/W{n:07}")),
        ),
        ("Account__c", every(n, 3, || org.some_account(n % 50))),
        (
            "Carrier__c",
            pick(n, &["Swift Ferries", "Tin Pigeon", "Overland"]),
        ),
        ("Weight__c", Value::Real(n as f64 / 8.0)),
        ("Sent__c", every(n, 7, || day(FIRST_DAY, n))),
    ]
}
