//! `bulk down|up BYTES`: one body from an org, or to it, over HTTP/1.1 and TLS. Prints how
//! long it took, from the request on.
#![expect(clippy::print_stdout, reason = "the figure is its output")]

use std::convert::Infallible;
use std::time::Instant;

use anyhow::Context as _;
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use http::header::{AUTHORIZATION, CONTENT_LENGTH, HOST};
use http::{Method, Request};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use hyper_util::rt::TokioIo;
use sfbox_bench::http::connect;
use sfbox_bench::org::Org;

/// Where files come from, and where records go.
const FILE: &str = "/services/data/v66.0/sobjects/ContentVersion/068000000000001AAA/VersionData";
const BATCHES: &str = "/services/data/v66.0/jobs/ingest/750000000000001AAA/batches";

/// Bytes of a part.
const PART: usize = 256 << 10;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let usage = "usage: bulk down|up BYTES";
    let mut arguments = std::env::args().skip(1);
    let is_up = arguments.next().context(usage)? == "up";
    let bytes: usize = arguments.next().context(usage)?.parse().context(usage)?;
    let org = Org::from_env()?;
    let stream = connect(&org).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = match is_up {
        true => Request::builder()
            .method(Method::PUT)
            .uri(BATCHES)
            .header(CONTENT_LENGTH, bytes),
        false => Request::builder().uri(format!("{FILE}?bytes={bytes}")),
    };
    let request = request
        .header(HOST, &org.host)
        .header(AUTHORIZATION, format!("Bearer {}", org.token));
    let part = Bytes::from(vec![b'x'; PART]);
    let parts = (0..bytes).step_by(PART).filter(move |_| is_up);
    let frames = stream::iter(parts).map(move |from| {
        let part = part.slice(..PART.min(bytes - from));
        Ok::<_, Infallible>(Frame::data(part))
    });
    let begun = Instant::now();
    let response = sender
        .send_request(request.body(StreamBody::new(frames))?)
        .await?;
    anyhow::ensure!(response.status().is_success(), "{}", response.status());
    let mut body = response.into_body();
    let mut received = 0;
    while let Some(frame) = body.frame().await {
        received += frame?.data_ref().map_or(0, Bytes::len);
    }
    anyhow::ensure!(
        is_up || received == bytes,
        "{received} of {bytes} bytes came"
    );
    println!("{}", begun.elapsed().as_nanos());
    Ok(())
}
