mod agreement;
mod children;
mod dice;
mod fields;
mod functions;
mod groups;
mod naive;
mod pages;
mod semi_joins;
mod statements;
mod type_of;
mod types;
mod world;

use jiff::civil::date;
use rusqlite::types::Value;

use super::*;
use crate::database::{Batch, Database, Page, Place};
use crate::id::RecordId;
use crate::schema::Schema;
use crate::seed;
use crate::settings::ChildPages;
use crate::soql::{self, OFFSET_MAX};
use crate::version::{ApiVersion, Known};

fn version() -> ApiVersion {
    match ApiVersion::parse("v66.0") {
        Known::Served(version) => version,
        other => panic!("{other:?}"),
    }
}

fn schema() -> Schema {
    Schema::standard()
}

fn database() -> Database {
    let mut database = Database::open(&schema()).expect("a database");
    seed::fill(&mut database, &schema(), seed::ACCOUNTS_DEFAULT).expect("records");
    database
}

/// The day after the first record was created, in the eyes of the user who owns
/// the second one.
fn translated(soql: &str, rows: Rows) -> Result<Statement, SoqlError> {
    let environment = Environment {
        schema: &schema(),
        rows,
        today: date(2024, 1, 16),
        user: &RecordId::new("005", 2),
        version: version(),
    };
    translate(&soql::parse(soql)?, soql, environment)
}

/// The records that a statement is about, and how it finds them.
fn records(soql: &str) -> (Matching, std::sync::Arc<RecordQuery>) {
    match translated(soql, Rows::Live).expect(soql) {
        Statement::Records { matching, record } => (matching, record),
        other => panic!("{other:?}"),
    }
}

const WHOLE: Batch = Batch {
    rows: usize::MAX,
    children: ChildPages::OwnLocator,
};

fn run_with(
    database: &Database,
    soql: &str,
    rows: Rows,
) -> Result<Vec<serde_json::Value>, SoqlError> {
    let records = match translated(soql, rows)? {
        Statement::Count(count) => {
            let count = database.number(&count).expect("a number");
            return Ok(vec![serde_json::Value::Null; count]);
        }
        Statement::Groups(query) => database.groups(&query).expect("groups"),
        Statement::Records { matching, record } => {
            let matches = database.matches(&matching).expect("matches");
            let begin = Place::default();
            let page = database
                .page(&record, &matches, &begin, WHOLE, version())
                .expect("records");
            assert_eq!(page.records.len(), matches.count());
            page.records
        }
    };
    Ok(records
        .iter()
        .map(|record| serde_json::to_value(record).expect("JSON"))
        .collect())
}

thread_local! {
    /// An org that no test changes.
    static DATABASE: Database = database();
}

fn run(soql: &str) -> Vec<serde_json::Value> {
    DATABASE.with(|database| run_with(database, soql, Rows::Live).expect(soql))
}

fn count(soql: &str) -> usize {
    run(&format!("SELECT COUNT() FROM {soql}")).len()
}

fn error(soql: &str) -> SoqlError {
    DATABASE.with(|database| run_with(database, soql, Rows::Live).expect_err(soql))
}

#[test]
fn a_record_looks_like_salesforces() {
    let database = database();
    let soql = "SELECT name, OWNER.manager.name, id, Owner.Id, AnnualRevenue, NumberOfEmployees, IsDeleted, CreatedDate, \
                Parent.Name FROM Account ORDER BY CreatedDate LIMIT 1";
    let (matching, record) = records(soql);
    let matches = database.matches(&matching).expect("matches");
    let Page { records, .. } = database
        .page(&record, &matches, &Place::default(), WHOLE, version())
        .expect("records");
    let id = seed::record_id(schema().named("Account").expect("an object"), 0);
    let user = seed::record_id(schema().named("User").expect("an object"), 0);
    assert_eq!(
        serde_json::to_string(&records[0]).expect("JSON"),
        format!(
            "{{\"attributes\":{{\"type\":\"Account\",\"url\":\"/services/data/v66.0/sobjects/Account/{id}\"}},\
             \"Name\":\"Brindlewick Foundry\",\
             \"Owner\":{{\"attributes\":{{\"type\":\"User\",\"url\":\"/services/data/v66.0/sobjects/User/{user}\"}},\
             \"Manager\":null,\"Id\":\"{user}\"}},\
             \"Id\":\"{id}\",\"AnnualRevenue\":0.0,\"NumberOfEmployees\":1,\"IsDeleted\":false,\
             \"CreatedDate\":\"2024-01-15T00:00:00.000+0000\",\"Parent\":null}}"
        )
    );
}

#[test]
fn conditions_find_what_they_say() {
    let all = count("Account");
    assert_eq!(all, seed::ACCOUNTS_DEFAULT);
    let null_ratings = count("Account WHERE Rating = null");
    assert!(null_ratings > 0);
    for (condition, expected) in [
        ("Rating != null", all - null_ratings),
        ("Rating = ''", null_ratings),
        ("Name = 'BRINDLEWICK foundry'", 1),
        ("Name = 'étoile marmalade 🍊 東雲'", 1),
        ("Name = 'ÉTOILE MARMALADE 🍊 東雲'", 1),
        (r"Name = 'o\'quill & daughters'", 1),
        ("Name LIKE 'o_quill%'", 1),
        (r"Name LIKE '%\%%'", 1),
        (r"Name LIKE '%\_%'", 1),
        (r"Name LIKE '%\\%'", 1),
        ("Name LIKE 'ÉTOILE%'", 1),
        ("Name LIKE ''", 0),
        (
            "Name IN ('Brindlewick Foundry', 'nobody', 'BACK\\\\SLASH BROTHERS')",
            2,
        ),
        ("Name NOT IN ('Brindlewick Foundry')", all - 1),
        (
            "NOT Rating = 'Hot'",
            all - count("Account WHERE Rating = 'hot'"),
        ),
        (
            "Rating != 'Hot'",
            all - count("Account WHERE Rating = 'hot'"),
        ),
        (
            "Rating IN ('Hot', null)",
            null_ratings + count("Account WHERE Rating = 'hot'"),
        ),
        (
            "Rating = 'Hot' OR Rating = null",
            null_ratings + count("Account WHERE Rating = 'hot'"),
        ),
        ("Rating = null AND Rating = 'Hot'", 0),
        ("IsDeleted = true", 0),
        ("NumberOfEmployees <= 2", 2),
        ("NumberOfEmployees = 1.0", 1),
        ("AnnualRevenue > 12500 AND AnnualRevenue < 12501", 1),
        ("Owner.Name = 'integration user'", 13),
        ("Parent.Parent.Name != null", 3),
        ("a.Name = 'Brindlewick Foundry'", 1),
    ] {
        let from = if condition.starts_with("a.") {
            "Account a"
        } else {
            "Account"
        };
        assert_eq!(
            count(&format!("{from} WHERE {condition}")),
            expected,
            "{condition}"
        );
    }
    assert_eq!(
        count("Account WHERE Account.Name = 'Brindlewick Foundry'"),
        1
    );
    assert_eq!(
        count("Subscription__c WHERE account__R.owner.name != null"),
        40
    );
}

#[test]
fn ids_are_compared_in_either_form() {
    let id = seed::record_id(schema().named("Account").expect("an object"), 4);
    for id in [id.as_str(), id.short(), &id.as_str().to_lowercase()] {
        assert_eq!(count(&format!("Account WHERE Id = '{id}'")), 1, "{id}");
        assert_eq!(
            count(&format!("Contact WHERE AccountId IN ('{id}')")),
            3,
            "{id}"
        );
    }
    let refused = error("SELECT Id FROM Account WHERE Id = 'abc'");
    assert_eq!(
        (refused.code, refused.message.as_str()),
        (
            Code::MalformedQuery,
            "\nSELECT Id FROM Account WHERE Id = 'abc'\n                             ^\nERROR at Row:1:Column:30\n\
             invalid ID field: abc"
        )
    );
}

#[test]
fn dates_are_compared_with_days_instants_and_literals() {
    // Accounts are created by the hour from 2024-01-15; the clock stands on
    // the day after.
    for (condition, expected) in [
        ("CreatedDate = YESTERDAY", 24),
        ("CreatedDate < TODAY", 24),
        ("CreatedDate <= TODAY", 48),
        ("CreatedDate > TODAY", 2),
        ("CreatedDate >= TODAY", 26),
        ("CreatedDate != TODAY", 26),
        ("CreatedDate = LAST_N_DAYS:1", 48),
        ("CreatedDate IN (YESTERDAY, TOMORROW)", 26),
        ("CreatedDate = THIS_YEAR", 50),
        ("CreatedDate < 2024-01-15T01:00:00Z", 1),
        ("CreatedDate = 2024-01-15T02:00:00+02:00", 1),
    ] {
        assert_eq!(
            count(&format!("Account WHERE {condition}")),
            expected,
            "{condition}"
        );
    }
    assert_eq!(count("Opportunity WHERE CloseDate = 2024-01-15"), 1);
    assert_eq!(count("Opportunity WHERE CloseDate = YESTERDAY"), 1);
    assert_eq!(
        count("Opportunity WHERE CloseDate > 2024-01-15 AND CloseDate <= 2024-01-26"),
        1
    );
}

#[test]
fn order_puts_nulls_first_unless_told_otherwise() {
    let ratings = |order: &str| -> Vec<Option<String>> {
        let soql = format!("SELECT Rating FROM Account ORDER BY {order}");
        run(&soql)
            .iter()
            .map(|record| record["Rating"].as_str().map(str::to_owned))
            .collect()
    };
    // A picklist's order is that of its choices: Hot, Warm, Cold.
    for (order, first, last) in [
        ("Rating", None, Some("Cold")),
        ("Rating DESC", None, Some("Hot")),
        ("Rating ASC NULLS LAST", Some("Hot"), None),
        ("Rating DESC NULLS LAST", Some("Cold"), None),
    ] {
        let found = ratings(order);
        assert_eq!(found.first().map(Option::as_deref), Some(first), "{order}");
        assert_eq!(found.last().map(Option::as_deref), Some(last), "{order}");
    }
    let names = run("SELECT Name FROM Account ORDER BY Owner.Name, Name DESC LIMIT 2");
    assert!(names[0]["Name"].as_str() > names[1]["Name"].as_str());
}

#[test]
fn limit_and_offset_cut_the_result() {
    let all = run("SELECT Id FROM Account ORDER BY Id");
    assert_eq!(
        run("SELECT Id FROM Account ORDER BY Id LIMIT 3 OFFSET 2"),
        all[2..5]
    );
    assert_eq!(count("Account LIMIT 7"), 7);
    assert_eq!(count("Account LIMIT 0"), 0);
    assert_eq!(count(&format!("Account LIMIT 1 OFFSET {OFFSET_MAX}")), 0);
}

#[test]
fn deleted_records_are_seen_only_by_query_all() {
    let database = database();
    let soql = "SELECT Id, IsDeleted FROM Contact WHERE IsDeleted = true";
    assert_eq!(
        run_with(&database, soql, Rows::Live)
            .expect("records")
            .len(),
        0
    );
    assert_eq!(
        run_with(&database, soql, Rows::All).expect("records").len(),
        3
    );
    let users = run_with(&database, "SELECT Id FROM User", Rows::Live).expect("records");
    assert_eq!(users.len(), 4);
}

#[test]
fn unknown_names_get_salesforces_messages() {
    let column = error("SELECT Id, Foo FROM Account");
    assert_eq!(column.code, Code::InvalidField);
    assert_eq!(
        column.message,
        "\nSELECT Id, Foo FROM Account\n           ^\nERROR at Row:1:Column:12\nNo such column 'Foo' on entity 'Account'. \
         If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please \
         reference your WSDL or the describe call for the appropriate names."
    );
    let object = error("SELECT Id FROM Accountz LIMIT 2");
    assert_eq!(object.code, Code::InvalidType);
    assert_eq!(
        object.message,
        "\nSELECT Id FROM Accountz LIMIT 2\n               ^\nERROR at Row:1:Column:16\nsObject type 'Accountz' is not \
         supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. \
         Please reference your WSDL or the describe call for the appropriate names."
    );
    let relationship = error("SELECT Owner__r.Name FROM Account");
    assert_eq!(relationship.code, Code::InvalidField);
    assert!(
        relationship
            .message
            .contains("Column:8\nDidn't understand relationship 'Owner__r' in field path. If you")
    );
    let duplicate = error("SELECT Id, Name, id FROM Account");
    assert_eq!(
        (duplicate.code, duplicate.message.as_str()),
        (Code::InvalidField, "duplicate field selected: Id")
    );
}

#[test]
fn values_of_the_wrong_type_are_refused() {
    for (condition, words) in [
        (
            "Name = 5",
            "field 'Name' must be of type string and should be enclosed in quotes",
        ),
        (
            "AnnualRevenue = '5'",
            "field 'AnnualRevenue' must be of type double and should not be enclosed in quotes",
        ),
        (
            "IsDeleted = 'true'",
            "field 'IsDeleted' must be of type boolean and should not be enclosed in quotes",
        ),
        (
            "CreatedDate > '2024'",
            "field 'CreatedDate' must be of type dateTime and should not be enclosed in quotes",
        ),
        ("CreatedDate > 2024-01-01", "must be of type dateTime"),
        (
            "OwnerId = 5",
            "must be of type reference and should be enclosed in quotes",
        ),
        ("Name = TODAY", "must be of type string"),
        (
            "Description = 'x'",
            "field 'Description' can not be filtered in a query call",
        ),
        ("Id LIKE '001%'", "invalid operator on id field"),
        ("IsDeleted > false", "invalid operator on boolean field"),
        ("Name > null", "invalid operator on string field"),
        ("CreatedDate > NEXT_N_YEARS:4294967295", "dates are valid"),
    ] {
        let message = error(&format!("SELECT Id FROM Account WHERE {condition}")).message;
        assert!(message.contains(words), "{condition}: {message}");
    }
    assert!(
        error("SELECT Id FROM Account ORDER BY Description")
            .message
            .contains("can not be sorted")
    );
    assert!(
        error("SELECT COUNT() FROM Account ORDER BY Name")
            .message
            .contains("ORDER BY")
    );
}

#[test]
fn a_path_may_be_five_levels_deep_and_no_deeper() {
    let deep = |levels: usize| format!("SELECT {}Name FROM Account", "Parent.".repeat(levels));
    assert_eq!(run(&deep(joins::PARENTS_MAX)).len(), seed::ACCOUNTS_DEFAULT);
    assert!(
        error(&deep(joins::PARENTS_MAX + 1))
            .message
            .contains("at most 5")
    );
}

#[test]
fn a_statement_may_use_fifty_five_parents_and_no_more() {
    let schema = schema();
    let first = schema.named("Subscription__c").expect("an object");
    let mut paths = vec![(String::new(), first)];
    let mut next = 0;
    while paths.len() <= joins::RELATIONSHIPS_MAX + 1 {
        let (path, sobject) = paths[next].clone();
        for field in &sobject.fields {
            if let Some(reference) = &field.reference
                && reference.to.len() == 1
            {
                let relationship = reference.relationship.as_ref().expect("a name");
                let to = schema.referenced(field).next().expect("an object");
                paths.push((format!("{path}{relationship}."), to));
            }
        }
        next += 1;
    }
    let select = |parents: usize| {
        let fields: Vec<String> = paths[1..=parents]
            .iter()
            .map(|(path, _)| format!("{path}Id"))
            .collect();
        format!("SELECT {} FROM Subscription__c", fields.join(", "))
    };
    assert_eq!(run(&select(joins::RELATIONSHIPS_MAX)).len(), 40);
    assert!(
        error(&select(joins::RELATIONSHIPS_MAX + 1))
            .message
            .contains("at most 55")
    );
}

#[test]
fn a_long_condition_does_not_exhaust_sqlite() {
    let condition = vec!["Name != 'x'"; 2_000].join(" AND ");
    assert_eq!(
        count(&format!("Account WHERE {condition}")),
        seed::ACCOUNTS_DEFAULT
    );
    let list = vec!["'x'"; 5_000].join(",");
    assert_eq!(count(&format!("Account WHERE Name IN ({list})")), 0);
}
