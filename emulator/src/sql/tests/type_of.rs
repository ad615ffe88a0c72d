//! Relationships that lead to records of several objects.

use serde_json::json;

use super::*;

#[test]
fn what_all_objects_have_is_read_of_any() {
    let tasks =
        run("SELECT Who.Name, Who.Type, What.Name, What.Type, WhatId FROM Task ORDER BY Id");
    let types: std::collections::BTreeSet<&str> = tasks
        .iter()
        .filter_map(|task| task["What"]["Type"].as_str())
        .collect();
    assert_eq!(
        types.into_iter().collect::<Vec<_>>(),
        ["Account", "Case", "Opportunity"]
    );
    for task in &tasks {
        let what = &task["What"];
        assert_eq!(what.is_null(), task["WhatId"].is_null());
        if what.is_null() {
            continue;
        }
        // A case has a number instead of a name.
        assert!(what["Name"].is_string(), "{what}");
        // What its attributes say is unconfirmed.
        let (kind, id) = (what["Type"].as_str().expect("text"), &task["WhatId"]);
        assert_eq!(
            what["attributes"],
            json!({"type": "Name", "url": format!("/services/data/v66.0/sobjects/{kind}/{}", id.as_str().expect("an id"))})
        );
    }
    assert_eq!(
        count("Task WHERE What.Type IN ('account', 'Opportunity')"),
        count("Task WHERE What.Type LIKE 'Acc%' OR What.Type = 'opportunity'")
    );
    assert!(count("Task WHERE Who.FirstName != null") > 0);
    let ordered = run("SELECT What.Name FROM Task WHERE WhatId != null ORDER BY What.Name DESC");
    let names = ordered
        .iter()
        .map(|task| task["What"]["Name"].as_str().map(str::to_uppercase));
    assert!(names.is_sorted_by(|one, other| one >= other));
}

#[test]
fn each_object_has_fields_of_its_own() {
    let soql = "SELECT Id, TYPEOF What WHEN Account THEN Phone, Owner.Name WHEN Opportunity THEN Amount, CloseDate \
                ELSE Name, Type END, What.Id FROM Event";
    let conflict = error(soql);
    assert_eq!(conflict.code, Code::InvalidField, "{conflict}");
    let soql = soql.replace(", What.Id", ", WhatId");
    let mut seen = std::collections::BTreeSet::new();
    for event in run(&soql) {
        let what = event["What"].as_object();
        let Some(what) = what else {
            assert!(event["WhatId"].is_null());
            continue;
        };
        let kind = what["attributes"]["type"]
            .as_str()
            .expect("text")
            .to_owned();
        let names: Vec<&str> = what.keys().map(String::as_str).collect();
        let expected: &[&str] = match kind.as_str() {
            "Account" => &["Owner", "Phone", "attributes"],
            "Opportunity" => &["Amount", "CloseDate", "attributes"],
            "Name" => &["Name", "Type", "attributes"],
            other => panic!("{other}"),
        };
        assert_eq!(names, expected);
        seen.insert(kind);
    }
    assert_eq!(seen.len(), 3);
    let without =
        run("SELECT TYPEOF What WHEN Account THEN Phone END FROM Event WHERE What.Type = 'Case'");
    assert!(!without.is_empty() && without.iter().all(|event| event["What"].is_null()));
}

/// The words are the emulator's own, but for the one about a case that comes
/// twice.
#[test]
fn type_of_has_rules() {
    for (soql, words) in [
        (
            "SELECT TYPEOF What WHEN Account THEN Id WHEN account THEN Name END FROM Task",
            "WHEN clause operand [account] is not unique",
        ),
        (
            "SELECT TYPEOF What WHEN User THEN Id END FROM Task",
            "What cannot be a record of User",
        ),
        (
            "SELECT TYPEOF Account WHEN Account THEN Id END FROM Contact",
            "TYPEOF needs a polymorphic relationship, and Account is not one",
        ),
        (
            "SELECT TYPEOF What WHEN Account THEN Id END, FORMAT(CreatedDate) FROM Task",
            "TYPEOF cannot be used with functions",
        ),
        (
            "SELECT TYPEOF Whatever WHEN Account THEN Id END FROM Task",
            "Didn't understand relationship 'Whatever'",
        ),
        (
            "SELECT What.Industry FROM Task",
            "No such column 'Industry' on entity 'Name'",
        ),
        (
            "SELECT What.Owner.Name FROM Task",
            "Didn't understand relationship 'Owner'",
        ),
        (
            "SELECT TYPEOF What WHEN Account THEN Amount END FROM Task",
            "No such column 'Amount' on entity 'Account'",
        ),
        (
            "SELECT TYPEOF What WHEN Account THEN Id ELSE Industry END FROM Task",
            "No such column 'Industry' on entity 'Name'",
        ),
    ] {
        let message = error(soql).message;
        assert!(message.contains(words), "{soql}: {message}");
    }
}
