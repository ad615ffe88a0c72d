//! `sfbox serve`, as a user runs it, and as clients use it.

mod bounds;
mod client;
mod connection;
mod content;
mod crowd;
mod ending;
mod floods;
mod hostile;
mod http2;
mod identity;
mod keys;
mod killed;
mod leak;
mod limits;
mod operation;
mod policy;
mod promises;
mod sidecar;
mod streams;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use sfbox::{RestMethod, RestOptions, RestRequest};
use sfbox_emulator::{Effect, Route};
use tempfile::TempDir;

use crate::org::{Org, set_mode};
use crate::sfbox::{Run, end, start};
use crate::terminal::until;

/// A door that is open, to one org.
pub(crate) struct Door {
    process: Option<Child>,
    /// Held, so that its lines have a reader.
    stdout: BufReader<ChildStdout>,
    pub(crate) ready: Value,
    folder: TempDir,
}

/// What curl was answered.
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answered {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The code of a refusal.
    pub(crate) fn code(&self) -> String {
        let json = self.json();
        json[0]["errorCode"].as_str().unwrap_or_default().to_owned()
    }
}

/// A folder for a door, and the keys of it.
pub(crate) fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    set_mode(folder.path(), 0o700);
    folder
}

/// Makes a key, and answers it.
#[track_caller]
pub(crate) fn add_key(org: &Org, folder: &Path, arguments: &[&str]) -> String {
    let dir = ["--dir", folder.to_str().unwrap()];
    let run = org.sfbox(&[&["key", "add"], arguments, &dir].concat());
    assert_eq!(run.status, 0, "{}", run.stderr);
    run.stdout.trim_end().to_owned()
}

impl Door {
    /// Opens one with the keys that are in its folder, on a port of the system's choice.
    #[track_caller]
    pub(crate) fn open_in(org: &Org, folder: TempDir, arguments: &[&str]) -> Self {
        let dir = folder.path().to_str().unwrap();
        let listen = ["serve", "--dir", dir, "--listen", "127.0.0.1:0"];
        let listen = match arguments.contains(&"--unix") {
            true => &listen[..3],
            false => &listen[..],
        };
        Self::of(&mut org.command(&[listen, arguments].concat()), folder)
    }

    /// Opens one on the port that another one had.
    #[track_caller]
    pub(crate) fn open_at(org: &Org, port: u16, folder: TempDir, arguments: &[&str]) -> Self {
        let (dir, listen) = (folder.path().to_str().unwrap(), format!("127.0.0.1:{port}"));
        let serve = ["serve", "--dir", dir, "--listen", &listen];
        Self::of(&mut org.command(&[&serve, arguments].concat()), folder)
    }

    /// The one that a command opens.
    #[track_caller]
    fn of(command: &mut Command, folder: TempDir) -> Self {
        let mut process = start(command);
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        if line.is_empty() {
            panic!("{}", end(process).stderr);
        }
        Self {
            ready: serde_json::from_str(&line).unwrap(),
            process: Some(process),
            stdout,
            folder,
        }
    }

    /// Opens one whose key lives as long as it does.
    #[track_caller]
    pub(crate) fn open(org: &Org, arguments: &[&str]) -> (Self, String) {
        let door = Self::open_in(org, folder(), arguments);
        let key = fs::read_to_string(door.ready["keyFile"].as_str().unwrap()).unwrap();
        (door, key.trim_end().to_owned())
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn url(&self) -> &str {
        self.ready["url"].as_str().unwrap()
    }

    pub(crate) fn port(&self) -> u16 {
        let port = self.url().rsplit(':').next();
        port.and_then(|port| port.parse().ok()).unwrap()
    }

    pub(crate) fn ca(&self) -> PathBuf {
        self.folder().join("ca.pem")
    }

    /// curl, which trusts the door.
    pub(crate) fn curl(&self) -> Command {
        let mut curl = Command::new("curl");
        curl.args([
            "--silent",
            "--show-error",
            "--noproxy",
            "*",
            "--max-time",
            "60",
        ]);
        curl.arg("--cacert").arg(self.ca());
        curl
    }

    /// The same with a key.
    pub(crate) fn curl_with(&self, key: &str) -> Command {
        let mut curl = self.curl();
        curl.args(["--header", &format!("Authorization: Bearer {key}")]);
        curl
    }

    /// What curl is answered at a path, with a key and these options.
    #[track_caller]
    pub(crate) fn ask(&self, key: &str, path: &str, options: &[&str]) -> Answered {
        let mut curl = match key {
            "" => self.curl(),
            key => self.curl_with(key),
        };
        curl.arg("--include").args(options);
        answered(curl.arg(format!("{}{path}", self.url())))
    }

    /// The next line of its stdout.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line
    }

    /// Its process.
    /// The most memory that it has had, in KiB (proc(5), `VmHWM`).
    pub(crate) fn peak_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.unwrap().trim().trim_end_matches(" kB");
        peak.parse().unwrap()
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.as_ref().unwrap().id()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let process = self.process.as_ref().unwrap();
        kill_process(Pid::from_child(process), signal).unwrap();
    }

    /// Asks it to end, and waits until it has.
    pub(crate) fn close(mut self) -> Run {
        self.signal(Signal::TERM);
        self.process.take().map(end).unwrap()
    }

    /// Kills it as nothing can be that has a say in it, and answers its folder.
    pub(crate) fn kill(mut self) -> TempDir {
        let mut process = self.process.take().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
        std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap())
    }

    /// Waits until it has said this on stderr. What it says then is not in its `Run`.
    #[track_caller]
    fn until_said(&mut self, words: &str) {
        let stderr = self.process.as_mut().unwrap().stderr.as_mut().unwrap();
        let mut line = String::new();
        let mut byte = [0];
        while !line.contains(words) {
            assert_eq!(stderr.read(&mut byte).unwrap(), 1, "it ended: {line}");
            line.push(char::from(byte[0]));
        }
    }

    /// Waits until it has ended, as it was asked to.
    pub(crate) fn ended(mut self) -> Run {
        self.process.take().map(end).unwrap()
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            _ = process.kill();
            _ = process.wait();
        }
    }
}

/// What curl prints with `--include`, taken apart.
#[track_caller]
pub(crate) fn answered(curl: &mut Command) -> Answered {
    let output = curl.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let text = String::from_utf8(output.stdout).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    Answered {
        status: status.expect("a status"),
        head: head.to_owned(),
        body: body.to_owned(),
    }
}

const QUERY: &str = "/services/data/v66.0/query?q=SELECT+Id,Name+FROM+Account+LIMIT+3";

#[test]
fn a_door_needs_no_set_up_and_leaves_nothing() {
    let org = Org::start();
    let (door, key) = Door::open(&org, &[]);
    for version in ["--http1.1", "--http2"] {
        let page = door.ask(&key, QUERY, &[version]);
        assert_eq!(page.status, 200, "{}", page.body);
        assert_eq!(page.json()["records"].as_array().unwrap().len(), 3);
    }
    assert_eq!(org.logins(), 1);
    let key_file = door.folder().join("key");
    let mode = fs::metadata(&key_file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let folder = door.folder().to_owned();
    // The folder outlives the door.
    let mut door = door;
    let kept = std::mem::replace(&mut door.folder, tempfile::tempdir().unwrap());
    let ended = door.close();
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    assert!(!ended.stderr.contains(&key), "the key is nobody's business");
    assert!(!folder.join("key").exists());
    drop(kept);
}

/// What the library is answered, without a door.
fn direct(org: &Org, path: &str) -> (u16, Value) {
    let request = RestRequest {
        method: RestMethod::Get,
        path: path.to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
    };
    let library = org.library();
    let answer = org.block_on(library.rest(&request, &RestOptions::default()));
    let answer = answer.unwrap();
    (answer.status, serde_json::from_slice(&answer.body).unwrap())
}

#[test]
fn what_a_client_is_told_is_what_the_org_says() {
    let org = Org::start();
    let (door, key) = Door::open(&org, &["--write"]);
    for path in [
        QUERY,
        "/services/data",
        "/services/data/v66.0/sobjects/Account/describe",
    ] {
        let through = door.ask(&key, path, &[]);
        assert_eq!(
            (through.status, through.json()),
            direct(&org, path),
            "{path}"
        );
    }
    let created = door.ask(
        &key,
        "/services/data/v66.0/sobjects/Account",
        &["--json", r#"{"Name":"through the door"}"#],
    );
    assert_eq!(created.status, 201, "{}", created.body);
    let id = created.json()["id"].as_str().unwrap().to_owned();
    let record = format!("/services/data/v66.0/sobjects/Account/{id}");
    let read = door.ask(&key, &record, &[]);
    assert_eq!(read.json()["Name"], "through the door");
    let changed = door.ask(
        &key,
        &record,
        &["--request", "PATCH", "--json", r#"{"Name":"x"}"#],
    );
    assert_eq!((changed.status, changed.body.as_str()), (204, ""));
    let deleted = door.ask(&key, &record, &["--request", "DELETE"]);
    assert_eq!(deleted.status, 204);
    let gone = door.ask(&key, &record, &[]);
    assert_eq!(gone.status, 404);
    assert_eq!(gone.code(), "ENTITY_IS_DELETED", "Salesforce's own words");
}

#[test]
fn a_key_reads_unless_it_may_write() {
    let org = Org::start();
    let folder = folder();
    let reads = add_key(&org, folder.path(), &["reads"]);
    let writes = add_key(&org, folder.path(), &["writes", "--write"]);
    let keeps = add_key(&org, folder.path(), &["keeps", "--write", "--no-delete"]);
    let door = Door::open_in(&org, folder, &[]);
    let create = |key: &str| {
        let new = ["--json", r#"{"Name":"new"}"#];
        door.ask(key, "/services/data/v66.0/sobjects/Account", &new)
    };
    let denied = create(&reads);
    assert_eq!(
        (denied.status, denied.code().as_str()),
        (403, "SFBOX_DENIED")
    );
    for key in [&writes, &keeps] {
        let created = create(key);
        assert_eq!(created.status, 201, "{}", created.body);
        let id = created.json()["id"].as_str().unwrap().to_owned();
        let record = format!("/services/data/v66.0/sobjects/Account/{id}");
        let deleted = door.ask(key, &record, &["--request", "DELETE"]);
        let expected = if key == &writes { 204 } else { 403 };
        assert_eq!(deleted.status, expected, "{}", deleted.body);
    }
    assert_eq!(door.ask(&reads, QUERY, &[]).status, 200);
}

#[test]
fn without_a_key_nothing_is_carried() {
    let org = Org::start();
    let (door, key) = Door::open(&org, &[]);
    // One that differs in its last character.
    let last = if key.ends_with('x') { 'y' } else { 'x' };
    let wrong = format!("{}{last}", &key[..key.len() - 1]);
    for shown in ["", "00D000000000001!AQ", &wrong, "é"] {
        let refused = door.ask(shown, QUERY, &[]);
        assert_eq!(refused.status, 401, "{shown}");
        assert_eq!(refused.code(), "SFBOX_INVALID_KEY");
        assert!(!refused.head.to_lowercase().contains("www-authenticate"));
    }
    let requests = org.control().stats().requests;
    assert!(requests.is_empty(), "{requests:?}");
    let session = format!("X-SFDC-Session: {key}");
    assert_eq!(door.ask("", QUERY, &["--header", &session]).status, 200);
}

#[test]
fn what_is_not_carried_is_refused_at_the_door() {
    let org = Org::start();
    let (door, key) = Door::open(&org, &[]);
    for (path, options, status) in [
        ("/services/Soap/u/66.0", &["--data", "x"][..], 501),
        ("/services/oauth2/userinfo", &[], 501),
        ("/cometd/66.0", &[], 501),
        ("/healthz", &[], 404),
        ("/metrics", &[], 404),
        (QUERY, &["--header", "Host: evil.example"], 421),
        (QUERY, &["--header", "Host:"], 421),
        (
            "/services/data/v66.0/../../oauth2/token",
            &["--path-as-is"],
            400,
        ),
        ("/services/data/%2e%2e/oauth2/token", &["--path-as-is"], 400),
        (QUERY, &["--request", "TRACE"], 405),
        ("/", &["--request", "OPTIONS", "--request-target", "*"], 400),
    ] {
        let refused = door.ask(&key, path, &[&["--http1.1"], options].concat());
        assert_eq!(
            refused.status, status,
            "{path} {options:?}: {}",
            refused.body
        );
        assert!(
            refused.code().starts_with("SFBOX_"),
            "{path}: {}",
            refused.body
        );
    }
    let requests = org.control().stats().requests;
    assert!(requests.is_empty(), "{requests:?}");
}

#[test]
fn a_client_logs_in_with_a_key_and_finds_the_door_everywhere() {
    let org = Org::start();
    let folder = folder();
    let key = add_key(&org, folder.path(), &["reports"]);
    let door = Door::open_in(&org, folder, &[]);
    let grant = ["--data", "grant_type=client_credentials"];
    let form = [
        &grant[..],
        &[
            "--data",
            "client_id=reports",
            "--data",
            &format!("client_secret={key}"),
        ],
    ];
    let basic = [&grant[..], &["--user", &format!("reports:{key}")]];
    for options in [form.concat(), basic.concat()] {
        let login = door.ask("", "/services/oauth2/token", &options);
        assert_eq!(login.status, 200, "{}", login.body);
        let login = login.json();
        assert_eq!(login["access_token"], key.as_str());
        assert_eq!(login["instance_url"], door.url());
        let id = login["id"].as_str().unwrap();
        assert!(id.starts_with(&format!("{}/id/00D", door.url())), "{id}");
    }
    let resources = door.ask(&key, "/services/data/v66.0/", &[]);
    let identity = resources.json()["identity"].as_str().unwrap().to_owned();
    assert!(
        identity.starts_with(&format!("{}/id/00D", door.url())),
        "{identity}"
    );
    for (id, secret) in [
        ("other", key.as_str()),
        ("reports", "wrong"),
        ("reports", &key[1..]),
    ] {
        let user = format!("{id}:{secret}");
        let refused = door.ask(
            "",
            "/services/oauth2/token",
            &[&grant[..], &["--user", &user]].concat(),
        );
        assert_eq!(refused.status, 400);
        assert_eq!(refused.json()["error"], "invalid_client");
    }
    // Who has a key may end it.
    let token = ["--data", &format!("token={key}")];
    assert_eq!(door.ask("", "/services/oauth2/revoke", &token).status, 200);
    assert_eq!(door.ask(&key, QUERY, &[]).status, 401);
    let dir = door.folder().to_str().unwrap();
    let listed = org.sfbox(&["key", "list", "--dir", dir, "--output", "ndjson"]);
    // `--org` of the test's command is not for a list.
    assert_ne!(listed.status, 0);
    let listed = crate::sfbox::run(["key", "list", "--dir", dir, "--output", "ndjson"]);
    assert_eq!(
        (listed.status, listed.stdout.as_str()),
        (0, ""),
        "{}",
        listed.stderr
    );
}

#[test]
fn keys_are_listed_without_secrets_and_revoked_within_a_second() {
    let org = Org::start();
    let folder = folder();
    let dir = folder.path().to_str().unwrap().to_owned();
    let stays = add_key(&org, folder.path(), &["stays"]);
    let goes = add_key(
        &org,
        folder.path(),
        &["goes", "--expires", "1h", "--rate", "1000/s"],
    );
    org.sfbox(&["key", "add", "goes", "--dir", &dir])
        .fails(2, "there is a key of the name `goes`");
    let keys = || crate::sfbox::run(["key", "list", "--dir", &dir, "--output", "ndjson"]);
    let listed = keys();
    assert_eq!(listed.stdout.lines().count(), 2);
    for secret in [&stays, &goes] {
        assert!(!listed.stdout.contains(&secret[20..]), "{}", listed.stdout);
    }
    let text = fs::read_to_string(folder.path().join("keys.json")).unwrap();
    assert!(!text.contains(&goes[20..]), "{text}");
    let door = Door::open_in(&org, folder, &[]);
    assert_eq!(door.ready["keys"], 2);
    assert_eq!(door.ask(&goes, QUERY, &[]).status, 200);
    // One request hangs at the org while its key is revoked.
    org.strike(Route::Query, Some(1), Effect::Hold);
    let mut hanging = door.curl_with(&goes);
    let hanging = start(
        hanging
            .arg("--include")
            .arg(format!("{}{QUERY}", door.url())),
    );
    until(|| org.control().stats().held == 1);
    let revoked = crate::sfbox::run(["key", "revoke", "goes", "--dir", &dir]);
    assert_eq!(revoked.status, 0, "{}", revoked.stderr);
    let begun = std::time::Instant::now();
    let ended = end(hanging);
    assert!(ended.stdout.contains(" 401 "), "{}", ended.stdout);
    assert!(begun.elapsed().as_millis() < 1_500);
    assert_eq!(door.ask(&goes, QUERY, &[]).status, 401);
    let new = add_key(&org, door.folder(), &["new"]);
    let mut status = 0;
    while begun.elapsed().as_secs() < 10 && status != 200 {
        status = door.ask(&new, "/services/data", &[]).status;
    }
    assert_eq!(status, 200);
    assert_eq!(door.ask(&stays, "/services/data", &[]).status, 200);
}
