use rusqlite::types::Value;

use super::*;

fn filled(accounts: usize) -> (Schema, Database) {
    let schema = Schema::standard();
    let mut database = Database::open(&schema).expect("a database");
    fill(&mut database, &schema, accounts).expect("records");
    (schema, database)
}

/// Every value of a column that is not null.
fn values(database: &Database, sobject: &SObject, field: &str) -> Vec<String> {
    let sql = format!(
        "SELECT \"{field}\" FROM \"{}\" WHERE \"{field}\" IS NOT NULL",
        sobject.name
    );
    database.texts(&sql).expect("texts")
}

#[test]
fn every_reference_leads_to_a_record() {
    let (schema, database) = filled(ACCOUNTS_DEFAULT);
    for sobject in schema.stored() {
        for field in &sobject.fields {
            if field.reference.is_none() {
                continue;
            }
            for id in values(&database, sobject, &field.name) {
                let to = schema.referenced(field).find(|to| to.owns(&id));
                let to = to.unwrap_or_else(|| panic!("{}.{} = {id}", sobject.name, field.name));
                let found = database.find(to, "Id", &Value::Text(id.clone()));
                assert_eq!(
                    found.expect("a look").len(),
                    1,
                    "{}.{} = {id}",
                    sobject.name,
                    field.name
                );
            }
        }
    }
}

#[test]
fn every_object_has_records_and_every_record_what_it_needs() {
    let (schema, database) = filled(ACCOUNTS_DEFAULT);
    for sobject in schema.stored() {
        let count = database.count(sobject).expect("a count");
        assert!(count > 0, "{}", sobject.name);
        for field in sobject.fields.iter().filter(|field| field.is_stored()) {
            // A few line items have no price, as their opportunity has no amount.
            if field.nillable {
                continue;
            }
            let sql = format!(
                "SELECT \"Id\" FROM \"{}\" WHERE \"{}\" IS NULL",
                sobject.name, field.name
            );
            let lacking = database.texts(&sql).expect("texts");
            assert_eq!(
                lacking,
                Vec::<String>::new(),
                "{}.{}",
                sobject.name,
                field.name
            );
        }
    }
}

#[test]
fn choices_are_those_of_the_schema() {
    let (schema, database) = filled(ACCOUNTS_DEFAULT);
    for sobject in schema.stored() {
        for field in &sobject.fields {
            let choices = &field.picklist.values;
            if choices.is_empty() {
                continue;
            }
            for value in values(&database, sobject, &field.name) {
                for choice in value.split(';') {
                    let is_known = choices.iter().any(|known| known.value == *choice);
                    assert!(is_known, "{}.{} = {choice}", sobject.name, field.name);
                }
            }
        }
    }
}

#[test]
fn an_org_without_accounts_is_consistent_too() {
    let (schema, database) = filled(0);
    let contact = schema.named("Contact").expect("an object");
    assert!(values(&database, contact, "AccountId").is_empty());
    assert_eq!(database.count(contact).expect("a count"), 123);
}

#[test]
fn line_items_add_up_to_their_opportunity() {
    let (_, database) = filled(ACCOUNTS_DEFAULT);
    let sql = "SELECT o.\"Name\" FROM \"Opportunity\" AS o WHERE o.\"HasOpportunityLineItem\" = 1 AND \
               abs(o.\"Amount\" - (SELECT sum(\"TotalPrice\") FROM \"OpportunityLineItem\" \
               WHERE \"OpportunityId\" = o.\"Id\")) > 0.005";
    assert_eq!(database.texts(sql).expect("texts"), Vec::<String>::new());
    let sql = "SELECT \"Id\" FROM \"OpportunityLineItem\" \
               WHERE abs(\"TotalPrice\" - \"Quantity\" * \"UnitPrice\") > 0.005";
    assert_eq!(database.texts(sql).expect("texts"), Vec::<String>::new());
}
