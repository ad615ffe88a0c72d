//! `sfbox get`, `create`, `update`, `upsert` and `delete`.

mod ends;
mod rows;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::{Value, json};
use sfbox_emulator::{Effect, Route};
use tempfile::TempDir;

use crate::org::Org;
use crate::sfbox::{Run, piped};
use crate::terminal::Terminal;

/// A folder with files of a test.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file; answers its name.
    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        fs::write(self.path(name), text).unwrap();
        self.name(name)
    }

    fn name(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }
}

fn query(org: &Org, soql: &str) -> Vec<Value> {
    let mut records = org.sfbox(&["query", soql]).records();
    for record in &mut records {
        record.as_object_mut().unwrap().remove("attributes");
    }
    records
}

/// How many writes of any kind the org has seen.
fn writes(org: &Org) -> u64 {
    [
        Route::CreateMany,
        Route::UpdateMany,
        Route::UpsertMany,
        Route::DeleteMany,
        Route::Create,
    ]
    .map(|route| org.requests(route))
    .iter()
    .sum()
}

/// The outcomes that a run has printed, whatever its exit status.
fn outcomes(run: &Run) -> Vec<Value> {
    serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}\n{}", run.stdout, run.stderr))
}

#[test]
fn one_record_is_created_read_changed_and_deleted() {
    let org = Org::start();
    let created = org.sfbox(&[
        "create",
        "Account",
        "Name=Zimt & Söhne",
        "NumberOfEmployees=50",
        "Phone=00501",
        "Ext__c=DE/1",
    ]);
    let created = created.object();
    assert_eq!(created["outcome"], "created");
    let id = created["id"].as_str().unwrap();
    let fields = "Name,NumberOfEmployees,Phone,Industry";
    let read = |key: &str| {
        let mut read = org
            .sfbox(&["get", "Account", key, "--field", fields])
            .object();
        read.as_object_mut().unwrap().remove("attributes");
        read.as_object_mut().unwrap().remove("Id");
        read
    };
    let expected = json!({"Name": "Zimt & Söhne", "NumberOfEmployees": 50, "Phone": "00501", "Industry": null});
    assert_eq!(read(id), expected);
    assert_eq!(read("Ext__c=DE/1"), expected);
    let updated = org.sfbox(&["update", "Account", id, "Industry=Energy", "Phone=#N/A"]);
    assert_eq!(updated.object(), json!({"id": id, "outcome": "updated"}));
    assert_eq!(read(id)["Phone"], Value::Null);
    let upsert = |value: &str, name: &str| {
        let (value, name) = (format!("Ext__c={value}"), format!("Name={name}"));
        org.sfbox(&["upsert", "Account", "-x", "Ext__c", &value, &name])
            .object()
    };
    assert_eq!(
        upsert("DE/1", "Zimt"),
        json!({"id": id, "outcome": "updated"})
    );
    assert_eq!(upsert("DE/2", "Anis")["outcome"], "created");
    // Values that no path can have travel in a body.
    for value in ["a/../b", "..", "50%20", "a\\b", "%2e%2e"] {
        assert_eq!(upsert(value, "Odd")["outcome"], "created", "{value}");
        assert_eq!(upsert(value, "Odd again")["outcome"], "updated", "{value}");
    }
    let (key, long) = ("Ext__c=../x", format!("Name={}", "x".repeat(300)));
    org.sfbox(&["upsert", "Account", "-x", "Ext__c", key, &long])
        .fails(1, "STRING_TOO_LONG");
    let deleted = org.sfbox(&["delete", "Account", id, "--yes"]);
    assert_eq!(
        deleted.records(),
        [
            json!({"line": 2, "outcome": "deleted", "id": id, "code": null, "message": null, "fields": null})
        ]
    );
    org.sfbox(&["get", "Account", id])
        .fails(1, "ENTITY_IS_DELETED");
    assert_eq!(org.logins(), 1);
}

#[test]
fn values_have_the_types_that_the_org_describes() {
    let org = Org::start();
    for (field, words) in [
        (
            "NumberOfEmployees=many",
            "NumberOfEmployees: its value is not a whole number",
        ),
        (
            "AnnualRevenue=1,50",
            "its value is not a number with a point",
        ),
        (
            "Nmae=x",
            "`Nmae` is not a field of Account: did you mean `Name`?",
        ),
        ("CreatedDate=2026-01-01T00:00:00Z", "is read-only"),
        ("Id=001000000000001", "Salesforce chooses the id"),
        ("Name=", "`Name=` has no value"),
        ("Name", "its `=` is missing"),
    ] {
        org.sfbox(&["create", "Account", field]).fails(2, words);
    }
    assert_eq!(writes(&org), 0);
    let refused = org.sfbox(&["create", "Account", "Phone=1"]);
    refused.fails(1, "REQUIRED_FIELD_MISSING");
    let untyped = ["create", "Account", "Name=x", "Phone=7", "--no-describe"];
    let id = org.sfbox(&untyped).object()["id"].clone();
    let requests = org.control().stats().requests;
    assert!(requests.contains_key(&Route::Describe));
    let read = ["get", "Account", id.as_str().unwrap(), "--field", "Phone"];
    assert_eq!(org.sfbox(&read).object()["Phone"], "7");
}

#[test]
fn a_csv_file_is_created_as_it_is_written() {
    let org = Org::start();
    let folder = Folder::new();
    org.sfbox(&["create", "Account", "Name=Parent", "Ext__c=P/1"]);
    let csv = folder.file(
        "contacts.csv",
        "\u{feff}LastName;FirstName;Phone;Account.Ext__c;Birthdate\r\n\
         \"Meier; \"\"M\"\"\";\"two\r\nlines\";00501;P/1;2001-02-03\r\n\
         東雲;;;;\r\n\
         x;#N/A;1;#N/A;#N/A\r\n",
    );
    let created = org.sfbox(&["create", "Contact", "-f", &csv, "--delimiter", ";"]);
    let printed = created.records();
    let lines: Vec<&Value> = printed.iter().map(|outcome| &outcome["line"]).collect();
    assert_eq!(lines, [2, 4, 5]);
    assert!(
        printed
            .iter()
            .all(|outcome| outcome["outcome"] == "created")
    );
    let contacts = query(
        &org,
        "SELECT LastName, FirstName, Phone, Birthdate, Account.Name FROM Contact WHERE LastName IN \
         ('Meier; \"M\"', '東雲', 'x') ORDER BY CreatedDate, Id",
    );
    let names: Vec<_> = contacts
        .iter()
        .map(|contact| {
            (
                &contact["LastName"],
                &contact["FirstName"],
                &contact["Phone"],
            )
        })
        .collect();
    assert_eq!(
        names,
        [
            (
                &json!("Meier; \"M\""),
                &json!("two\r\nlines"),
                &json!("00501")
            ),
            (&json!("東雲"), &Value::Null, &Value::Null),
            (&json!("x"), &Value::Null, &json!("1")),
        ]
    );
    assert_eq!(contacts[0]["Account"]["Name"], "Parent");
    assert_eq!(contacts[0]["Birthdate"], "2001-02-03");
    assert_eq!(contacts[2]["Account"], Value::Null);
}

#[test]
fn what_a_query_prints_can_be_created_and_updated() {
    let org = Org::start_with(|builder| builder.accounts(450));
    let folder = Folder::new();
    let soql = "SELECT Name, Industry, AnnualRevenue, NumberOfEmployees FROM Account ORDER BY Id";
    let before = query(&org, soql);
    for format in ["json", "ndjson", "csv"] {
        let exported = org.sfbox(&["query", soql, "--output", format]).stdout;
        let create = [
            "create",
            "Account",
            "--file",
            "-",
            "--format",
            format,
            "--in-flight",
            "8",
        ];
        let created = piped(&mut org.command(&create), exported.as_bytes());
        let ids: Vec<String> = created
            .records()
            .iter()
            .map(|outcome| outcome["id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(ids.len(), 450, "{format}");
        let list = folder.file("ids.csv", format!("Id\n{}\n", ids.join("\n")));
        let fields = "Name,Industry,AnnualRevenue,NumberOfEmployees";
        let read = ["get", "Account", "--file", &list, "--field", fields];
        let mut after = org.sfbox(&read).records();
        for record in &mut after {
            record.as_object_mut().unwrap().remove("attributes");
            record.as_object_mut().unwrap().remove("Id");
        }
        assert_eq!(after, before, "{format}: in the order of the input");
        let changes = folder.file(
            "changes.json",
            format!(
                "[{}]",
                ids.iter()
                    .map(|id| format!("{{\"Id\":\"{id}\",\"Name\":\"new\"}}"))
                    .collect::<Vec<_>>()
                    .join(",\n")
            ),
        );
        let updated = org
            .sfbox(&["update", "Account", "--file", &changes])
            .records();
        assert!(
            updated
                .iter()
                .all(|outcome| outcome["outcome"] == "updated")
        );
        let deleted = org.sfbox(&["delete", "Account", "--file", &list, "--yes"]);
        assert!(
            deleted
                .records()
                .iter()
                .all(|outcome| outcome["outcome"] == "deleted")
        );
    }
    assert_eq!(query(&org, soql), before);
    assert_eq!(org.logins(), 1);
}

#[test]
fn an_unknown_column_is_an_error_before_anything_is_sent() {
    let org = Org::start();
    let folder = Folder::new();
    let csv = folder.file("a.csv", "Name,Nmae,Owner.Foo\nA,B,C\n");
    let refused = org.sfbox(&["create", "Account", "--file", &csv]);
    refused.fails(2, "2 columns cannot be sent");
    refused.fails(
        2,
        "line 1: `Nmae` is not a field of Account: did you mean `Name`?",
    );
    let json = folder.file("a.json", "[{\"Name\":\"A\"},\n{\"Name\":\"B\",\"Zzz\":1}]");
    let refused = org.sfbox(&["create", "Account", "--file", &json]);
    refused.fails(2, "line 2: `Zzz` is not a field of Account");
    assert_eq!(writes(&org), 0);
    let skipped = [
        "create",
        "Account",
        "--file",
        &csv,
        "--skip",
        "nmae",
        "--skip",
        "Owner.Foo",
    ];
    assert_eq!(org.sfbox(&skipped).records().len(), 1);
}

#[test]
fn a_file_of_another_form_is_refused_with_its_line() {
    let org = Org::start();
    let folder = Folder::new();
    for (name, text, words) in [
        (
            "a.csv",
            "Name\n\"A\nB\n",
            "line 2: a quote is opened here and never closed",
        ),
        (
            "b.csv",
            "Name,Phone\nA\n",
            "line 2: it has 1 cells, and the header has 2",
        ),
        ("c.csv", "", "there is no header"),
        ("d.json", "[{\"Name\":\"A\"}\n", "the array is not closed"),
        (
            "e.ndjson",
            "{\"Name\":\"A\"}\n7\n",
            "line 2: a record is an object",
        ),
        (
            "f.json",
            "{\"Name\":\"A\",\"Name\":\"B\"}",
            "two members have the name `Name`",
        ),
    ] {
        let file = folder.file(name, text);
        org.sfbox(&["create", "Account", "--file", &file])
            .fails(2, words);
    }
    let file = folder.file("g.csv", b"Name\n\xff\n");
    org.sfbox(&["create", "Account", "--file", &file])
        .fails(2, "line 2: it is not UTF-8");
    org.sfbox(&["create", "Account", "--file", "/nowhere/x.csv"])
        .fails(2, "/nowhere/x.csv cannot be read");
    assert_eq!((writes(&org), org.logins()), (0, 0));
}

/// The lines of the rows that were refused, and the codes.
fn refused(printed: &[Value]) -> Vec<(u64, &str)> {
    let refused = printed
        .iter()
        .filter(|outcome| outcome["outcome"] == "refused");
    refused
        .map(|outcome| {
            let line = outcome["line"].as_u64().unwrap();
            (line, outcome["code"].as_str().unwrap())
        })
        .collect()
}

#[test]
fn failed_rows_are_written_down_corrected_and_fed_back() {
    let org = Org::start();
    let folder = Folder::new();
    let rows = (0..450).map(|number| match number % 150 {
        7 => format!(",E {number},1\n"),
        9 => format!("N {number},E {number},many\n"),
        _ => format!("N {number},E {number},1\n"),
    });
    let csv = format!(
        "Name,Ext__c,NumberOfEmployees\n{}",
        rows.collect::<String>()
    );
    let csv = folder.file("accounts.csv", csv);
    let errors = folder.name("failed.csv");
    let run = org.sfbox(&["create", "Account", "--file", &csv, "--errors", &errors]);
    run.fails(1, "6 of 450 records were not saved");
    assert!(
        run.stderr.contains("444 created, 6 refused of 450 records"),
        "{}",
        run.stderr
    );
    let printed = outcomes(&run);
    assert_eq!(printed.len(), 450);
    let refused = refused(&printed);
    assert_eq!(
        refused,
        [
            (9, "REQUIRED_FIELD_MISSING"),
            (11, "SFBOX_INVALID_VALUE"),
            (159, "REQUIRED_FIELD_MISSING"),
            (161, "SFBOX_INVALID_VALUE"),
            (309, "REQUIRED_FIELD_MISSING"),
            (311, "SFBOX_INVALID_VALUE"),
        ]
    );
    let failed = folder.text("failed.csv");
    assert_eq!(
        failed.lines().next(),
        Some("Name,Ext__c,NumberOfEmployees,sf__Error")
    );
    assert!(failed.contains(",E 7,1,"), "{failed}");
    assert!(failed.contains("REQUIRED_FIELD_MISSING:"), "{failed}");
    let mode = fs::metadata(folder.path("failed.csv"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);

    let again = org.sfbox(&["create", "Account", "--file", &csv, "--errors", &errors]);
    again.fails(2, "exists: name a new file");
    let corrected = failed
        .replace(",many,", ",2,")
        .replace("\n,E ", "\nMended,E ");
    let corrected = folder.file("corrected.csv", corrected);
    assert_eq!(
        org.sfbox(&["create", "Account", "--file", &corrected])
            .records()
            .len(),
        6
    );
    assert_eq!(
        query(&org, "SELECT Id FROM Account WHERE Ext__c LIKE 'E %'").len(),
        450
    );
}

#[test]
fn a_record_that_is_named_twice_is_refused_with_both_lines() {
    let org = Org::start();
    let folder = Folder::new();
    let ids = query(&org, "SELECT Id FROM Account LIMIT 1");
    let id = ids[0]["Id"].as_str().unwrap();
    let csv = folder.file("a.csv", format!("Id,Name\n{id},a\n{},b\n", &id[..15]));
    let words = "lines 2 and 3 are for the same record; nothing was sent";
    org.sfbox(&["update", "Account", "--file", &csv])
        .fails(2, words);
    org.sfbox(&["delete", "Account", "--file", &csv, "--yes"])
        .fails(2, words);
    let csv = folder.file("b.csv", "Name,Ext__c\na,X-1\nb,x-1\n");
    org.sfbox(&["upsert", "Account", "-x", "Ext__c", "--file", &csv])
        .fails(2, words);
    assert_eq!(writes(&org), 0);
}

#[test]
fn a_deletion_is_confirmed() {
    let org = Org::start();
    let folder = Folder::new();
    let ids = query(&org, "SELECT Id FROM Task LIMIT 2");
    let ids: Vec<&str> = ids
        .iter()
        .map(|record| record["Id"].as_str().unwrap())
        .collect();
    let csv = folder.file(
        "ids.csv",
        format!("Id,Subject\n{},x\n{},y\n", ids[0], ids[1]),
    );
    org.sfbox(&["delete", "Task", "--file", &csv])
        .fails(2, "use `--yes`");
    org.sfbox(&["delete", "Account", ids[0], "--yes"])
        .fails(1, "not saved");
    for (typed, status) in [("n\n", 2), ("y\n", 0)] {
        let mut terminal = Terminal::new(80);
        let mut process = terminal.start(&mut org.command(&["delete", "Task", "--file", &csv]));
        terminal.read();
        terminal.until_shown("Delete 2 record(s) of Task in the org acme? [y/N]");
        assert!(query(&org, "SELECT Id FROM Task").len() >= 2);
        terminal.type_in(typed);
        let ended = process.wait().unwrap();
        let shown = terminal.end();
        assert_eq!(ended.code(), Some(status), "{shown}");
        let said = if status == 0 {
            "2 deleted of 2 records"
        } else {
            "nothing was sent"
        };
        assert!(shown.contains(said), "{shown}");
        assert!(
            status == 2 || !shown.contains("deleted  "),
            "a terminal shows what failed: {shown}"
        );
    }
    assert!(
        !query(&org, "SELECT Id FROM Task")
            .iter()
            .any(|task| ids.contains(&task["Id"].as_str().unwrap()))
    );
}

#[test]
fn a_run_that_only_fails_stops_and_loses_no_row() {
    let org = Org::start();
    let folder = Folder::new();
    let rows: String = (0..2_000).map(|number| format!(",{number}\n")).collect();
    let csv = folder.file("a.csv", format!("Name,Phone\n{rows}"));
    let errors = folder.name("failed.csv");
    let run = org.sfbox(&[
        "create",
        "Account",
        "--file",
        &csv,
        "--errors",
        &errors,
        "--limit-errors",
        "400",
        "--in-flight",
        "1",
    ]);
    run.fails(1, "2000 of 2000 records were not saved");
    assert!(
        run.stderr.contains("the last 400 records in a row"),
        "{}",
        run.stderr
    );
    assert_eq!(writes(&org), 2);
    let failed = folder.text("failed.csv");
    assert_eq!(failed.lines().count(), 2_001);
    assert_eq!(failed.matches("SFBOX_NOT_SENT").count(), 1_600);
    let run = org.sfbox(&[
        "create",
        "Account",
        "--file",
        &csv,
        "--limit-errors",
        "2001",
    ]);
    assert!(!run.stderr.contains("in a row"), "{}", run.stderr);
    assert_eq!(outcomes(&run).len(), 2_000);
}

#[test]
fn all_or_none_saves_a_request_or_nothing_of_it() {
    let org = Org::start();
    let folder = Folder::new();
    let rows = (0..30).map(|number| match number {
        4 => ",4\n".to_owned(),
        14 => "N,many\n".to_owned(),
        _ => format!("All {number},{number}\n"),
    });
    let csv = format!("Name,NumberOfEmployees\n{}", rows.collect::<String>());
    let csv = folder.file("a.csv", csv);
    let run = org.sfbox(&[
        "create",
        "Account",
        "--file",
        &csv,
        "--all-or-none",
        "--batch-size",
        "10",
    ]);
    run.fails(1, "20 of 30 records were not saved");
    let words = "10 created, 2 refused, 18 rolled back of 30 records, all or none of each 10";
    assert!(run.stderr.contains(words), "{}", run.stderr);
    assert_eq!(
        query(&org, "SELECT Id FROM Account WHERE Name LIKE 'All %'").len(),
        10
    );
    assert_eq!(writes(&org), 2, "one of them could not be sent");
}

#[test]
fn a_dry_run_sends_nothing_and_predicts() {
    let org = Org::start();
    let folder = Folder::new();
    let csv = folder.file(
        "a.csv",
        format!(
            "LastName,Email,AccountId\nA,a@b.example,\n,x@b.example,\nC,nowhere,\nD,,003000000000001\n{},,\n",
            "x".repeat(81)
        ),
    );
    let errors = folder.name("failed.csv");
    let run = org.sfbox(&[
        "create",
        "Contact",
        "--file",
        &csv,
        "--dry-run",
        "--errors",
        &errors,
    ]);
    run.fails(1, "4 of 5 records were not saved");
    assert!(
        run.stderr.contains("would refuse 4 of 5 records"),
        "{}",
        run.stderr
    );
    let printed = outcomes(&run);
    let codes: Vec<_> = printed
        .iter()
        .map(|outcome| {
            (
                outcome["line"].as_u64().unwrap(),
                outcome["code"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        codes,
        [
            (3, "REQUIRED_FIELD_MISSING"),
            (4, "INVALID_EMAIL_ADDRESS"),
            (5, "MALFORMED_ID"),
            (6, "STRING_TOO_LONG"),
        ]
    );
    assert_eq!(folder.text("failed.csv").lines().count(), 5);
    let one = ["create", "Contact", "LastName=A", "--dry-run"];
    let one = org.sfbox(&one);
    assert_eq!((one.status, one.stdout.as_str()), (0, ""), "{}", one.stderr);
    org.sfbox(&["create", "Contact", "FirstName=A", "--dry-run"])
        .fails(2, "REQUIRED_FIELD_MISSING");
    assert_eq!(writes(&org), 0);
}

#[test]
fn names_that_could_leave_their_place_are_refused_before_anything_is_sent() {
    let org = Org::start();
    for object in [
        "../",
        "//evil.example/x",
        "%2e%2e",
        "Account?x=",
        "🦀",
        "",
        "1Account",
    ] {
        for command in [
            vec!["get", object, "001000000000001"],
            vec!["create", object, "Name=x"],
            vec!["update", object, "001000000000001", "Name=x"],
            vec!["upsert", object, "-x", "Ext__c", "Ext__c=1"],
            vec!["delete", object, "001000000000001", "--yes"],
        ] {
            org.sfbox(&command).fails(2, "letters, digits and `_`");
        }
    }
    org.sfbox(&["upsert", "Account", "-x", "../x", "Name=x"])
        .fails(2, "letters, digits and `_`");
    org.sfbox(&["get", "Account", "001000000000001", "--field", "../x"])
        .fails(2, "letters, digits and `_`");
    assert_eq!((writes(&org), org.logins()), (0, 0));
    for id in ["../", "//evil.example/x", "%2e%2e", "001?x", "🦀"] {
        org.sfbox(&["update", "Account", id, "Name=x"])
            .fails(2, "15 or 18 letters and digits");
        let run = org.sfbox(&["get", "Account", id]);
        assert_eq!(run.status, 2, "{}", run.stderr);
    }
    assert_eq!(writes(&org), 0);
}

#[test]
fn a_policy_refuses_each_way_of_writing() {
    let org = Org::start();
    let folder = Folder::new();
    let ids = query(&org, "SELECT Id FROM Account LIMIT 1");
    let id = ids[0]["Id"].as_str().unwrap();
    let csv = folder.file("a.csv", format!("Id,Name,Ext__c\n{id},x,1\n"));
    let new = folder.file("b.csv", "Name,Ext__c\nx,1\n");
    let only_ids = folder.file("c.csv", format!("Id\n{id}\n"));
    let writing: [&[&str]; 9] = [
        &["create", "Account", "Name=x"],
        &["create", "Account", "Name=x", "--repeatable"],
        &["create", "Account", "--file", &new],
        &["update", "Account", id, "Name=x"],
        &["update", "Account", id, "Name=x", "--repeatable"],
        &["update", "Account", "--file", &csv, "--skip", "Ext__c"],
        &["upsert", "Account", "-x", "Ext__c", "Ext__c=1", "Name=x"],
        &["upsert", "Account", "-x", "Ext__c", "--file", &new],
        &["delete", "Account", id, "--yes"],
    ];
    for command in writing {
        let command = [&["--read-only"], command].concat();
        org.sfbox(&command).fails(5, "denied by policy");
    }
    for command in [
        &["delete", "Account", id, "--yes"][..],
        &["delete", "Account", id, "--yes", "--repeatable"],
        &["delete", "Account", "--file", &only_ids, "--yes"],
    ] {
        let command = [&["--no-delete"], command].concat();
        org.sfbox(&command).fails(5, "denied by policy");
    }
    assert_eq!(writes(&org), 0);
    assert_eq!(query(&org, "SELECT Id FROM Account LIMIT 1"), ids);
    org.sfbox(&["--read-only", "get", "Account", id]).object();
}

#[test]
fn a_lost_answer_is_told_by_line_and_not_sent_again() {
    let org = Org::start();
    let folder = Folder::new();
    let rows: String = (0..600).map(|number| format!("Lost {number}\n")).collect();
    let csv = folder.file("a.csv", format!("Name\n{rows}"));
    let errors = folder.name("failed.csv");
    org.sfbox(&["session", "renew"]);
    org.control()
        .faults(vec![sfbox_emulator::Fault {
            route: sfbox_emulator::FaultRoute::Only(Route::CreateMany),
            skip: 1,
            count: Some(1),
            effect: Effect::CutAnswer,
        }])
        .unwrap();
    let run = org.sfbox(&[
        "create",
        "Account",
        "--file",
        &csv,
        "--errors",
        &errors,
        "--in-flight",
        "1",
    ]);
    run.fails(1, "the outcome of 200 of 600 records is unknown");
    assert!(run.stderr.contains("look in Salesforce"), "{}", run.stderr);
    let unknown: Vec<u64> = outcomes(&run)
        .iter()
        .filter(|outcome| outcome["outcome"] == "unknown")
        .map(|outcome| outcome["line"].as_u64().unwrap())
        .collect();
    assert_eq!(unknown, (202..402).collect::<Vec<_>>());
    assert_eq!(
        query(&org, "SELECT Id FROM Account WHERE Name LIKE 'Lost %'").len(),
        600
    );
    // What may be there is not created again by feeding the file back.
    let again = org.sfbox(&["create", "Account", "--file", &errors]);
    again.fails(1, "200 of 200 records were not saved");
    assert!(
        again.stdout.contains("SFBOX_OUTCOME_UNKNOWN"),
        "{}",
        again.stdout
    );
    assert_eq!(
        query(&org, "SELECT Id FROM Account WHERE Name LIKE 'Lost %'").len(),
        600
    );
}

#[test]
fn a_key_is_printed_before_and_a_lost_answer_is_asked_for_again() {
    let org = Org::start();
    org.sfbox(&["session", "renew"]);
    for effect in [Effect::Cut, Effect::CutAnswer] {
        org.strike(Route::CreateUiRecord, Some(1), effect);
        let run = org.sfbox(&["create", "Account", "Name=Once", "--repeatable"]);
        assert_eq!(run.object()["outcome"], "created");
        let key = run.stderr.split("--repeatable=").nth(1).unwrap();
        let key = &key[..36];
        let option = format!("--repeatable={key}");
        let again = org
            .sfbox(&["create", "Account", "Name=Once", &option])
            .object();
        assert_eq!(again, run.object(), "the same record");
        org.sfbox(&["create", "Account", "Name=Other", &option])
            .fails(1, "422");
    }
    assert_eq!(
        query(&org, "SELECT Id FROM Account WHERE Name = 'Once'").len(),
        2
    );
    let folder = Folder::new();
    let csv = folder.file("a.csv", "Name\nx\n");
    org.sfbox(&["create", "Account", "--file", &csv, "--repeatable"])
        .fails(2, "an external id makes them repeatable");
    let task = org.sfbox(&["create", "Task", "Subject=x", "--repeatable"]);
    assert_eq!(task.status, 2, "{}", task.stderr);
    assert_eq!(writes(&org), 0);
}

#[test]
fn a_session_that_expires_costs_one_login_and_no_record() {
    let org = Org::start();
    let folder = Folder::new();
    let rows: String = (0..10_000)
        .map(|number| format!("Expiry {number}\n"))
        .collect();
    let csv = folder.file("a.csv", format!("Name\n{rows}"));
    org.control()
        .faults(vec![sfbox_emulator::Fault {
            route: sfbox_emulator::FaultRoute::Only(Route::CreateMany),
            skip: 0,
            count: Some(16),
            effect: Effect::Hold,
        }])
        .unwrap();
    let command = [
        "create",
        "Account",
        "--file",
        &csv,
        "--in-flight",
        "16",
        "--output",
        "ndjson",
    ];
    // A pipe that is not read would stop it.
    let printed = fs::File::create(folder.path("printed")).unwrap();
    let process = org
        .command(&command)
        .stdout(printed)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    org.block_on(org.control().until_held(16));
    org.control().expire_sessions();
    org.control().clear_faults();
    org.control().release();
    let run = crate::sfbox::end(process);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let printed = folder.text("printed");
    assert_eq!(printed.matches("\"created\"").count(), 10_000);
    let there = query(
        &org,
        "SELECT COUNT(Id) n FROM Account WHERE Name LIKE 'Expiry %'",
    );
    assert_eq!(there[0]["n"], 10_000);
    assert_eq!(org.logins(), 2);
}

#[test]
fn conditions_compare_the_state_of_a_record() {
    let org = Org::start();
    let created = org.sfbox(&["create", "Account", "Name=State"]).object();
    let id = created["id"].as_str().unwrap();
    let (long_ago, tomorrow) = ("2001-01-01T00:00:00Z", "2999-01-01T00:00:00Z");
    let update = |time: &str| {
        org.sfbox(&[
            "update",
            "Account",
            id,
            "Phone=1",
            "--if-unmodified-since",
            time,
        ])
    };
    update(long_ago).fails(1, "the record has changed since the state of the condition");
    assert_eq!(update(tomorrow).object()["outcome"], "updated");
    let get = |time: &str| {
        org.sfbox(&[
            "get",
            "Account",
            id,
            "--field",
            "Name",
            "--if-modified-since",
            time,
        ])
    };
    let unchanged = get(tomorrow);
    assert_eq!(
        (unchanged.status, unchanged.stdout.as_str()),
        (0, ""),
        "{}",
        unchanged.stderr
    );
    assert!(unchanged.stderr.contains("has not been changed"));
    assert_eq!(get(long_ago).object()["Name"], "State");
    org.sfbox(&["get", "Account", id, "--if-modified-since", "yesterday"])
        .fails(2, "is no time");
}

#[test]
fn records_that_are_not_there_are_named() {
    let org = Org::start();
    let ids = query(&org, "SELECT Id FROM Account LIMIT 1");
    let id = ids[0]["Id"].as_str().unwrap();
    let nobody = "001000000000000AAA";
    let run = org.sfbox(&["get", "Account", id, nobody, "--field", "Id"]);
    run.fails(1, "1 of 2 records were not found");
    assert!(
        run.stderr.contains(&format!("there is no record {nobody}")),
        "{}",
        run.stderr
    );
    assert_eq!(outcomes(&run).len(), 1);
    org.sfbox(&["get", "Account", id, nobody])
        .fails(2, "several records need `--field`");
    org.sfbox(&["get", "Account"]).fails(2, "which records?");
    org.sfbox(&["create", "Account"]).fails(2, "which fields?");
    org.sfbox(&["update", "Account", "Name=x"])
        .fails(2, "the id of the record is missing");
    org.sfbox(&["delete", "Account", "--yes"])
        .fails(2, "which records?");
    org.sfbox(&["create", "Nothing__c", "Name=x"])
        .fails(1, "the description of Nothing__c cannot be read");
}
