//! Many clients of three languages at one door: simple-salesforce, jsforce, and hyper in Rust.

pub(super) mod answers;
mod native;
mod program;
mod recorder;

use std::fs;
use std::ops::Add;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sfbox::QueryOptions;
use sfbox_emulator::{Effect, Route};
use tempfile::TempDir;
use workspace::{extent, python, root};

use self::answers::Answer;
use self::native::Native;
use self::program::Program;
use self::recorder::Recorder;
use super::leak::Leak;
use super::{Door, add_key, folder};
use crate::machine::{are_installed, made, node};
use crate::org::{CONSUMER_SECRET, Org};
use crate::terminal::until;

/// How many clients there are, in the whole of a test.
const CLIENTS: usize = 64;

/// How many expiries they meet.
const EXPIRIES: u64 = 20;

/// Turns of a client that show that it has come past something: the first one may have begun
/// before it.
const TURNS: u64 = 2;

/// What each client asks first.
const SOQL: &str = "SELECT Id, Name FROM Account ORDER BY Id LIMIT 3";

/// What clients are to do.
#[derive(Serialize)]
pub(super) struct Order<'a> {
    url: &'a str,
    key: &'a str,
    soql: &'a str,
    /// What the org has, as it says without a door.
    records: &'a Value,
    /// The number of the first of them.
    first: usize,
    clients: usize,
    /// Whether a connection may break.
    patient: bool,
}

/// What clients count.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(super) struct Counts {
    /// Records.
    pub(super) created: u64,
    /// Connections.
    pub(super) broken: u64,
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            created: self.created + other.created,
            broken: self.broken + other.broken,
        }
    }
}

/// How many turns each client has had.
#[derive(Clone)]
pub(super) struct Turns(Arc<[AtomicU64]>);

impl Turns {
    fn of(clients: usize) -> Self {
        Self((0..clients).map(|_| AtomicU64::new(0)).collect())
    }

    fn add(&self, client: usize) {
        self.0[client].fetch_add(1, Ordering::Relaxed);
    }

    fn counted(&self) -> Vec<u64> {
        let turns = self.0.iter();
        turns.map(|turns| turns.load(Ordering::Relaxed)).collect()
    }
}

/// The keys of a crowd, each with a policy of its own: so they do not share an instance of
/// the component, and meet in the store of the secret.
pub(super) struct KeysOfCrowd([String; 3]);

impl KeysOfCrowd {
    pub(super) fn add(org: &Org, folder: &TempDir) -> Self {
        let key = |arguments: &[&str]| add_key(org, folder.path(), arguments);
        Self([
            key(&["python", "--write", "--no-delete"]),
            key(&["node", "--write"]),
            key(&["rust", "--write"]),
        ])
    }
}

/// Clients that ask a door all the time.
pub(super) struct Crowd {
    programs: Vec<Program>,
    native: Native,
    recorder: Recorder,
    turns: Turns,
    /// Where programs lie.
    _folder: TempDir,
}

/// What came of them.
pub(super) struct Outcome {
    pub(super) counts: Counts,
    pub(super) answers: Vec<Answer>,
    /// What was sent on connections that are recorded, as it was sent.
    pub(super) bytes: Vec<Vec<u8>>,
    /// Bytes of answers that were cut.
    pub(super) cut: usize,
}

impl Crowd {
    /// Begins with at most so many clients, of each language the same number.
    #[track_caller]
    pub(super) fn begin(
        org: &Org,
        door: &Door,
        keys: &KeysOfCrowd,
        clients: usize,
        patient: bool,
    ) -> Self {
        let has_node = are_installed("a crowd", &["node", "jsforce"]);
        let (recorder, turns) = (Recorder::start(door), Turns::of(clients));
        let folder = tempfile::tempdir().unwrap();
        let (url, records) = (recorder.url(), records(org));
        let (url, records) = (url.as_str(), &records);
        let mut first = 0;
        let mut order = |key: usize, of: usize| {
            let clients = (clients - first) / of;
            let order = Order {
                url,
                key: &keys.0[key],
                soql: SOQL,
                records,
                first,
                clients,
                patient,
            };
            first += clients;
            order
        };
        let mut programs = Vec::new();
        if has_node {
            let mut node = in_node(&recorder, &folder);
            programs.push(Program::start(&mut node, &order(1, 3), &turns));
        }
        let mut python = in_python(&recorder);
        programs.push(Program::start(&mut python, &order(0, 2), &turns));
        let native = Native::start(door, &order(2, 1), &turns);
        Self {
            programs,
            native,
            recorder,
            turns,
            _folder: folder,
        }
    }

    /// Waits until each client has come past what has just happened.
    #[track_caller]
    pub(super) fn until_all_have_passed(&mut self) {
        let before = self.turns.counted();
        until(|| {
            self.programs.iter_mut().for_each(Program::check);
            self.native.check();
            let now = self.turns.counted();
            before
                .iter()
                .zip(now)
                .all(|(before, now)| now >= before + TURNS)
        });
    }

    /// Lets all finish their turns.
    #[track_caller]
    pub(super) fn end(self) -> Outcome {
        let (mut counts, mut answers) = self.native.end();
        for program in self.programs {
            counts = counts + program.end();
        }
        let (bytes, mut cut) = (self.recorder.seen(), 0);
        for bytes in &bytes {
            let (whole, left) = answers::read(bytes);
            answers.extend(whole);
            cut += left;
        }
        Outcome {
            counts,
            answers,
            bytes,
            cut,
        }
    }
}

fn in_python(recorder: &Recorder) -> Command {
    let mut command = Command::new(python());
    command
        .arg(root().join("tests/clients/crowd.py"))
        .env_clear()
        .env("REQUESTS_CA_BUNDLE", recorder.ca());
    command
}

/// Node looks for packages beside its program.
fn in_node(recorder: &Recorder, folder: &TempDir) -> Command {
    let program = folder.path().join("crowd.mjs");
    fs::copy(root().join("tests/clients/crowd.mjs"), &program).unwrap();
    let packages = folder.path().join("node_modules");
    std::os::unix::fs::symlink(made("jsforce/node_modules"), packages).unwrap();
    let mut command = Command::new(node(26));
    command
        .arg(program)
        .env_clear()
        .env("NODE_EXTRA_CA_CERTS", recorder.ca());
    command
}

/// What the org says without a door.
fn records(org: &Org) -> Value {
    let library = org.library();
    let page = org.block_on(library.query(SOQL, &QueryOptions::default()));
    let page: Value = serde_json::from_str(&page.unwrap().body).unwrap();
    let records = page["records"].as_array().unwrap().iter();
    records
        .map(|record| json!({"Id": record["Id"], "Name": record["Name"]}))
        .collect()
}

/// How many records of a crowd the org has.
pub(super) fn created(org: &Org) -> u64 {
    let soql = "SELECT COUNT() FROM Account WHERE Name LIKE 'crowd %'";
    let library = org.library();
    let page = org.block_on(library.query(soql, &QueryOptions::default()));
    page.unwrap().total_size.unwrap()
}

/// The token that is stored, once it is another one than before.
#[track_caller]
pub(super) fn next_token(org: &Org, before: &str) -> String {
    let mut token = before.to_owned();
    until(|| {
        let stored = org.stored();
        if let Some(stored) = stored["SessionId"].as_str() {
            stored.clone_into(&mut token);
        }
        token != before
    });
    token
}

/// Makes the org repeat its secrets in what a crowd is answered.
pub(super) fn repeat_secrets(org: &Org) {
    // Of no form of a secret is this a multiple: they are cut at every byte.
    for (route, bytes) in [
        (Route::Query, 61),
        (Route::Create, 37),
        (Route::Retrieve, 101),
    ] {
        org.strike(route, None, Effect::RepeatSecrets(bytes));
    }
}

/// Looks at all that a crowd was sent.
#[track_caller]
pub(super) fn nothing_got_out(outcome: &Outcome, leak: &Leak) {
    for answer in &outcome.answers {
        let body = String::from_utf8_lossy(&answer.body);
        assert!(answer.status == 200 || answer.status == 201, "{body}");
        // That the org did repeat its secrets is seen.
        assert!(body.contains(r#""repeated":"<*********"#), "{body}");
        let head = String::from_utf8_lossy(&answer.head);
        assert!(head.contains("x-repeated: <*********"), "{head}");
        for bytes in [&answer.head, &answer.body] {
            assert_eq!(leak.in_bytes(bytes), None);
        }
    }
    for bytes in &outcome.bytes {
        assert_eq!(leak.in_bytes(bytes), None);
    }
}

#[test]
fn clients_of_three_languages_pass_twenty_expiries_and_none_gets_a_secret() {
    let org = Org::start();
    let folder = folder();
    let keys = KeysOfCrowd::add(&org, &folder);
    let logs = tempfile::tempdir().unwrap();
    let log = logs.path().join("access.jsonl");
    let door = Door::open_in(&org, folder, &["--access-log", log.to_str().unwrap()]);
    let clients = extent::of(CLIENTS);
    repeat_secrets(&org);
    let mut crowd = Crowd::begin(&org, &door, &keys, clients, false);
    let mut leak = Leak::default();
    leak.add(CONSUMER_SECRET);
    let mut token = next_token(&org, "");
    leak.token(&token);
    crowd.until_all_have_passed();
    assert_eq!(org.logins(), 1);
    for expiry in 1..=EXPIRIES {
        org.control().expire_sessions();
        token = next_token(&org, &token);
        leak.token(&token);
        crowd.until_all_have_passed();
        assert_eq!(org.logins(), 1 + expiry, "one login an expiry");
    }
    let outcome = crowd.end();
    let stats = org.control().stats();
    assert_eq!((stats.logins, stats.failed_logins), (1 + EXPIRIES, 0));
    assert_eq!((outcome.counts.broken, outcome.cut), (0, 0));
    // Each once, although its request met an ended session.
    assert_eq!(created(&org), outcome.counts.created);
    let turns = (1 + EXPIRIES) * TURNS;
    assert!(outcome.answers.len() as u64 >= 3 * turns * clients as u64);
    nothing_got_out(&outcome, &leak);
    let ended = door.close();
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    let lines = fs::read(&log).unwrap();
    for bytes in [&lines[..], ended.stderr.as_bytes(), ended.stdout.as_bytes()] {
        assert_eq!(leak.in_bytes(bytes), None);
    }
}
