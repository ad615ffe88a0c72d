//! What callers may write, and what they must.
//!
//! Source: Object Reference for the Salesforce Platform, the properties Create,
//! Update and Nillable of each field.

use super::{Field, Kind, SObject};

/// What Salesforce alone writes.
const KEPT: [&str; 9] = [
    "Id",
    "IsDeleted",
    "CreatedDate",
    "CreatedById",
    "LastModifiedDate",
    "SystemModstamp",
    "IsClosed",
    "IsWon",
    "BodyLength",
];

impl SObject {
    /// Whether callers may write a field.
    pub(crate) fn is_writable(&self, field: &Field) -> bool {
        let is_compound = !field.kind.is_stored() || field.name == "Name" && self.has_person();
        !is_compound && !KEPT.contains(&field.name)
    }

    /// The fields that a new record needs, and that never become null.
    pub(crate) fn required(&self) -> &'static [&'static str] {
        match self.name {
            "Account" => &["Name"],
            "Contact" => &["LastName"],
            "Opportunity" => &["Name", "StageName", "CloseDate"],
            _ => &[],
        }
    }

    /// Whether this emulator can create its records: users need a licence and a
    /// profile, and attachments need bytes, which it does not have.
    pub(crate) fn is_createable(&self) -> bool {
        !matches!(self.name, "User" | "Attachment")
    }

    /// Whether its records can be deleted: users cannot.
    pub(crate) fn is_deletable(&self) -> bool {
        self.field("IsDeleted").is_some()
    }

    /// Whether its name is made of a first and a last one.
    pub(crate) fn has_person(&self) -> bool {
        self.field("LastName").is_some()
    }
}

impl Field {
    /// Whether it is an external id, which is unique too.
    pub(crate) fn is_external_id(&self) -> bool {
        self.name == "Ext__c"
    }

    /// Its label, as messages about ids have it: `Account ID` of `AccountId`.
    pub(crate) fn label(&self, sobject: &SObject) -> String {
        match (self.kind, self.name.strip_suffix("Id")) {
            (Kind::Id, _) => format!("{} ID", sobject.name),
            (_, Some(name)) => format!("{name} ID"),
            _ => self.name.trim_end_matches("__c").replace('_', " "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::SOBJECTS;
    use super::*;

    #[test]
    fn what_is_required_can_be_written() {
        for sobject in SOBJECTS {
            for name in sobject.required() {
                let field = sobject.field(name).expect("a field");
                assert!(sobject.is_writable(field), "{name}");
            }
        }
    }

    #[test]
    fn names_of_people_and_what_salesforce_keeps_are_read_only() {
        let contact = SObject::named("Contact").expect("an object");
        let account = SObject::named("Account").expect("an object");
        for (sobject, name, is_writable) in [
            (contact, "Name", false),
            (contact, "LastName", true),
            (account, "Name", true),
            (account, "Ext__c", true),
            (account, "SystemModstamp", false),
            (account, "BillingAddress", false),
            (account, "BillingCity", true),
        ] {
            let field = sobject.field(name).expect("a field");
            assert_eq!(sobject.is_writable(field), is_writable, "{name}");
        }
        let field = contact.field("AccountId").expect("a field");
        assert_eq!(field.label(contact), "Account ID");
    }
}
