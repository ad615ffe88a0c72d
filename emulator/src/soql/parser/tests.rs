use proptest::prelude::*;

use super::*;

fn message(soql: &str) -> String {
    parse(soql).expect_err(soql).message
}

fn condition(soql: &str) -> String {
    let query = parse(&format!("SELECT Id FROM A WHERE {soql}")).expect(soql);
    show(&query.condition.expect("a condition"))
}

fn show(condition: &Condition) -> String {
    let all = |operands: &[Condition], word: &str| {
        format!(
            "({})",
            operands.iter().map(show).collect::<Vec<_>>().join(word)
        )
    };
    match condition {
        Condition::And(operands) => all(operands, " & "),
        Condition::Or(operands) => all(operands, " | "),
        Condition::Not(operand) => format!("!{}", show(operand)),
        Condition::Compare { subject, .. }
        | Condition::In { subject, .. }
        | Condition::InQuery { subject, .. }
        | Condition::Includes { subject, .. } => match subject {
            Expression::Field(path) => path.field.clone(),
            other => panic!("{other:?}"),
        },
    }
}

#[test]
fn a_whole_statement_is_read() {
    let query = parse(
        "select Id, a.Owner.Name from Account a where Name like 'x%' \
         order by Name desc nulls last, Id limit 5 offset 2000",
    )
    .expect("a query");
    let Selection::Members(fields) = query.selection else {
        panic!("fields")
    };
    assert_eq!(
        fields[1],
        Item::Value {
            expression: Expression::Field(Path {
                parents: vec!["a".to_owned(), "Owner".to_owned()],
                field: "Name".to_owned(),
                at: 11
            }),
            alias: None
        }
    );
    assert_eq!(
        query.from.name,
        Name {
            text: "Account".to_owned(),
            at: 29
        }
    );
    assert_eq!(
        query.from.alias.map(|alias| alias.text).as_deref(),
        Some("a")
    );
    assert_eq!(
        (query.order[0].direction, query.order[0].nulls),
        (Direction::Descending, Nulls::Last)
    );
    assert_eq!(
        (query.order[1].direction, query.order[1].nulls),
        (Direction::Ascending, Nulls::First)
    );
    assert_eq!((query.limit, query.offset), (Some(5), Some(2_000)));
}

#[test]
fn count_is_read() {
    assert_eq!(
        parse("SELECT COUNT() FROM Account")
            .expect("a query")
            .selection,
        Selection::Count
    );
}

#[test]
fn conditions_keep_their_structure() {
    for (soql, tree) in [
        ("a = 1 AND b = 2 AND c = 3", "(a & b & c)"),
        ("a = 1 OR b = 2", "(a | b)"),
        ("a = 1 AND (b = 2 OR (NOT c = 3))", "(a & (b | !c))"),
        ("NOT (a = 1 AND b = 2)", "!(a & b)"),
        ("((a = 1))", "a"),
        ("a IN ('x', 'y') AND b NOT IN (1)", "(a & b)"),
    ] {
        assert_eq!(condition(soql), tree, "{soql}");
    }
}

#[test]
fn the_offending_token_is_named() {
    for (soql, token) in [
        ("invalid", "invalid"),
        ("SELECT", "<EOF>"),
        ("SELECT Id", "<EOF>"),
        ("SELECT Id,", "<EOF>"),
        ("SELECT Id, FROM Account", "Account"),
        ("SELECT Id FROM Account WHERE", "<EOF>"),
        ("SELECT Id FROM Account WHERE Name = ", "<EOF>"),
        ("SELECT Id FROM Account WHERE Name = x", "x"),
        (
            "SELECT Id FROM Account WHERE a = 1 AND b = 2 OR c = 3",
            "OR",
        ),
        (
            "SELECT Id FROM Account WHERE a = 1 OR b = 2 AND c = 3",
            "AND",
        ),
        ("SELECT Id FROM Account WHERE (a = 1", "<EOF>"),
        ("SELECT Id FROM Account WHERE a = 1 AND NOT (b = 2)", "NOT"),
        ("SELECT Id FROM Account WHERE NOT a = 1 AND b = 2", "AND"),
        ("SELECT Id FROM Account WHERE NOT NOT a = 1", "NOT"),
        ("SELECT Id FROM Account WHERE a IN ()", ")"),
        ("SELECT Id FROM Account WHERE a IS NULL", "IS"),
        ("SELECT Id FROM Account WHERE d = LAST_N_DAYS:x", "x"),
        ("SELECT Id FROM Account WHERE d = LAST_N_DAYS:-1", "-1"),
        ("SELECT Id FROM Account WHERE n = :bound", ":"),
        ("SELECT Id FROM Account LIMIT -1", "-1"),
        ("SELECT Id FROM Account LIMIT 1.5", "1.5"),
        (
            "SELECT Id FROM Account LIMIT 99999999999999999999",
            "99999999999999999999",
        ),
        ("SELECT Id FROM Account ORDER Name", "Name"),
        ("SELECT Id FROM Account;", ";"),
        ("SELECT Id FROM Account a b", "b"),
        ("DELETE FROM Account", "DELETE"),
    ] {
        assert_eq!(
            message(soql),
            format!("unexpected token: '{token}'"),
            "{soql}"
        );
    }
}

#[test]
fn soql_that_the_emulator_lacks_says_so() {
    for soql in [
        "SELECT (SELECT (SELECT Id FROM Tasks) FROM Contacts) FROM Account",
        "SELECT Name FROM Account GROUP BY Name",
        "SELECT COUNT(Id) FROM Account",
        "SELECT MAX(Amount) m FROM Opportunity",
        "SELECT FIELDS(ALL) FROM Account LIMIT 200",
        "SELECT TYPEOF What WHEN Account THEN Phone END FROM Event",
        "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact)",
        "SELECT Id FROM Account WHERE Tags__c INCLUDES ('a')",
        "SELECT Id FROM Account WHERE CALENDAR_YEAR(CreatedDate) = 2024",
        "SELECT Id FROM Account WITH SECURITY_ENFORCED",
        "SELECT Id FROM Account USING SCOPE mine",
        "SELECT Id FROM Account LIMIT 1 FOR UPDATE",
        "SELECT Id FROM Account ALL ROWS",
        "SELECT Id FROM Account a, a.Contacts c",
    ] {
        let error = parse(soql).expect_err(soql);
        assert_eq!(error.code, Code::EmulatorUnsupported, "{soql}: {error}");
    }
}

#[test]
fn limits_hold_where_they_say() {
    let long = |length: usize| {
        let statement = "SELECT Id FROM Account WHERE Id != null";
        format!("{statement}{}", " ".repeat(length - statement.len()))
    };
    assert!(parse(&long(STATEMENT_CHARS_MAX)).is_ok());
    assert!(message(&long(STATEMENT_CHARS_MAX + 1)).contains("100000"));
    let deep = |depth: usize| {
        format!(
            "SELECT Id FROM A WHERE {}a = 1{}",
            "(".repeat(depth),
            ")".repeat(depth)
        )
    };
    assert!(parse(&deep(NESTING_MAX)).is_ok());
    assert!(message(&deep(NESTING_MAX + 1)).contains("nested"));
    let error = parse("SELECT Id FROM Account OFFSET 2001").expect_err("too far");
    assert_eq!(
        (error.code, error.message.as_str()),
        (
            Code::NumberOutsideValidRange,
            "Maximum SOQL offset allowed is 2000"
        )
    );
    assert_eq!(message("  "), "SOQL statements cannot be empty or null");
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(soql in any::<String>()) {
        let _ = parse(&soql);
    }

    #[test]
    fn no_row_of_tokens_makes_it_panic(
        words in prop::collection::vec(prop::sample::select(vec![
            "SELECT", "Id", "FROM", "WHERE", "AND", "OR", "NOT", "IN", "(", ")", ",", ".", "=", "'x'", "5",
            "LIMIT", "ORDER", "BY", "NULLS", "LAST_N_DAYS", ":", "COUNT", "LIKE", "2024-01-01",
        ]), 0..30),
    ) {
        let _ = parse(&words.join(" "));
    }
}

#[test]
fn a_subquery_is_a_member_like_a_field() {
    let soql =
        "SELECT Id, (SELECT Name FROM Contacts c WHERE Name != ')' LIMIT 3), Name FROM Account";
    let Selection::Members(items) = parse(soql).expect("a query").selection else {
        panic!("members")
    };
    let [
        Item::Value { .. },
        Item::Children(children),
        Item::Value { .. },
    ] = items.as_slice()
    else {
        panic!("{items:?}")
    };
    assert_eq!(
        (children.from.name.text.as_str(), children.limit),
        ("Contacts", Some(3))
    );
    for soql in [
        "SELECT (SELECT Id FROM Contacts FROM Account",
        "SELECT (SELECT Id FROM Contacts), FROM Account",
        "SELECT () FROM Account",
        "SELECT (SELECT COUNT() FROM Contacts) FROM Account",
        "SELECT (SELECT (SELECT Id FROM Tasks) FROM Contacts) FROM Account",
        "SELECT Id FROM Account)",
    ] {
        assert!(parse(soql).is_err(), "{soql}");
    }
}
