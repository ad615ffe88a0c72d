//! Attachments and files.

use super::values::{LINKED, PARENTS};
use crate::schema::definition::{
    base64, boolean, date, datetime, int, is_deleted, owner, picklist, reference, restricted,
    stamps, string, system, text_area, url,
};
use crate::schema::sobject::SObject;

pub(super) fn attachment() -> SObject {
    let fields = [
        vec![
            is_deleted(),
            reference("ParentId", "Parent", &PARENTS)
                .required()
                .create_only()
                .children("Attachments")
                .cascade(),
            string("Name", 255)
                .label("File Name")
                .required()
                .id_lookup()
                .name_field(),
            boolean("IsPrivate").label("Private"),
            string("ContentType", 120),
            int("BodyLength").read_only(),
            base64("Body").required(),
            owner(&["User"]),
        ],
        stamps(),
        vec![text_area("Description", 500).filterable()],
    ];
    SObject::new("Attachment", "00P", fields.concat())
}

pub(super) fn content_version() -> SObject {
    let fields = [
        vec![
            reference("ContentDocumentId", "ContentDocument", &["ContentDocument"])
                .label("ContentDocument ID")
                .required()
                .create_only()
                .children("ContentVersions")
                .cascade(),
            boolean("IsLatest").read_only(),
            url("ContentUrl")
                .length(1_300)
                .label("Content URL")
                .not_groupable(),
            string("VersionNumber", 20).read_only(),
            string("Title", 255).required().id_lookup().name_field(),
            text_area("Description", 1_000).filterable(),
            string("ReasonForChange", 1_000).not_groupable(),
            restricted("SharingOption", &["A", "R"])
                .labels(&["Allowed", "Restricted"])
                .label("Prevent others from sharing and unsharing")
                .not_nillable()
                .default("A"),
            restricted("SharingPrivacy", &["N", "P"])
                .labels(&["Visible to Anyone With Record Access", "Private on Records"])
                .label("File Privacy on Records")
                .not_nillable()
                .default("N"),
            string("PathOnClient", 500).create_only().not_groupable(),
            int("RatingCount").read_only(),
            is_deleted(),
            datetime("ContentModifiedDate").create_only(),
            reference("ContentModifiedById", "ContentModifiedBy", &["User"])
                .label("User ID")
                .read_only(),
            int("PositiveRatingCount").read_only(),
            int("NegativeRatingCount").read_only(),
            int("FeaturedContentBoost").read_only(),
            date("FeaturedContentDate").read_only(),
            owner(&["User"]),
        ],
        stamps(),
        vec![
            text_area("TagCsv", 2_000).label("Tags"),
            string("FileType", 20).not_nillable().read_only(),
            restricted("PublishStatus", &["U", "P", "R"])
                .labels(&["Upload Interrupted", "Public", "Personal Library"])
                .not_nillable()
                .read_only()
                .default("P"),
            base64("VersionData"),
            int("ContentSize").label("Size").read_only(),
            string("FileExtension", 40).read_only(),
            reference("FirstPublishLocationId", "FirstPublishLocation", &LINKED).create_only(),
            restricted("Origin", &["C", "H"])
                .labels(&["Content", "Chatter"])
                .label("Content Origin")
                .not_nillable()
                .create_only()
                .default("C"),
            restricted("ContentLocation", &["S", "E", "L"])
                .labels(&["Salesforce", "External", "Social Customer Service"])
                .not_nillable()
                .create_only()
                .default("S"),
            string("TextPreview", 255).read_only(),
            string("ExternalDocumentInfo1", 1_000).not_groupable(),
            string("ExternalDocumentInfo2", 1_000).not_groupable(),
            string("Checksum", 50).read_only(),
            boolean("IsMajorVersion")
                .label("Major Version")
                .create_only(),
            boolean("IsAssetEnabled")
                .label("Asset File Enabled")
                .create_only()
                .not_filterable(),
            string("VersionDataUrl", 255)
                .label("Version Data URL")
                .read_only(),
        ],
    ];
    SObject::new("ContentVersion", "068", fields.concat()).id_label("ContentVersion ID")
}

pub(super) fn content_document() -> SObject {
    let fields = [
        stamps(),
        vec![
            boolean("IsArchived").update_only(),
            reference("ArchivedById", "ArchivedBy", &["User"])
                .label("User ID")
                .read_only(),
            date("ArchivedDate").read_only(),
            is_deleted(),
            reference("OwnerId", "Owner", &["User"])
                .not_nillable()
                .update_only(),
            string("Title", 255)
                .not_nillable()
                .update_only()
                .id_lookup()
                .name_field(),
            restricted("PublishStatus", &["U", "P", "R"])
                .labels(&["Upload Interrupted", "Public", "Personal Library"])
                .not_nillable()
                .read_only()
                .default("P"),
            reference(
                "LatestPublishedVersionId",
                "LatestPublishedVersion",
                &["ContentVersion"],
            )
            .read_only(),
            datetime("LastViewedDate").read_only(),
            datetime("LastReferencedDate").read_only(),
            text_area("Description", 1_000).update_only().filterable(),
            int("ContentSize").label("Size").read_only(),
            string("FileType", 20).read_only(),
            string("FileExtension", 40).read_only(),
            restricted("SharingOption", &["A", "R"])
                .labels(&["Allowed", "Restricted"])
                .label("Prevent others from sharing and unsharing")
                .update_only()
                .default("A"),
            restricted("SharingPrivacy", &["N", "P"])
                .labels(&["Visible to Anyone With Record Access", "Private on Records"])
                .label("File Privacy on Records")
                .update_only()
                .default("N"),
            datetime("ContentModifiedDate").read_only(),
            boolean("IsInternalOnly").update_only(),
        ],
    ];
    SObject::new("ContentDocument", "069", fields.concat())
        .id_label("ContentDocument ID")
        .not_createable()
}

pub(super) fn content_document_link() -> SObject {
    let fields = [vec![
        reference("LinkedEntityId", "LinkedEntity", &LINKED)
            .required()
            .create_only()
            .children("ContentDocumentLinks")
            .cascade(),
        reference("ContentDocumentId", "ContentDocument", &["ContentDocument"])
            .label("ContentDocument ID")
            .required()
            .create_only()
            .children("ContentDocumentLinks")
            .cascade(),
        is_deleted(),
        restricted("ShareType", &["V", "C", "I"]).labels(&["Viewer", "Collaborator", "Inferred"]),
        picklist("Visibility", &["AllUsers", "InternalUsers", "SharedUsers"]),
        system(datetime("SystemModstamp")).label("Last Modified Date"),
    ]];
    SObject::new("ContentDocumentLink", "06A", fields.concat()).id_label("ContentDocumentLink ID")
}
