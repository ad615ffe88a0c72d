//! `canned ANSWERS CERTIFICATE KEY`: an org that costs next to nothing. Its small answers
//! lie in memory, its long bodies are one part again and again, and what is sent to it is
//! read and forgotten. Prints its two ports: one that speaks HTTP/1.1 alone, and one that
//! speaks HTTP/2 with who wants it. It ends with its input.
#![expect(clippy::print_stdout, reason = "its ports are its output")]

use std::fs;
use std::path::Path;

use bytes::Bytes;
use futures::{StreamExt as _, stream};
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Frame, Incoming};
use sfbox_bench::server::{self, Body, takes_gzip, whole};

/// Bytes of a part of a long body.
const PART: usize = 256 << 10;

/// What asks for a long body, with its length behind it.
const LONG: &str = "bytes=";

/// How a query for a page ends, however its spaces are encoded.
const PAGE: &str = "2000";

struct Answers {
    small: Bytes,
    page: Bytes,
    packed_page: Bytes,
    part: Bytes,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, certificate, key] = &arguments[..] else {
        anyhow::bail!("usage: canned ANSWERS CERTIFICATE KEY");
    };
    let read = |name: &str| fs::read(Path::new(folder).join(name)).map(Bytes::from);
    let answers = Answers {
        small: read("small.json")?,
        page: read("page.json")?,
        packed_page: read("page.json.gz")?,
        part: vec![b'x'; PART].into(),
    };
    let ports = server::listen(certificate.as_ref(), key.as_ref(), answers).await?;
    println!("{}", serde_json::to_string(&ports)?);
    server::end_of_input().await
}

impl server::Answers for Answers {
    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let (head, mut body) = request.into_parts();
        while let Some(Ok(_)) = body.frame().await {}
        let query = head.uri.query().unwrap_or_default();
        let length = query.strip_prefix(LONG).and_then(|text| text.parse().ok());
        let mut response = match length {
            Some(length) => self.long(length),
            None if query.ends_with(PAGE) => self.page(&head.headers),
            None => Response::new(whole(self.small.clone())),
        };
        if head.method != Method::GET {
            *response.status_mut() = StatusCode::CREATED;
        }
        response
    }
}

impl Answers {
    fn page(&self, asked: &HeaderMap) -> Response<Body> {
        if !takes_gzip(asked) {
            return Response::new(whole(self.page.clone()));
        }
        let mut response = Response::new(whole(self.packed_page.clone()));
        let gzip = HeaderValue::from_static("gzip");
        response.headers_mut().insert(CONTENT_ENCODING, gzip);
        response
    }

    fn long(&self, length: usize) -> Response<Body> {
        let part = self.part.clone();
        let parts = stream::iter((0..length).step_by(PART));
        let frames = parts.map(move |from| {
            let part = part.slice(..PART.min(length - from));
            Ok(Frame::data(part))
        });
        let mut response = Response::new(StreamBody::new(frames).boxed_unsync());
        let binary = HeaderValue::from_static("application/octet-stream");
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, binary);
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        response
    }
}
