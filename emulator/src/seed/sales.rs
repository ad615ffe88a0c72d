//! Opportunities, their line items, products and price books.

use rusqlite::types::Value;

use super::row::{FIRST_DAY, boolean, day, every, id, integer, ownership, some, text, written};
use super::{Org, campaigns, names};
use crate::database::Row;

pub(super) const OPPORTUNITIES: usize = 60;
pub(super) const PRODUCTS: usize = 8;
/// The standard price book, and one for partners.
pub(super) const PRICE_BOOKS: usize = 2;
/// Each product's in each price book.
pub(super) const ENTRIES: usize = PRODUCTS * PRICE_BOOKS;
/// Two of each opportunity that has some.
pub(super) const LINE_ITEMS: usize = OPPORTUNITIES / 3 * 2;

/// Whether an opportunity has line items; their prices are its amount.
fn has_line_items(n: usize) -> bool {
    n.is_multiple_of(3)
}

fn amount(n: usize) -> Option<f64> {
    (n % 9 != 8).then_some(n as f64 * 1_250.25)
}

pub(super) fn opportunity(org: &Org, n: usize) -> Row<'static> {
    let (stage, probability) = names::STAGES[n % names::STAGES.len()];
    let mut row = vec![
        ("Id", id("006", n)),
        ("IsDeleted", boolean(n >= OPPORTUNITIES)),
        ("AccountId", org.some_account(n)),
        ("Name", text(&format!("{} - order {n}", names::account(n)))),
        ("StageName", text(stage)),
        ("Amount", amount(n).map_or(Value::Null, Value::Real)),
        ("Probability", Value::Real(probability)),
        ("CloseDate", day(FIRST_DAY, n * 11)),
        ("ForecastCategory", text(forecast(stage).0)),
        ("ForecastCategoryName", text(forecast(stage).1)),
        (
            "CampaignId",
            some(n, 8, || id("701", n % campaigns::CAMPAIGNS)),
        ),
        (
            "HasOpportunityLineItem",
            boolean(n < OPPORTUNITIES && has_line_items(n)),
        ),
        ("Pricebook2Id", some(n, 3, || id("01s", 0))),
    ];
    row.extend(ownership(n));
    row
}

fn forecast(stage: &str) -> (&'static str, &'static str) {
    match stage {
        "Closed Won" => ("Closed", "Closed"),
        "Closed Lost" => ("Omitted", "Omitted"),
        "Negotiation" => ("BestCase", "Best Case"),
        _ => ("Pipeline", "Pipeline"),
    }
}

pub(super) fn product(_: &Org, n: usize) -> Row<'static> {
    let (name, family) = names::PRODUCTS[n % names::PRODUCTS.len()];
    let mut row = vec![
        ("Id", id("01t", n)),
        ("Name", text(name)),
        ("ProductCode", text(&format!("P-{n:03}"))),
        (
            "Description",
            some(n, 2, || text(&format!("{name}, ready to use"))),
        ),
        ("IsActive", boolean(n % 5 != 4)),
        ("Family", text(family)),
        ("StockKeepingUnit", text(&format!("SKU{:06}", n * 37))),
    ];
    row.extend(written(n));
    row
}

pub(super) fn price_book(_: &Org, n: usize) -> Row<'static> {
    let mut row = vec![
        ("Id", id("01s", n)),
        ("Name", text(["Standard Price Book", "Partners"][n % 2])),
        ("IsActive", boolean(true)),
        ("IsStandard", boolean(n == 0)),
    ];
    row.extend(written(n));
    row
}

/// Partners pay a tenth less.
pub(super) fn entry(_: &Org, n: usize) -> Row<'static> {
    let (product, book) = (n % PRODUCTS, n / PRODUCTS);
    let list = price(product);
    let mut row = vec![
        ("Id", id("01u", n)),
        (
            "Name",
            text(names::PRODUCTS[product % names::PRODUCTS.len()].0),
        ),
        ("Pricebook2Id", id("01s", book)),
        ("Product2Id", id("01t", product)),
        ("ProductCode", text(&format!("P-{product:03}"))),
        (
            "UnitPrice",
            Value::Real(if book == 0 { list } else { list * 0.9 }),
        ),
        ("IsActive", boolean(true)),
        ("UseStandardPrice", boolean(false)),
    ];
    row.extend(written(n));
    row
}

fn price(product: usize) -> f64 {
    20.0 + product as f64 * 12.5
}

/// The first of an opportunity's items is half of its amount, the second one
/// five pieces that make the other half.
pub(super) fn line_item(_: &Org, n: usize) -> Row<'static> {
    let opportunity = n / 2 * 3;
    let quantity = if n.is_multiple_of(2) { 1 } else { 5 };
    let total = amount(opportunity).map(|amount| amount / 2.0);
    let real = |value: Option<f64>| value.map_or(Value::Null, Value::Real);
    let product = n % PRODUCTS;
    let name = names::PRODUCTS[product % names::PRODUCTS.len()].0;
    let mut row = vec![
        ("Id", id("00k", n)),
        ("OpportunityId", id("006", opportunity)),
        ("SortOrder", integer(n % 2 + 1)),
        ("PricebookEntryId", id("01u", product)),
        ("Product2Id", id("01t", product)),
        ("ProductCode", text(&format!("P-{product:03}"))),
        (
            "Name",
            text(&format!(
                "{} - order {opportunity} {name}",
                names::account(opportunity)
            )),
        ),
        ("Quantity", Value::Real(f64::from(quantity))),
        ("TotalPrice", real(total)),
        (
            "UnitPrice",
            real(total.map(|total| total / f64::from(quantity))),
        ),
        ("ListPrice", Value::Real(price(product))),
        (
            "ServiceDate",
            every(n, 3, || day(FIRST_DAY, opportunity * 11 + 7)),
        ),
    ];
    row.extend(written(n));
    row
}
