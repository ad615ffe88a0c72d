//! The door, as its operator sees it.

use std::fs;
use std::process::Command;

use rustix::process::Signal;
use serde_json::Value;
use sfbox_certificate::Authority;
use sfbox_emulator::{Effect, Route};

use super::{Door, QUERY, add_key, answered, folder};
use crate::org::{Org, set_mode};
use crate::sfbox::{end, start};
use crate::terminal::until;

#[test]
fn operators_have_an_address_of_their_own() {
    let org = Org::start();
    let (door, key) = Door::open(&org, &["--admin", "127.0.0.1:0"]);
    assert_eq!(door.ask(&key, QUERY, &[]).status, 200);
    assert_eq!(door.ask("wrong", QUERY, &[]).status, 401);
    let admin = door.ready["admin"].as_str().unwrap();
    let asked = |path: &str| {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--noproxy", "*", "--include"]);
        answered(curl.arg(format!("http://{admin}{path}")))
    };
    for path in ["/healthz", "/readyz"] {
        assert_eq!(
            (asked(path).status, asked(path).body.as_str()),
            (200, "ok\n")
        );
    }
    let metrics = asked("/metrics").body;
    for line in [
        "sfbox_requests_total{status=\"200\"} 1",
        "sfbox_requests_total{status=\"401\"} 1",
        "sfbox_wrong_keys_total 1",
        "sfbox_requests_in_flight 0",
        "sfbox_keys 1",
    ] {
        assert!(
            metrics.lines().any(|told| told == line),
            "{line}:\n{metrics}"
        );
    }
    assert_eq!(asked(QUERY).status, 404);
}

#[test]
fn each_request_has_a_line_that_says_nothing_of_its_client() {
    let org = Org::start();
    let folder = folder();
    let key = add_key(&org, folder.path(), &["reports"]);
    let mut door = Door::open_in(&org, folder, &["--access-log", "-"]);
    let bytes = door.ask(&key, QUERY, &[]).body.len();
    let line: Value = serde_json::from_str(&door.line()).unwrap();
    assert_eq!(line["key"], "reports");
    assert_eq!(line["org"], "acme");
    assert_eq!(line["method"], "GET");
    assert_eq!(line["route"], "/services/data/{version}/query");
    assert_eq!(line["status"], 200);
    assert_eq!(line["bytes"], bytes);
    assert_eq!(line["whole"], true);
    door.ask("wrong", "/services/data/v66.0/sobjects/Account/CANARY", &[]);
    let refused = door.line();
    assert!(refused.contains(r#""status":401"#), "{refused}");
    assert!(
        refused.contains(r#""code":"SFBOX_INVALID_KEY""#),
        "{refused}"
    );
    assert!(
        !refused.contains("CANARY") && !refused.contains("wrong"),
        "{refused}"
    );
}

#[test]
fn a_line_says_how_often_the_org_was_asked() {
    let org = Org::start();
    let folder = folder();
    let key = add_key(&org, folder.path(), &["reports"]);
    let mut door = Door::open_in(&org, folder, &["--access-log", "-"]);
    let attempts = |door: &mut Door, status: u16| {
        let line: Value = serde_json::from_str(&door.line()).unwrap();
        assert_eq!(line["status"], status, "{line}");
        line["attempts"].as_u64().unwrap()
    };
    door.ask(&key, QUERY, &[]);
    assert_eq!(attempts(&mut door, 200), 1);
    org.control().expire_sessions();
    door.ask(&key, QUERY, &[]);
    assert_eq!(attempts(&mut door, 200), 2, "the session was renewed");
    org.strike(Route::Query, Some(2), Effect::CutAnswer);
    door.ask(&key, QUERY, &[]);
    assert_eq!(attempts(&mut door, 200), 3, "a read is sent again");
    // What the door refuses, and what the policy of the key does.
    door.ask("wrong", QUERY, &[]);
    assert_eq!(attempts(&mut door, 401), 0);
    let account = "/services/data/v66.0/sobjects/Account";
    door.ask(&key, account, &["--json", r#"{"Name":"x"}"#]);
    assert_eq!(attempts(&mut door, 403), 0);
    assert_eq!(org.control().stats().writes.get(&Route::Create), None);
}

#[test]
fn an_audit_that_cannot_be_written_is_the_doors_trouble() {
    let org = Org::start();
    let folder = folder();
    let key = add_key(&org, folder.path(), &["writes", "--write"]);
    let audit = folder.path().join("audit.jsonl");
    let path = audit.to_str().unwrap();
    let door = Door::open_in(&org, folder, &["--audit", path]);
    assert_eq!(door.ask(&key, QUERY, &[]).status, 200);
    fs::remove_file(&audit).unwrap();
    fs::create_dir(&audit).unwrap();
    let before = org.control().stats().requests.len();
    let new = ["--json", r#"{"Name":"new"}"#];
    let refused = door.ask(&key, "/services/data/v66.0/sobjects/Account", &new);
    assert_eq!(refused.status, 503, "{}", refused.body);
    assert_eq!(refused.code(), "SFBOX_AUDIT_UNAVAILABLE");
    assert!(!refused.body.contains("audit.jsonl"), "{}", refused.body);
    assert_eq!(org.control().stats().requests.len(), before);
    assert_eq!(door.ask(&key, QUERY, &[]).status, 200);
    let log = door.close().stderr;
    assert!(log.contains("audit.jsonl"), "{log}");
}

#[test]
fn a_socket_is_a_door_for_one_user() {
    let org = Org::start();
    let folder = folder();
    let path = folder.path().join("door.sock");
    let key = add_key(&org, folder.path(), &["local"]);
    let door = Door::open_in(&org, folder, &["--unix", path.to_str().unwrap()]);
    assert_eq!(door.ready["url"], Value::Null);
    assert_eq!(door.ready["unix"], path.to_str().unwrap());
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--include", "--unix-socket"]);
    curl.arg(&path)
        .args(["--header", &format!("Authorization: Bearer {key}")]);
    let page = answered(curl.arg(format!("http://localhost{QUERY}")));
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(door.close().status, 0);
    assert!(!path.exists());
}

#[test]
fn plain_http_leaves_no_machine() {
    let org = Org::start();
    let folder = folder();
    let dir = folder.path().to_str().unwrap();
    let refused = org.sfbox(&["serve", "--dir", dir, "--no-tls", "--listen", "0.0.0.0:0"]);
    refused.fails(2, "0.0.0.0:0 is not an address of this machine alone");
    let (door, key) = Door::open(&org, &["--no-tls"]);
    assert!(
        door.url().starts_with("http://localhost:"),
        "{}",
        door.url()
    );
    assert_eq!(door.ask(&key, QUERY, &[]).status, 200);
    let login = [
        "--data",
        "grant_type=client_credentials",
        "--user",
        &format!("door:{key}"),
    ];
    let login = door.ask("", "/services/oauth2/token", &login);
    assert_eq!(login.json()["instance_url"], door.url(), "{}", login.body);
}

/// A certificate of an authority for this name, in files.
pub(super) fn certificate(authority: &Authority, folder: &std::path::Path, name: &str) {
    let days = ((2020, 1, 1), (2120, 1, 1));
    let certified = authority.certify("test", [name.to_owned()], days).unwrap();
    let pem = |kind: &str, der: &[u8]| {
        use base64::Engine as _;
        let text = base64::prelude::BASE64_STANDARD.encode(der);
        format!("-----BEGIN {kind}-----\n{text}\n-----END {kind}-----\n")
    };
    let chain = pem("CERTIFICATE", &certified.certificate);
    fs::write(folder.join("chain.pem"), chain).unwrap();
    let key = pem("PRIVATE KEY", certified.key.secret_der());
    fs::write(folder.join("key.pem"), key).unwrap();
}

#[test]
fn a_certificate_of_files_is_read_again_on_sighup() {
    let org = Org::start();
    let files = tempfile::tempdir().unwrap();
    let path = |name: &str| files.path().join(name).to_str().unwrap().to_owned();
    let authority = Authority::new("test CA").unwrap();
    certificate(&authority, files.path(), "door.example");
    let (chain, key_file) = (path("chain.pem"), path("key.pem"));
    let tls = ["--tls-cert", &chain, "--tls-key", &key_file];
    let (door, key) = Door::open(&org, &tls);
    fs::write(door.ca(), authority.pem()).unwrap();
    let port = door.url().rsplit(':').next().unwrap().to_owned();
    let status = |name: &str| {
        let mut curl = door.curl_with(&key);
        curl.args(["--output", "/dev/null", "--write-out", "%{http_code}"]);
        curl.args(["--resolve", &format!("{name}:{port}:127.0.0.1")]);
        let output = curl
            .arg(format!("https://{name}:{port}{QUERY}"))
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(status("door.example"), "200");
    assert_eq!(status("other.example"), "000", "curl does not trust it");
    certificate(&authority, files.path(), "other.example");
    door.signal(Signal::HUP);
    until(|| status("other.example") == "200");
    assert_eq!(status("door.example"), "000");
    // One that cannot be read changes nothing.
    fs::write(path("chain.pem"), "").unwrap();
    door.signal(Signal::HUP);
    assert_eq!(status("other.example"), "200");
    let ended = door.close();
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("the certificate stays as it was"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_door_that_is_told_to_end_waits_for_what_is_under_way() {
    let org = Org::start();
    let (door, key) = Door::open(&org, &[]);
    assert_eq!(door.ask(&key, QUERY, &[]).status, 200);
    org.strike(Route::Query, Some(1), Effect::Hold);
    let mut curl = door.curl_with(&key);
    let client = start(
        curl.arg("--fail-with-body")
            .arg(format!("{}{QUERY}", door.url())),
    );
    until(|| org.control().stats().held == 1);
    door.signal(Signal::TERM);
    // It takes no more.
    until(|| {
        let mut curl = door.curl();
        curl.arg("--head").arg(door.url());
        !curl.output().unwrap().status.success()
    });
    org.control().clear_faults();
    org.control().release();
    let answered = end(client);
    assert_eq!(answered.status, 0, "{}", answered.stderr);
    assert!(answered.stdout.contains("totalSize"), "{}", answered.stdout);
    assert_eq!(door.ended().status, 0);
}

#[test]
fn a_door_without_keys_says_what_to_do() {
    let org = Org::start();
    let folder = folder();
    let dir = folder.path().to_str().unwrap();
    let store = org.store();
    let refused = crate::sfbox::run(["serve", "--dir", dir, "--store", &store]);
    refused.fails(2, "create one with `sfbox key add`");
    // A folder that others may read is no place for keys.
    set_mode(folder.path(), 0o755);
    let refused = org.sfbox(&["serve", "--dir", dir]);
    refused.fails(2, "chmod 700");
}

#[test]
fn keys_of_several_orgs_open_one_door() {
    let org = Org::start();
    let folder = folder();
    let dir = folder.path().to_str().unwrap().to_owned();
    // The same org under a second name.
    let second = org.secret_file().with_file_name("second.json");
    fs::copy(org.secret_file(), &second).unwrap();
    set_mode(&second, 0o600);
    let first = add_key(&org, folder.path(), &["first"]);
    let add = ["key", "add", "second", "--dir", &dir, "--org", "second"];
    let second = crate::sfbox::run(add).stdout.trim_end().to_owned();
    let missing = ["key", "add", "missing", "--dir", &dir, "--org", "missing"];
    let missing = crate::sfbox::run(missing).stdout.trim_end().to_owned();
    let serve = ["serve", "--dir", &dir, "--listen", "127.0.0.1:0", "--store"];
    let mut command = crate::sfbox::command();
    command.args(serve).arg(org.store());
    command
        .args(["--connect-to", &org.connect_to(), "--cacert"])
        .arg(org.cacert());
    let door = Door::of(&mut command, folder);
    for key in [&first, &second] {
        assert_eq!(door.ask(key, QUERY, &[]).status, 200);
    }
    let refused = door.ask(&missing, QUERY, &[]);
    assert_eq!(refused.code(), "SFBOX_CREDENTIALS_UNAVAILABLE");
    assert_eq!(org.logins(), 2, "a session for each secret");
}
