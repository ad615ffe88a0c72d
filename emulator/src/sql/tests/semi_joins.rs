//! Semi-joins and anti-joins.

use super::*;

#[test]
fn they_find_what_another_statement_finds() {
    let all = count("Account");
    let with = count("Account WHERE Id IN (SELECT AccountId FROM Opportunity WHERE IsWon = true)");
    let without =
        count("Account WHERE Id NOT IN (SELECT AccountId FROM Opportunity WHERE IsWon = true)");
    assert!(with > 0 && without > 0);
    assert_eq!(with + without, all);
    let names = run(
        "SELECT (SELECT Id FROM Opportunities WHERE IsWon = true) FROM Account \
                     WHERE Id IN (SELECT AccountId FROM Opportunity WHERE IsWon = true)",
    );
    assert!(
        names
            .iter()
            .all(|account| !account["Opportunities"].is_null())
    );
    // From child to parent, and from child to child.
    assert_eq!(
        count(
            "Contact WHERE AccountId IN (SELECT Id FROM Account WHERE Name = 'Brindlewick Foundry')"
        ),
        count("Contact WHERE Account.Name = 'Brindlewick Foundry'")
    );
    assert!(count("Contact WHERE AccountId IN (SELECT AccountId FROM Opportunity)") > 0);
    // A polymorphic reference.
    assert_eq!(
        count("Task WHERE WhoId IN (SELECT Id FROM Lead)"),
        count("Task WHERE Who.Type = 'Lead'")
    );
    // Nobody who has no account is with one, and none of them is lost.
    let none = count("Contact WHERE AccountId = null");
    assert!(none > 0);
    assert_eq!(
        count(
            "Contact WHERE AccountId NOT IN (SELECT AccountId FROM Opportunity WHERE Name = 'nobody')"
        ),
        count("Contact")
    );
}

#[test]
fn two_can_be_joined_by_and_with_an_alias_of_their_own() {
    let soql = "Account a WHERE a.Id IN (SELECT c.AccountId FROM Contact c WHERE c.LastName LIKE '%a%') \
                AND Id IN (SELECT AccountId FROM Opportunity WHERE IsClosed = false) AND a.Rating != null";
    assert!(count(soql) > 0);
}

/// The words are those that users report, but for those marked in the sources.
#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn their_rules_are_salesforces() {
    let opportunity = "(SELECT AccountId FROM Opportunity)";
    let conditions = [
        (
            format!("Id IN {opportunity} OR Name = 'x'"),
            "Semi join sub-selects are not allowed with the 'OR' operator",
        ),
        (
            format!("Name = 'x' AND (Rating = 'Hot' OR Id IN {opportunity})"),
            "Semi join sub-selects are only allowed at the top level WHERE expressions and not in nested WHERE expressions.",
        ),
        (
            format!("Name = 'x' AND (Id IN {opportunity} AND Rating = 'Hot')"),
            "Semi join sub-selects are only allowed at the top level",
        ),
        (
            format!("NOT Id IN {opportunity}"),
            "Semi join sub-selects are not allowed with the 'NOT' operator",
        ),
        (
            format!(
                "Id IN {opportunity} AND Id NOT IN {opportunity} AND OwnerId IN (SELECT Id FROM User)"
            ),
            "Maximum 2 semi join sub-selects are allowed",
        ),
        (
            "Id IN (SELECT AccountId FROM Contact WHERE OwnerId IN (SELECT Id FROM User))"
                .to_owned(),
            "Nesting of semi join sub-selects is not supported",
        ),
        (
            "Id IN (SELECT ParentId FROM Account)".to_owned(),
            "The inner and outer selects should not be on the same object type",
        ),
        (
            "Id IN (SELECT WhatId FROM Task)".to_owned(),
            "Entity 'Task' is not supported for semi join inner selects",
        ),
        (
            "Name IN (SELECT Name FROM Contact)".to_owned(),
            "semi join sub-selects can only query id fields, cannot use: 'Name'",
        ),
        (
            "Id IN (SELECT Account.Id FROM Contact)".to_owned(),
            "semi join sub-selects can only query id fields, cannot use: 'Id'",
        ),
        (
            "OwnerId IN (SELECT AccountId FROM Contact)".to_owned(),
            "The selected field 'AccountId' in the subquery and the left operand field in the where expression in the \
             outer query 'OwnerId' should point to the same object type",
        ),
        (
            "Parent.Id IN (SELECT AccountId FROM Contact)".to_owned(),
            "semi join sub-selects cannot be compared with the field 'Id' of a parent",
        ),
        (
            "Id IN (SELECT AccountId FROM Contact LIMIT 5)".to_owned(),
            "missing value at 'LIMIT'",
        ),
        (
            "Id IN (SELECT AccountId FROM Contact ORDER BY Name)".to_owned(),
            "missing value at 'ORDER'",
        ),
        (
            "Id IN (SELECT AccountId FROM Contact GROUP BY AccountId)".to_owned(),
            "missing value at 'GROUP'",
        ),
    ];
    for (condition, words) in conditions {
        let error = error(&format!("SELECT Id FROM Account WHERE {condition}"));
        assert_eq!(error.code, Code::MalformedQuery, "{condition}: {error}");
        assert!(error.message.contains(words), "{condition}: {error}");
    }
    let below = error(
        "SELECT (SELECT Id FROM Contacts WHERE OwnerId IN (SELECT Id FROM User)) FROM Account",
    );
    assert!(
        below.message.contains("only allowed at the top level"),
        "{below}"
    );
    let unknown = error("SELECT Id FROM Account WHERE Id IN (SELECT Id FROM Nonsense)");
    assert_eq!(unknown.code, Code::InvalidType);
}

/// Captured: `FROM Task` is echoed with the caret under the object.
#[test]
fn an_object_that_cannot_be_joined_is_shown_in_its_place() {
    let message = error("SELECT Id FROM Account WHERE Id IN (SELECT WhatId FROM Task)").message;
    let (echo, _) = message
        .split_once("\nERROR at Row:1:Column:56\n")
        .expect("a place");
    let mut lines = echo.trim_start_matches('\n').lines();
    let (line, caret) = (
        lines.next().expect("an echo"),
        lines.next().expect("a caret"),
    );
    assert_eq!(&line[caret.len() - 1..], "Task)");
}
