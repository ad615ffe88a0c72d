//! Clients that take their time, at a door that has little patience.

mod keys;

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::*;
use crate::reading::KEY;
use crate::reading::plain::{Body, Plain};
use crate::reading::recorder::Recorder;

const HASTY: Patience = Patience {
    handshake: Duration::from_millis(100),
    head: Duration::from_millis(100),
    silence: Silence {
        idle: Duration::from_millis(200),
        stalled: Duration::from_millis(300),
    },
};

/// Between two bytes that drip.
const DRIP: Duration = Duration::from_millis(20);

/// Longer than any of these tests should take, for a machine that does much else.
const SOON: Duration = Duration::from_secs(20);

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
const PING: &[u8] = &[0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];

/// A connection to a door, which ends when the door ends it.
fn connect(door: &Arc<Door>) -> (DuplexStream, JoinHandle<()>) {
    let (client, server) = tokio::io::duplex(64 << 10);
    let door = Arc::clone(door);
    let serving = tokio::spawn(async move {
        let graceful = GracefulShutdown::new();
        serve(&door, "http", server, HASTY, graceful.watcher()).await;
    });
    (client, serving)
}

fn get() -> String {
    format!(
        "GET /services/data HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Authorization: Bearer {KEY}\r\n\r\n"
    )
}

/// What a client is answered that asks and waits for no more.
async fn neighbour(door: &Arc<Door>) -> String {
    let (mut client, _serving) = connect(door);
    client.write_all(get().as_bytes()).await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    answer
}

/// Sends these bytes, and then these others one by one, until the door ends the connection.
async fn drip(door: &Arc<Door>, first: &[u8], drops: impl Iterator<Item = u8>) -> usize {
    let (mut client, mut serving) = connect(door);
    client.write_all(first).await.unwrap();
    let mut sent = 0;
    for drop in drops {
        if timeout(DRIP, &mut serving).await.is_ok() {
            return sent;
        }
        if client.write_all(&[drop]).await.is_err() {
            break;
        }
        sent += 1;
    }
    timeout(SOON, serving).await.expect("it is ended").unwrap();
    sent
}

#[tokio::test]
async fn a_client_that_drips_and_asks_nothing_is_sent_away() {
    let recorder = Recorder::default();
    let door = recorder.door();
    let endless = || std::iter::repeat(b'x');
    // A HEADERS frame of 16,000 bytes, of which one in a while comes.
    let headers: &[u8] = &[0, 0x3e, 0x80, 1, 4, 0, 0, 0, 1];
    let begun = [PREFACE, SETTINGS].concat();
    for (what, first, drops) in [
        (
            "the head of a request",
            b"GET /services/data HTTP/1.1\r\nX-Long: ".to_vec(),
            Box::new(endless()) as Box<dyn Iterator<Item = u8>>,
        ),
        (
            "empty lines",
            b"\r\n".to_vec(),
            Box::new(b"\r\n".iter().copied().cycle()),
        ),
        ("nothing", Vec::new(), Box::new(std::iter::empty())),
        (
            "the beginning of HTTP/2",
            Vec::new(),
            Box::new(PREFACE.iter().copied()),
        ),
        (
            "pings",
            begun.clone(),
            Box::new(PING.iter().copied().cycle()),
        ),
        (
            "the head of a request in HTTP/2",
            [&begun, headers].concat(),
            Box::new(endless()),
        ),
    ] {
        let drops = drip(&door, &first, drops).await;
        // Each was ended by the clock, and not by its size.
        assert!(drops < 1_000, "{what}: {drops}");
        assert!(
            neighbour(&door).await.starts_with("HTTP/1.1 200 "),
            "{what}"
        );
        let reached = recorder.taken();
        assert_eq!(reached.len(), 1, "{what}: {reached:?}");
    }
}

fn post(length: usize) -> String {
    get()
        .replace("GET", "POST")
        .replace("\r\n\r\n", &format!("\r\nContent-Length: {length}\r\n\r\n"))
}

#[tokio::test]
async fn a_body_that_stands_still_is_ended_and_reaches_no_org_whole() {
    let recorder = Recorder::default();
    let door = recorder.door();
    let (mut client, serving) = connect(&door);
    // So long that it is passed on as it comes.
    client.write_all(post(1 << 20).as_bytes()).await.unwrap();
    client.write_all(b"begun").await.unwrap();
    timeout(SOON, serving).await.expect("it is ended").unwrap();
    let reached: Vec<Plain> = recorder.taken();
    assert_eq!(reached.len(), 1);
    assert!(matches!(reached[0].body, Body::Cut(_)), "{reached:?}");
    assert!(neighbour(&door).await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn a_body_may_take_longer_than_a_pause() {
    let recorder = Recorder::default();
    let door = recorder.door();
    let drops = 30;
    let (mut client, mut serving) = connect(&door);
    client.write_all(post(drops).as_bytes()).await.unwrap();
    // Twice as long as it may stand still.
    for _ in 0..drops {
        assert!(timeout(DRIP, &mut serving).await.is_err(), "it goes on");
        client.write_all(b"x").await.unwrap();
    }
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let reached = recorder.taken();
    assert!(matches!(&reached[0].body, Body::Whole(body) if body.len() == drops));
}
