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
