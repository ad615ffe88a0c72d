use std::collections::HashSet;

use super::*;

#[test]
fn every_reference_leads_to_an_object() {
    let schema = Schema::standard();
    for sobject in schema.sobjects() {
        for field in &sobject.fields {
            let Some(reference) = &field.reference else {
                assert_ne!(field.kind, Kind::Reference, "{}", field.name);
                continue;
            };
            let found = schema.referenced(field).count();
            assert_eq!(found, reference.to.len(), "{}.{}", sobject.name, field.name);
            if let Some(relationship) = &reference.relationship {
                let parent = schema.parent(sobject, relationship).expect("a parent");
                assert_eq!(parent.field.name, field.name);
            }
        }
    }
}

#[test]
fn every_compound_field_has_all_its_parts() {
    for sobject in Schema::standard().sobjects() {
        for field in &sobject.fields {
            let parts = match field.kind {
                Kind::Address => 8,
                Kind::Location => 2,
                _ => 0,
            };
            assert_eq!(sobject.parts(field).len(), parts, "{}", field.name);
        }
    }
}

#[test]
fn names_and_prefixes_are_unique() {
    let schema = Schema::standard();
    let prefixes: HashSet<_> = schema
        .sobjects()
        .iter()
        .map(|sobject| &sobject.key_prefix)
        .collect();
    assert_eq!(prefixes.len(), schema.sobjects().len());
    for sobject in schema.sobjects() {
        let names: HashSet<_> = sobject
            .fields
            .iter()
            .map(|field| field.name.to_lowercase())
            .collect();
        assert_eq!(names.len(), sobject.fields.len(), "{}", sobject.name);
        assert_eq!(sobject.fields[0].kind, Kind::Id);
    }
}

#[test]
fn lookups_ignore_case() {
    let schema = Schema::standard();
    let account = schema.named("aCCOUNT").expect("an object");
    assert_eq!(
        account.field("annualREVENUE").expect("a field").name,
        "AnnualRevenue"
    );
    let owner = schema.parent(account, "OWNER").expect("a parent");
    assert_eq!(owner.sobject.name, "User");
    let contacts = schema.children(account, "CONTACTS").expect("children");
    assert_eq!(contacts.sobject.name, "Contact");
    assert!(schema.named("Accountz").is_none());
}

#[test]
fn an_id_tells_its_object() {
    let schema = Schema::standard();
    let account = schema.of_id("001Sb0000000001").expect("an object");
    assert_eq!(account.name, "Account");
    for id in ["", "00", "zzzSb0000000001"] {
        assert!(schema.of_id(id).is_none(), "{id}");
    }
}

#[test]
fn what_is_required_can_be_written() {
    for sobject in Schema::standard().sobjects() {
        for field in sobject.fields.iter().filter(|field| field.is_required()) {
            assert!(field.is_writable(), "{}.{}", sobject.name, field.name);
        }
    }
}

#[test]
fn names_of_people_and_what_salesforce_keeps_are_read_only() {
    let schema = Schema::standard();
    for (sobject, name, is_writable) in [
        ("Contact", "Name", false),
        ("Contact", "LastName", true),
        ("Account", "Name", true),
        ("Account", "Ext__c", true),
        ("Account", "SystemModstamp", false),
        ("Account", "BillingAddress", false),
        ("Account", "BillingCity", true),
    ] {
        let sobject = schema.named(sobject).expect("an object");
        let field = sobject.field(name).expect("a field");
        assert_eq!(field.is_writable(), is_writable, "{name}");
    }
    let contact = schema.named("Contact").expect("an object");
    assert_eq!(
        contact.field("AccountId").expect("a field").label,
        "Account ID"
    );
    assert_eq!(contact.field("Id").expect("a field").label, "Contact ID");
}
