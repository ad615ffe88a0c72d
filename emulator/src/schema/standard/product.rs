//! Products, price books and their entries.

use crate::schema::definition::{
    boolean, currency, datetime, is_deleted, picklist, reference, stamps, string, text_area, url,
};
use crate::schema::sobject::SObject;

pub(super) fn product2() -> SObject {
    let fields = [
        vec![
            string("Name", 255)
                .label("Product Name")
                .required()
                .id_lookup()
                .name_field(),
            string("ProductCode", 255),
            text_area("Description", 4_000)
                .label("Product Description")
                .filterable(),
            boolean("IsActive").label("Active"),
        ],
        stamps(),
        vec![
            picklist("Family", &["Instruments", "Supplies", "Service"]).label("Product Family"),
            string("ExternalId", 255),
            url("DisplayUrl")
                .length(1_000)
                .label("Display URL")
                .not_groupable(),
            picklist("QuantityUnitOfMeasure", &["Each", "Kilogram", "Metre"]),
            is_deleted(),
            boolean("IsArchived").label("Archived").read_only(),
            datetime("LastViewedDate").read_only(),
            datetime("LastReferencedDate").read_only(),
            string("StockKeepingUnit", 180).label("Product SKU"),
        ],
    ];
    SObject::new("Product2", "01t", fields.concat())
        .labels("Product", "Products")
        .in_interface()
        .with_feed()
}

pub(super) fn pricebook2() -> SObject {
    let fields = [
        vec![
            is_deleted(),
            string("Name", 255)
                .label("Price Book Name")
                .required()
                .id_lookup()
                .name_field(),
        ],
        stamps(),
        vec![
            datetime("LastViewedDate").read_only(),
            datetime("LastReferencedDate").read_only(),
            boolean("IsActive").label("Active"),
            boolean("IsArchived").label("Archived").read_only(),
            string("Description", 255),
            boolean("IsStandard")
                .label("Is Standard Price Book")
                .read_only(),
        ],
    ];
    SObject::new("Pricebook2", "01s", fields.concat())
        .labels("Price Book", "Price Books")
        .in_interface()
}

pub(super) fn pricebook_entry() -> SObject {
    let fields = [
        vec![
            string("Name", 255)
                .label("Product Name")
                .read_only()
                .name_field(),
            reference("Pricebook2Id", "Pricebook2", &["Pricebook2"])
                .label("Price Book ID")
                .required()
                .create_only()
                .children("PricebookEntries")
                .cascade(),
            reference("Product2Id", "Product2", &["Product2"])
                .label("Product ID")
                .required()
                .create_only()
                .children("PricebookEntries")
                .cascade(),
            currency("UnitPrice", 18, 2).label("List Price").required(),
            boolean("IsActive").label("Active"),
            boolean("UseStandardPrice"),
        ],
        stamps(),
        vec![
            string("ProductCode", 255).read_only(),
            is_deleted(),
            boolean("IsArchived").label("Archived").read_only(),
        ],
    ];
    SObject::new("PricebookEntry", "01u", fields.concat())
        .labels("Price Book Entry", "Price Book Entries")
        .in_interface()
}
