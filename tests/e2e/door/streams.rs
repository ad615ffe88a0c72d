//! Bodies through the door: as they come, whatever their length.

use std::io;
use std::process::Stdio;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use sfbox_emulator::{Effect, Route, Slow};

use super::bounds::door_to;
use super::{Door, QUERY};
use crate::org::Org;
use crate::raw_org::cut::{self, Cut};
use crate::raw_org::http1::{self, begin_chunks, chunk};
use crate::raw_org::{Protocol, RawOrg};
use crate::sfbox::{end, start};
use crate::terminal::until;

const FILE: &str = "/services/data/v66.0/sobjects/ContentVersion/068000000000001AAA/VersionData";

/// What clients speak.
const VERSIONS: [&str; 2] = ["--http1.1", "--http2"];

/// How soon a request to the org ends whose client has gone.
const SOON: Duration = Duration::from_secs(1);

/// Bytes of an answer that no memory should hold.
const LONG: u64 = 32 << 20;

/// How much memory it may take all the same, in KiB.
const MEMORY_KIB_MAX: u64 = 16 << 10;

#[test]
fn an_answer_of_any_length_takes_no_more_memory() {
    let org = Org::start();
    let (door, key) = Door::open(&org, &[]);
    assert_eq!(door.ask(&key, QUERY, &[]).status, 200);
    let before = door.peak_kib();
    for version in VERSIONS {
        org.strike(Route::Query, Some(1), Effect::AnswerBytes(LONG));
        let mut curl = door.curl_with(&key);
        curl.args([version, "--output", "/dev/null", "--write-out"]);
        curl.arg("%{http_code} %{size_download}");
        let ended = end(start(curl.arg(format!("{}{QUERY}", door.url()))));
        assert_eq!(ended.stdout, format!("200 {LONG}"), "{}", ended.stderr);
    }
    let more = door.peak_kib() - before;
    assert!(more < MEMORY_KIB_MAX, "{more} KiB");
}

#[test]
fn an_answer_that_is_cut_ends_visibly() {
    let org = Org::start();
    let (door, key) = Door::open(&org, &[]);
    assert_eq!(door.ask(&key, QUERY, &[]).status, 200);
    // Each time: where the cut comes before the head, a read is sent again.
    org.strike(Route::Query, None, Effect::TruncateAfter(20));
    for version in VERSIONS {
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

#[test]
fn an_answer_that_an_org_cuts_ends_visibly_however_its_length_was_told() {
    let before_the_body: Cut = |wire| {
        let mut head = http1::head(200, &[("content-length", "9")]);
        head.extend(b"\r\n");
        wire.send(&head)
    };
    for (cut, sent) in [
        (cut::BY_LENGTH, "bytes"),
        (before_the_body, ""),
        (cut::IN_CHUNKS, "bytes"),
        (cut::IN_A_CHUNK, "bytes"),
    ] {
        let org = RawOrg::start(Protocol::Http1, move |wire, _| {
            cut(wire)?;
            Err(io::ErrorKind::ConnectionAborted.into())
        });
        org.put_secret(true);
        let (door, key) = door_to(&org);
        for version in VERSIONS {
            let mut curl = door.curl_with(&key);
            curl.arg(version);
            let ended = end(start(curl.arg(format!("{}{FILE}", door.url()))));
            assert_eq!(ended.stdout, sent, "{version}: {}", ended.stderr);
            assert_ne!(ended.status, 0, "{version}: a clean end");
        }
    }
}

/// An org that says when it was asked, and when a client hangs up.
fn noticing(before: Cut) -> (RawOrg, mpsc::Receiver<Instant>) {
    let (sender, events) = mpsc::channel();
    let org = RawOrg::start(Protocol::Http1, move |wire, _| {
        before(wire)?;
        _ = sender.send(Instant::now());
        let ended = wire.say_nothing();
        _ = sender.send(Instant::now());
        ended
    });
    org.put_secret(true);
    (org, events)
}

#[test]
fn a_client_that_goes_away_ends_the_request_to_the_org() {
    let before_the_head: Cut = |_| Ok(());
    let in_a_body: Cut = |wire| begin_chunks(wire, "one");
    for before in [before_the_head, in_a_body] {
        let (org, events) = noticing(before);
        let (door, key) = door_to(&org);
        for (asked, version) in VERSIONS.into_iter().enumerate() {
            let mut curl = door.curl_with(&key);
            curl.args([version, "--no-buffer"]);
            let mut client = start(curl.arg(format!("{}{FILE}", door.url())));
            events.recv_timeout(10 * SOON).unwrap();
            assert!(events.try_recv().is_err(), "it has not gone");
            client.kill().unwrap();
            let left = Instant::now();
            client.wait().unwrap();
            let gone = events.recv_timeout(10 * SOON).unwrap();
            let took = gone.saturating_duration_since(left);
            assert!(took < SOON, "{version}: {took:?}");
            assert_eq!(org.pages(), asked + 1, "it is not sent again");
        }
    }
}

#[test]
fn a_door_that_is_told_to_end_waits_for_bodies_on_their_way() {
    for version in VERSIONS {
        let (sender, asked) = mpsc::channel();
        let org = RawOrg::start(Protocol::Http1, move |wire, _| {
            begin_chunks(wire, "one")?;
            _ = sender.send(());
            wire.until_released()?;
            chunk(wire, "two")?;
            wire.send(b"0\r\n\r\n")
        });
        org.put_secret(true);
        let (door, key) = door_to(&org);
        let mut curl = door.curl_with(&key);
        curl.args([version, "--no-buffer"]);
        let client = start(curl.arg(format!("{}{FILE}", door.url())));
        asked.recv_timeout(10 * SOON).unwrap();
        door.signal(Signal::TERM);
        // It takes no more.
        until(|| {
            let mut curl = door.curl();
            curl.arg("--head").arg(door.url());
            !curl.output().unwrap().status.success()
        });
        org.release();
        let answered = end(client);
        assert_eq!(answered.status, 0, "{version}: {}", answered.stderr);
        assert_eq!(answered.stdout, "onetwo");
        assert_eq!(door.ended().status, 0);
    }
}
