//! FIELDS().

use super::*;

#[test]
fn it_stands_for_the_fields_of_the_schema() {
    let schema = schema();
    let contact = schema.named("Contact").expect("an object");
    let names = |soql: &str| -> Vec<String> {
        let found = run(soql);
        let record = found[0].as_object().expect("a record");
        let names = record.keys().filter(|name| *name != "attributes");
        names.cloned().collect()
    };
    let expected = |wanted: fn(&str) -> bool| -> Vec<String> {
        let fields = contact.fields.iter().map(|field| field.name.to_string());
        let mut names: Vec<String> = fields.filter(|name| wanted(name)).collect();
        names.sort();
        names
    };
    assert_eq!(
        names("SELECT FIELDS(ALL) FROM Contact LIMIT 200"),
        expected(|_| true)
    );
    assert_eq!(
        names("SELECT fields(standard) FROM Contact"),
        expected(|name| !name.ends_with("__c"))
    );
    assert_eq!(
        names("SELECT FIELDS(CUSTOM) FROM Contact LIMIT 1"),
        expected(|name| name.ends_with("__c"))
    );
    assert_eq!(
        names("SELECT Id, FIELDS(CUSTOM) FROM Contact LIMIT 1").len(),
        expected(|name| name.ends_with("__c")).len() + 1
    );
}

/// Source: SOQL and SOSL Reference, "SELECT", "Limiting Result Rows".
#[test]
fn rows_are_limited_where_fields_are_not() {
    let ids = |number: usize| {
        let id = seed::record_id(schema().named("Account").expect("an object"), 1);
        vec![format!("'{id}'"); number].join(", ")
    };
    for (rest, is_valid) in [
        ("LIMIT 200".to_owned(), true),
        ("LIMIT 201".to_owned(), false),
        (String::new(), false),
        (format!("WHERE Id IN ({})", ids(200)), true),
        (format!("WHERE Id IN ({})", ids(201)), false),
        (format!("WHERE Id NOT IN ({})", ids(2)), false),
        (format!("WHERE Id = {}", ids(1)), true),
        (format!("WHERE Id = {} OR Id = {}", ids(1), ids(1)), true),
        (format!("WHERE Id = {} AND Name = 'x'", ids(1)), true),
        (format!("WHERE Id = {} OR Name = 'x'", ids(1)), false),
        (format!("WHERE Parent.Id = {}", ids(1)), false),
    ] {
        for set in ["ALL", "CUSTOM"] {
            let soql = format!("SELECT FIELDS({set}) FROM Account {rest}");
            let found = DATABASE.with(|database| run_with(database, &soql, Rows::Live));
            match found {
                Ok(_) => assert!(is_valid, "{soql}"),
                Err(error) => {
                    assert!(!is_valid, "{soql}: {error}");
                    assert_eq!(
                        (error.code, error.message.as_str()),
                        (
                            Code::MalformedQuery,
                            "The SOQL FIELDS function must have a LIMIT of at most 200"
                        )
                    );
                }
            }
        }
    }
    assert!(!run("SELECT FIELDS(STANDARD) FROM Account").is_empty());
}

#[test]
fn a_subquery_has_fields_and_a_limit_of_its_own() {
    let found = run(
        "SELECT Account.Name, (SELECT FIELDS(ALL) FROM Account.Contacts LIMIT 200) FROM Account",
    );
    let with = found.iter().find(|account| !account["Contacts"].is_null());
    let contact = &with.expect("an account with contacts")["Contacts"]["records"][0];
    assert!(contact["LastName"].is_string() && contact["AccountId"].is_string());
    let refused = error("SELECT Name, (SELECT FIELDS(ALL) FROM Contacts) FROM Account LIMIT 5");
    assert!(refused.message.contains("LIMIT of at most 200"));
}

#[test]
fn no_field_comes_twice_and_some_objects_have_no_custom_ones() {
    let twice = error("SELECT Id, FIELDS(ALL) FROM User LIMIT 200");
    assert_eq!(
        (twice.code, twice.message.as_str()),
        (Code::InvalidField, "duplicate field selected: Id")
    );
    // Salesforce's words are not documented.
    let none = error("SELECT FIELDS(CUSTOM) FROM Profile LIMIT 200");
    assert_eq!(none.code, Code::MalformedQuery);
}
