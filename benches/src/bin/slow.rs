//! `slow FOLDER CERTIFICATE KEY MILLISECONDS`: an org that answers so long after a request, to
//! as many at a time as there are. It counts the records that are created and stores nothing;
//! a query for `COUNT()` tells the number. Other queries have the pages in `FOLDER`, and
//! descriptions are in `FOLDER` too. Prints its two ports, as `canned` does. It ends with its
//! input.
#![expect(clippy::print_stdout, reason = "its ports are its output")]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::header::{CONTENT_ENCODING, HeaderMap, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use sfbox_bench::creations;
use sfbox_bench::server::{self, Body, takes_gzip, whole};

/// The only object that is described.
const DESCRIBE: &str = "/sobjects/Account/describe";

/// What lists all objects.
const OBJECTS: &str = "/sobjects";

/// What the name of a page stands behind, in its path.
const LOCATOR: &str = "/query/";

struct Answers {
    folder: PathBuf,
    delay: Duration,
    created: AtomicU64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, certificate, key, milliseconds] = &arguments[..] else {
        anyhow::bail!("usage: slow FOLDER CERTIFICATE KEY MILLISECONDS");
    };
    let answers = Answers {
        folder: folder.into(),
        delay: Duration::from_millis(milliseconds.parse()?),
        created: AtomicU64::new(0),
    };
    let ports = server::listen(certificate.as_ref(), key.as_ref(), answers).await?;
    println!("{}", serde_json::to_string(&ports)?);
    server::end_of_input().await
}

impl server::Answers for Answers {
    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let (head, body) = request.into_parts();
        let body = body.collect().await;
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        let Ok(body) = body else {
            return failed(StatusCode::BAD_REQUEST);
        };
        let path = head.uri.path();
        if head.method == Method::POST {
            let Some(created) = creations::answer(path, &body.to_bytes()) else {
                return failed(StatusCode::NOT_FOUND);
            };
            self.created.fetch_add(created.records, Ordering::Relaxed);
            return answered(created.status, whole(created.body));
        }
        if head
            .uri
            .query()
            .is_some_and(|query| query.contains("COUNT"))
        {
            let records = self.created.load(Ordering::Relaxed);
            let count = format!(r#"{{"totalSize":{records},"done":true,"records":[]}}"#);
            return answered(StatusCode::OK, whole(count));
        }
        self.file(path, &head.headers)
    }
}

impl Answers {
    fn file(&self, path: &str, asked: &HeaderMap) -> Response<Body> {
        let file = self.folder.join(file_of(path));
        let packed = file.with_extension("json.gz");
        if takes_gzip(asked) && packed.exists() {
            let mut response = read(&packed);
            let gzip = HeaderValue::from_static("gzip");
            response.headers_mut().insert(CONTENT_ENCODING, gzip);
            return response;
        }
        read(&file)
    }
}

/// The file that has the answer to a path. A page is named by its first row.
fn file_of(path: &str) -> String {
    if path.ends_with(DESCRIBE) {
        return "describe.json".to_owned();
    }
    if path.ends_with(OBJECTS) {
        return "sobjects.json".to_owned();
    }
    let locator = path.split_once(LOCATOR).map(|(_, locator)| locator);
    let first = locator.and_then(|locator| locator.rsplit_once('-'));
    let first = first.map_or("0", |(_, first)| first);
    format!("pages/{first}.json")
}

fn read(file: &Path) -> Response<Body> {
    match std::fs::read(file) {
        Ok(text) => answered(StatusCode::OK, whole(text)),
        Err(_) => failed(StatusCode::NOT_FOUND),
    }
}

fn answered(status: StatusCode, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}

fn failed(status: StatusCode) -> Response<Body> {
    let body = format!(r#"[{{"message":"{status}","errorCode":"BENCH"}}]"#);
    answered(status, whole(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_has_its_file() {
        for (path, file) in [
            ("/sobjects", "sobjects.json"),
            ("/sobjects/Account/describe", "describe.json"),
            ("/query", "pages/0.json"),
            ("/query/", "pages/0.json"),
            ("/query/01g5e00000BenchAAA-2000", "pages/2000.json"),
        ] {
            assert_eq!(file_of(&format!("/services/data/v66.0{path}")), file);
        }
    }
}
