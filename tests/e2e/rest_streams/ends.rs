//! How bodies that flow end: those without a byte, those without trailers, and those whose
//! instance ends before them.

use std::convert::Infallible;
use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::sync::mpsc;

use bytes::Bytes;
use futures::stream;
use http::Request;
use http_body_util::StreamBody;
use hyper::body::Frame;
use sfbox::error::Retirement;
use sfbox::{Error, QueryOptions, Runtime};
use workspace::{extent, root};

use super::wire::{BATCHES, FILE, SOON, SOQL, block_on, next, next_text, org, times, uploaded};
use super::{get, read, send};
use crate::org::NAME;
use crate::raw_org::http1::{begin_chunks, chunk};
use crate::raw_org::{Protocol, RawOrg, Wire, http1, http2};

#[test]
fn an_answer_without_a_byte_and_of_unknown_length_ends() {
    type Empty = fn(&mut Wire, u32) -> io::Result<()>;
    let in_chunks: Empty = |wire, _| {
        let mut head = http1::head(200, &[("transfer-encoding", "chunked")]);
        head.extend(b"\r\n0\r\n\r\n");
        wire.send(&head)
    };
    let frame: Empty = |wire, stream| {
        let head = http2::headers(200, &[]);
        wire.send(&http2::frame(
            http2::HEADERS,
            http2::END_HEADERS,
            stream,
            &head,
        ))?;
        wire.send(&http2::frame(http2::DATA, http2::END_STREAM, stream, b""))
    };
    for (protocol, empty) in [(Protocol::Http1, in_chunks), (Protocol::Http2, frame)] {
        let org = org(protocol, move |wire, request| match request.number {
            0 | 1 => empty(wire, request.stream),
            _ => wire.answer_well(request),
        });
        let acme = org.library();
        block_on(async {
            for _ in 0..2 {
                let answered = acme.stream(get(FILE), &times(10 * SOON, 10 * SOON)).await;
                let answered = answered.unwrap_or_else(|error| panic!("{error:?}"));
                assert!(read(answered).await.unwrap().is_empty());
            }
            // The instance is whole.
            acme.query(SOQL, &QueryOptions::default()).await.unwrap();
        });
    }
}

#[test]
fn a_body_in_chunks_ends_without_trailers() {
    let (sender, bodies) = mpsc::channel();
    let org = org(Protocol::Http1, move |wire, request| {
        if request.number == 0 {
            return wire.answer_well(request);
        }
        _ = sender.send(uploaded(wire, b"\r\n0\r\n\r\n")?);
        wire.answer_well(request)
    });
    let acme = org.library();
    block_on(async {
        let frames = ["one", "two"].map(|part| Ok::<_, Infallible>(Frame::data(Bytes::from(part))));
        let upload = Request::put(BATCHES).body(StreamBody::new(stream::iter(frames)));
        let options = times(10 * SOON, 10 * SOON);
        let answered = acme.stream(upload.unwrap(), &options).await.unwrap();
        assert_eq!(answered.status(), 200);
    });
    let body = String::from_utf8(bodies.recv().unwrap()).unwrap();
    assert_eq!(body, "3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n");
}

/// The component with an honest proxy in front of it, which can be made to trap.
fn with_proxy(org: &RawOrg) -> Runtime {
    let path = root().join("target/component/intruder-with-sfbox.cwasm");
    let image =
        fs::read(&path).unwrap_or_else(|_| panic!("no {}: run `cargo xtask test`", path.display()));
    let builder = org.builder().workers(NonZeroUsize::MIN).memory(64 << 20);
    #[expect(unsafe_code, reason = "the image is this project's own")]
    // SAFETY: it was made by `cargo xtask test`, as the built-in one is.
    let builder = unsafe { builder.native_image(image) };
    builder.build().unwrap()
}

/// How the instance ended that a statement has ended.
async fn ended(acme: &sfbox::Org, statement: &str) -> Retirement {
    match acme.query(statement, &QueryOptions::default()).await {
        Err(Error::Lost { why, .. }) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_body_on_its_way_outlives_its_instance() {
    const PART: usize = 1 << 20;
    // 2 GB in the whole of the test: more than any buffer on the way.
    for (statement, parts) in [("hog", 32), ("trap", extent::of(2_000))] {
        let org = org(Protocol::Http1, move |wire, _| {
            begin_chunks(wire, "one")?;
            // Most of it waits for its reader.
            let part = "x".repeat(PART);
            (0..parts).try_for_each(|_| chunk(wire, &part))?;
            wire.send(b"0\r\n\r\n")
        });
        let runtime = with_proxy(&org);
        let acme = runtime.org(NAME).unwrap();
        block_on(async {
            let mut response = send(&acme, get(FILE)).await.unwrap();
            assert_eq!(next_text(&mut response).await, "one");
            let why = ended(&acme, statement).await;
            let expected = match statement {
                "hog" => matches!(why, Retirement::OutOfMemory { .. }),
                _ => matches!(why, Retirement::Trapped(_)),
            };
            assert!(expected, "{why:?}");
            let mut bytes = 0;
            while let Some(frame) = next(&mut response).await {
                bytes += frame.unwrap().data_ref().map_or(0, Bytes::len);
            }
            assert_eq!(bytes, parts * PART, "after {statement}");
        });
    }
}
