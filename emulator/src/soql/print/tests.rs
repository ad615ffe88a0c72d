use proptest::prelude::*;

use super::super::ast::Query;
use super::super::parse;

mod trees;

/// A tree without the places of its parts.
fn without_places(query: &Query) -> String {
    let text = format!("{query:?}");
    let mut parts = text.split(", at: ");
    let mut kept = parts.next().expect("a part").to_owned();
    for part in parts {
        kept.push_str(part.trim_start_matches(|symbol: char| symbol.is_ascii_digit()));
    }
    kept
}

#[test]
fn a_statement_is_written_in_one_way() {
    for (soql, written) in [
        (
            "select Id, a.Owner.Name from Account a where Name like 'x%' order by Name desc nulls last, Id limit 5 offset 7",
            "SELECT Id, a.Owner.Name FROM Account AS a WHERE Name LIKE 'x%' \
             ORDER BY Name DESC NULLS LAST, Id ASC NULLS FIRST LIMIT 5 OFFSET 7",
        ),
        ("select count() from Account", "SELECT COUNT() FROM Account"),
        (
            "SELECT Name n, max(Amount) FROM Opportunity GROUP BY rollup(Name) HAVING MAX(Amount) > -.5 AND (NOT Name = null)",
            "SELECT Name n, MAX(Amount) FROM Opportunity GROUP BY ROLLUP(Name) HAVING MAX(Amount) > -0.5 AND (NOT Name = NULL)",
        ),
        (
            r"SELECT Id FROM A WHERE a = 'O\'x\u0025' AND b LIKE '\%\u005f_' AND c IN (USD5, 1970-01-01T01:00:00+0100)",
            r"SELECT Id FROM A WHERE a = 'O\'x\u0025' AND b LIKE '\%\__' AND c IN (USD5, 1970-01-01T00:00:00.000Z)",
        ),
        (
            "SELECT TYPEOF What WHEN Account THEN Phone,Name ELSE Name END, (SELECT Id FROM x.Ys FOR VIEW UPDATE TRACKING FOR UPDATE) FROM Event ALL ROWS",
            "SELECT TYPEOF What WHEN Account THEN Phone, Name ELSE Name END, \
             (SELECT Id FROM x.Ys FOR VIEW UPDATE TRACKING FOR UPDATE) FROM Event ALL ROWS",
        ),
    ] {
        assert_eq!(parse(soql).expect(soql).to_string(), written);
    }
}

proptest! {
    /// Every statement is written, and reads as what it was.
    #[test]
    fn what_is_written_reads_as_the_same_tree(query in trees::query()) {
        let written = query.to_string();
        let read = parse(&written);
        prop_assert!(read.is_ok(), "{}: {:?}", written, read);
        let read = read.expect("a query");
        prop_assert_eq!(without_places(&read), without_places(&query), "{}", written);
        prop_assert_eq!(read.to_string(), written);
    }
}
