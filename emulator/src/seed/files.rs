//! Attachments, and files with their versions and links.

use rusqlite::types::Value;

use super::Org;
use super::row::{boolean, created, id, modified, ownership, text, user};
use crate::database::Row;

pub(super) const ATTACHMENTS: usize = 6;
pub(super) const DOCUMENTS: usize = 6;
/// Every document's first one, and a second one of the first two.
pub(super) const VERSIONS: usize = DOCUMENTS + 2;
/// Every document's owner and an account.
pub(super) const LINKS: usize = DOCUMENTS * 2;

pub(super) fn attachment(org: &Org, n: usize) -> Row<'static> {
    let bytes = bytes(n);
    let mut row = vec![
        ("Id", id("00P", n)),
        ("IsDeleted", boolean(n >= ATTACHMENTS)),
        ("ParentId", org.some_account(n)),
        ("Name", text(&format!("contract {n}.pdf"))),
        ("ContentType", text("application/pdf")),
        ("BodyLength", bytes.clone()),
        ("Body", bytes),
    ];
    row.extend(ownership(n));
    row
}

fn bytes(n: usize) -> Value {
    Value::Integer((n as i64 + 1) * 1_024)
}

pub(super) fn document(_: &Org, n: usize) -> Row<'static> {
    let latest = if n < VERSIONS - DOCUMENTS {
        DOCUMENTS + n
    } else {
        n
    };
    let mut row = vec![
        ("Id", id("069", n)),
        ("Title", text(&title(n))),
        ("PublishStatus", text("P")),
        ("LatestPublishedVersionId", id("068", latest)),
        ("ContentSize", bytes(latest)),
        ("FileType", text("PDF")),
        ("FileExtension", text("pdf")),
        ("SharingOption", text("A")),
        ("SharingPrivacy", text("N")),
        ("ContentModifiedDate", Value::Integer(created(latest))),
    ];
    row.extend(ownership(n));
    row
}

pub(super) fn version(org: &Org, n: usize) -> Row<'static> {
    let document = n % DOCUMENTS;
    let is_latest = n >= DOCUMENTS || n >= VERSIONS - DOCUMENTS;
    let mut row = vec![
        ("Id", id("068", n)),
        ("ContentDocumentId", id("069", document)),
        ("IsLatest", boolean(is_latest)),
        ("VersionNumber", text(if n < DOCUMENTS { "1" } else { "2" })),
        ("Title", text(&title(document))),
        ("SharingOption", text("A")),
        ("SharingPrivacy", text("N")),
        ("PathOnClient", text(&format!("{}.pdf", title(document)))),
        ("FileType", text("PDF")),
        ("PublishStatus", text("P")),
        ("VersionData", bytes(n)),
        ("ContentSize", bytes(n)),
        ("FileExtension", text("pdf")),
        ("FirstPublishLocationId", org.some_account(document)),
        ("Origin", text("H")),
        ("ContentLocation", text("S")),
        ("Checksum", text(&format!("{n:032x}"))),
        ("IsMajorVersion", boolean(true)),
        ("ContentModifiedDate", Value::Integer(created(n))),
        ("ContentModifiedById", user(0)),
    ];
    row.extend(ownership(n));
    row
}

fn title(document: usize) -> String {
    format!("Data sheet {document}")
}

pub(super) fn link(org: &Org, n: usize) -> Row<'static> {
    let (document, is_owner) = (n / 2, n.is_multiple_of(2));
    let entity = if is_owner {
        user(document % super::row::USERS)
    } else {
        org.some_account(document)
    };
    let mut row = vec![
        ("Id", id("06A", n)),
        ("LinkedEntityId", entity),
        ("ContentDocumentId", id("069", document)),
        ("ShareType", text(if is_owner { "I" } else { "V" })),
        ("Visibility", text("AllUsers")),
    ];
    let stamp = modified(n).into_iter();
    row.extend(stamp.filter(|(name, _)| *name == "SystemModstamp"));
    row
}
