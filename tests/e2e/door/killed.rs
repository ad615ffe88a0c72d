//! A door that is killed and opened again while clients ask it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::Value;
use sfbox_emulator::{Effect, Route};
use workspace::extent;

use super::crowd::{
    Crowd, KeysOfCrowd, Outcome, created, next_token, nothing_got_out, repeat_secrets,
};
use super::leak::Leak;
use super::{Door, folder};
use crate::fleet::SetOnDrop;
use crate::org::{CONSUMER_SECRET, Org};
use crate::terminal::until;

/// How many clients there are, in the whole of a test.
const CLIENTS: usize = 64;

/// How often the end of a key is asked for, of which the first times come before the door
/// knows it.
const TRIES_MAX: usize = 100;

/// How often the door is killed, in the whole of a test.
const KILLS: usize = 30;

/// Changes the keys of a door all the time: adds one, and has the door end it.
fn change_keys(org: &Org, dir: &Path, port: u16, is_enough: &AtomicBool) {
    let mut number = 0;
    while !is_enough.load(Ordering::Relaxed) {
        number += 1;
        let name = format!("changes-{number}");
        let add = ["key", "add", &name, "--dir", dir.to_str().unwrap()];
        let added = org.sfbox(&add);
        assert_eq!(added.status, 0, "{}", added.stderr);
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--noproxy", "*", "--max-time", "20", "--cacert"]);
        curl.arg(dir.join("ca.pem"));
        curl.args(["--output", "/dev/null", "--write-out", "%{http_code}"]);
        curl.args(["--data", &format!("token={}", added.stdout.trim_end())]);
        curl.arg(format!("https://localhost:{port}/services/oauth2/revoke"));
        // The door learns of it a moment later, and may be gone while it is asked. A key that
        // it has ended without an answer is unknown to the next door.
        let mut tries = 0;
        until(|| {
            tries += 1;
            let is_ended = curl.output().unwrap().stdout == b"200";
            is_ended || tries > TRIES_MAX || is_enough.load(Ordering::Relaxed)
        });
    }
}

/// Every line of a file, each of which is one of JSON to its end.
#[track_caller]
fn lines(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap();
    assert!(
        text.is_empty() || text.ends_with('\n'),
        "its last line is cut"
    );
    let lines = text.lines().map(serde_json::from_str);
    lines.collect::<Result<_, _>>().unwrap()
}

/// The keys that stay are in the file, whoever was killed while it was written.
#[track_caller]
fn keys_are_whole(dir: &Path) {
    let text = fs::read_to_string(dir.join("keys.json")).unwrap();
    let keys: Value = serde_json::from_str(&text).expect("the file is whole");
    let keys = keys["keys"].as_array().unwrap().iter();
    let names: Vec<&str> = keys.map(|key| key["name"].as_str().unwrap()).collect();
    assert_eq!(names[..3], ["python", "node", "rust"], "{names:?}");
}

#[test]
#[expect(clippy::too_many_lines, reason = "one scene, in the order of time")]
fn a_door_that_is_killed_is_a_broken_connection_and_costs_no_login() {
    let org = Org::start();
    let folder = folder();
    let dir = folder.path().to_owned();
    let keys = KeysOfCrowd::add(&org, &folder);
    let logs = tempfile::tempdir().unwrap();
    let [audit, access] = ["audit.jsonl", "access.jsonl"].map(|name| logs.path().join(name));
    let options = [
        "--audit",
        audit.to_str().unwrap(),
        "--access-log",
        access.to_str().unwrap(),
    ];
    repeat_secrets(&org);
    let mut door = Door::open_in(&org, folder, &options);
    let port = door.port();
    let mut crowd = Crowd::begin(&org, &door, &keys, extent::of(CLIENTS), true);
    let mut leak = Leak::default();
    leak.add(CONSUMER_SECRET);
    let mut token = next_token(&org, "");
    leak.token(&token);
    let is_enough = AtomicBool::new(false);
    let (door, expiries) = thread::scope(|scope| {
        let end = SetOnDrop(&is_enough);
        let changes = scope.spawn(|| change_keys(&org, &dir, port, &is_enough));
        let mut expiries = 0;
        for kill in 0..extent::of(KILLS) {
            crowd.until_all_have_passed();
            let in_login = kill % 3 == 2;
            if in_login {
                // It dies while it waits for the answer to its login.
                org.strike(Route::Token, Some(1), Effect::Hold);
            }
            let has_expired = kill % 3 > 0;
            if has_expired {
                org.control().expire_sessions();
                expiries += 1;
            }
            if in_login {
                org.block_on(org.control().until_held(1));
            } else if has_expired {
                token = next_token(&org, &token);
                leak.token(&token);
            }
            let folder = door.kill();
            if in_login {
                // The login goes with its connection.
                until(|| org.control().stats().held == 0);
            }
            keys_are_whole(&dir);
            lines(&audit);
            lines(&access);
            door = Door::open_at(&org, port, folder, &options);
            if in_login {
                token = next_token(&org, &token);
                leak.token(&token);
            }
            crowd.until_all_have_passed();
            assert_eq!(org.logins(), 1 + expiries);
        }
        drop(end);
        changes.join().unwrap();
        (door, expiries)
    });
    let outcome = crowd.end();
    assert_eq!(
        (org.logins(), org.control().stats().failed_logins),
        (1 + expiries, 0)
    );
    assert!(outcome.counts.broken > 0, "nobody noticed");
    nothing_got_out(&outcome, &leak);
    keys_are_whole(&dir);
    assert_eq!(door.close().status, 0);
    each_record_is_there_once(&outcome, &lines(&audit), created(&org));
    assert!(
        lines(&access).iter().all(|line| line["status"] != 401),
        "of no key that is valid"
    );
}

/// A record whose answer was lost may be there, and none is there twice. Each write was noted
/// before it was sent.
fn each_record_is_there_once(outcome: &Outcome, audit: &[Value], made: u64) {
    let begun = outcome.counts.created + outcome.counts.broken;
    assert!((outcome.counts.created..=begun).contains(&made), "{made}");
    let noted = audit.iter().filter(|line| line["decision"] == "allowed");
    assert!(noted.count() as u64 >= made);
}
