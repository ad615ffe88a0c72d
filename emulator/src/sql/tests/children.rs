//! Subqueries.

use super::*;
use crate::sql::children::CHILDREN_MAX;

#[test]
fn children_are_those_that_point_to_the_record() {
    let soql = "SELECT Id, (SELECT AccountId, Owner.Name, LastName FROM contacts WHERE Title = 'Buyer' \
                ORDER BY LastName DESC LIMIT 2), Name FROM Account";
    let (mut with, mut without) = (0, 0);
    for account in run(soql) {
        let members: Vec<&String> = account.as_object().expect("an object").keys().collect();
        assert!(members.contains(&&"Contacts".to_owned()), "{members:?}");
        let contacts = &account["Contacts"];
        if contacts.is_null() {
            without += 1;
            continue;
        }
        with += 1;
        let records = contacts["records"].as_array().expect("records");
        assert!((1..=2).contains(&records.len()));
        assert_eq!(
            (&contacts["totalSize"], &contacts["done"]),
            (&records.len().into(), &true.into())
        );
        assert!(
            records
                .iter()
                .all(|contact| contact["AccountId"] == account["Id"])
        );
        assert_eq!(records[0]["attributes"]["type"], "Contact");
        assert!(records[0]["Owner"]["Name"].is_string());
        let names = records.iter().map(|contact| contact["LastName"].as_str());
        assert!(names.is_sorted_by(|one, other| one >= other));
    }
    assert!(with > 20 && without > 0, "{with} with, {without} without");
}

#[test]
fn deleted_children_are_seen_with_deleted_rows_only() {
    let soql = "SELECT (SELECT IsDeleted FROM Contacts) FROM Account";
    let deleted = |rows| {
        let accounts = run_with(&database(), soql, rows).expect(soql);
        let text = serde_json::to_string(&accounts).expect("JSON");
        text.matches("\"IsDeleted\":true").count()
    };
    assert_eq!(deleted(Rows::Live), 0);
    assert!(deleted(Rows::All) > 0);
}

#[test]
fn a_subquery_has_the_errors_of_a_query_and_its_own() {
    let unknown = error("SELECT (SELECT Id FROM Contact) FROM Account");
    assert_eq!(unknown.code, Code::InvalidType);
    assert!(
        unknown.message.contains("'Contact' in FROM part"),
        "{}",
        unknown.message
    );
    let column = error("SELECT (SELECT Nonsense FROM Contacts) FROM Account");
    assert_eq!(column.code, Code::InvalidField);
    let children = |count: usize| {
        let each = vec!["(SELECT Id FROM Contacts)"; count].join(", ");
        format!("SELECT {each} FROM Account LIMIT 1")
    };
    assert_eq!(run(&children(CHILDREN_MAX)).len(), 1);
    assert_eq!(
        error(&children(CHILDREN_MAX + 1)).code,
        Code::MalformedQuery
    );
}

#[test]
fn children_can_have_children() {
    let soql = "SELECT Name, (SELECT Name, (SELECT Id FROM OpportunityLineItems) FROM Opportunities), \
                (SELECT c.LastName, Contact.Account.Name FROM Account.Contacts c) FROM Account";
    let found = run(soql);
    let with = found
        .iter()
        .filter(|account| !account["Opportunities"].is_null());
    let deep = with.flat_map(|account| account["Opportunities"]["records"].as_array());
    let mut items = deep.flatten().map(|one| &one["OpportunityLineItems"]);
    assert!(items.any(|items| items["totalSize"] == 2 && items["done"] == true));
    let contacts = found.iter().find(|account| !account["Contacts"].is_null());
    let contact = &contacts.expect("contacts")["Contacts"]["records"][0];
    assert!(contact["LastName"].is_string());
    assert!(contact["Account"]["Name"].is_string());
}

/// Source: SOQL and SOSL Reference, "Understanding Relationship Query
/// Limitations". The words of the limit are those of the time when there were
/// two levels.
#[test]
fn there_are_five_levels_since_version_58_and_two_before() {
    let below = |levels: usize| {
        let mut soql = "SELECT Id FROM ChildAccounts".to_owned();
        for _ in 2..levels {
            soql = format!("SELECT Id, ({soql}) FROM ChildAccounts");
        }
        format!("SELECT Id, ({soql}) FROM Account LIMIT 1")
    };
    for (number, levels, is_valid) in [
        (66, 5, true),
        (66, 6, false),
        (58, 5, true),
        (57, 2, true),
        (57, 3, false),
    ] {
        let soql = below(levels);
        let Known::Served(version) = ApiVersion::parse(&format!("v{number}.0")) else {
            panic!("it is served");
        };
        let environment = Environment {
            schema: &schema(),
            rows: Rows::Live,
            today: date(2024, 1, 16),
            user: &RecordId::new("005", 2),
            version,
        };
        let found = soql::parse(&soql);
        match found.and_then(|query| translate(&query, &soql, environment)) {
            Ok(_) => assert!(is_valid, "v{number}: {soql}"),
            Err(error) => {
                assert!(!is_valid, "{error}");
                let words = "cannot query aggregate relationships more than 1 level away";
                // More than five levels not even the grammar reads.
                assert!(levels > 5 || error.message.contains(words), "{error}");
            }
        }
    }
}

#[test]
fn subqueries_of_all_levels_count() {
    let inner = vec!["(SELECT Id FROM ChildAccounts)"; CHILDREN_MAX].join(", ");
    let soql = format!("SELECT Id, (SELECT Id, {inner} FROM ChildAccounts) FROM Account");
    assert_eq!(error(&soql).code, Code::MalformedQuery);
}

#[test]
fn what_a_subquery_cannot_say_is_refused() {
    for (soql, words) in [
        (
            "SELECT (SELECT COUNT(Id) FROM Contacts) FROM Account",
            "only root queries support aggregate expressions",
        ),
        (
            "SELECT (SELECT COUNT() FROM Contacts) FROM Account",
            "only root queries support aggregate expressions",
        ),
        (
            "SELECT (SELECT Title FROM Contacts GROUP BY Title) FROM Account",
            "only root queries support aggregate expressions",
        ),
        (
            "SELECT (SELECT Id FROM Contacts LIMIT 1 OFFSET 1) FROM Account",
            "OFFSET only if its parent has LIMIT 1",
        ),
        (
            "SELECT (SELECT Id FROM Contact.Contacts) FROM Account",
            "Didn't understand relationship 'Contact' in FROM",
        ),
    ] {
        let message = error(soql).message;
        assert!(message.contains(words), "{soql}: {message}");
    }
    let soql = "SELECT Id, (SELECT Id FROM Contacts LIMIT 1 OFFSET 1) FROM Account a ORDER BY Name LIMIT 1";
    assert_eq!(run(soql).len(), 1);
}
