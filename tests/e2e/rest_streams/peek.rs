//! Why our component reads no byte of a body that it passes on: a runtime loses what it had
//! read ahead. A component that peeks shows it, and ours, with the same bodies.

use std::convert::Infallible;
use std::fs;
use std::num::NonZeroUsize;
use std::sync::mpsc;

use bytes::Bytes;
use futures::stream;
use http::Request;
use http_body_util::StreamBody;
use hyper::body::Frame;
use workspace::root;

use super::{read, send};
use crate::org::NAME;
use crate::raw_org::{Protocol, RawOrg};

const BATCHES: &str = "/services/data/v66.0/jobs/ingest/750000000000001AAA/batches";

/// How long a body is, in bytes: it comes in one part.
const LONG: usize = 100_000;

/// What of it a component reads that peeks: see `tests/guests/hostile/src/peek.rs`.
const PEEKED: usize = 16;

/// An org that takes an upload in chunks, says how much of it came, and answers a body of the
/// same length. `probes` requests come before it.
fn org(probes: usize) -> (RawOrg, mpsc::Receiver<usize>) {
    let (sender, lengths) = mpsc::channel();
    let org = RawOrg::start(Protocol::Http1, move |wire, request| {
        if request.number < probes {
            return wire.answer_well(request);
        }
        let mut upload = Vec::new();
        while !upload.ends_with(b"0\r\n\r\n") {
            upload.extend(wire.upload_part()?);
        }
        _ = sender.send(upload.iter().filter(|byte| **byte == b'x').count());
        wire.answer_with(
            request,
            200,
            &[("content-type", "text/plain")],
            &[b'y'; LONG],
        )
    });
    org.put_secret(true);
    (org, lengths)
}

/// Sends a long body in one part. Answers how much the org got of it, and how much of the
/// answer came.
async fn exchanged(acme: &sfbox::Org, lengths: &mpsc::Receiver<usize>) -> (usize, Option<usize>) {
    let part = Frame::data(Bytes::from(vec![b'x'; LONG]));
    let body = StreamBody::new(stream::iter([Ok::<_, Infallible>(part)]));
    let answered = send(acme, Request::put(BATCHES).body(body).unwrap()).await;
    let answered = read(answered.unwrap()).await;
    (
        lengths.recv().unwrap(),
        answered.ok().map(|body| body.len()),
    )
}

#[tokio::test]
async fn a_body_that_was_peeked_at_and_passed_on_has_lost_bytes() {
    let (org, lengths) = org(0);
    let path = root().join("target/component/hostile.cwasm");
    let image =
        fs::read(&path).unwrap_or_else(|_| panic!("no {}: run `cargo xtask test`", path.display()));
    let builder = org.builder().workers(NonZeroUsize::MIN);
    #[expect(unsafe_code, reason = "the image is this project's own")]
    // SAFETY: it was made by `cargo xtask test`, as the built-in one is.
    let builder = unsafe { builder.native_image(image) };
    let runtime = builder.build().unwrap();
    let (up, down) = exchanged(&runtime.org(NAME).unwrap(), &lengths).await;
    // With a runtime that loses nothing, the comment in `guest/src/component/wasi_0_3.rs` can
    // go, and this test.
    assert!(up < LONG - PEEKED, "{up} bytes went up");
    assert!(
        down.is_none_or(|down| down < LONG - PEEKED),
        "{down:?} bytes came down"
    );
}

#[tokio::test]
async fn ours_peeks_at_none() {
    let (org, lengths) = org(1);
    let acme = org.library();
    assert_eq!(exchanged(&acme, &lengths).await, (LONG, Some(LONG)));
}
