//! The objects of every org: a CRM, two custom objects and an external one.
//!
//! Key prefixes, names, types and properties of the standard objects are those
//! of the Object Reference for the Salesforce Platform; labels are those of an
//! org at version 64.0, as the repository anthonyreilly/NetCoreForce has them.
//! Choices are partly invented. Lengths that the reference does not tell are
//! those that clients have seen.

mod account;
mod activity;
mod campaign;
mod case;
mod contact;
mod content;
mod lead;
mod opportunity;
mod organization;
mod product;
mod shipment;
mod specimen;
mod subscription;
mod user;
mod values;

use super::sobject::SObject;

/// All of them.
pub(super) fn sobjects() -> Vec<SObject> {
    vec![
        account::account(),
        activity::event(),
        activity::task(),
        campaign::campaign(),
        campaign::campaign_member(),
        case::case(),
        contact::contact(),
        content::attachment(),
        content::content_document(),
        content::content_document_link(),
        content::content_version(),
        lead::lead(),
        opportunity::opportunity(),
        opportunity::opportunity_line_item(),
        organization::organization(),
        organization::profile(),
        organization::record_type(),
        organization::user_license(),
        product::pricebook2(),
        product::pricebook_entry(),
        product::product2(),
        shipment::shipment(),
        specimen::specimen(),
        subscription::subscription(),
        user::group(),
        user::name(),
        user::user(),
        user::user_role(),
    ]
}
