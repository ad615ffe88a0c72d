//! An Apex REST class: it answers what a request tells it to.
//!
//! Salesforce has no such class; an org's own classes answer anything, which is
//! what this one is for. Sessions are Salesforce's: see "Apex REST" in the Apex
//! Developer Guide.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use http::{HeaderName, HeaderValue, Method, StatusCode};

use crate::answer::Answer;
use crate::authorized;
use crate::error::ApiError;
use crate::org::Org;
use crate::request::{API_BODY_BYTES_MAX, Request};
use crate::resource::Route;
use crate::segments::Segments;

/// What is said in a parameter of this name, or in the header that has `echo-`
/// before it.
static TELLS: [(&str, HeaderName); 5] = [
    ("status", HeaderName::from_static("echo-status")),
    ("type", HeaderName::from_static("echo-type")),
    ("body", HeaderName::from_static("echo-body")),
    ("bytes", HeaderName::from_static("echo-bytes")),
    ("header", HeaderName::from_static("echo-header")),
];

const ECHO_METHOD: HeaderName = HeaderName::from_static("echo-method");
const ECHO_PATH: HeaderName = HeaderName::from_static("echo-path");

/// What the class is told to answer.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    status: StatusCode,
    kind: HeaderValue,
    body: Bytes,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// Answers `/services/apexrest/echo` and what lies below it.
pub(crate) fn echo(org: &Org, request: &Request, _: &Segments) -> Answer {
    if let Err(error) = authorized::session(org, request) {
        return error.into();
    }
    let used = authorized::count(org);
    let answer = match told(request) {
        Ok(told) => {
            org.stats.record(|stats| {
                stats.apex_executions += 1;
                if !matches!(request.method, Method::GET | Method::HEAD) {
                    stats.wrote(Route::Apex);
                }
            });
            answer(request, told)
        }
        Err(error) => error.into(),
    };
    authorized::with_usage(answer, used)
}

/// What a request tells, its body if nothing else; what cannot be done is
/// refused before anything is executed.
fn told(request: &Request) -> Result<Told, ApiError> {
    let status = match said(request, "status").first() {
        Some(status) => status
            .parse()
            .ok()
            .filter(|status| (200..=599).contains(status))
            .and_then(|status| StatusCode::from_u16(status).ok())
            .ok_or_else(|| ApiError::missing_parameter("status"))?,
        None => StatusCode::OK,
    };
    let kind = match said(request, "type").first() {
        Some(kind) => HeaderValue::try_from(kind.as_str()).ok(),
        None => request
            .header(&CONTENT_TYPE)
            .and_then(|kind| HeaderValue::try_from(kind).ok())
            .or(Some(HeaderValue::from_static("application/octet-stream"))),
    };
    let kind = kind.ok_or_else(|| ApiError::missing_parameter("type"))?;
    let bytes = match said(request, "bytes").first() {
        Some(bytes) => {
            let bytes = bytes
                .parse()
                .ok()
                .filter(|bytes| *bytes <= API_BODY_BYTES_MAX);
            Some(bytes.ok_or_else(|| ApiError::missing_parameter("bytes"))?)
        }
        None => None,
    };
    let body = match (said(request, "body").pop(), bytes) {
        (Some(body), _) => Bytes::from(body),
        (None, Some(bytes)) => Bytes::from(vec![b'x'; bytes]),
        (None, None) => request.body.clone(),
    };
    let headers = said(request, "header").into_iter().map(|line| {
        let (name, value) = line.split_once(':')?;
        let name = HeaderName::try_from(name.trim()).ok()?;
        // The body's length is what it is.
        let is_own = matches!(name, CONTENT_LENGTH | TRANSFER_ENCODING);
        let value = HeaderValue::try_from(value.trim()).ok()?;
        (!is_own).then_some((name, value))
    });
    let headers: Option<Vec<(HeaderName, HeaderValue)>> = headers.collect();
    Ok(Told {
        status,
        kind,
        body,
        headers: headers.ok_or_else(|| ApiError::missing_parameter("header"))?,
    })
}

/// What a request says of this name, in its parameters before its headers.
fn said(request: &Request, name: &str) -> Vec<String> {
    let parameters = request.parameters().filter(|(key, _)| key == name);
    let parameters = parameters.map(|(_, value)| value.into_owned());
    let headers = TELLS.iter().filter(|(key, _)| *key == name);
    let headers = headers.flat_map(|(_, header)| request.headers(header));
    parameters.chain(headers.map(str::to_owned)).collect()
}

fn answer(request: &Request, told: Told) -> Answer {
    let mut answer = Answer::new(told.status, told.kind, told.body);
    let method = HeaderValue::try_from(request.method.as_str());
    let path = HeaderValue::try_from(request.path());
    for (name, value) in [(ECHO_METHOD, method), (ECHO_PATH, path)] {
        if let Ok(value) = value {
            answer = answer.with(name, value);
        }
    }
    for (name, value) in told.headers {
        answer.headers.append(name, value);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(uri: &str, headers: &[(&str, &str)], body: &'static str) -> Result<Told, ApiError> {
        let mut builder = http::Request::builder().uri(uri);
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        let parts = builder.body(()).expect("a request").into_parts().0;
        told(&Request::new(parts, Bytes::from_static(body.as_bytes())))
    }

    #[test]
    fn a_request_says_what_it_wants() {
        let plain = of("/", &[("content-type", "text/plain")], "hello").expect("told");
        assert_eq!(plain.status, StatusCode::OK);
        assert_eq!(
            (&plain.kind, &plain.body[..]),
            (&HeaderValue::from_static("text/plain"), &b"hello"[..])
        );
        let told = of(
            "/?status=401&body=no&header=ETag:%20%22a%22",
            &[
                ("echo-type", "text/html"),
                ("echo-status", "500"),
                ("echo-header", "Link: <b>"),
            ],
            "hello",
        );
        let told = told.expect("told");
        assert_eq!(told.status, StatusCode::UNAUTHORIZED);
        assert_eq!(
            (&told.kind, &told.body[..]),
            (&HeaderValue::from_static("text/html"), &b"no"[..])
        );
        let names: Vec<&str> = told.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["etag", "link"]);
        assert_eq!(of("/?bytes=3", &[], "").expect("told").body, "xxx");
        for uri in [
            "/?status=99",
            "/?status=x",
            "/?bytes=99999999999",
            "/?bytes=-1",
            "/?header=a",
            "/?header=Content-Length:1",
        ] {
            assert!(of(uri, &[], "").is_err(), "{uri}");
        }
    }
}
