//! Callers that have stopped, reading or sending, and the others.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use futures::future::join_all;
use futures::{FutureExt as _, StreamExt as _, stream};
use http::Request;
use http_body_util::StreamBody;
use hyper::body::{Body, Frame};
use sfbox::{Options, Page, QueryOptions};

use super::wire::{FILE, SOQL, block_on, org};
use super::{get, send};
use crate::raw_org::{Protocol, http2};

/// More than an org's calls, more than an instance's requests, and more than a server takes
/// on one connection.
const STOPPED: usize = 300;

/// How long another call may take.
const SOON: Duration = Duration::from_secs(20);

/// The answer to somebody else.
async fn neighbour(acme: &sfbox::Org) -> Page {
    let options = QueryOptions {
        call: Options {
            timeout: Some(SOON),
            ..Options::default()
        },
        ..QueryOptions::default()
    };
    acme.query(SOQL, &options).await.expect("it is held up")
}

#[test]
fn over_http_2_readers_that_have_stopped_hold_up_no_answer() {
    let org = org(Protocol::Http2, |wire, request| {
        if request.number >= STOPPED {
            return wire.answer_well(request);
        }
        let head = http2::headers(200, &[("content-type", "text/plain")]);
        let head = http2::frame(http2::HEADERS, http2::END_HEADERS, request.stream, &head);
        wire.send(&head)?;
        // All that the client takes.
        http2::fill(wire, request.stream)
    });
    let acme = org.library();
    block_on(async {
        let opened = join_all((0..STOPPED).map(|_| send(&acme, get(FILE)))).await;
        let stopped: Vec<_> = opened.into_iter().map(Result::unwrap).collect();
        assert_eq!(neighbour(&acme).await.total_size, Some(1));
        let most = org.most_open_streams();
        assert!(most <= 128, "{most} at once on one connection");
        drop(stopped);
    });
}

/// A body that begins, and goes on when nobody waits any more.
fn begun(text: &'static str) -> impl Body<Data = Bytes, Error = Infallible> + Send {
    let first = Ok(Frame::data(Bytes::from_static(text.as_bytes())));
    StreamBody::new(stream::iter([first]).chain(stream::pending()))
}

#[test]
fn bodies_that_do_not_come_hold_up_no_call() {
    let org = org(Protocol::Http1, |wire, request| wire.answer_well(request));
    let acme = org.library();
    let short = |method: &str, length: Option<&str>| {
        let request = Request::builder().method(method).uri(FILE);
        let request = match length {
            Some(length) => request.header("content-length", length),
            None => request,
        };
        request.body(begun("nine byte")).unwrap()
    };
    for (method, length) in [
        ("POST", Some("10")),
        ("DELETE", None),
        // Of unknown length: it is passed on.
        ("PUT", None),
        ("PUT", Some("999999")),
    ] {
        let sends = (0..STOPPED).map(|_| send(&acme, short(method, length)));
        let mut sends: Vec<_> = sends.map(Box::pin).collect();
        block_on(async {
            for sending in &mut sends {
                let answered = sending.as_mut().now_or_never();
                assert!(answered.is_none(), "{method} {length:?}: {answered:?}");
            }
            assert_eq!(neighbour(&acme).await.total_size, Some(1));
            for sending in &mut sends {
                assert!(sending.as_mut().now_or_never().is_none());
            }
        });
    }
}
