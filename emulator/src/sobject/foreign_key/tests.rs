//! What parents a record can name.

use rusqlite::types::Value as Stored;
use serde_json::json;

use super::*;

const FIRST: &str = "001Sb0000000001IAA";
const TWINS: [&str; 2] = ["003Sb0000000001IAA", "003Sb0000000002IAA"];
const LEAD: &str = "00QSb0000000001MAA";

fn text(value: &str) -> Stored {
    Stored::Text(value.to_owned())
}

/// An org with an account, two contacts with one address, a lead, and a deleted account.
fn world() -> (Schema, Database) {
    let schema = Schema::standard();
    let mut database = Database::open(&schema).expect("a database");
    for (object, id, field, value, is_deleted) in [
        ("Account", FIRST, "Ext__c", "E 1", 0),
        ("Account", "001Sb0000000002IAA", "Ext__c", "gone", 1),
        ("Contact", TWINS[0], "Email", "twin@b.example", 0),
        ("Contact", TWINS[1], "Email", "TWIN@b.example", 0),
        ("Lead", LEAD, "Email", "lead@b.example", 0),
    ] {
        let sobject = schema.named(object).expect("an object");
        let row = vec![
            ("Id", text(id)),
            (field, text(value)),
            ("IsDeleted", Stored::Integer(is_deleted)),
        ];
        database.insert(sobject, [row]).expect("a record");
    }
    (schema, database)
}

/// The record with its parents, or why it has none.
fn outcome((schema, database): &(Schema, Database), object: &str, record: &Value) -> Value {
    let sobject = schema.named(object).expect("an object");
    let record = record.as_object().expect("a record");
    match resolved((schema, database), sobject, record) {
        Ok(resolved) => Value::Object(resolved.into_owned()),
        Err(error) => {
            assert_eq!(error.status, 400);
            format!("{}: {}", error.code, error.message).into()
        }
    }
}

#[test]
fn a_parent_is_named_by_a_key_of_its_object() {
    let world = world();
    for (object, record, expected) in [
        (
            "Contact",
            json!({"LastName": "A", "Account": {"Ext__c": "E 1"}}),
            json!({"LastName": "A", "AccountId": FIRST}),
        ),
        // Relationship, field and value in any case; what is not a field stays as it is.
        (
            "Contact",
            json!({"account": {"EXT__C": "e 1"}, "attributes": {"type": "Contact"}}),
            json!({"AccountId": FIRST, "attributes": {"type": "Contact"}}),
        ),
        // Its object may be named where there is no choice.
        (
            "Contact",
            json!({"Account": {"attributes": {"type": "account"}, "Ext__c": "E 1"}}),
            json!({"AccountId": FIRST}),
        ),
        // An id names it, too.
        (
            "Contact",
            json!({"Account": {"Id": &FIRST[..15]}}),
            json!({"AccountId": FIRST}),
        ),
        // Relationships of custom fields, and of an object to itself.
        (
            "Specimen__c",
            json!({"Account__r": {"Ext__c": "E 1"}}),
            json!({"Account__c": FIRST}),
        ),
        (
            "Account",
            json!({"Parent": {"Ext__c": "E 1"}}),
            json!({"ParentId": FIRST}),
        ),
        // The type chooses where there are several.
        (
            "Task",
            json!({"Who": {"attributes": {"type": "lead"}, "Email": "LEAD@b.example"}}),
            json!({"WhoId": LEAD}),
        ),
        // Null empties the field, unless an id is there; an id that is null counts for
        // nothing.
        (
            "Contact",
            json!({"Account": null}),
            json!({"AccountId": null}),
        ),
        (
            "Contact",
            json!({"Account": null, "AccountId": FIRST}),
            json!({"AccountId": FIRST}),
        ),
        (
            "Contact",
            json!({"Account": {"Ext__c": "E 1"}, "accountid": null}),
            json!({"AccountId": FIRST}),
        ),
        // Nothing to look up.
        ("Contact", json!({"LastName": 5}), json!({"LastName": 5})),
    ] {
        assert_eq!(outcome(&world, object, &record), expected, "{record}");
    }
}

/// Records of an object, and why they are refused.
fn refused(object: &str, refusals: &[(Value, &str)]) {
    let world = world();
    for (record, refusal) in refusals {
        assert_eq!(outcome(&world, object, record), *refusal, "{record}");
    }
}

fn account(parent: &Value) -> Value {
    json!({ "Account": parent })
}

#[test]
fn what_no_record_has_or_several_have_is_refused() {
    const KEY: &str = "INVALID_FIELD: Foreign key external ID: ";
    let not_found = |value: &str, field: &str| {
        format!("{KEY}{value} not found for field {field} in entity Account")
    };
    let several = format!(
        "INVALID_FIELD: More than one record found for external id field: [{}, {}]",
        TWINS[0], TWINS[1]
    );
    refused(
        "Contact",
        &[
            (
                account(&json!({"Ext__c": "E 2"})),
                &not_found("e 2", "Ext__c"),
            ),
            // A record in the recycle bin is not found.
            (
                account(&json!({"Ext__c": "gone"})),
                &not_found("gone", "Ext__c"),
            ),
            // Nor is one by what no record can have.
            (
                account(&json!({"Ext__c": null})),
                &not_found("null", "Ext__c"),
            ),
            (account(&json!({"Ext__c": 7})), &not_found("7", "Ext__c")),
            (account(&json!({"Id": LEAD})), &not_found(LEAD, "Id")),
            (account(&json!({"Id": "E 1"})), &not_found("E 1", "Id")),
            (json!({"ReportsTo": {"Email": "twin@B.example"}}), &several),
        ],
    );
}

#[test]
fn a_parent_is_named_once() {
    const TWO: &str = "INVALID_FIELD: More than 1 field provided in an external foreign key \
                       reference in entity: Account";
    const NONE: &str =
        "INVALID_FIELD: No field provided in an external foreign key reference: Account";
    const NO_KEY: &str = "INVALID_FIELD: Field name provided, Name is not an External ID or indexed \
                          field for Account";
    const BOTH: &str = "INVALID_FIELD: Cannot specify both an external ID reference Account and a \
                        salesforce id, AccountId";
    const ARRAY: &str = "JSON_PARSER_ERROR: Cannot deserialize instance of string from START_ARRAY \
                         value [ or request may be missing a required field";
    refused(
        "Contact",
        &[
            (account(&json!({"Ext__c": "E 1", "Name": "A"})), TWO),
            (account(&json!({"attributes": {"type": "Account"}})), NONE),
            (account(&json!({"Name": "A"})), NO_KEY),
            (
                json!({"account": {"Ext__c": "E 1"}, "accountid": FIRST}),
                BOTH,
            ),
            (account(&json!({"Ext__c": ["E 1"]})), ARRAY),
            (
                account(&json!("E 1")),
                "INVALID_FIELD: Cannot reference a foreign key field Account.",
            ),
            (
                account(&json!({"Nothing": "A"})),
                "INVALID_FIELD: No such column 'Nothing' on sobject of type Account",
            ),
            // No grandparent.
            (
                account(&json!({"Parent": {"Ext__c": "E 1"}})),
                "INVALID_FIELD: No such column 'Parent' on sobject of type Account",
            ),
            (
                json!({"Nothing": {"Ext__c": "E 1"}}),
                "INVALID_FIELD: No such column 'Nothing' on sobject of type Contact",
            ),
        ],
    );
}

#[test]
fn the_type_of_a_parent_is_one_of_those_that_it_can_have() {
    const TYPE: &str = "INVALID_FIELD: The attributes of Who must have the type of the parent: \
                        Contact, Lead";
    refused(
        "Task",
        &[
            (json!({"Who": {"Email": "lead@b.example"}}), TYPE),
            (
                json!({"Who": {"attributes": {"type": "Account"}, "Ext__c": "E 1"}}),
                TYPE,
            ),
        ],
    );
    let other = json!({"attributes": {"type": "Contact"}, "Ext__c": "E 1"});
    refused(
        "Contact",
        &[(
            account(&other),
            "INVALID_FIELD: The attributes of Account must have the type of the parent: Account",
        )],
    );
}

#[test]
fn a_record_of_a_tree_names_no_parent_otherwise_than_by_its_id() {
    let schema = Schema::standard();
    let contact = schema.named("Contact").expect("an object");
    for (record, is_refused) in [
        (json!({"LastName": "A", "AccountId": FIRST}), false),
        (json!({"LastName": "A", "Nothing": 1}), false),
        (json!({"LastName": "A", "account": {"Ext__c": "E 1"}}), true),
    ] {
        let record = record.as_object().expect("a record");
        let refusal = refuse_all(contact, record).map_err(|error| error.message);
        let expected = "Cannot reference a foreign key field Account.".to_owned();
        assert_eq!(refusal.err(), is_refused.then_some(expected));
    }
}
