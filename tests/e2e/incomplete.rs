//! Results that come to no end, or are not whole.

use sfbox_emulator::{CannedAnswer, Effect, Fault, FaultRoute, Route};

use crate::org::Org;
use crate::sfbox::Run;

const SOQL: &str = "SELECT Id FROM Account";
const NESTED: &str = "SELECT Id, (SELECT Id FROM Contacts) FROM Account";

/// A page whose next one has this name.
fn page(total: i64, next: Option<&str>, records: &[String]) -> String {
    let next = next.map_or_else(
        || r#""done":true"#.to_owned(),
        |next| format!(r#""done":false,"nextRecordsUrl":"/services/data/v66.0/query/01g-{next}""#),
    );
    let records = records.join(",");
    format!(r#"{{"totalSize":{total},{next},"records":[{records}]}}"#)
}

fn record(id: u32) -> String {
    format!(r#"{{"attributes":{{"type":"Account","url":"/a/{id}"}},"Id":"{id}"}}"#)
}

/// An account of whose contacts one has come.
fn with_contacts(id: u32, total: u32, done: bool) -> String {
    format!(
        r#"{{"attributes":{{"type":"Account","url":"/a/{id}"}},"Id":"{id}",
            "Contacts":{{"totalSize":{total},"done":{done},"records":[{{"Id":"c"}}]}}}}"#
    )
}

/// An org that answers a query with these pages; the last one again and again.
fn answering(pages: &[String]) -> Org {
    let org = Org::start();
    let faults = pages.iter().enumerate().map(|(number, body)| Fault {
        route: FaultRoute::Only(match number {
            0 => Route::Query,
            _ => Route::QueryMore,
        }),
        skip: 0,
        count: (number > 0 && number + 1 < pages.len()).then_some(1),
        effect: Effect::Answer(CannedAnswer {
            status: 200,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: body.clone(),
        }),
    });
    org.control().faults(faults.collect()).unwrap();
    org
}

fn asked(org: &Org) -> u64 {
    let requests = org.control().stats().requests;
    [Route::Query, Route::QueryMore]
        .iter()
        .filter_map(|route| requests.get(route))
        .sum()
}

fn ndjson(org: &Org, soql: &str) -> Run {
    org.sfbox(&["query", soql, "--output", "ndjson"])
}

#[test]
fn a_result_of_unknown_length_is_printed_and_said_to_be_one() {
    let pages = [
        page(-1, Some("2"), &[record(1), record(2)]),
        page(-1, None, &[record(3)]),
    ];
    for output in ["json", "ndjson", "csv", "table"] {
        let org = answering(&pages);
        let printed = org.sfbox(&["query", SOQL, "--output", output]);
        assert_eq!(printed.status, 0, "{output}: {}", printed.stderr);
        for id in ["1", "2", "3"] {
            assert!(printed.stdout.contains(id), "{output}: {}", printed.stdout);
        }
        let note = "Salesforce does not know the total";
        assert!(printed.stderr.contains(note), "{}", printed.stderr);
    }
    let org = answering(&pages);
    let stopped = org.sfbox(&["query", SOQL, "--limit-pages", "1"]);
    assert_eq!(stopped.records().len(), 2);
    assert!(
        stopped.stderr.contains("2 of an unknown number of rows"),
        "{}",
        stopped.stderr
    );
}

#[test]
fn a_count_that_salesforce_does_not_know_is_no_number() {
    let org = answering(&[page(-1, None, &[])]);
    let counted = org.sfbox(&["query", "SELECT COUNT() FROM Ext__x"]);
    counted.fails(6, "does not know how many");
    assert_eq!(counted.stdout, "");
}

#[test]
fn a_page_that_was_named_before_ends_the_query() {
    for (pages, requests) in [
        // It names itself.
        (vec![page(9, Some("2"), &[record(1)])], 2),
        // Two name each other.
        (
            vec![
                page(-1, Some("2"), &[record(1)]),
                page(-1, Some("3"), &[record(2)]),
                page(-1, Some("2"), &[record(3)]),
            ],
            3,
        ),
    ] {
        let mut pages = pages;
        if pages.len() == 1 {
            pages.push(pages[0].clone());
        }
        let org = answering(&pages);
        let ended = ndjson(&org, SOQL);
        assert_eq!(ended.status, 6, "{}", ended.stderr);
        assert!(ended.stdout.lines().count() < pages.len());
        assert_eq!(asked(&org), requests);
    }
}

#[test]
fn a_page_without_rows_that_is_not_the_last_ends_the_query() {
    let org = answering(&[
        page(9, Some("2"), &[record(1)]),
        page(9, Some("3"), &[]),
        page(9, Some("4"), &[]),
    ]);
    ndjson(&org, SOQL).fails(6, "has no records");
    assert_eq!(asked(&org), 2);
}

#[test]
fn more_rows_than_the_total_end_the_query() {
    let org = answering(&[
        page(1, Some("2"), &[record(1)]),
        page(1, Some("3"), &[record(2)]),
        page(1, None, &[record(3)]),
    ]);
    ndjson(&org, SOQL).fails(6, "sent 2 records, but reported a total of 1");
    assert_eq!(asked(&org), 2);
}

#[test]
fn too_few_rows_are_told_after_they_were_printed() {
    let pages = [
        page(5, Some("2"), &[record(1), record(2)]),
        page(5, None, &[record(3)]),
    ];
    let org = answering(&pages);
    let short = ndjson(&org, SOQL);
    short.fails(6, "2 of 5 records are missing");
    assert!(short.stderr.contains("deleted"), "{}", short.stderr);
    assert_eq!(short.stdout.lines().count(), 3);
    // It is not taken for the whole.
    let json = org.sfbox(&["query", SOQL, "--output", "json"]);
    assert_eq!(json.status, 6);
    assert!(serde_json::from_str::<serde_json::Value>(&json.stdout).is_err());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.csv");
    let name = file.to_str().unwrap();
    org.sfbox(&["query", SOQL, "--output-file", name])
        .fails(6, "are missing");
    assert!(!file.exists());
    // Whoever stops before the end has not asked for all.
    let stopped = org.sfbox(&["query", SOQL, "--limit-pages", "1"]);
    assert_eq!(stopped.records().len(), 2);
}

#[test]
fn children_that_were_cut_are_told_with_their_relationship() {
    let org = answering(&[page(
        2,
        None,
        &[with_contacts(1, 4, false), with_contacts(2, 1, true)],
    )]);
    let cut = ndjson(&org, NESTED);
    cut.fails(6, "3 child records of `Contacts` are missing");
    assert_eq!(cut.stdout.lines().count(), 2);
}

#[test]
fn a_parent_that_comes_again_with_the_rest_of_its_children_is_no_error() {
    let again = [with_contacts(1, 2, true), with_contacts(2, 1, true)];
    let first = [with_contacts(1, 2, false)];
    let org = answering(&[page(2, Some("2"), &first), page(2, None, &again)]);
    let printed = ndjson(&org, NESTED);
    assert_eq!(printed.status, 0, "{}", printed.stderr);
    assert_eq!(printed.stdout.lines().count(), 2, "it is given once");
    let org = answering(&[page(3, Some("2"), &first), page(3, None, &again)]);
    ndjson(&org, NESTED).fails(6, "1 of 3 records are missing");
}
