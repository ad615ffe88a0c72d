use super::*;

const NESTED: &str = "SELECT Id, (SELECT Id FROM Contacts) FROM Account";

fn page(total: i64, next: Option<&str>) -> Page {
    Page {
        body: String::new(),
        total_size: u64::try_from(total).ok(),
        next: next.map(str::to_owned),
    }
}

/// So many records.
fn records(number: usize) -> Vec<&'static str> {
    vec![r#"{"attributes":{"url":"/x"},"Id":"1"}"#; number]
}

/// An account with a list of contacts.
fn account(id: u32, total: i64, contacts: usize, done: bool) -> String {
    let contacts = vec![r#"{"Id":"c"}"#; contacts].join(",");
    format!(
        r#"{{"attributes":{{"type":"Account","url":"/a/{id}"}},"Owner":{{"Name":"records"}},
            "Contacts":{{"totalSize":{total},"done":{done},"records":[{contacts}]}}}}"#
    )
}

fn missing(records: u64, total: u64) -> Incomplete {
    Incomplete::Missing(Missing {
        records,
        total: Some(total),
        children: vec![],
    })
}

/// What is missing of these pages of accounts, and how many children.
fn nested(total: i64, pages: &[&[String]]) -> (u64, Vec<(String, u64, bool)>) {
    let mut completeness = Completeness::of(NESTED);
    for (number, records) in pages.iter().enumerate() {
        let next = (number + 1 < pages.len()).then(|| number.to_string());
        let records = records.iter().map(String::as_str);
        let page = page(total, next.as_deref());
        completeness.page(&page, records).unwrap();
    }
    match completeness.end() {
        Ok(()) => (0, vec![]),
        Err(Incomplete::Missing(missing)) => {
            let children = missing.children.into_iter();
            let children = children.map(|cut| (cut.relationship, cut.records, cut.exact));
            (missing.records, children.collect())
        }
        Err(other) => panic!("{other:?}"),
    }
}

fn contacts(records: u64, exact: bool) -> Vec<(String, u64, bool)> {
    vec![("Contacts".to_owned(), records, exact)]
}

#[test]
fn a_result_that_has_as_many_records_as_it_says_is_whole() {
    let mut completeness = Completeness::of("SELECT Id FROM Account");
    completeness.page(&page(3, Some("a")), records(2)).unwrap();
    completeness.page(&page(3, None), records(1)).unwrap();
    assert_eq!(completeness.end(), Ok(()));
}

#[test]
fn one_record_too_few_is_told_at_the_end_and_one_too_many_at_once() {
    let mut completeness = Completeness::of("SELECT Id FROM Account");
    completeness.page(&page(3, Some("a")), records(1)).unwrap();
    completeness.page(&page(3, None), records(1)).unwrap();
    assert_eq!(completeness.end(), Err(missing(1, 3)));
    let words = completeness.end().unwrap_err().to_string();
    assert!(words.starts_with("1 of 3 records are missing"), "{words}");
    assert!(words.contains("deleted"), "{words}");
    let too_many = completeness.page(&page(3, Some("b")), records(2));
    let expected = Incomplete::TooMany {
        records: 4,
        total: 3,
    };
    assert_eq!(too_many, Err(expected));
}

#[test]
fn nothing_is_missing_of_an_unknown_total() {
    let mut completeness = Completeness::of("SELECT Id FROM Ext__x");
    completeness.page(&page(-1, Some("a")), records(2)).unwrap();
    completeness.page(&page(-1, None), records(0)).unwrap();
    assert_eq!(completeness.end(), Ok(()));
    // The last page may know it.
    completeness.page(&page(3, None), records(0)).unwrap();
    assert_eq!(completeness.end(), Err(missing(1, 3)));
}

#[test]
fn a_page_that_was_named_before_ends_it() {
    let mut completeness = Completeness::of("SELECT Id FROM Ext__x");
    for next in ["a", "b", "c"] {
        completeness
            .page(&page(-1, Some(next)), records(1))
            .unwrap();
    }
    for next in ["a", "c"] {
        let named = completeness.page(&page(-1, Some(next)), records(1));
        assert_eq!(named, Err(Incomplete::Circle));
    }
}

#[test]
fn an_empty_page_may_only_be_the_last() {
    let mut completeness = Completeness::of("SELECT Id FROM Account");
    let empty = completeness.page(&page(0, Some("a")), records(0));
    assert_eq!(empty, Err(Incomplete::EmptyPage));
    completeness.page(&page(0, None), records(0)).unwrap();
    assert_eq!(completeness.end(), Ok(()));
}

#[test]
fn a_count_has_a_total_and_no_records() {
    let mut completeness = Completeness::of("SELECT COUNT() FROM Account");
    completeness.page(&page(7, None), records(0)).unwrap();
    assert_eq!(completeness.end(), Ok(()));
    let mut completeness = Completeness::of("SELECT Id FROM Account");
    completeness.page(&page(7, None), records(0)).unwrap();
    assert_eq!(completeness.end(), Err(missing(7, 7)));
}

#[test]
fn children_that_are_all_there_are_no_matter() {
    let pages = [account(1, 2, 2, true), account(2, 0, 0, true)];
    assert_eq!(nested(2, &[&pages]), (0, vec![]));
    // Of a list that is done nothing is asked.
    assert_eq!(nested(1, &[&[account(1, 9, 2, true)]]), (0, vec![]));
}

#[test]
fn children_that_were_cut_are_told_with_their_relationship() {
    let pages = [account(1, 5, 2, false), account(2, 9, 8, false)];
    assert_eq!(nested(2, &[&pages]), (0, contacts(4, true)));
    // As many as there should be, or an unknown number: not done is not done.
    assert_eq!(
        nested(1, &[&[account(1, 2, 2, false)]]),
        (0, contacts(0, false))
    );
    assert_eq!(
        nested(1, &[&[account(1, -1, 2, false)]]),
        (0, contacts(0, false))
    );
    let mut completeness = Completeness::of(NESTED);
    let accounts = [account(1, 5, 2, false)];
    completeness
        .page(&page(2, None), accounts.iter().map(String::as_str))
        .unwrap();
    let words = completeness.end().unwrap_err().to_string();
    assert!(words.contains("1 of 2 records are missing"), "{words}");
    assert!(
        words.ends_with("3 child records of `Contacts` are missing"),
        "{words}"
    );
}

#[test]
fn a_parent_that_comes_again_counts_once_and_brings_its_children() {
    let first = [account(1, 1, 1, true), account(2, 5, 2, false)];
    let again = [account(2, 5, 3, true), account(3, 0, 0, true)];
    assert_eq!(nested(3, &[&first, &again]), (0, vec![]));
    assert_eq!(nested(4, &[&first, &again]), (1, vec![]));
    // Three pages of one list, and a total of what is left.
    let pages = [
        account(1, 9, 3, false),
        account(1, 6, 3, false),
        account(1, 3, 3, true),
    ];
    let pages: Vec<&[String]> = pages.iter().map(std::slice::from_ref).collect();
    assert_eq!(nested(1, &pages), (0, vec![]));
    assert_eq!(nested(1, &pages[..2]), (0, contacts(3, true)));
    // It is done, and some are missing all the same.
    let short = [account(2, 5, 1, true)];
    assert_eq!(nested(2, &[&first, &short]), (0, contacts(2, true)));
}

#[test]
fn more_parents_than_the_total_are_no_error_where_they_may_come_again() {
    let pages = [account(1, 1, 1, true), account(2, 1, 1, true)];
    assert_eq!(nested(1, &[&pages]), (0, vec![]));
}

#[test]
fn children_of_children_are_looked_at_as_deep_as_there_can_be_some() {
    let list = |name: &str, done: bool, inside: &str| {
        format!(r#"{{"{name}":{{"totalSize":2,"done":{done},"records":[{inside}]}}}}"#)
    };
    let mut record = list("E", false, "{}");
    for name in ["D", "C", "B", "A"] {
        record = list(name, true, &record);
    }
    let cut = vec![("A.B.C.D.E".to_owned(), 1, true)];
    assert_eq!(nested(1, &[&[record.clone()]]), (0, cut));
    let deeper = list("Z", true, &record);
    assert_eq!(
        nested(1, &[&[deeper]]),
        (0, vec![]),
        "no statement is so deep"
    );
}

#[test]
fn a_parent_without_a_url_is_another_each_time() {
    let record = r#"{"Contacts":{"totalSize":3,"done":false,"records":[{}]}}"#.to_owned();
    let pages = [record.clone(), record];
    assert_eq!(nested(2, &[&pages]), (0, contacts(4, true)));
}

#[test]
fn what_is_no_list_is_left_alone() {
    for record in [
        r#"{"Name":"records","x":[{"records":1}]}"#,
        r#"{"Contacts":{"records":7,"done":false}}"#,
        r#"{"Contacts":{"records":[]}}"#,
        r#"{"Contacts":null,"Name":"records"}"#,
        r#"["records"]"#,
        "\"records\"",
        "",
    ] {
        assert_eq!(nested(1, &[&[record.to_owned()]]), (0, vec![]), "{record}");
    }
}

#[test]
fn a_semi_join_has_no_more_records_than_its_total() {
    let semi_join = "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact)";
    let mut completeness = Completeness::of(semi_join);
    completeness.page(&page(2, Some("a")), records(2)).unwrap();
    let more = completeness.page(&page(2, Some("b")), records(1));
    let too_many = Incomplete::TooMany {
        records: 3,
        total: 2,
    };
    assert_eq!(more, Err(too_many));
}

#[test]
fn a_later_page_does_not_move_the_total() {
    let mut completeness = Completeness::of("SELECT Id FROM Account");
    completeness.page(&page(5, Some("a")), records(2)).unwrap();
    completeness.page(&page(-1, None), records(1)).unwrap();
    assert_eq!(completeness.end(), Err(missing(2, 5)));
}
