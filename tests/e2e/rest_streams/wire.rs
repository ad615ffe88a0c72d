//! Bodies that flow, byte by byte: an org by hand, which drips, cuts, stands still, and sees
//! who has gone.

use std::convert::Infallible;
use std::fs;
use std::io;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::channel::mpsc as channel;
use futures::future::join_all;
use futures::{FutureExt as _, SinkExt as _, StreamExt as _, stream};
use http::{Request, Response};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use sfbox::error::Retirement;
use sfbox::{Body, BodyError, Error, QueryOptions, StreamOptions};
use workspace::extent;

use super::{get, read, send, unknown};
use crate::org::NAME;
use crate::raw_org::http1::{begin_chunks, chunk};
use crate::raw_org::{Protocol, RawOrg, Wire, cut, http1, http2};

pub(super) const FILE: &str =
    "/services/data/v66.0/sobjects/ContentVersion/068000000000001AAA/VersionData";
pub(super) const BATCHES: &str = "/services/data/v66.0/jobs/ingest/750000000000001AAA/batches";
pub(super) const SOQL: &str = "SELECT Id FROM Account";

/// How soon a request ends whose caller has gone.
pub(super) const SOON: Duration = Duration::from_secs(1);

/// An org whose session is in the store.
pub(super) fn org(
    protocol: Protocol,
    script: impl Fn(&mut Wire, &crate::raw_org::Request) -> io::Result<()> + Send + Sync + 'static,
) -> RawOrg {
    let org = RawOrg::start(protocol, script);
    org.put_secret(true);
    org
}

pub(super) fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(work)
}

pub(super) fn times(timeout: Duration, idle: Duration) -> StreamOptions {
    StreamOptions {
        timeout: Some(timeout),
        idle: Some(idle),
        ..StreamOptions::default()
    }
}

pub(super) async fn next(response: &mut Response<Body>) -> Option<Result<Frame<Bytes>, BodyError>> {
    response.body_mut().frame().await
}

pub(super) async fn next_text(response: &mut Response<Body>) -> String {
    let frame = next(response).await.unwrap().unwrap();
    String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap()
}

#[test]
fn an_answer_arrives_part_by_part_with_its_trailers() {
    let org = org(Protocol::Http1, |wire, _| {
        begin_chunks(wire, "one")?;
        wire.until_released()?;
        chunk(wire, "two")?;
        wire.send(b"0\r\nx-checksum: 7\r\n\r\n")
    });
    let acme = org.library();
    block_on(async {
        let mut response = send(&acme, get(FILE)).await.unwrap();
        assert_eq!(next_text(&mut response).await, "one");
        assert!(next(&mut response).now_or_never().is_none(), "it waits");
        org.release();
        assert_eq!(next_text(&mut response).await, "two");
        let trailers = next(&mut response).await.unwrap().unwrap();
        assert_eq!(trailers.into_trailers().unwrap()["x-checksum"], "7");
        assert!(next(&mut response).await.is_none());
    });
}

#[test]
fn an_answer_that_is_cut_ends_with_an_error() {
    for cut in [cut::BY_LENGTH, cut::IN_CHUNKS, cut::IN_A_CHUNK] {
        let org = org(Protocol::Http1, move |wire, _| {
            cut(wire)?;
            Err(io::ErrorKind::ConnectionAborted.into())
        });
        let acme = org.library();
        block_on(async {
            let mut response = send(&acme, get(FILE)).await.unwrap();
            let mut text = String::new();
            let error = loop {
                match next(&mut response).await.expect("no clean end") {
                    Ok(frame) => text.push_str(str::from_utf8(frame.data_ref().unwrap()).unwrap()),
                    Err(error) => break error,
                }
            };
            assert_eq!(text, "bytes");
            assert!(matches!(error, BodyError::BrokenOff(_)), "{error:?}");
            assert!(next(&mut response).await.is_none(), "that was all");
        });
    }
}

#[test]
fn over_http_2_an_answer_that_is_reset_ends_with_an_error() {
    let org = org(Protocol::Http2, |wire, request| {
        let head = http2::headers(200, &[("content-type", "text/plain")]);
        wire.send(&http2::frame(
            http2::HEADERS,
            http2::END_HEADERS,
            request.stream,
            &head,
        ))?;
        http2::send_data(wire, request.stream, b"bytes")?;
        wire.send(&http2::frame(
            http2::RST_STREAM,
            0,
            request.stream,
            &[0, 0, 0, 2],
        ))
    });
    let acme = org.library();
    block_on(async {
        let mut response = send(&acme, get(FILE)).await.unwrap();
        let error = loop {
            match next(&mut response).await.expect("no clean end") {
                Ok(frame) => assert_eq!(frame.into_data().unwrap(), "bytes"),
                Err(error) => break error,
            }
        };
        assert!(matches!(error, BodyError::BrokenOff(_)), "{error:?}");
    });
}

/// An org that says when a client hangs up.
fn noticing(before: fn(&mut Wire) -> io::Result<()>) -> (RawOrg, mpsc::Receiver<Event>) {
    let (sender, events) = mpsc::channel();
    let org = org(Protocol::Http1, move |wire, _| {
        before(wire)?;
        _ = sender.send(Event::Asked);
        let ended = wire.say_nothing();
        _ = sender.send(Event::Gone(Instant::now()));
        ended
    });
    (org, events)
}

#[derive(Debug)]
enum Event {
    Asked,
    Gone(Instant),
}

fn gone(events: &mpsc::Receiver<Event>) -> Instant {
    match events.recv_timeout(10 * SOON) {
        Ok(Event::Gone(at)) => at,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_caller_that_goes_before_the_head_ends_the_request() {
    let (org, events) = noticing(|_| Ok(()));
    let acme = org.library();
    block_on(async {
        let waiting = tokio::spawn(async move { send(&acme, get(FILE)).await.map(|_| ()) });
        let asked = tokio::task::spawn_blocking(move || {
            assert!(matches!(events.recv(), Ok(Event::Asked)));
            events
        });
        let events = asked.await.unwrap();
        waiting.abort();
        let left = Instant::now();
        assert!(waiting.await.unwrap_err().is_cancelled());
        assert!(gone(&events).saturating_duration_since(left) < SOON);
    });
    assert_eq!(org.pages(), 1, "it is not sent again");
}

#[test]
fn a_caller_that_goes_within_a_body_ends_the_request() {
    let (org, events) = noticing(|wire| begin_chunks(wire, "one"));
    let acme = org.library();
    block_on(async {
        let mut response = send(&acme, get(FILE)).await.unwrap();
        assert_eq!(next_text(&mut response).await, "one");
        drop(response);
        let left = Instant::now();
        assert!(matches!(events.recv(), Ok(Event::Asked)));
        assert!(gone(&events).saturating_duration_since(left) < SOON);
    });
}

#[test]
fn a_caller_that_goes_while_a_session_is_renewed_leaves_the_renewal_to_others() {
    let (sender, logins) = mpsc::channel();
    let org = RawOrg::start(Protocol::Http1, move |wire, request| {
        if request.asked == crate::raw_org::Asked::Login {
            _ = sender.send(());
            wire.until_released()?;
        }
        wire.answer_well(request)
    });
    let acme = org.library();
    block_on(async {
        let caller = acme.clone();
        let waiting = tokio::spawn(async move { send(&caller, get(FILE)).await.map(|_| ()) });
        tokio::task::spawn_blocking(move || logins.recv().unwrap())
            .await
            .unwrap();
        waiting.abort();
        assert!(waiting.await.unwrap_err().is_cancelled());
        org.release();
        let page = acme.query(SOQL, &QueryOptions::default()).await.unwrap();
        assert_eq!(page.total_size, Some(1));
    });
    assert_eq!(org.logins(), 1);
    let files = org
        .heads()
        .into_iter()
        .filter(|head| head.contains("VersionData"));
    assert_eq!(files.count(), 0, "nobody waited for it any more");
}

#[test]
fn an_answer_that_stands_still_ends_after_its_idle_time() {
    let org = org(Protocol::Http1, |wire, _| {
        begin_chunks(wire, "one")?;
        wire.say_nothing()
    });
    let acme = org.library();
    let idle = Duration::from_millis(300);
    block_on(async {
        let options = times(Duration::from_secs(60), idle);
        let mut response = acme.stream(get(FILE), &options).await.unwrap();
        assert_eq!(next_text(&mut response).await, "one");
        let begun = Instant::now();
        let error = next(&mut response).await.unwrap().unwrap_err();
        assert_eq!(error, BodyError::Silent(idle));
        assert!(begun.elapsed() >= idle, "{:?}", begun.elapsed());
        assert!(begun.elapsed() < idle + SOON, "{:?}", begun.elapsed());
    });
}

#[test]
fn an_org_that_does_not_answer_is_waited_for_until_the_timeout() {
    let org = org(Protocol::Http1, |wire, _| wire.say_nothing());
    let acme = org.library();
    let timeout = Duration::from_millis(300);
    block_on(async {
        let options = times(timeout, Duration::from_secs(60));
        let begun = Instant::now();
        let late = acme.stream(get(FILE), &options).await;
        assert_eq!(late.unwrap_err().code(), "timeout");
        assert!(begun.elapsed() < timeout + SOON, "{:?}", begun.elapsed());
    });
}

/// What an org has read of an upload, at its end.
pub(super) fn uploaded(wire: &mut Wire, end: &[u8]) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    while !body.ends_with(end) {
        body.extend(wire.upload_part()?);
    }
    Ok(body)
}

fn head_of_upload(org: &RawOrg) -> String {
    let heads = org.heads().into_iter();
    let mut uploads = heads.filter(|head| head.starts_with("PUT "));
    uploads.next().unwrap().to_ascii_lowercase()
}

#[test]
fn a_body_of_unknown_length_is_passed_on_in_chunks_with_its_trailers() {
    let (sender, bodies) = mpsc::channel();
    let org = org(Protocol::Http1, move |wire, request| {
        if request.number == 0 {
            return wire.answer_well(request);
        }
        _ = sender.send(uploaded(wire, b"\r\n\r\n")?);
        wire.answer_with(request, 201, &[], b"")
    });
    let acme = org.library();
    block_on(async {
        let mut trailers = http::HeaderMap::new();
        trailers.insert("x-checksum", http::HeaderValue::from_static("7"));
        let frames = [
            Frame::data(Bytes::from("one")),
            Frame::data(Bytes::from("two")),
            Frame::trailers(trailers),
        ];
        let body = StreamBody::new(stream::iter(frames.map(Ok::<_, Infallible>)));
        let upload = Request::put(BATCHES)
            .header("trailer", "x-checksum")
            .header("te", "trailers");
        let response = send(&acme, upload.body(body).unwrap()).await.unwrap();
        assert_eq!(response.status(), 201);
    });
    let body = String::from_utf8(bodies.recv().unwrap()).unwrap();
    assert_eq!(body, "3\r\none\r\n3\r\ntwo\r\n0\r\nx-checksum: 7\r\n\r\n");
    let head = head_of_upload(&org);
    assert!(head.contains("transfer-encoding: chunked\r\n"), "{head}");
    assert!(!head.contains("x-sfbox"), "{head}");
}

#[test]
fn a_body_of_no_bytes_and_unknown_length_is_passed_on() {
    let org = org(Protocol::Http1, |wire, request| {
        if matches!(request.number, 1 | 2) {
            uploaded(wire, b"0\r\n\r\n")?;
        }
        wire.answer_well(request)
    });
    let acme = org.library();
    block_on(async {
        for parts in [vec![], vec![Bytes::new()]] {
            let upload = Request::put(BATCHES).body(unknown(parts)).unwrap();
            let options = times(10 * SOON, 10 * SOON);
            let answered = acme.stream(upload, &options).await;
            let answered = answered.unwrap_or_else(|error| panic!("{error:?} {:?}", org.heads()));
            assert_eq!(answered.status(), 200);
        }
        // The instance is whole.
        acme.query(SOQL, &QueryOptions::default()).await.unwrap();
    });
}

#[test]
fn a_long_body_of_known_length_keeps_its_length() {
    let length = 1_000_000;
    let (sender, bodies) = mpsc::channel();
    let org = org(Protocol::Http1, move |wire, request| {
        if request.number == 0 {
            return wire.answer_well(request);
        }
        let mut bytes = 0;
        while bytes < length {
            bytes += wire.upload_part()?.len();
        }
        _ = sender.send(bytes);
        wire.answer_well(request)
    });
    let acme = org.library();
    block_on(async {
        let part = Bytes::from(vec![b'x'; length / 4]);
        let upload = Request::put(BATCHES).header("content-length", length);
        let upload = upload.body(unknown(vec![part; 4])).unwrap();
        assert_eq!(send(&acme, upload).await.unwrap().status(), 200);
    });
    assert_eq!(bodies.recv().unwrap(), length);
    let head = head_of_upload(&org);
    assert!(head.contains("content-length: 1000000\r\n"), "{head}");
    assert!(!head.contains("transfer-encoding"), "{head}");
}

#[test]
fn a_body_that_breaks_off_is_no_end_for_the_org() {
    let (begun, begins) = channel::unbounded();
    let (sender, ends) = mpsc::channel();
    let org = org(Protocol::Http1, move |wire, request| {
        if request.number == 0 {
            return wire.answer_well(request);
        }
        let mut body = Vec::new();
        let ended = loop {
            match wire.upload_part() {
                Ok(part) => body.extend(part),
                Err(error) => break error,
            }
            if !body.is_empty() {
                _ = begun.unbounded_send(());
            }
        };
        _ = sender.send(body);
        Err(ended)
    });
    let acme = org.library();
    block_on(async {
        let (mut parts, body) = channel::channel::<Result<Frame<Bytes>, io::Error>>(1);
        let upload = Request::put(BATCHES).body(StreamBody::new(body)).unwrap();
        let mut begins = begins;
        let feeding = async {
            let first = Frame::data(Bytes::from("one"));
            parts.send(Ok(first)).await.unwrap();
            begins.next().await.unwrap();
            let broken = io::ErrorKind::BrokenPipe;
            parts.send(Err(broken.into())).await.unwrap();
        };
        let (outcome, ()) = futures::join!(send(&acme, upload), feeding);
        assert_eq!(outcome.unwrap_err().code(), "outcome-unknown");
    });
    let body = ends.recv_timeout(10 * SOON).unwrap();
    assert_eq!(body, b"3\r\none\r\n", "no end");
    assert_eq!(org.pages(), 2, "it is not sent again");
}

#[test]
fn readers_that_have_stopped_hold_up_no_call() {
    // More than an instance may have requests under way.
    const STOPPED: usize = 140;
    let org = org(Protocol::Http1, |wire, request| {
        if request.number >= STOPPED {
            return wire.answer_well(request);
        }
        begin_chunks(wire, "one")?;
        wire.until_released()?;
        wire.send(b"0\r\n\r\n")
    });
    let acme = org.library();
    block_on(async {
        let opened = join_all((0..STOPPED).map(|_| send(&acme, get(FILE)))).await;
        let stopped: Vec<_> = opened.into_iter().map(Result::unwrap).collect();
        let page = acme.query(SOQL, &QueryOptions::default()).await.unwrap();
        assert_eq!(page.total_size, Some(1));
        org.release();
        for response in stopped {
            assert_eq!(read(response).await.unwrap(), "one");
        }
    });
}

#[test]
fn a_runtime_that_is_shut_down_waits_for_the_bodies_on_their_way() {
    let org = org(Protocol::Http1, |wire, _| {
        begin_chunks(wire, "one")?;
        wire.until_released()?;
        chunk(wire, "two")?;
        wire.send(b"0\r\n\r\n")
    });
    let runtime = org.builder().build().unwrap();
    let acme = runtime.org(NAME).unwrap();
    block_on(async {
        let mut response = send(&acme, get(FILE)).await.unwrap();
        assert_eq!(next_text(&mut response).await, "one");
        let mut ending = Box::pin(runtime.shut_down());
        assert!((&mut ending).now_or_never().is_none());
        let refused = send(&acme, get(FILE)).await.unwrap_err();
        assert!(
            matches!(
                refused,
                Error::Lost {
                    why: Retirement::ShutDown,
                    ..
                }
            ),
            "{refused:?}"
        );
        assert!(
            (&mut ending).now_or_never().is_none(),
            "a body is on its way"
        );
        org.release();
        assert_eq!(read(response).await.unwrap(), "two");
        ending.await;
    });
}

#[test]
fn a_runtime_that_is_abandoned_cuts_the_bodies_on_their_way() {
    let org = org(Protocol::Http1, |wire, _| {
        begin_chunks(wire, "one")?;
        wire.say_nothing()
    });
    let runtime = org.builder().build().unwrap();
    let acme = runtime.org(NAME).unwrap();
    block_on(async {
        let mut response = send(&acme, get(FILE)).await.unwrap();
        assert_eq!(next_text(&mut response).await, "one");
        runtime.abandon().await;
        assert!(next(&mut response).await.unwrap().is_err());
    });
}

/// The most memory that this process has taken, in KiB (proc(5), `VmHWM`).
fn peak() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.unwrap().trim().trim_end_matches(" kB");
    kib.parse().unwrap()
}

/// What a body may take beside the test itself, in KiB.
const PEAK_KIB_MAX: usize = 32 << 10;

#[test]
fn bodies_of_hundreds_of_megabytes_take_the_memory_of_small_ones() {
    const PART: usize = 1 << 20;
    let parts = extent::of(2_000);
    let org = org(Protocol::Http1, move |wire, request| {
        if request.number == 0 {
            return wire.answer_well(request);
        }
        if request.number == 1 {
            let mut bytes = 0;
            while bytes < parts * PART {
                bytes += wire.upload_part()?.len();
            }
            return wire.answer_well(request);
        }
        let length = (parts * PART).to_string();
        let mut head = http1::head(200, &[("content-length", &length)]);
        head.extend(b"\r\n");
        wire.send(&head)?;
        let part = vec![b'x'; PART];
        (0..parts).try_for_each(|_| wire.send(&part))
    });
    let acme = org.library();
    block_on(async {
        let before = peak();
        let part = Bytes::from(vec![b'x'; PART]);
        let frames =
            stream::iter(0..parts).map(move |_| Ok::<_, Infallible>(Frame::data(part.clone())));
        let upload = Request::put(BATCHES).header("content-length", parts * PART);
        let upload = upload.body(StreamBody::new(frames)).unwrap();
        assert_eq!(send(&acme, upload).await.unwrap().status(), 200);
        let mut response = send(&acme, get(FILE)).await.unwrap();
        let mut bytes = 0;
        while let Some(frame) = next(&mut response).await {
            bytes += frame.unwrap().data_ref().map_or(0, Bytes::len);
        }
        assert_eq!(bytes, parts * PART);
        let taken = peak() - before;
        assert!(taken < PEAK_KIB_MAX, "{taken} KiB");
    });
}

#[test]
fn a_slow_reader_holds_the_org_back() {
    let (sender, sent) = mpsc::channel();
    let org = org(Protocol::Http1, move |wire, _| {
        let mut head = http1::head(200, &[("content-length", "4294967296")]);
        head.extend(b"\r\n");
        wire.send(&head)?;
        let part = vec![b'x'; 1 << 20];
        loop {
            wire.send(&part)?;
            _ = sender.send(());
        }
    });
    let acme = org.library();
    block_on(async {
        let response = send(&acme, get(FILE)).await.unwrap();
        let mut megabytes = 0;
        while sent.recv_timeout(SOON).is_ok() {
            megabytes += 1;
            assert!(megabytes < 64, "nobody reads, and it goes on");
        }
        drop(response);
    });
}

/// Another thread, and an executor without a clock.
#[test]
fn a_body_is_read_by_any_executor() {
    let org = org(Protocol::Http1, |wire, request| match request.number {
        0 => {
            begin_chunks(wire, "one")?;
            wire.until_released()?;
            wire.send(b"0\r\n\r\n")
        }
        _ => {
            begin_chunks(wire, "one")?;
            wire.say_nothing()
        }
    });
    let acme = org.library();
    let idle = Duration::from_millis(300);
    let options = times(Duration::from_secs(60), idle);
    let mut response = futures::executor::block_on(acme.stream(get(FILE), &options)).unwrap();
    let reading = std::thread::spawn(move || {
        futures::executor::block_on(async move {
            assert_eq!(next_text(&mut response).await, "one");
            next(&mut response).await
        })
    });
    org.release();
    assert!(reading.join().unwrap().is_none(), "a clean end");
    let silent = futures::executor::block_on(async {
        let mut response = acme.stream(get(FILE), &options).await.unwrap();
        assert_eq!(next_text(&mut response).await, "one");
        next(&mut response).await.unwrap().unwrap_err()
    });
    assert_eq!(silent, BodyError::Silent(idle));
}
