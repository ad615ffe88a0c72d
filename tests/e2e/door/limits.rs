//! The limits of a key: how often, and how many requests at once.

use std::process::Child;

use sfbox_emulator::{Effect, Route};

use super::{Answered, Door, QUERY, add_key, folder};
use crate::org::Org;
use crate::sfbox::{end, start};
use crate::terminal::until;

const LIMITS: &str = "/services/data/v66.0/limits";

/// A refusal in Salesforce's shape. Answers after how many seconds the client may come again.
#[track_caller]
fn refused(answer: &Answered) -> u64 {
    assert_eq!(answer.status, 429, "{}", answer.body);
    assert_eq!(answer.code(), "SFBOX_KEY_LIMIT");
    let json = answer.json();
    assert_eq!(json.as_array().map(Vec::len), Some(1), "{json}");
    assert!(
        json[0]["message"]
            .as_str()
            .is_some_and(|words| words.contains("limit"))
    );
    let head = answer.head.to_ascii_lowercase();
    assert!(head.contains("content-type: application/json"), "{head}");
    let wait = head
        .lines()
        .find_map(|line| line.strip_prefix("retry-after: "));
    wait.expect("Retry-After").parse().unwrap()
}

#[test]
fn a_key_above_its_rate_is_told_when_to_come_again() {
    let org = Org::start();
    let folder = folder();
    let limited = add_key(&org, folder.path(), &["limited", "--rate", "2/m"]);
    let other = add_key(&org, folder.path(), &["other"]);
    let door = Door::open_in(&org, folder, &[]);
    for _ in 0..2 {
        assert_eq!(door.ask(&limited, LIMITS, &[]).status, 200);
    }
    let wait = refused(&door.ask(&limited, LIMITS, &[]));
    // One request of two a minute, less what has passed.
    assert!((1..=30).contains(&wait), "{wait} s");
    assert_eq!(org.requests(Route::Limits), 2, "it did not leave");
    assert_eq!(door.ask(&other, LIMITS, &[]).status, 200);
}

fn held(door: &Door, key: &str) -> Child {
    let mut curl = door.curl_with(key);
    start(
        curl.arg("--fail-with-body")
            .arg(format!("{}{QUERY}", door.url())),
    )
}

#[test]
fn a_key_with_all_its_requests_under_way_waits_for_one_to_end() {
    const AT_ONCE: u64 = 3;
    let org = Org::start();
    let folder = folder();
    let most = AT_ONCE.to_string();
    let limited = add_key(&org, folder.path(), &["limited", "--concurrency", &most]);
    let other = add_key(&org, folder.path(), &["other"]);
    let door = Door::open_in(&org, folder, &[]);
    assert_eq!(door.ask(&limited, LIMITS, &[]).status, 200);
    org.strike(Route::Query, None, Effect::Hold);
    let mut clients: Vec<Child> = (0..AT_ONCE).map(|_| held(&door, &limited)).collect();
    until(|| org.control().stats().held == AT_ONCE);
    assert_eq!(refused(&door.ask(&limited, LIMITS, &[])), 1);
    assert_eq!(org.requests(Route::Limits), 1, "it did not leave");
    assert_eq!(door.ask(&other, LIMITS, &[]).status, 200);
    // One that goes away makes room, although the org has not answered it.
    let mut gone = clients.pop().unwrap();
    gone.kill().unwrap();
    gone.wait().unwrap();
    until(|| door.ask(&limited, LIMITS, &[]).status == 200);
    // And so does one that is answered.
    clients.push(held(&door, &limited));
    until(|| org.control().stats().held == AT_ONCE);
    refused(&door.ask(&limited, LIMITS, &[]));
    org.control().clear_faults();
    org.control().release();
    for client in clients {
        let ended = end(client);
        assert_eq!(ended.status, 0, "{}{}", ended.stdout, ended.stderr);
    }
    assert_eq!(door.ask(&limited, QUERY, &[]).status, 200);
}
