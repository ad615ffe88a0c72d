//! `sfbox rest`, `limits` and `api-versions`, and the options of policy.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::{Output, Stdio};

use serde_json::{Value, json};
use sfbox_emulator::{CannedAnswer, Effect, Fault, FaultRoute, Route};

use crate::org::Org;
use crate::sfbox::{Run, piped, run};
use crate::terminal::Terminal;

/// Where the Apex class answers what it is sent.
const ECHO: &str = "/services/apexrest/echo";

/// Creates an account; answers its id.
fn create(org: &Org, name: &str) -> String {
    let field = format!("Name={name}");
    let created = org.sfbox(&["rest", "POST", "sobjects/Account", "-F", &field]);
    created.object()["id"].as_str().unwrap().to_owned()
}

/// Runs the binary with bytes on stdin, which need not be text.
fn bytes(org: &Org, arguments: &[&str], input: &[u8]) -> Output {
    let mut process = org
        .command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = process.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = process.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    output
}

#[test]
fn a_get_prints_the_bytes_of_the_answer() {
    let org = Org::start();
    let limits = org.sfbox(&["rest", "GET", "limits"]);
    assert!(limits.object()["DailyApiRequests"]["Max"].is_u64());
    assert!(!limits.stdout.contains('\n'), "as it was sent");
    let lower = org.sfbox(&["rest", "get", "/services/data/v66.0/limits"]);
    assert!(lower.object()["DailyApiRequests"].is_object());
    assert_eq!((org.requests(Route::Limits), org.logins()), (2, 1));
    let head = org.sfbox(&["rest", "HEAD", "limits"]);
    assert_eq!(
        (head.status, head.stdout.as_str()),
        (0, ""),
        "{}",
        head.stderr
    );
}

#[test]
fn an_identity_is_read_and_nothing_else() {
    let org = Org::start();
    let resources = org.sfbox(&["rest", "GET", "/services/data/v66.0/"]);
    let resources = resources.object();
    let url = resources["identity"].as_str().unwrap();
    let path = url.strip_prefix("https://acme.my.salesforce.com").unwrap();
    // A policy that only reads lets it out.
    let told = org.sfbox(&["--read-only", "rest", "GET", path]);
    assert_eq!(told.object()["id"], url);
    assert_eq!((org.requests(Route::Identity), org.logins()), (1, 1));
    let posted = org.sfbox(&["rest", "POST", path]);
    posted.fails(2, "an identity URL takes only GET and HEAD");
    assert_eq!(org.requests(Route::Identity), 1);
}

#[test]
fn a_record_is_created_read_changed_and_deleted() {
    let org = Org::start();
    let fields = [
        "rest",
        "POST",
        "sobjects/Account",
        "--field",
        "Name=Zimt & Söhne",
        "--field",
        "NumberOfEmployees=50",
        "--raw-field",
        "Phone=50",
    ];
    let created = org.sfbox(&fields).object();
    assert_eq!(created["success"], true);
    let path = format!("sobjects/Account/{}", created["id"].as_str().unwrap());
    let read = [
        "rest",
        "GET",
        &path,
        "-F",
        "fields=Name,NumberOfEmployees,Phone",
    ];
    let account = org.sfbox(&read).object();
    assert_eq!(account["Name"], "Zimt & Söhne");
    assert_eq!(account["NumberOfEmployees"], 50);
    assert_eq!(account["Phone"], "50");
    let changed = org.sfbox(&["rest", "PATCH", &path, "-F", "NumberOfEmployees=null"]);
    assert_eq!(
        (changed.status, changed.stdout.as_str()),
        (0, ""),
        "{}",
        changed.stderr
    );
    assert_eq!(org.sfbox(&read).object()["NumberOfEmployees"], Value::Null);
    let deleted = org.sfbox(&["rest", "DELETE", &path]);
    assert_eq!(
        (deleted.status, deleted.stdout.as_str()),
        (0, ""),
        "{}",
        deleted.stderr
    );
    let gone = org.sfbox(&read);
    gone.fails(1, "Salesforce answered 404");
    let errors: Vec<Value> = serde_json::from_str(&gone.stdout).unwrap();
    assert!(errors.first().unwrap()["errorCode"].is_string());
    let writes = org.control().stats().writes;
    let expected = [Route::Create, Route::Update, Route::Delete];
    assert!(
        expected.iter().all(|route| writes.get(route) == Some(&1)),
        "{writes:?}"
    );
}

#[test]
fn fields_make_objects_and_lists() {
    let org = Org::start();
    let fields = [
        "-F",
        "a[b]=x",
        "-f",
        "a[c]=1",
        "-F",
        "d[][e]=true",
        "-F",
        "d[][e]=null",
        "-F",
        "f[]",
        "-F",
        "g=\"7\"",
    ];
    let sent = org.sfbox(&[&["rest", "PUT", ECHO][..], &fields].concat());
    let expected = r#"{"a":{"b":"x","c":"1"},"d":[{"e":true},{"e":null}],"f":[],"g":"7"}"#;
    assert_eq!(
        (sent.status, sent.stdout.as_str()),
        (0, expected),
        "{}",
        sent.stderr
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("note");
    std::fs::write(&file, "two\nlines").unwrap();
    let field = format!("a=@{}", file.display());
    let sent = org.sfbox(&["rest", "POST", ECHO, "-F", &field]);
    assert_eq!(sent.object(), json!({"a": "two\nlines"}));
    let sent = piped(
        &mut org.command(&["rest", "POST", ECHO, "-F", "a=@-"]),
        b"b",
    );
    assert_eq!(sent.object(), json!({"a": "b"}));
    // Beside a body they are the query string, and so they are with a DELETE.
    let arguments = [
        "rest",
        "POST",
        ECHO,
        "--input",
        "-",
        "-F",
        "status=201",
        "-i",
    ];
    let sent = piped(&mut org.command(&arguments), b"{}");
    assert!(
        sent.stdout.starts_with("HTTP/1.1 201 Created\r\n"),
        "{}",
        sent.stdout
    );
    let sent = org.sfbox(&["rest", "DELETE", ECHO, "-F", "body=a b&c"]);
    assert_eq!(sent.stdout, "a b&c");
}

#[test]
fn all_pages_are_one_array() {
    let org = Org::start_with(|builder| builder.accounts(500));
    let soql = "SELECT Id, Name FROM Account ORDER BY Id";
    let all = org.sfbox(&["query", soql]).records();
    assert!(all.len() > 400, "several pages");
    let query = format!("q={soql}");
    let batch = "Sforce-Query-Options: batchSize=200";
    let paginate = [
        "rest",
        "GET",
        "query",
        "-f",
        &query,
        "-H",
        batch,
        "--paginate",
    ];
    let before = org.requests(Route::QueryMore);
    let run = org.sfbox(&paginate);
    assert_eq!(run.records(), all);
    assert_eq!(
        run.stdout.lines().count(),
        all.len() + 2,
        "one record a line"
    );
    let pages = all.len().div_ceil(200) as u64;
    assert_eq!(org.requests(Route::QueryMore) - before, pages - 1);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("all.json");
    let to_file = [&paginate[..], &["-O", file.to_str().unwrap()]].concat();
    let run = org.sfbox(&to_file);
    assert_eq!((run.status, run.stdout.as_str()), (0, ""), "{}", run.stderr);
    let written: Vec<Value> = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(written, all);
    let none = org.sfbox(&[
        "rest",
        "GET",
        "query",
        "-f",
        "q=SELECT Id FROM Account WHERE Name = 'nobody'",
        "--paginate",
    ]);
    assert_eq!(
        (none.status, none.stdout.as_str()),
        (0, "[]\n"),
        "{}",
        none.stderr
    );
}

#[test]
fn pages_that_cannot_be_followed_are_said_to_be_no_pages() {
    let org = Org::start();
    org.sfbox(&["rest", "GET", "limits", "--paginate"])
        .fails(6, "leave out `--paginate`");
    org.sfbox(&["rest", "POST", "limits", "--paginate"])
        .fails(2, "`--paginate` is for GET");
    let page = |next: &str| {
        let body = json!({"totalSize": 2, "done": false, "nextRecordsUrl": next, "records": [{"Id": "1"}]});
        Fault {
            route: FaultRoute::Any,
            skip: 0,
            count: None,
            effect: Effect::Answer(CannedAnswer {
                status: 200,
                headers: Vec::new(),
                body: body.to_string(),
            }),
        }
    };
    let paginate = ["rest", "GET", "query", "-f", "q=x", "--paginate"];
    for (next, words) in [
        (
            "https://evil.example/services/data/v66.0/query/1",
            "no page of a query",
        ),
        ("/services/data/v66.0/query/01g-1", "the same page twice"),
    ] {
        let only = |route| Fault {
            route: FaultRoute::Only(route),
            ..page(next)
        };
        let faults = vec![only(Route::Query), only(Route::QueryMore)];
        org.control().faults(faults).unwrap();
        org.sfbox(&paginate).fails(6, words);
        org.control().clear_faults();
    }
}

#[test]
fn the_status_and_the_headers_come_before_the_body() {
    let org = Org::start();
    let run = org.sfbox(&[
        "rest",
        "PUT",
        ECHO,
        "--include",
        "-H",
        "Echo-Status: 202",
        "-H",
        "Echo-Header: ETag: \"a\"",
        "-F",
        "a=1",
    ]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let (head, body) = run.stdout.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, "{\"a\":1}");
    let lines: Vec<String> = head.split("\r\n").map(str::to_lowercase).collect();
    assert_eq!(lines[0], "http/1.1 202 accepted");
    assert!(lines.iter().any(|line| line == "etag: \"a\""), "{head}");
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("content-type: application/json")),
        "{head}"
    );
    // A refusal has a head, too.
    let run = org.sfbox(&["rest", "GET", "nowhere", "-i"]);
    assert_eq!(run.status, 1);
    assert!(
        run.stdout.starts_with("HTTP/1.1 404 Not Found\r\n"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_body_from_stdin_arrives_whatever_its_length() {
    let org = Org::start();
    let post = [
        "rest",
        "POST",
        ECHO,
        "--input",
        "-",
        "-H",
        "Content-Type: application/x",
    ];
    let long: Vec<u8> = (0..1_u32 << 20).map(|byte| (byte % 251) as u8).collect();
    for input in [&b""[..], b"\0", b"\xff", &long] {
        let output = bytes(&org, &post, input);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{} bytes: {told}", input.len());
        assert!(
            output.stdout == input,
            "{} bytes came back",
            output.stdout.len()
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let (sent, back) = (folder.path().join("sent"), folder.path().join("back"));
    std::fs::write(&sent, &long).unwrap();
    let [sent, back] = [&sent, &back].map(|path| path.to_str().unwrap());
    let run = org.sfbox(&["rest", "POST", ECHO, "--input", sent, "-O", back]);
    assert_eq!((run.status, run.stdout.as_str()), (0, ""), "{}", run.stderr);
    assert!(std::fs::read(back).unwrap() == long);
    org.sfbox(&["rest", "POST", ECHO, "--input", "/nowhere"])
        .fails(2, "no body in --input /nowhere");
    let twice = ["rest", "POST", ECHO, "--input", "-", "-F", "a=@-"];
    org.sfbox(&twice).fails(2, "stdin can be read once");
}

#[test]
fn what_may_not_be_sent_is_refused_before_anything_is() {
    let org = Org::start();
    org.sfbox(&["session", "renew"]).object();
    let before = org.control().stats().requests;
    for (path, status) in [
        ("/services/oauth2/userinfo", 2),
        ("/", 2),
        ("/secur/frontdoor.jsp", 2),
        ("/id/00D/005", 2),
        ("/id/00DSb0000000001/005Sb0000000001?oauth_token=x", 2),
        ("sobjects/../../../secur", 2),
        ("//evil.example/services/data", 2),
        ("https://evil.example/services/data", 2),
        ("sobjects/Account;x=1", 2),
        ("sobjects\\Account", 2),
    ] {
        let run = org.sfbox(&["rest", "GET", path]);
        assert_eq!(
            (run.status, run.stdout.as_str()),
            (status, ""),
            "{path}: {}",
            run.stderr
        );
        assert!(
            run.stderr.contains("`sfbox help rest`"),
            "{path}: {}",
            run.stderr
        );
    }
    for header in [
        "Authorization: Bearer CANARY",
        "Host: CANARY",
        "Cookie: CANARY",
    ] {
        let run = org.sfbox(&["rest", "GET", "limits", "-H", header]);
        assert_eq!(run.status, 2, "{header}: {}", run.stderr);
        assert!(!run.stderr.contains("CANARY"), "{}", run.stderr);
    }
    assert_eq!(org.control().stats().requests, before);
}

#[test]
fn the_exit_status_follows_the_answer() {
    let org = Org::start();
    for (answered, status) in [
        ("200", 0),
        ("204", 0),
        ("400", 1),
        ("403", 1),
        ("404", 1),
        ("500", 4),
        ("503", 4),
    ] {
        let field = format!("status={answered}");
        let before = org.requests(Route::Apex);
        let run = org.sfbox(&["rest", "POST", &format!("{ECHO}?{field}"), "-F", "a=1"]);
        assert_eq!(run.status, status, "{answered}: {}", run.stderr);
        assert_eq!(
            org.requests(Route::Apex) - before,
            1,
            "{answered}: sent once"
        );
        if status != 0 {
            run.fails(status, &format!("Salesforce answered {answered}"));
            assert_eq!(run.stdout, "{\"a\":1}", "the answer is printed");
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("answer");
    let name = file.to_str().unwrap();
    let refused = [
        "rest",
        "POST",
        &format!("{ECHO}?status=400"),
        "-F",
        "a=1",
        "-O",
        name,
    ];
    let run = org.sfbox(&refused);
    assert_eq!((run.status, run.stdout.as_str()), (1, "{\"a\":1}"));
    assert!(!file.exists(), "a file holds what was asked for");
}

#[test]
fn a_write_whose_answer_was_lost_is_not_sent_again() {
    let org = Org::start();
    org.sfbox(&["session", "renew"]).object();
    let lose = |route, count| Fault {
        route: FaultRoute::Only(route),
        skip: 0,
        count: Some(count),
        effect: Effect::CutAnswer,
    };
    org.control().faults(vec![lose(Route::Create, 1)]).unwrap();
    let run = org.sfbox(&["rest", "POST", "sobjects/Account", "-F", "Name=x"]);
    run.fails(1, "the answer was lost");
    assert_eq!(org.control().stats().writes.get(&Route::Create), Some(&1));
    org.control().faults(vec![lose(Route::Limits, 1)]).unwrap();
    assert!(org.sfbox(&["rest", "GET", "limits"]).object().is_object());
    assert_eq!(org.requests(Route::Limits), 2);
    org.control().faults(vec![lose(Route::Apex, 1)]).unwrap();
    let run = org.sfbox(&["rest", "PUT", ECHO, "-F", "a=1", "--repeatable"]);
    assert_eq!(run.object(), json!({"a": 1}));
}

#[test]
fn a_person_sees_json_with_line_breaks_and_no_command_to_the_terminal() {
    let org = Org::start();
    let shown = |arguments: &[&str]| {
        let mut terminal = Terminal::new(120);
        let mut process = terminal.start(&mut org.command(arguments));
        terminal.read();
        process.wait().unwrap();
        terminal.end()
    };
    org.sfbox(&["session", "renew"]).object();
    let put = [
        "rest",
        "PUT",
        ECHO,
        "-f",
        "a=\u{9b}2J\u{202e}",
        "-F",
        "b=1.50",
    ];
    let json = shown(&put);
    assert!(
        json.contains("{\n  \"a\": \"\\u009b2J\\u202e\",\n  \"b\": 1.50\n}\n"),
        "{json:?}"
    );
    let with_head = shown(&[&put[..], &["-i"]].concat());
    assert!(with_head.contains("HTTP/1.1 200 OK\n"), "{with_head:?}");
    let text = shown(&["rest", "GET", ECHO, "-F", "body=\u{1b}]0;x\u{7}y"]);
    assert!(text.contains("\\u{1b}]0;x\\u{7}y\n"), "{text:?}");
    let query = [
        "rest",
        "GET",
        "query",
        "-f",
        "q=SELECT Name FROM User LIMIT 1",
        "--paginate",
    ];
    let pages = shown(&query);
    assert!(pages.contains("[\n{\n  \"attributes\": {\n"), "{pages:?}");
    let limits = shown(&["limits"]);
    assert!(
        limits.contains("share") && limits.contains('%'),
        "{limits:?}"
    );
}

#[test]
fn limits_are_a_table_with_shares() {
    let org = Org::start();
    let limits = org.sfbox(&["limits"]).records();
    let names: BTreeSet<&str> = limits
        .iter()
        .map(|limit| limit["name"].as_str().unwrap())
        .collect();
    assert!(names.contains("DailyApiRequests") && names.len() == limits.len());
    for limit in &limits {
        let number = |name: &str| limit[name].as_i64().unwrap();
        assert_eq!(
            number("used"),
            number("max") - number("remaining"),
            "{limit}"
        );
        let share = limit["share"].as_f64();
        let is_share = share.is_some_and(|share| (0.0..=1.0).contains(&share));
        assert_eq!(is_share, number("max") > 0, "{limit}");
    }
    let table = org.sfbox(&["limits", "--output", "table"]).stdout;
    let header: Vec<&str> = table.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(header, ["name", "used", "max", "remaining", "share"]);
    assert!(table.contains("0.0%"), "{table}");
    let csv = org.sfbox(&["limits", "--output", "csv"]).stdout;
    assert!(csv.starts_with("name,used,max,remaining,share\n"), "{csv}");
}

#[test]
fn the_versions_are_those_that_an_option_takes() {
    let org = Org::start();
    let versions = org.sfbox(&["api-versions"]).records();
    let last = versions.last().unwrap()["version"].as_str().unwrap();
    assert!(last.starts_with('v'), "{last}");
    let run = org.sfbox(&["--api-version", last, "rest", "GET", "limits"]);
    assert!(run.object().is_object());
}

#[test]
fn a_policy_refuses_a_write_and_nothing_is_sent() {
    let org = Org::start();
    let id = create(&org, "x");
    let account = format!("sobjects/Account/{id}");
    let before = org.control().stats().requests;
    let denied = |options: &[&str], request: &[&str]| {
        let run = org.sfbox(&[options, &["rest"], request].concat());
        run.fails(5, "denied");
        assert_eq!(run.stdout, "");
        assert_eq!(org.control().stats().requests, before, "{request:?}");
    };
    denied(
        &["--read-only"],
        &["POST", "sobjects/Account", "-F", "Name=y"],
    );
    denied(&["--read-only"], &["PATCH", &account, "-F", "Name=y"]);
    denied(&["--read-only"], &["DELETE", &account]);
    denied(&["--read-only"], &["GET", ECHO]);
    denied(&["--no-delete"], &["DELETE", &account]);
    denied(
        &[],
        &["GET", "tooling/executeAnonymous", "-F", "anonymousBody=x"],
    );
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    std::fs::write(&config, "read-only = true\n").unwrap();
    denied(
        &["--config", config.to_str().unwrap()],
        &["DELETE", &account],
    );
    // The stricter one of two.
    denied(
        &["--config", config.to_str().unwrap(), "--no-delete"],
        &["PATCH", &account, "-F", "Name=y"],
    );
    let variable = org
        .command(&["rest", "DELETE", &account])
        .env("SFBOX_READ_ONLY", "1")
        .output();
    Run::of(variable.unwrap()).fails(5, "denied");
    assert_eq!(org.control().stats().requests, before);
}

#[test]
fn a_policy_lets_out_what_it_allows() {
    let org = Org::start();
    let read = org.sfbox(&["--read-only", "query", "SELECT COUNT() FROM User"]);
    assert_eq!(read.status, 0, "{}", read.stderr);
    for command in ["limits", "api-versions"] {
        let run = org.sfbox(&["--read-only", command]);
        assert_eq!(run.status, 0, "{command}: {}", run.stderr);
    }
    let created = [
        "--no-delete",
        "rest",
        "POST",
        "sobjects/Account",
        "-F",
        "Name=x",
    ];
    assert_eq!(org.sfbox(&created).object()["success"], true);
    let allowed = [
        "--read-only",
        "--allow-path",
        "GET,POST /services/apexrest/echo",
    ];
    let post = ["rest", "POST", ECHO, "-F", "a=1"];
    assert_eq!(
        org.sfbox(&[&allowed[..], &post].concat()).object(),
        json!({"a": 1})
    );
    let apex = [
        "rest",
        "GET",
        "tooling/executeAnonymous",
        "-F",
        "anonymousBody=x",
    ];
    let run = org.sfbox(&[&["--allow-anonymous-apex"][..], &apex].concat());
    assert_eq!(run.status, 0, "{}", run.stderr);
}

#[test]
fn writes_and_refusals_are_in_the_audit() {
    let org = Org::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.ndjson");
    let audit = ["--audit", file.to_str().unwrap(), "--no-delete", "rest"];
    let id = org.sfbox(
        &[
            &audit[..],
            &["POST", "sobjects/Account", "-F", "Name=CANARY"],
        ]
        .concat(),
    );
    let id = id.object()["id"].as_str().unwrap().to_owned();
    let path = format!("sobjects/Account/{id}");
    org.sfbox(&[&audit[..], &["DELETE", &path]].concat())
        .fails(5, "denied");
    let text = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(lines.len() >= 2, "{text}");
    assert!(!text.contains("CANARY") && !text.contains(&id), "{text}");
}

/// A process whose files may not grow sees what one on a full disk sees, but for the
/// error's number.
#[test]
fn a_write_is_not_sent_when_the_audit_has_no_room_for_it() {
    /// More than the host needs for the component, which is a file in memory.
    const FULL_KIB: u64 = 64 << 10;
    let org = Org::start();
    org.sfbox(&["rest", "limits"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.ndjson");
    let mut create = std::fs::OpenOptions::new();
    let full = create.write(true).create(true).mode(0o600).open(&file);
    full.unwrap().set_len(FULL_KIB << 10).unwrap();
    let limited = |arguments: &[&str]| {
        let audit = ["--audit", file.to_str().unwrap(), "rest"];
        let sfbox = org.command(&[&audit[..], arguments].concat());
        let mut bash = std::process::Command::new("bash");
        let limit = format!("trap '' XFSZ; ulimit -f {FULL_KIB}; exec \"$0\" \"$@\"");
        bash.args(["-c", &limit]);
        bash.arg(sfbox.get_program()).args(sfbox.get_args());
        bash.env_clear().stdin(Stdio::null());
        Run::of(bash.output().unwrap())
    };
    let denied = limited(&["POST", "sobjects/Account", "-F", "Name=x"]);
    denied.fails(5, "a write must be in the audit before it is sent");
    assert!(org.control().stats().writes.is_empty());
    let read = limited(&["GET", "sobjects/Account"]);
    assert_eq!(read.status, 0, "{}", read.stderr);
    assert_eq!(std::fs::metadata(&file).unwrap().len(), FULL_KIB << 10);
    // There is room again.
    let audit = ["--audit", file.to_str().unwrap(), "rest"];
    let create = ["POST", "sobjects/Account", "-F", "Name=x"];
    org.sfbox(&[&audit[..], &create].concat()).object();
    assert!(std::fs::metadata(&file).unwrap().len() > FULL_KIB << 10);
}

/// The examples that need no org of one's own, as a reader tries them.
#[test]
fn the_examples_of_the_demo_work() {
    let mut tried = 0;
    for command in ["rest", "limits", "api-versions"] {
        let help = run([command, "--help"]).stdout;
        let examples = help.split_once("Examples:\n").unwrap().1;
        for line in examples
            .lines()
            .filter(|line| line.contains("sfbox --demo"))
        {
            let folder = std::path::Path::new(env!("CARGO_BIN_EXE_sfbox")).parent();
            let path = format!("{}:/usr/bin:/bin", folder.unwrap().display());
            let done = std::process::Command::new("bash")
                .args(["-euo", "pipefail", "-c", line.trim()])
                .env_clear()
                .env("PATH", path)
                .stdin(Stdio::null())
                .output();
            let done = Run::of(done.unwrap());
            assert_eq!(done.status, 0, "{line}: {}", done.stderr);
            tried += 1;
        }
    }
    assert!(tried >= 7, "{tried} were tried");
}
