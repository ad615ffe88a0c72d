//! A door that is told to end, or to read its certificate again, while clients ask it.

use std::fs;
use std::time::{Duration, Instant};

use http::StatusCode;
use http_body_util::BodyExt as _;
use rustix::process::Signal;
use sfbox_certificate::Authority;
use sfbox_emulator::{Effect, Route, Slow};
use tokio::net::TcpStream;

use super::connection::{Connection, Connector};
use super::crowd::{Crowd, KeysOfCrowd, repeat_secrets};
use super::operation::certificate;
use super::{Door, QUERY, add_key, folder};
use crate::org::Org;
use crate::raw_org::Protocol;

const LIMITS: &str = "/services/data/v66.0/limits";

/// Clients of each protocol.
const CLIENTS: usize = 8;

/// How long requests may go on: `cli/src/serve.rs`.
const GRACE: Duration = Duration::from_secs(20);

/// How long a door may take to end beside that.
const SOON: Duration = Duration::from_secs(5);

/// Connections of clients, half of them of each protocol.
async fn connections(door: &Door) -> Vec<Connection> {
    let mut open = Vec::new();
    for protocol in [Protocol::Http1, Protocol::Http2] {
        let connector = Connector::to(door, protocol);
        for _ in 0..CLIENTS {
            open.push(connector.open().await.unwrap());
        }
    }
    open
}

#[test]
fn every_request_that_was_begun_is_answered_whole_and_connections_end() {
    let org = Org::start();
    let folder = folder();
    let logs = tempfile::tempdir().unwrap();
    let log = logs.path().join("access.jsonl");
    let key = add_key(&org, folder.path(), &["reports"]);
    let door = Door::open_in(&org, folder, &["--access-log", log.to_str().unwrap()]);
    let page = door.ask(&key, QUERY, &[]).body;
    // Half of the answers have begun, and half have not.
    org.strike(Route::Query, None, Effect::Hold);
    let slow = Slow {
        chunk_bytes: 100,
        interval_ms: 100,
    };
    org.strike(Route::Limits, None, Effect::Slow(slow));
    org.block_on(async {
        let idle = connections(&door).await;
        let waiting = connections(&door).await.into_iter().map(|mut open| {
            let key = key.clone();
            tokio::spawn(async move {
                let answer = open.get(&key, QUERY).await.unwrap();
                assert_eq!(answer.status(), StatusCode::OK);
                let body = answer.into_body().collect().await.unwrap().to_bytes();
                (open, body)
            })
        });
        let waiting: Vec<_> = waiting.collect();
        org.control().until_held(2 * CLIENTS as u64).await;
        let mut begun = Vec::new();
        for mut open in connections(&door).await {
            let answer = open.get(&key, LIMITS).await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK);
            begun.push((open, answer));
        }
        let told = Instant::now();
        door.signal(Signal::TERM);
        let address = ("127.0.0.1", door.port());
        while TcpStream::connect(address).await.is_ok() {}
        for open in idle {
            _ = open.ended.await.unwrap();
        }
        org.control().release();
        let mut limits = Vec::new();
        for (open, answer) in begun {
            limits.push(answer.into_body().collect().await.unwrap().to_bytes());
            _ = open.ended.await.unwrap();
        }
        assert!(
            limits
                .iter()
                .all(|body| serde_json::from_slice::<serde_json::Value>(body).is_ok())
        );
        for waiting in waiting {
            let (open, body) = waiting.await.unwrap();
            assert_eq!(body, page);
            _ = open.ended.await.unwrap();
        }
        assert!(told.elapsed() < GRACE);
    });
    let ended = door.ended();
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    let lines = fs::read_to_string(log).unwrap();
    assert_eq!(lines.lines().count(), 1 + 4 * CLIENTS, "{lines}");
    assert!(
        lines.lines().all(|line| line.contains(r#""whole":true"#)),
        "{lines}"
    );
}

#[test]
fn a_request_that_has_no_answer_in_time_is_cut_and_the_door_ends() {
    let org = Org::start();
    let (door, key) = Door::open(&org, &[]);
    org.strike(Route::Query, None, Effect::Hold);
    org.block_on(async {
        let waiting = connections(&door).await.into_iter().map(|mut open| {
            let key = key.clone();
            tokio::spawn(async move { open.get(&key, QUERY).await.is_err() })
        });
        let waiting: Vec<_> = waiting.collect();
        org.control().until_held(2 * CLIENTS as u64).await;
        let told = Instant::now();
        door.signal(Signal::TERM);
        for waiting in waiting {
            assert!(waiting.await.unwrap(), "it has no answer");
        }
        assert!(
            (GRACE..GRACE + SOON).contains(&told.elapsed()),
            "{:?}",
            told.elapsed()
        );
    });
    let begun = Instant::now();
    assert_eq!(door.ended().status, 0);
    assert!(begun.elapsed() < SOON);
}

#[test]
fn clients_under_load_get_no_half_answer_when_the_door_ends() {
    let org = Org::start();
    let folder = folder();
    let keys = KeysOfCrowd::add(&org, &folder);
    let door = Door::open_in(&org, folder, &[]);
    repeat_secrets(&org);
    let mut crowd = Crowd::begin(&org, &door, &keys, 2 * CLIENTS, true);
    crowd.until_all_have_passed();
    door.signal(Signal::TERM);
    let told = Instant::now();
    let ended = door.ended();
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    assert!(told.elapsed() < SOON, "nothing was under way for longer");
    let outcome = crowd.end();
    assert_eq!(outcome.cut, 0, "an answer was cut");
    assert!(outcome.answers.iter().all(|answer| answer.status < 300));
}

#[test]
fn a_certificate_that_cannot_be_read_changes_nothing_for_anybody() {
    let org = Org::start();
    let files = tempfile::tempdir().unwrap();
    let path = |name: &str| files.path().join(name).to_str().unwrap().to_owned();
    let authority = Authority::new("test CA").unwrap();
    certificate(&authority, files.path(), "localhost");
    let (chain, key_file) = (path("chain.pem"), path("key.pem"));
    let good = [&chain, &key_file].map(|file| fs::read(file).unwrap());
    let folder = folder();
    let keys = KeysOfCrowd::add(&org, &folder);
    fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
    let tls = ["--tls-cert", chain.as_str(), "--tls-key", key_file.as_str()];
    let mut door = Door::open_in(&org, folder, &tls);
    let mut crowd = Crowd::begin(&org, &door, &keys, 2 * CLIENTS, false);
    crowd.until_all_have_passed();
    let opens = |door: &Door| {
        let connector = Connector::to(door, Protocol::Http1);
        org.block_on(async { connector.open().await.is_ok() })
    };
    certificate(&authority, files.path(), "other.example");
    let of_another = fs::read(&key_file).unwrap();
    for (chain_is, key_is) in [
        (&b""[..], &good[1][..]),
        (
            &b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"[..],
            &good[1],
        ),
        (&good[0], &b""[..]),
        // The key of another certificate.
        (&good[0], &of_another),
    ] {
        fs::write(&chain, chain_is).unwrap();
        fs::write(&key_file, key_is).unwrap();
        door.signal(Signal::HUP);
        door.until_said("the certificate stays as it was");
        assert!(opens(&door));
        crowd.until_all_have_passed();
    }
    fs::remove_file(&chain).unwrap();
    door.signal(Signal::HUP);
    door.until_said("the certificate stays as it was");
    assert!(opens(&door));
    let outcome = crowd.end();
    assert_eq!((outcome.counts.broken, outcome.cut), (0, 0));
    // A good one is taken: clients that know its name get in, others do not any more.
    certificate(&authority, files.path(), "other.example");
    door.signal(Signal::HUP);
    door.until_said("the certificate was read again");
    assert!(!opens(&door));
    assert_eq!(door.close().status, 0);
}
