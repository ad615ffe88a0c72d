//! What `sfbox query` prints, in each format.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use sfbox_emulator::{Effect, Fault, FaultRoute, Route};

use crate::org::Org;
use crate::sfbox::{piped, start};

const SOQL: &str = "SELECT Id, Name, Owner.Name, Owner.Manager.Name, AnnualRevenue FROM Account";

/// No second page is answered until it is let go.
fn hold() -> Fault {
    Fault {
        route: FaultRoute::Only(Route::QueryMore),
        skip: 0,
        count: None,
        effect: Effect::Hold,
    }
}

fn signal(process: &Child, signal: Signal) {
    kill_process(Pid::from_child(process), signal).unwrap();
}

#[test]
fn csv_holds_what_ndjson_holds() {
    let org = Org::start();
    let ndjson = org.sfbox(&["query", SOQL, "--output", "ndjson"]);
    let csv = org.sfbox(&["query", SOQL, "--output", "csv"]);
    assert_eq!(csv.status, 0, "{}", csv.stderr);
    let mut reader = csv::Reader::from_reader(csv.stdout.as_bytes());
    let headers = reader.headers().unwrap().clone();
    let named: Vec<&str> = headers.iter().collect();
    assert_eq!(SOQL, format!("SELECT {} FROM Account", named.join(", ")));
    let mut lines = ndjson.stdout.lines();
    let mut nulls = 0;
    for row in reader.records() {
        let row = row.unwrap();
        let record: serde_json::Value = serde_json::from_str(lines.next().unwrap()).unwrap();
        for (header, cell) in headers.iter().zip(&row) {
            let value = header.split('.').fold(&record, |value, name| &value[name]);
            nulls += usize::from(value.is_null());
            match value {
                serde_json::Value::Null => assert_eq!(cell, ""),
                serde_json::Value::String(text) => assert_eq!(cell, text),
                other => assert_eq!(cell, other.to_string()),
            }
        }
    }
    assert_eq!(lines.next(), None);
    assert!(nulls > 0, "nulls were met");
}

#[test]
fn an_empty_result_still_has_its_header() {
    let org = Org::start();
    let soql = "SELECT Id, Owner.Name FROM Account WHERE Name = 'nobody'";
    let csv = org.sfbox(&["query", soql, "--output", "csv"]);
    assert_eq!((csv.status, csv.stdout.as_str()), (0, "Id,Owner.Name\n"));
    let table = org.sfbox(&["query", soql, "--output", "table"]);
    assert!(
        table.stdout.starts_with("Id  Owner.Name\n──"),
        "{}",
        table.stdout
    );
    let count = ["query", "SELECT COUNT() FROM User", "--output", "csv"];
    assert_eq!(org.sfbox(&count).stdout, "totalSize\n4\n");
}

#[test]
fn a_table_is_for_people_and_json_for_programs() {
    let org = Org::start();
    let soql = ["query", "SELECT Name FROM User ORDER BY Name LIMIT 1"];
    assert!(org.sfbox(&soql).stdout.starts_with("[\n{"));
    let table = org.sfbox(&[&soql[..], &["--output", "table"]].concat());
    let lines: Vec<&str> = table.stdout.lines().collect();
    assert_eq!((lines[0], lines.len()), ("Name", 3), "{}", table.stdout);
}

#[test]
fn the_statement_comes_from_stdin_or_a_file() {
    let org = Org::start();
    let soql = b"\xef\xbb\xbfSELECT COUNT()\r\n FROM User\n";
    let read = piped(&mut org.command(&["query", "-"]), soql);
    assert_eq!(read.records(), [serde_json::json!({"totalSize": 4})]);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("users.soql");
    std::fs::write(&file, soql).unwrap();
    let file = file.to_str().unwrap();
    assert_eq!(org.sfbox(&["query", "--file", file]).records().len(), 1);
    for (arguments, words) in [
        (&["query"][..], "required"),
        (&["query", "x", "--file", file], "cannot be used with"),
        (&["query", "--file", "/nowhere"], "--file /nowhere"),
    ] {
        org.sfbox(arguments).fails(2, words);
    }
    piped(&mut org.command(&["query", "-"]), b" ").fails(2, "it is empty");
}

#[test]
fn a_file_is_written_whole_or_not_at_all() {
    let org = Org::start_with(|builder| builder.accounts(5_000));
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("accounts.csv");
    let query = [
        "query",
        "SELECT Id FROM Account",
        "--output-file",
        file.to_str().unwrap(),
    ];
    std::fs::write(&file, "before").unwrap();
    let third = Fault {
        route: FaultRoute::Only(Route::QueryMore),
        skip: 1,
        count: Some(1),
        effect: Effect::Answer(sfbox_emulator::CannedAnswer {
            status: 400,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: r#"[{"message":"no","errorCode":"INVALID_QUERY_LOCATOR"}]"#.to_owned(),
        }),
    };
    org.control().faults(vec![third]).unwrap();
    org.sfbox(&query).fails(1, "INVALID_QUERY_LOCATOR");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "before");
    let done = org.sfbox(&query);
    assert_eq!(
        (done.status, done.stdout.as_str()),
        (0, ""),
        "{}",
        done.stderr
    );
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text.lines().count(), 5_001, "a header and every row");
    assert_eq!(text.lines().next(), Some("Id"));
    let entries = std::fs::read_dir(directory.path()).unwrap();
    assert_eq!(entries.count(), 1, "nothing is left beside it");
    org.sfbox(&["query", "nonsense", "--output-file", "/nowhere/x"])
        .fails(1, "MALFORMED_QUERY");
    org.sfbox(&[
        "query",
        "SELECT Id FROM User",
        "--output-file",
        "/nowhere/x",
    ])
    .fails(2, "--output-file /nowhere/x");
}

#[test]
fn a_limit_of_pages_ends_in_a_whole_output_and_a_note() {
    let org = Org::start_with(|builder| builder.accounts(5_000));
    for (pages, rows) in [("1", 2_000), ("2", 4_000), ("3", 5_000), ("9", 5_000)] {
        let query = ["query", "SELECT Id FROM Account", "--limit-pages", pages];
        let limited = org.sfbox(&query);
        assert_eq!(limited.records().len(), rows);
        let note = format!("note: {rows} of 5000 rows: stopped after {pages} page(s)\n");
        let expected = if rows < 5_000 { note.as_str() } else { "" };
        assert_eq!(limited.stderr, expected);
    }
    let more = org.control().stats().requests[&Route::QueryMore];
    assert_eq!(
        more,
        1 + 2 + 2,
        "no page was asked for that was not printed"
    );
    org.sfbox(&["query", "x", "--limit-pages", "0"])
        .fails(2, "--limit-pages");
}

#[test]
fn ctrl_c_leaves_whole_rows_and_a_second_page_unasked_for() {
    let org = Org::start_with(|builder| builder.accounts(5_000));
    for (format, whole) in [("ndjson", 2_000), ("csv", 2_001), ("json", 2_001)] {
        org.control().faults(vec![hold()]).unwrap();
        let query = ["query", "SELECT Id FROM Account", "--output", format];
        let mut process = start(&mut org.command(&query));
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        // As many as there are; then it waits for the second page.
        let mut seen = BTreeSet::new();
        let printed = whole - usize::from(format == "json");
        for _ in 0..printed {
            seen.insert(lines.next().unwrap().unwrap());
        }
        org.block_on(org.control().until_held(1));
        signal(&process, Signal::INT);
        seen.extend(lines.map(Result::unwrap));
        assert_eq!(seen.len(), whole, "{format}");
        let ended = crate::sfbox::end(process);
        ended.fails(130, "interrupted");
        org.control().clear_faults();
        org.control().release();
    }
}

#[test]
fn an_interrupted_file_is_not_made() {
    let org = Org::start_with(|builder| builder.accounts(5_000));
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("accounts.json");
    org.control().faults(vec![hold()]).unwrap();
    let query = ["query", "SELECT Id FROM Account", "--output-file"];
    let mut command = org.command(&query);
    let process = start(command.arg(&file).stdin(Stdio::null()));
    org.block_on(org.control().until_held(1));
    signal(&process, Signal::TERM);
    crate::sfbox::end(process).fails(143, "terminated");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}
