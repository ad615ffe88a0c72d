//! What `sfbox query` prints, in each format.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use sfbox_emulator::{Effect, Fault, FaultRoute, Route};

use crate::moto::{python, root};
use crate::org::Org;
use crate::sfbox::{piped, start};

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

/// A field of every type, with awkward values and nulls, parents that are null,
/// compound fields of parents.
const EVERY_TYPE: &str = "Id, Name, Account__r.Name, Account__r.Owner.Manager.Name, Account__r.BillingAddress, \
    Text__c, Text_Area__c, Long_Text__c, Picklist__c, Multi_Picklist__c, Email__c, Phone__c, Url__c, Checkbox__c, \
    Number__c, Currency__c, Percent__c, Date__c, Date_Time__c, Time__c, Encrypted__c, Site__Latitude__s, Site__c, \
    OwnerId, CreatedDate FROM Specimen__c ORDER BY Text__c";

/// Children, some with none, and a whole number.
const CHILDREN: &str = "Name, (SELECT Name, Owner.Name FROM Contacts WHERE Title = 'Buyer'), NumberOfEmployees, \
    (SELECT Body FROM Attachments) FROM Account";

/// The records as a client sees them that is not ours.
fn held(org: &Org, soql: &str) -> Vec<Value> {
    let token = org.stored()["SessionId"].as_str().unwrap().to_owned();
    let output = Command::new(python())
        .arg(root().join("tests/python/raw_query.py"))
        .args([&org.emulator().address().to_string(), org.emulator().host()])
        .arg(org.cacert())
        .args([&token, soql])
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let mut page: Value = serde_json::from_slice(&output.stdout).unwrap();
    serde_json::from_value(page["records"].take()).unwrap()
}

#[test]
fn ndjson_and_csv_hold_what_the_org_holds() {
    let org = Org::start();
    org.sfbox(&["session", "renew"]).object();
    for fields in [EVERY_TYPE, CHILDREN] {
        let soql = format!("SELECT {fields}");
        let held = held(&org, &soql);
        let ndjson = org.sfbox(&["query", &soql, "--output", "ndjson"]).stdout;
        let lines = ndjson
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        assert_eq!(lines.collect::<Vec<Value>>(), held);

        let csv = org.sfbox(&["query", &soql, "--output", "csv"]);
        assert_eq!(csv.status, 0, "{}", csv.stderr);
        let mut reader = csv::Reader::from_reader(csv.stdout.as_bytes());
        let headers = reader.headers().unwrap().clone();
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), held.len());
        let mut nulls = 0;
        for (row, record) in rows.iter().zip(&held) {
            for (header, cell) in headers.iter().zip(row) {
                let value = header.split('.').fold(record, |value, name| &value[name]);
                nulls += usize::from(value.is_null());
                match value {
                    Value::Null => assert_eq!(cell, "", "{header}"),
                    Value::String(text) => assert_eq!(cell, text, "{header}"),
                    other => assert_eq!(&serde_json::from_str::<Value>(cell).unwrap(), other),
                }
            }
        }
        assert!(nulls > 10, "nulls were met");
    }
}

#[test]
fn the_columns_of_csv_are_those_of_the_list() {
    let org = Org::start();
    // The first of them has no parent.
    let soql = "SELECT name, Parent.Name, Parent.Owner.NAME, BillingAddress FROM Account";
    let csv = org.sfbox(&["query", soql, "--output", "csv"]).stdout;
    let header = "name,Parent.Name,Parent.Owner.NAME,BillingAddress\n";
    assert!(csv.starts_with(header), "{csv}");
    let children = org.sfbox(&["query", &format!("SELECT {CHILDREN}"), "--output", "csv"]);
    let header = "Name,Contacts,NumberOfEmployees,Attachments\n";
    assert!(children.stdout.starts_with(header), "{}", children.stdout);
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
