//! Keys that end, and what one key leaves to others.

use std::convert::Infallible;
use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http_body::{Body as _, Frame};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Empty, Full, StreamBody};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::TokioExecutor;
use jiff::Timestamp;
use sfbox::policy::Policy;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::super::*;
use crate::access::AccessLog;
use crate::authority::Names;
use crate::entry::Entry;
use crate::key::Key;
use crate::key_ring::KeyRing;
use crate::upstream::tests::CALLS_MAX;
use crate::upstream::{Body, Orgs, Upstream};

/// An answer without an end.
const ENDLESS: &str = "/services/data/v66.0/limits";

/// No answer.
const SILENT: &str = "/services/data/v66.0/sobjects";

/// No answer, and nobody reads the body.
const UNREAD: &str = "/services/data/v66.0/composite";

/// Longer than any of this takes, so that a test that fails ends.
const LONG: Duration = Duration::from_secs(60);

/// What happened at the org.
#[derive(Debug, PartialEq)]
enum Event {
    /// A request came, whose body has so many bytes.
    Asked(Option<usize>),
    /// The body of an answer was dropped.
    Dropped,
}

struct Told(UnboundedSender<Event>);

impl Drop for Told {
    fn drop(&mut self) {
        _ = self.0.send(Event::Dropped);
    }
}

#[derive(Clone)]
struct FakeOrg(UnboundedSender<Event>);

impl Upstream for FakeOrg {
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, sfbox::Error>> {
        async {
            let is_endless = request.uri().path() == ENDLESS;
            let length = request.body().size_hint().exact();
            let length = length.and_then(|length| usize::try_from(length).ok());
            _ = self.0.send(Event::Asked(length));
            if request.uri().path() == UNREAD {
                pending::<()>().await;
            }
            let read = request.into_body().collect().await;
            assert_eq!(read.ok().map(|body| body.to_bytes().len()), length);
            if !is_endless {
                return pending().await;
            }
            let told = Told(self.0.clone());
            let pieces = futures::stream::repeat_with(move || {
                _ = &told;
                Ok(Frame::data(Bytes::from_static(&[b'x'; 4_096])))
            });
            Ok(http::Response::new(StreamBody::new(pieces).boxed_unsync()))
        }
        .boxed()
    }

    fn calls_max(&self) -> usize {
        CALLS_MAX
    }
}

impl Orgs for FakeOrg {
    fn open(&self, _: &str, _: Policy) -> Result<Arc<dyn Upstream>, sfbox::ConfigError> {
        Ok(Arc::new(self.clone()))
    }
}

/// A door with two keys.
struct Fixture {
    door: Arc<Door>,
    keys: [Key; 2],
    events: UnboundedReceiver<Event>,
}

type Request = http::Request<UnsyncBoxBody<Bytes, Infallible>>;

impl Fixture {
    fn new() -> Self {
        let (sender, events) = unbounded_channel();
        let ring = KeyRing::new(Arc::new(FakeOrg(sender)));
        let keys = [(); 2].map(|()| Key::generate().unwrap());
        let entries = keys.each_ref().map(|key| Entry {
            expires: Timestamp::MAX,
            ..crate::entry::tests::of(key, "a")
        });
        assert!(ring.replace(entries.into()).is_empty());
        let names = Names::of_this_machine(&[]).unwrap();
        let door = Arc::new(Door::new(ring, None, names, AccessLog::none()));
        Self { door, keys, events }
    }

    /// A connection that the door serves, as its client has it.
    fn connection(&self) -> DuplexStream {
        let (client, served) = duplex(16 << 10);
        let (door, graceful) = (Arc::clone(&self.door), GracefulShutdown::new());
        tokio::spawn(async move {
            let watcher = graceful.watcher();
            serve(&door, "http", served, Patience::DEFAULT, watcher).await;
            // Dropped earlier, it would be a shutdown.
            drop(graceful);
        });
        client
    }

    async fn http1(&self) -> http1::SendRequest<UnsyncBoxBody<Bytes, Infallible>> {
        let client = TokioIo::new(self.connection());
        let (sender, connection) = http1::handshake(client).await.unwrap();
        tokio::spawn(connection);
        sender
    }

    async fn http2(&self) -> http2::SendRequest<UnsyncBoxBody<Bytes, Infallible>> {
        let client = TokioIo::new(self.connection());
        let connecting = http2::handshake(TokioExecutor::new(), client);
        let (sender, connection) = connecting.await.unwrap();
        tokio::spawn(connection);
        sender
    }

    fn asks(&self, key: usize, method: &str, path: &str) -> http::request::Builder {
        let authorization = format!("Bearer {}", self.keys[key].expose());
        http::Request::builder()
            .method(method)
            .uri(format!("http://localhost{path}"))
            .header("authorization", authorization)
            .header("host", "localhost")
    }

    fn get(&self, key: usize, path: &str) -> Request {
        let request = self.asks(key, "GET", path);
        request.body(Empty::new().boxed_unsync()).unwrap()
    }

    fn post(&self, key: usize, body: &'static str) -> Request {
        let body = Full::from(body).boxed_unsync();
        self.asks(key, "POST", SILENT).body(body).unwrap()
    }

    fn revoke(&self, key: usize) {
        self.door.ring.remove(self.keys[key].id());
    }

    fn in_flight(&self) -> u64 {
        self.door.metrics.in_flight()
    }

    async fn event(&mut self) -> Event {
        soon(self.events.recv()).await.unwrap()
    }
}

/// The result of what ends, unless the test has failed.
async fn soon<T>(ending: impl Future<Output = T>) -> T {
    timeout(LONG, ending).await.unwrap()
}

async fn is_cut(answer: http::Response<Incoming>) -> bool {
    soon(answer.into_body().collect()).await.is_err()
}

/// What the door says to these bytes, to the end of the connection.
async fn told(fixture: &Fixture, text: &[u8]) -> String {
    let (mut read, mut write) = tokio::io::split(fixture.connection());
    let mut answer = Vec::new();
    let (_, read) = soon(futures::future::join(
        // It may close the connection before it has read all.
        write.write_all(text),
        read.read_to_end(&mut answer),
    ))
    .await;
    read.unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_revoked_key_ends_an_answer_that_nobody_reads() {
    let mut fixture = Fixture::new();
    let mut sender = fixture.http1().await;
    let answer = soon(sender.send_request(fixture.get(0, ENDLESS)))
        .await
        .unwrap();
    assert_eq!((answer.status().as_u16(), fixture.in_flight()), (200, 1));
    assert_eq!(fixture.event().await, Event::Asked(Some(0)));
    fixture.revoke(0);
    assert_eq!(fixture.event().await, Event::Dropped);
    assert!(is_cut(answer).await);
    assert_eq!(fixture.in_flight(), 0);
}

#[tokio::test]
async fn a_revoked_key_ends_its_streams_and_no_other() {
    let mut fixture = Fixture::new();
    let mut sender = fixture.http2().await;
    let revoked = soon(sender.send_request(fixture.get(0, ENDLESS)))
        .await
        .unwrap();
    let neighbour = soon(sender.send_request(fixture.get(1, ENDLESS)))
        .await
        .unwrap();
    assert_eq!(fixture.in_flight(), 2);
    assert_eq!(fixture.event().await, Event::Asked(Some(0)));
    assert_eq!(fixture.event().await, Event::Asked(Some(0)));
    fixture.revoke(0);
    assert_eq!(fixture.event().await, Event::Dropped);
    assert!(is_cut(revoked).await);
    // The neighbour goes on, beyond what its window had let through before.
    let (mut neighbour, mut bytes) = (neighbour.into_body(), 0);
    while bytes < 4 << 20 {
        let frame = soon(neighbour.frame()).await.unwrap().unwrap();
        bytes += frame.into_data().unwrap().len();
    }
    assert_eq!(fixture.in_flight(), 1);
    assert!(fixture.events.try_recv().is_err());
}

#[tokio::test]
async fn an_answer_that_nobody_takes_is_ended() {
    let mut fixture = Fixture::new();
    let mut sender = fixture.http2().await;
    let answer = soon(sender.send_request(fixture.get(0, ENDLESS)))
        .await
        .unwrap();
    assert_eq!(fixture.event().await, Event::Asked(Some(0)));
    let later = std::time::Instant::now() + limits::STILL_MIN;
    let ring = &fixture.door.ring;
    ring.upkeep(Timestamp::now(), later, limits::STILL_MIN);
    assert_eq!(fixture.event().await, Event::Dropped);
    assert!(is_cut(answer).await);
}

#[tokio::test]
async fn a_write_whose_key_is_revoked_may_have_happened_and_a_read_is_refused() {
    for (method, status, code) in [
        ("POST", 502, "SFBOX_OUTCOME_UNKNOWN"),
        ("GET", 401, "SFBOX_INVALID_KEY"),
    ] {
        let mut fixture = Fixture::new();
        let mut sender = fixture.http1().await;
        let request = match method {
            "POST" => fixture.post(0, "{}"),
            _ => fixture.get(0, SILENT),
        };
        let asked = tokio::spawn(sender.send_request(request));
        assert!(matches!(fixture.event().await, Event::Asked(_)));
        fixture.revoke(0);
        let answer = soon(asked).await.unwrap().unwrap();
        assert_eq!(answer.status(), status);
        let text = answer.into_body().collect().await.unwrap().to_bytes();
        assert!(String::from_utf8_lossy(&text).contains(code), "{text:?}");
    }
}

#[tokio::test]
async fn a_short_body_reaches_the_org_when_it_is_whole() {
    let mut fixture = Fixture::new();
    let (sender, pieces) = unbounded_channel::<&'static str>();
    let pieces = futures::stream::unfold(pieces, |mut pieces| async {
        let piece = pieces.recv().await?;
        Some((
            Ok(Frame::data(Bytes::from_static(piece.as_bytes()))),
            pieces,
        ))
    });
    let request = fixture.asks(0, "POST", SILENT).header("content-length", 10);
    let request = request
        .body(StreamBody::new(pieces).boxed_unsync())
        .unwrap();
    let mut client = fixture.http2().await;
    tokio::spawn(client.send_request(request));
    sender.send("123456789").unwrap();
    // Another request of the same key is not kept waiting by it.
    tokio::spawn(client.send_request(fixture.post(0, "{}")));
    assert_eq!(fixture.event().await, Event::Asked(Some(2)));
    assert!(fixture.events.try_recv().is_err());
    assert_eq!(fixture.in_flight(), 2);
    sender.send("0").unwrap();
    drop(sender);
    assert_eq!(fixture.event().await, Event::Asked(Some(10)));
}

/// A body of this length that counts what its client has sent of it.
fn counted(length: usize, sent: &Arc<AtomicUsize>) -> UnsyncBoxBody<Bytes, Infallible> {
    const PART: usize = 16 << 10;
    let sent = Arc::clone(sent);
    let parts = std::iter::repeat_with(move || {
        sent.fetch_add(PART, Ordering::Relaxed);
        Ok(Frame::data(Bytes::from_static(&[b'x'; PART])))
    });
    StreamBody::new(futures::stream::iter(parts.take(length / PART))).boxed_unsync()
}

/// Waits until this number changes no more. On one thread and without a socket nothing else can
/// move then.
async fn until_still(count: &AtomicUsize) {
    let mut before = None;
    while before.replace(count.load(Ordering::Relaxed)) != Some(count.load(Ordering::Relaxed)) {
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn bodies_that_an_org_does_not_read_hold_up_no_other_on_their_connection() {
    const LENGTH: usize = 4 << 20;
    let mut fixture = Fixture::new();
    let mut client = fixture.http2().await;
    let sent = Arc::new(AtomicUsize::new(0));
    for _ in 0..limits::uploads(CALLS_MAX) {
        let request = fixture
            .asks(0, "POST", UNREAD)
            .header("content-length", LENGTH);
        let request = request.body(counted(LENGTH, &sent)).unwrap();
        tokio::spawn(client.send_request(request));
        assert_eq!(fixture.event().await, Event::Asked(Some(LENGTH)));
    }
    until_still(&sent).await;
    let neighbour = fixture.post(1, "neighbour");
    tokio::spawn(client.send_request(neighbour));
    assert_eq!(fixture.event().await, Event::Asked(Some(9)));
}

#[tokio::test]
async fn a_key_takes_its_share_of_calls_and_no_more() {
    let mut fixture = Fixture::new();
    let mut client = fixture.http2().await;
    let more = limits::calls(CALLS_MAX) + 1;
    for _ in 0..more {
        tokio::spawn(client.send_request(fixture.get(0, SILENT)));
    }
    for _ in 0..limits::calls(CALLS_MAX) {
        assert_eq!(fixture.event().await, Event::Asked(Some(0)));
    }
    // The last one waits, and a neighbour does not.
    tokio::spawn(client.send_request(fixture.post(1, "neighbour")));
    assert_eq!(fixture.event().await, Event::Asked(Some(9)));
    assert_eq!(fixture.in_flight(), more as u64 + 1);
    assert!(fixture.events.try_recv().is_err());
}

#[tokio::test]
async fn a_head_without_an_end_is_cut() {
    let fixture = Fixture::new();
    let head = |length| {
        format!(
            "GET {ENDLESS} HTTP/1.1\r\nHost: localhost\r\nA: {}",
            "x".repeat(length)
        )
    };
    let answer = told(&fixture, head(40 << 10).as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    assert!(answer.contains("SFBOX_HEAD_TOO_LONG"), "{answer}");
    // No request that came with it is taken for answered.
    let request = format!("GET {ENDLESS} HTTP/1.1\r\nHost: localhost\r\n");
    let many = format!("{request}\r\n{request}{}\r\n", "A: b\r\n".repeat(100));
    let answer = told(&fixture, many.as_bytes()).await;
    assert_eq!(answer, "");
    // One that ends in time is read.
    let short = format!("{}\r\nConnection: close\r\n\r\n", head(20 << 10));
    let answer = told(&fixture, short.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
}

#[tokio::test]
async fn a_long_head_is_answered_after_the_request_before_it_and_not_within_its_answer() {
    let fixture = Fixture::new();
    let request = format!("GET {ENDLESS} HTTP/1.1\r\nHost: localhost\r\n");
    let many = format!("{request}{}\r\n", "A: b\r\n".repeat(100));
    let mut client = fixture.connection();
    client
        .write_all(format!("{request}\r\n").as_bytes())
        .await
        .unwrap();
    let mut answer = [0; 12];
    soon(client.read_exact(&mut answer)).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 401");
    // The rest of it is there by now.
    let mut rest = Vec::new();
    while !rest.ends_with(b"]") {
        soon(client.read_buf(&mut rest)).await.unwrap();
    }
    client.write_all(many.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    soon(client.read_to_end(&mut answer)).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 431 "), "{answer:?}");
    // Within an answer nothing is said.
    let key = fixture.keys[0].expose();
    let mut client = fixture.connection();
    let endless = format!("{request}Authorization: Bearer {key}\r\n\r\n");
    client.write_all(endless.as_bytes()).await.unwrap();
    let mut begun = vec![0; 1 << 10];
    soon(client.read_exact(&mut begun)).await.unwrap();
    client.write_all(many.as_bytes()).await.unwrap();
    soon((&mut client).take(1 << 20).read_to_end(&mut begun))
        .await
        .unwrap();
    let end = begun.windows(4).position(|end| end == b"\r\n\r\n").unwrap();
    assert!(!begun[end..].windows(8).any(|part| part == b"HTTP/1.1"));
}

#[tokio::test]
async fn a_request_by_another_name_does_not_learn_what_the_door_has() {
    let fixture = Fixture::new();
    for path in [
        "/healthz",
        "/services/Soap/u/66.0",
        "/services/oauth2/token",
        ENDLESS,
    ] {
        let text =
            format!("GET {path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
        let answer = told(&fixture, text.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 421 "), "{path}: {answer}");
    }
}

#[tokio::test]
async fn http_1_0_is_refused_because_a_cut_answer_looks_whole_there() {
    let mut fixture = Fixture::new();
    let key = fixture.keys[0].expose();
    let text =
        format!("GET {ENDLESS} HTTP/1.0\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n\r\n");
    let answer = told(&fixture, text.as_bytes()).await;
    assert!(answer.contains(" 505 "), "{answer}");
    assert!(answer.contains("SFBOX_HTTP_VERSION"), "{answer}");
    assert!(fixture.events.try_recv().is_err());
}
