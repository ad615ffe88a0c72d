//! The records that a new org has: invented, and the same every time.

mod names;
mod specimen;

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use rusqlite::types::Value;

use crate::database::{Database, Row};
use crate::id::RecordId;
use crate::schema::{SObject, Schema};

/// Accounts that exist in a new org unless its builder says otherwise.
pub const ACCOUNTS_DEFAULT: usize = 50;

/// The most accounts that an org can be given: some 2 GB of temporary file, and
/// half a minute to make.
pub const ACCOUNTS_MAX: usize = 5_000_000;

const USER: &str = "005";
const ACCOUNT: &str = "001";
const CONTACT: &str = "003";
const OPPORTUNITY: &str = "006";
const ATTACHMENT: &str = "00P";
const SUBSCRIPTION: &str = "a00";
const SPECIMEN: &str = "a01";

/// Records of each kind that only `queryAll` finds.
const DELETED: usize = 3;

const USERS: usize = 4;
const CONTACTS: usize = 120;
const OPPORTUNITIES: usize = 60;
const SUBSCRIPTIONS: usize = 40;
const ATTACHMENTS: usize = 6;
const SPECIMENS: usize = 60;

/// The day on which the first record was created.
const FIRST_DAY: Date = date(2024, 1, 15);

/// Fills an empty database with `accounts` live accounts, and the rest.
pub(crate) fn fill(
    database: &mut Database,
    schema: &Schema,
    accounts: usize,
) -> Result<(), rusqlite::Error> {
    let org = Org { accounts };
    for sobject in schema.sobjects() {
        match &*sobject.name {
            "User" => database.insert(sobject, (0..USERS).map(|n| org.user(n)))?,
            "Account" => {
                database.insert(sobject, (0..accounts + DELETED).map(|n| org.account(n)))?
            }
            "Contact" => {
                database.insert(sobject, (0..CONTACTS + DELETED).map(|n| org.contact(n)))?
            }
            "Opportunity" => database.insert(
                sobject,
                (0..OPPORTUNITIES + DELETED).map(|n| org.opportunity(n)),
            )?,
            "Attachment" => database.insert(
                sobject,
                (0..ATTACHMENTS + DELETED).map(|n| org.attachment(n)),
            )?,
            "Specimen__c" => {
                database.insert(sobject, (0..SPECIMENS + DELETED).map(|n| org.specimen(n)))?
            }
            _ => database.insert(
                sobject,
                (0..SUBSCRIPTIONS + DELETED).map(|n| org.subscription(n)),
            )?,
        }
    }
    Ok(())
}

/// The id of the `number`th record (from 0) of an object.
pub(crate) fn record_id(sobject: &SObject, number: u64) -> RecordId {
    RecordId::new(&sobject.key_prefix, number + 1)
}

struct Org {
    accounts: usize,
}

impl Org {
    fn user(&self, n: usize) -> Row<'static> {
        let (first, last, title) = names::USERS[n % names::USERS.len()];
        let handle = format!("{}@demo.example", last.to_lowercase());
        let mut row = vec![
            ("Id", id(USER, n)),
            ("Username", text(&handle)),
            ("LastName", text(last)),
            ("FirstName", text(first)),
            ("Name", text(&format!("{first} {last}"))),
            ("Email", text(&handle)),
            ("Title", text(title)),
            ("IsActive", boolean(true)),
            ("ManagerId", if n < 2 { Value::Null } else { id(USER, 1) }),
            ("CreatedById", id(USER, 0)),
        ];
        row.extend(stamps(n));
        row
    }

    fn account(&self, n: usize) -> Row<'static> {
        let mut row = vec![
            ("Id", id(ACCOUNT, n)),
            ("IsDeleted", boolean(n >= self.accounts)),
            ("Name", text(&names::account(n))),
            (
                "Type",
                every(n, 7, || pick(n, &["Customer", "Prospect", "Partner"])),
            ),
            (
                "ParentId",
                if n % 10 == 9 {
                    id(ACCOUNT, n - 9)
                } else {
                    Value::Null
                },
            ),
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
            (
                "Description",
                if n.is_multiple_of(3) {
                    text(&names::description(n))
                } else {
                    Value::Null
                },
            ),
            (
                "Tier__c",
                every(n, 3, || pick(n, &["Gold", "Silver", "Bronze"])),
            ),
        ];
        row.extend(billing_address(n));
        row.extend(ownership(n));
        row
    }

    fn contact(&self, n: usize) -> Row<'static> {
        let (first, last) = names::person(n);
        let mut row = vec![
            ("Id", id(CONTACT, n)),
            ("IsDeleted", boolean(n >= CONTACTS)),
            ("AccountId", every(n, 12, || self.some_account(n))),
            ("LastName", text(last)),
            ("FirstName", text(first)),
            ("Name", text(&format!("{first} {last}"))),
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
            ("Birthdate", every(n, 3, || day(date(1960, 2, 29), n * 97))),
            ("HasOptedOutOfEmail", boolean(n.is_multiple_of(13))),
            (
                "ReportsToId",
                if n % 5 == 4 {
                    id(CONTACT, n - 4)
                } else {
                    Value::Null
                },
            ),
        ];
        row.extend(ownership(n));
        row
    }

    fn opportunity(&self, n: usize) -> Row<'static> {
        let (stage, probability) = names::STAGES[n % names::STAGES.len()];
        let mut row = vec![
            ("Id", id(OPPORTUNITY, n)),
            ("IsDeleted", boolean(n >= OPPORTUNITIES)),
            ("AccountId", self.some_account(n)),
            ("Name", text(&format!("{} - order {n}", names::account(n)))),
            ("StageName", text(stage)),
            ("Amount", every(n, 9, || Value::Real(n as f64 * 1_250.25))),
            ("Probability", Value::Real(probability)),
            ("CloseDate", day(FIRST_DAY, n * 11)),
            ("IsClosed", boolean(stage.starts_with("Closed"))),
            ("IsWon", boolean(stage == "Closed Won")),
        ];
        row.extend(ownership(n));
        row
    }

    fn subscription(&self, n: usize) -> Row<'static> {
        let mut row = vec![
            ("Id", id(SUBSCRIPTION, n)),
            ("IsDeleted", boolean(n >= SUBSCRIPTIONS)),
            ("Name", text(&format!("S-{n:05}"))),
            ("Account__c", self.some_account(n)),
            ("Billing_Contact__c", every(n, 4, || id(CONTACT, n))),
            ("Plan__c", pick(n, &["Basic", "Plus", "Grand"])),
            ("Monthly_Fee__c", Value::Real(9.99 * (n % 7 + 1) as f64)),
            ("Seats__c", integer(n % 25 + 1)),
            ("Start__c", day(FIRST_DAY, n * 17)),
            ("Active__c", boolean(!n.is_multiple_of(3))),
        ];
        row.extend(ownership(n));
        row
    }

    fn attachment(&self, n: usize) -> Row<'static> {
        let bytes = Value::Integer((n as i64 + 1) * 1_024);
        let mut row = vec![
            ("Id", id(ATTACHMENT, n)),
            ("IsDeleted", boolean(n >= ATTACHMENTS)),
            ("ParentId", self.some_account(n)),
            ("Name", text(&format!("contract {n}.pdf"))),
            ("ContentType", text("application/pdf")),
            ("BodyLength", bytes.clone()),
            ("Body", bytes),
        ];
        row.extend(ownership(n));
        row
    }

    fn specimen(&self, n: usize) -> Row<'static> {
        let mut row = vec![
            ("Id", id(SPECIMEN, n)),
            ("IsDeleted", boolean(n >= SPECIMENS)),
            ("Account__c", every(n, 5, || self.some_account(n % 7))),
        ];
        row.extend(specimen::fields(n));
        row.extend(ownership(n));
        row
    }

    fn some_account(&self, n: usize) -> Value {
        match n.checked_rem(self.accounts) {
            Some(account) => id(ACCOUNT, account),
            None => Value::Null,
        }
    }
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

fn ownership(n: usize) -> Row<'static> {
    let mut row = vec![
        ("OwnerId", id(USER, n % USERS)),
        ("CreatedById", id(USER, 0)),
    ];
    row.extend(stamps(n));
    row
}

/// Created one hour after the record before; changed one day later.
fn stamps(n: usize) -> Row<'static> {
    let created = first_instant() + (n as i64) * 3_600_000;
    let modified = Value::Integer(created + 86_400_000);
    vec![
        ("CreatedDate", Value::Integer(created)),
        ("LastModifiedDate", modified.clone()),
        ("SystemModstamp", modified),
    ]
}

fn first_instant() -> i64 {
    FIRST_DAY
        .to_zoned(TimeZone::UTC)
        .map_or(0, |midnight| midnight.timestamp().as_millisecond())
}

/// The value, but null for every `nth` record, so that nulls are met.
fn every(n: usize, nth: usize, value: impl FnOnce() -> Value) -> Value {
    if n % nth == nth - 1 {
        Value::Null
    } else {
        value()
    }
}

fn pick(n: usize, choices: &[&str]) -> Value {
    choices
        .get(n % choices.len())
        .map_or(Value::Null, |choice| text(choice))
}

fn id(key_prefix: &str, n: usize) -> Value {
    Value::Text(RecordId::new(key_prefix, n as u64 + 1).to_string())
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

fn integer(value: usize) -> Value {
    Value::Integer(value as i64)
}

fn boolean(value: bool) -> Value {
    Value::Integer(i64::from(value))
}

fn day(first: Date, days: usize) -> Value {
    Value::Text(first.saturating_add((days as i64).days()).to_string())
}
