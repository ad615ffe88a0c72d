use proptest::prelude::*;

use super::*;
use crate::soql::ast::{Condition, Direction, Expression, Item, Nulls, Path, Selection};

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

/// Statements that the grammar cannot read, and what is said last of each.
const MALFORMED: [(&str, &str); 27] = [
    ("invalid", "unexpected token: 'invalid'"),
    ("SELECT", "unexpected token: 'SELECT'"),
    ("SELECT Id", "unexpected token: '<EOF>'"),
    ("SELECT Id,", "unexpected token: '<EOF>'"),
    ("SELECT Id, FROM Account", "unexpected token: 'FROM'"),
    ("SELECT FROM Account", "unexpected token: 'SELECT FROM'"),
    ("SELECT * FROM Account", "unexpected token: 'SELECT *'"),
    ("SELECT Id FROM Account WHERE", "unexpected token: '<EOF>'"),
    (
        "SELECT Id FROM Account WHERE Name = ",
        "unexpected token: '<EOF>'",
    ),
    (
        "SELECT Id FROM Account WHERE Name = x",
        "unexpected token: 'x'",
    ),
    (
        "SELECT Id FROM Account WHERE a = 1 AND b = 2 OR c = 3",
        "unexpected token: 'OR'",
    ),
    (
        "SELECT Id FROM Account WHERE a = 1 OR b = 2 AND c = 3",
        "unexpected token: 'AND'",
    ),
    (
        "SELECT Id FROM Account WHERE (a = 1",
        "unexpected token: '<EOF>'",
    ),
    (
        "SELECT Id FROM Account WHERE a = 1 AND NOT (b = 2)",
        "unexpected token: 'NOT'",
    ),
    (
        "SELECT Id FROM Account WHERE NOT a = 1 AND b = 2",
        "unexpected token: 'AND'",
    ),
    (
        "SELECT Id FROM Account WHERE NOT NOT a = 1",
        "unexpected token: 'NOT'",
    ),
    (
        "SELECT Id FROM Account WHERE a IN ()",
        "unexpected token: 'a IN ()'",
    ),
    (
        "SELECT Id FROM Account WHERE a IS NULL",
        "unexpected token: 'a IS'",
    ),
    (
        "SELECT Id FROM Account WHERE d = LAST_N_DAYS:x",
        "unexpected token: 'x'",
    ),
    (
        "SELECT Id FROM Account WHERE d = LAST_N_DAYS:-1",
        "unexpected token: '-'",
    ),
    (
        "SELECT Id FROM Account LIMIT 1.5",
        "unexpected token: '1.5'",
    ),
    (
        "SELECT Id FROM Account ORDER Name",
        "unexpected token: 'Name'",
    ),
    ("SELECT Id FROM Account;", "unexpected token: ';'"),
    ("SELECT Id FROM Account a b", "unexpected token: 'b'"),
    ("DELETE FROM Account", "unexpected token: 'DELETE'"),
    (
        "SELECT Id FROM Account WHERE n = :bound",
        "Bind variables only allowed in Apex code",
    ),
    (
        "SELECT Id FROM Account LIMIT -1",
        "Limit must be a non-negative value",
    ),
];

#[test]
fn the_offending_token_is_named() {
    for (soql, words) in MALFORMED {
        assert_eq!(message(soql).lines().last(), Some(words), "{soql}");
    }
}

/// More rows than there can be are as many as there are.
#[test]
fn a_limit_may_be_as_large_as_it_likes() {
    let query = parse("SELECT Id FROM Account LIMIT 99999999999999999999").expect("a query");
    assert_eq!(query.limit, Some(i64::MAX.unsigned_abs()));
}

#[test]
fn what_has_no_tree_is_unsupported() {
    for (soql, what) in [
        ("SELECT Id FROM Account USING LOOKUP a", "USING LOOKUP"),
        (
            "SELECT Id FROM Account WHERE a + b = 5",
            "arithmetic in WHERE",
        ),
        ("SELECT Id FROM Account BIND a = 5", "BIND"),
        (
            "SELECT Id FROM Account WHERE FORMULA('a - b') > 5",
            "FORMULA()",
        ),
    ] {
        let error = parse(soql).expect_err(soql);
        assert_eq!(error.code, Code::EmulatorUnsupported, "{soql}: {error}");
        assert!(error.message.ends_with(what), "{error}");
        // A statement that is malformed as well is that first.
        let error = parse(&format!("{soql} x y")).expect_err(soql);
        assert_eq!(error.code, Code::MalformedQuery, "{soql}: {error}");
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
    let children = |depth: usize| {
        let open = "SELECT (".repeat(depth);
        format!("{open}SELECT Id FROM A{}", ") FROM A".repeat(depth))
    };
    assert!(parse(&children(LEVELS_MAX)).is_ok());
    assert!(message(&children(LEVELS_MAX + 1)).contains("nested"));
    let joins = |depth: usize| {
        let open = "SELECT Id FROM A WHERE a IN (".repeat(depth);
        format!("{open}SELECT Id FROM A{}", ")".repeat(depth))
    };
    assert!(parse(&joins(LEVELS_MAX)).is_ok());
    assert!(message(&joins(LEVELS_MAX + 1)).contains("nested"));
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
        "SELECT Id FROM Account)",
    ] {
        assert!(parse(soql).is_err(), "{soql}");
    }
}

/// The longest statements that repeat one thing, after a beginning and before an
/// end.
fn hostile() -> impl Iterator<Item = String> {
    [
        ("SELECT ", "a,", "a FROM A"),
        ("SELECT ", "a.", "a FROM A"),
        ("SELECT ", "sum(", "a FROM A"),
        ("SELECT ", "sum(a),", "a FROM A"),
        ("SELECT ", "(SELECT a FROM b),", "a FROM A"),
        ("SELECT ", "(SELECT ", "a FROM A"),
        ("SELECT ", "TYPEOF a WHEN b THEN c END,", "a FROM A"),
        ("SELECT TYPEOF a ", "WHEN b THEN c ", "END FROM A"),
        ("SELECT a FROM ", "A,", "A"),
        ("SELECT a FROM A WHERE ", "(", "a = 1"),
        ("SELECT a FROM A WHERE ", "NOT ", "a = 1"),
        ("SELECT a FROM A WHERE ", "NOT(", "a = 1"),
        ("SELECT a FROM A WHERE ", "a = 1 AND ", "a = 1"),
        ("SELECT a FROM A WHERE ", "(a=1) OR ", "a = 1"),
        ("SELECT a FROM A WHERE ", "a IN (", "a"),
        (
            "SELECT a FROM A WHERE ",
            "a IN (SELECT a FROM A WHERE ",
            "a",
        ),
        ("SELECT a FROM A WHERE a IN (", "1,", "1)"),
        ("SELECT a FROM A WHERE a IN (", "1,", ""),
        ("SELECT a FROM A WHERE a IN (", "'',", "'')"),
        ("SELECT a FROM A WHERE a = ", "'", "'"),
        ("SELECT a FROM A WHERE a = '", "x", "'"),
        ("SELECT a FROM A WHERE a = '", "\\", "'"),
        ("SELECT a FROM A WHERE a LIKE '", "%_", "'"),
        ("SELECT a FROM A WHERE a = ", "9", ""),
        ("SELECT a FROM A WHERE a = USD-", "9", ""),
        ("SELECT a FROM A WHERE a = -", ".", "1"),
        ("SELECT a FROM A WHERE a = LAST_N_DAYS:", "9", ""),
        ("SELECT a FROM A WITH b(", "c = 'd', ", "e = 1)"),
        ("SELECT a FROM A ", "WITH b ", ""),
        ("SELECT a FROM A GROUP BY ", "a,", "a"),
        ("SELECT a FROM A ORDER BY ", "a NULLS LAST,", "a"),
        ("SELECT a FROM A LIMIT ", "9", ""),
        ("SELECT a FROM A UPDATE ", "TRACKING,", "TRACKING"),
        ("", "\n", "x"),
        ("SELECT a FROM A ", "\n", "!"),
        ("SELECT a FROM A WHERE ", "é", "= 1"),
        ("SELECT a FROM A WHERE a = ", "\u{1f600}", ""),
    ]
    .into_iter()
    .map(|(begin, part, end)| {
        let parts = (STATEMENT_CHARS_MAX - begin.len() - end.len()) / part.chars().count();
        format!("{begin}{}{end}", part.repeat(parts))
    })
}

/// What takes time squared takes minutes here.
#[test]
fn the_longest_statements_take_time_in_proportion() {
    for soql in hostile() {
        let begin = std::time::Instant::now();
        let read = parse(&soql);
        let took = begin.elapsed();
        let shape: String = soql.chars().take(60).collect();
        assert!(took.as_secs() < 10, "{shape}: {took:?}");
        if let Err(error) = read {
            let length = error.message.len();
            assert!(length < 4 * soql.len(), "{shape}: a message of {length}");
        }
    }
}

/// A statement costs a token a character and a node a token at most, so that
/// these bound its memory.
#[test]
fn tokens_and_nodes_are_small() {
    assert!(size_of::<Lexeme<'_>>() <= 32);
    assert!(size_of::<Item>() <= 160);
    assert!(size_of::<Condition>() <= 256);
    assert!(size_of::<crate::soql::ast::Value>() <= 64);
}
