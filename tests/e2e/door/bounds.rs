//! What bodies of any length, and clients that do not read them, take of the door's memory;
//! and how far an org gets ahead of its reader.

use std::io;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::process::{Resource, getrlimit, setrlimit};
use sfbox_emulator::{Effect, Route};
use workspace::extent;

use super::client::Connector;
use super::{Door, QUERY, add_key, folder};
use crate::org::{NAME, Org};
use crate::raw_org::{Protocol, RawOrg, Wire, http1};

const FILE: &str = "/services/data/v66.0/sobjects/ContentVersion/068000000000001AAA/VersionData";
const BATCHES: &str = "/services/data/v66.0/jobs/ingest/750000000000001AAA/batches";

/// Bytes that an org writes at a time.
const PART: usize = 1 << 20;

/// How long an org stands still until it is taken for held back.
const STILL: Duration = Duration::from_secs(1);

/// The most memory that a door may have had after ten gigabytes, in KiB.
const DOOR_KIB_MAX: u64 = 64 << 10;

/// What a client may take that has stopped reading, and the door with the first of them, in
/// KiB: 1,000 of them and the door take 600 MB then.
const STOPPED_KIB_MAX: u64 = 520;
const BEFORE_KIB_MAX: u64 = 60 << 10;

/// A door to an org by hand, with a key that may write.
pub(super) fn door_to(org: &RawOrg) -> (Door, String) {
    let folder = folder();
    let dir = folder.path().to_str().unwrap().to_owned();
    let add = [
        "key", "add", "streams", "--write", "--org", NAME, "--dir", &dir,
    ];
    let added = crate::sfbox::run(add);
    assert_eq!(added.status, 0, "{}", added.stderr);
    let serve = ["serve", "--listen", "127.0.0.1:0", "--dir", &dir];
    let door = Door::of(&mut org.command(&serve), folder);
    (door, added.stdout.trim_end().to_owned())
}

/// The head of an answer of so many bytes.
fn begin(wire: &mut Wire, bytes: u64) -> io::Result<()> {
    let mut head = http1::head(200, &[("content-length", &bytes.to_string())]);
    head.extend(b"\r\n");
    wire.send(&head)
}

#[test]
fn bodies_of_gigabytes_take_no_memory_in_either_direction() {
    let parts = extent::of(10_000);
    let bytes = (parts * PART) as u64;
    let org = RawOrg::start(Protocol::Http1, move |wire, request| {
        // Before an upload, the session is proved.
        match request.number {
            1 => {
                let mut left = bytes;
                while left > 0 {
                    left -= wire.upload_part()?.len() as u64;
                }
                wire.answer_well(request)
            }
            2 => {
                begin(wire, bytes)?;
                let part = vec![b'x'; PART];
                (0..parts).try_for_each(|_| wire.send(&part))
            }
            _ => wire.answer_well(request),
        }
    });
    org.put_secret(true);
    let (door, key) = door_to(&org);
    let mut client = Connector::new(&door).connect();
    client.ask(
        "PUT",
        BATCHES,
        &key,
        &format!("content-length: {bytes}\r\n"),
    );
    let part = vec![b'x'; PART];
    for _ in 0..parts {
        client.send(&part);
    }
    let head = client.head();
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let after_up = door.peak_kib();
    let mut client = Connector::new(&door).connect();
    client.ask("GET", FILE, &key, "");
    let head = client.head();
    assert!(
        head.contains(&format!("content-length: {bytes}\r\n")),
        "{head}"
    );
    client.skip(bytes).unwrap();
    let peak = door.peak_kib();
    assert!(
        peak < DOOR_KIB_MAX,
        "{after_up} KiB after sending, {peak} KiB"
    );
}

/// Each client is a socket here, and one of the org's.
fn raise_file_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
}

/// An org whose answers have no end in sight, and a word for each part of them that it wrote.
fn without_end() -> (RawOrg, mpsc::Receiver<usize>) {
    const PART: usize = 64 << 10;
    let (sender, written) = mpsc::channel();
    let org = RawOrg::start(Protocol::Http1, move |wire, _| {
        begin(wire, 1 << 40)?;
        let part = vec![b'x'; PART];
        loop {
            wire.send(&part)?;
            _ = sender.send(part.len());
        }
    });
    org.put_secret(true);
    (org, written)
}

/// How much an org has written until it stands still, at most so much.
#[track_caller]
fn until_still(written: &mpsc::Receiver<usize>, most: usize) -> usize {
    let mut bytes = 0;
    while let Ok(more) = written.recv_timeout(STILL) {
        bytes += more;
        assert!(bytes < most, "nobody reads, and it goes on");
    }
    bytes
}

#[test]
fn clients_that_have_stopped_reading_take_a_bounded_memory() {
    let count = extent::of(1_000);
    raise_file_limit();
    let (org, written) = without_end();
    let (door, key) = door_to(&org);
    let connector = Connector::new(&door);
    let stop = || {
        let mut client = connector.connect_slow();
        client.ask("GET", FILE, &key, "");
        assert!(client.head().starts_with("HTTP/1.1 200 "));
        client
    };
    // The first one pays for the instance, too.
    let mut stopped = vec![stop()];
    let before = door.peak_kib();
    stopped.extend((0..count).map(|_| stop()));
    let bytes = until_still(&written, count * (64 << 20));
    assert!(bytes > count * (128 << 10), "{bytes} bytes: they read it");
    let each = (door.peak_kib() - before) / count as u64;
    assert!(
        each < STOPPED_KIB_MAX,
        "{each} KiB each, and {before} KiB before"
    );
    assert!(before < BEFORE_KIB_MAX, "{before} KiB");
}

#[test]
fn a_client_that_has_stopped_reading_holds_the_org_back() {
    let (org, written) = without_end();
    let (door, key) = door_to(&org);
    let mut client = Connector::new(&door).connect_slow();
    client.ask("GET", FILE, &key, "");
    assert!(client.head().starts_with("HTTP/1.1 200 "));
    // Most of it is in the kernel's buffers.
    let bytes = until_still(&written, 64 << 20);
    client.skip(4 << 20).unwrap();
    // What it reads then is followed by as much.
    assert!(until_still(&written, 64 << 20) > 0, "after {bytes} bytes");
}

/// All of an org's calls may be on one connection.
#[test]
fn clients_that_have_stopped_reading_hold_up_nobody_else() {
    const STOPPED: usize = 8;
    let org = Org::start();
    let folder = folder();
    let key = add_key(&org, folder.path(), &["stopped"]);
    let door = Door::open_in(&org, folder, &[]);
    assert_eq!(door.ask(&key, QUERY, &[]).status, 200);
    let count = Some(STOPPED as u64);
    org.strike(Route::Query, count, Effect::AnswerBytes(256 << 20));
    let connector = Connector::new(&door);
    let stopped: Vec<_> = (0..STOPPED)
        .map(|_| {
            let mut client = connector.connect_slow();
            client.ask("GET", QUERY, &key, "");
            assert!(client.head().starts_with("HTTP/1.1 200 "));
            client
        })
        .collect();
    assert_eq!(org.control().stats().protocols.http1, 0, "HTTP/2 alone");
    // For longer than it takes until nothing of theirs moves any more.
    let begun = Instant::now();
    while begun.elapsed() < STILL {
        let page = door.ask(&key, QUERY, &["--max-time", "20"]);
        assert_eq!(page.status, 200);
    }
    drop(stopped);
}
