//! The records that a new org has: invented, and the same every time.

mod accounts;
mod campaigns;
mod cases;
mod custom;
mod files;
mod names;
mod organization;
mod row;
mod sales;
mod specimen;

use rusqlite::types::Value;

use crate::database::{Database, Row};
use crate::id::RecordId;
use crate::schema::{Name, RecordType, SObject, Schema};

/// Accounts that exist in a new org unless its builder says otherwise.
pub const ACCOUNTS_DEFAULT: usize = 50;

/// The most accounts that an org can be given: some 2 GB of temporary file, and
/// half a minute to make.
pub const ACCOUNTS_MAX: usize = 5_000_000;

/// Records of many kinds that only `queryAll` finds.
const DELETED: usize = 3;

/// Makes the `n`th record of an object.
type Make = fn(&Org, usize) -> Row<'static>;

/// How many records an object has, deleted ones included, and what makes them.
const RECORDS: [(&str, usize, Make); 25] = [
    ("Organization", 1, organization::organization),
    ("UserLicense", 1, organization::user_license),
    ("Profile", organization::PROFILES, organization::profile),
    ("UserRole", organization::ROLES, organization::role),
    ("Group", organization::GROUPS, organization::group),
    ("User", row::USERS, organization::person),
    ("Contact", accounts::CONTACTS + DELETED, accounts::contact),
    ("Lead", accounts::LEADS, accounts::lead),
    ("Campaign", campaigns::CAMPAIGNS, campaigns::campaign),
    ("CampaignMember", campaigns::MEMBERS, campaigns::member),
    ("Product2", sales::PRODUCTS, sales::product),
    ("Pricebook2", sales::PRICE_BOOKS, sales::price_book),
    ("PricebookEntry", sales::ENTRIES, sales::entry),
    (
        "Opportunity",
        sales::OPPORTUNITIES + DELETED,
        sales::opportunity,
    ),
    ("OpportunityLineItem", sales::LINE_ITEMS, sales::line_item),
    ("Case", cases::CASES + DELETED, cases::case),
    ("Task", cases::TASKS + DELETED, cases::task),
    ("Event", cases::EVENTS + DELETED, cases::event),
    (
        "Attachment",
        files::ATTACHMENTS + DELETED,
        files::attachment,
    ),
    ("ContentDocument", files::DOCUMENTS, files::document),
    ("ContentVersion", files::VERSIONS, files::version),
    ("ContentDocumentLink", files::LINKS, files::link),
    (
        "Subscription__c",
        custom::SUBSCRIPTIONS + DELETED,
        custom::subscription,
    ),
    ("Specimen__c", custom::SPECIMENS + DELETED, custom::specimen),
    ("Shipment__x", custom::SHIPMENTS, custom::shipment),
];

/// Fills an empty database with `accounts` live accounts, and the rest. Objects
/// that a file brings have no records.
pub(crate) fn fill(
    database: &mut Database,
    schema: &Schema,
    accounts: usize,
) -> Result<(), rusqlite::Error> {
    let org = Org::new(schema, accounts);
    let accounts = ("Account", accounts + DELETED, accounts::account as Make);
    let types = (
        "RecordType",
        org.record_types.len(),
        organization::record_type as Make,
    );
    for (name, count, make) in [accounts, types].into_iter().chain(RECORDS) {
        if let Some(sobject) = schema.named(name) {
            let rows = (0..count).map(|n| make(&org, n));
            database.insert(sobject, known(sobject, rows))?;
        }
    }
    Ok(())
}

/// The same rows without values of fields that the object does not have: a file
/// may have described it anew.
fn known<'s>(
    sobject: &'s SObject,
    rows: impl Iterator<Item = Row<'static>> + 's,
) -> impl Iterator<Item = Row<'static>> + 's {
    let is_ours = sobject.described.is_none();
    rows.map(move |mut row| {
        if !is_ours {
            row.retain(|(name, _)| sobject.field(name).is_some_and(|field| field.is_stored()));
        }
        row
    })
}

/// The id of the `number`th record (from 0) of an object.
pub(crate) fn record_id(sobject: &SObject, number: u64) -> RecordId {
    RecordId::new(&sobject.key_prefix, number + 1)
}

/// What records refer to.
struct Org {
    accounts: usize,
    record_types: Vec<(Name, RecordType)>,
    /// Key prefixes of the objects whose prefix depends on the schema.
    prefixes: Vec<(Name, Name)>,
}

impl Org {
    fn new(schema: &Schema, accounts: usize) -> Self {
        let sobjects = schema.sobjects();
        let types = sobjects.iter().flat_map(|sobject| {
            let types = sobject.record_types.iter();
            types.map(|record_type| (sobject.name.clone(), record_type.clone()))
        });
        let custom = sobjects.iter().filter(|sobject| sobject.is_custom());
        Self {
            accounts,
            record_types: types.collect(),
            prefixes: custom
                .map(|sobject| (sobject.name.clone(), sobject.key_prefix.clone()))
                .collect(),
        }
    }

    /// The id of the `n`th record of a custom object.
    fn id(&self, object: &str, n: usize) -> Value {
        let found = self.prefixes.iter().find(|(name, _)| *name == *object);
        found.map_or(Value::Null, |(_, prefix)| row::id(prefix, n))
    }

    /// One of an object's record types; null, if it has none.
    fn record_type(&self, object: &str, n: usize) -> Value {
        let own = || {
            let types = self.record_types.iter();
            types.filter(|(name, _)| *name == *object)
        };
        let chosen = n.checked_rem(own().count());
        let chosen = chosen.and_then(|place| own().nth(place));
        chosen.map_or(Value::Null, |(_, record_type)| {
            Value::Text(record_type.id.to_string())
        })
    }

    fn some_account(&self, n: usize) -> Value {
        match n.checked_rem(self.accounts) {
            Some(account) => row::id("001", account),
            None => Value::Null,
        }
    }

    /// The account of the `n`th contact; some have none.
    fn account_of_contact(&self, n: usize) -> Value {
        row::every(n, 12, || self.some_account(n))
    }
}

#[cfg(test)]
mod tests;
