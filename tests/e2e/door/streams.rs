//! Bodies through the door: as they come, whatever their length.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use sfbox_emulator::{Effect, Route, Slow};

use super::{Door, QUERY};
use crate::org::Org;
use crate::sfbox::{end, start};
use crate::terminal::until;

/// Bytes of an answer that no memory should hold.
const LONG: u64 = 32 << 20;

/// How much memory it may take all the same, in KiB.
const MEMORY_KIB_MAX: u64 = 16 << 10;

/// The most memory that the door has had, in KiB.
fn peak_kib(door: &Door) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", door.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.unwrap().trim().trim_end_matches(" kB");
    peak.parse().unwrap()
}

#[test]
fn an_answer_of_any_length_takes_no_more_memory() {
    let org = Org::start();
    let (door, key) = Door::open(&org, &[]);
    assert_eq!(door.ask(&key, QUERY, &[]).status, 200);
    let before = peak_kib(&door);
    for version in ["--http1.1", "--http2"] {
        org.strike(Route::Query, Some(1), Effect::AnswerBytes(LONG));
        let mut curl = door.curl_with(&key);
        curl.args([version, "--output", "/dev/null", "--write-out"]);
        curl.arg("%{http_code} %{size_download}");
        let ended = end(start(curl.arg(format!("{}{QUERY}", door.url()))));
        assert_eq!(ended.stdout, format!("200 {LONG}"), "{}", ended.stderr);
    }
    let more = peak_kib(&door) - before;
    assert!(more < MEMORY_KIB_MAX, "{more} KiB");
}

#[test]
fn an_answer_that_is_cut_ends_visibly() {
    let org = Org::start();
    let (door, key) = Door::open(&org, &[]);
    assert_eq!(door.ask(&key, QUERY, &[]).status, 200);
    // Each time: where the cut comes before the head, a read is sent again.
    org.strike(Route::Query, None, Effect::TruncateAfter(20));
    for version in ["--http1.1", "--http2"] {
        let mut curl = door.curl_with(&key);
        curl.args(["--fail-with-body", version]);
        let ended = end(start(curl.arg(format!("{}{QUERY}", door.url()))));
        assert_ne!(ended.status, 0, "{version}: {}", ended.stdout);
    }
    org.control().clear_faults();
    assert_eq!(door.ask(&key, QUERY, &[]).status, 200);
}

#[test]
fn a_key_that_is_revoked_ends_an_answer_that_drips() {
    let org = Org::start();
    let folder = super::folder();
    let key = super::add_key(&org, folder.path(), &["drips"]);
    let door = Door::open_in(&org, folder, &["--admin", "127.0.0.1:0"]);
    assert_eq!(door.ask(&key, QUERY, &[]).status, 200);
    let slow = Slow {
        chunk_bytes: 1,
        interval_ms: 1_000,
    };
    org.strike(Route::Query, Some(1), Effect::Slow(slow));
    let mut curl = door.curl_with(&key);
    curl.args(["--include", "--no-buffer"]);
    curl.stdin(Stdio::null());
    let dripping = start(curl.arg(format!("{}{QUERY}", door.url())));
    until(|| org.control().stats().in_flight == 1);
    let dir = door.folder().to_str().unwrap();
    let begun = Instant::now();
    let revoked = crate::sfbox::run(["key", "revoke", "drips", "--dir", dir]);
    assert_eq!(revoked.status, 0, "{}", revoked.stderr);
    let ended = end(dripping);
    // Before the head, or after it.
    let is_told = ended.status != 0 || ended.stdout.contains(" 401 ");
    assert!(is_told, "{}", ended.stdout);
    assert!(begun.elapsed() < Duration::from_secs(5));
    // And so has the request to the org.
    until(|| org.control().stats().in_flight == 0);
}
