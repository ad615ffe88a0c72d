//! Requests whose bodies flow, against the emulator: the session's rules, what arrives, and
//! what does not leave.

mod ends;
mod peek;
mod stopped;
mod wire;

use std::convert::Infallible;

use bytes::Bytes;
use contract::covers;
use futures::future::join_all;
use futures::stream;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, ETAG, HeaderMap};
use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Empty, Full, StreamBody};
use hyper::body::Frame;
use sfbox::policy::{Level, Policy};
use sfbox::{Body, BodyError, Error, Failure, Options, StreamOptions};
use sfbox_emulator::{Effect, Fault, FaultRoute, Route};

use crate::org::Org;
use crate::raw_org::{self, Protocol, RawOrg, Wire};

const ECHO: &str = "/services/apexrest/echo";
const ACCOUNT: &str = "/services/data/v66.0/sobjects/Account";
const LIMITS: &str = "/services/data/v66.0/limits";

/// One byte more than is read whole.
const LONG_BYTES: usize = (256 << 10) + 1;

fn get(path: &str) -> Request<Empty<Bytes>> {
    Request::get(path).body(Empty::new()).unwrap()
}

fn with_body(method: Method, path: &str, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    let request = Request::builder().method(method).uri(path);
    request.body(Full::new(body.into())).unwrap()
}

fn account(name: &str) -> Request<Full<Bytes>> {
    let body = format!("{{\"Name\":\"{name}\"}}");
    let mut request = with_body(Method::POST, ACCOUNT, body);
    let json = http::HeaderValue::from_static("application/json");
    request.headers_mut().insert("content-type", json);
    request
}

async fn send<B>(org: &sfbox::Org, request: Request<B>) -> Result<Response<Body>, Error>
where
    B: hyper::body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    org.stream(request, &StreamOptions::default()).await
}

async fn read(response: Response<Body>) -> Result<Bytes, BodyError> {
    Ok(response.into_body().collect().await?.to_bytes())
}

fn failure(outcome: Result<Response<Body>, Error>) -> Failure {
    match outcome {
        Err(Error::Call { failure, .. }) => *failure,
        other => panic!("{other:?}"),
    }
}

fn json(bytes: &Bytes) -> serde_json::Value {
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn a_record_is_created_read_changed_and_deleted_and_its_refusals_are_answers() {
    covers(["rest-streams#send"]);
    let org = Org::start();
    let library = org.library();
    org.block_on(async {
        let created = send(&library, account("Anybody")).await.unwrap();
        assert_eq!(created.status(), 201);
        let id = json(&read(created).await.unwrap())["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let path = format!("{ACCOUNT}/{id}");
        let found = send(&library, get(&format!("{path}?fields=Name")))
            .await
            .unwrap();
        assert_eq!(found.status(), 200);
        assert_eq!(
            found.headers()["content-type"],
            "application/json;charset=UTF-8"
        );
        assert_eq!(json(&read(found).await.unwrap())["Name"], "Anybody");
        let patch = with_body(Method::PATCH, &path, r#"{"Name":"Somebody"}"#);
        let patched = send(&library, patch).await.unwrap();
        assert_eq!(patched.status(), 204);
        assert!(read(patched).await.unwrap().is_empty());
        let delete = Request::delete(&path).body(Empty::<Bytes>::new()).unwrap();
        assert_eq!(send(&library, delete).await.unwrap().status(), 204);
        let gone = send(&library, get(&path)).await.unwrap();
        assert_eq!(gone.status(), 404);
        let length = gone.headers()[CONTENT_LENGTH].to_str().unwrap().to_owned();
        let gone = read(gone).await.unwrap();
        assert_eq!(length, gone.len().to_string());
        assert!(json(&gone)[0]["errorCode"].is_string());
        let head = Request::head(LIMITS).body(Empty::<Bytes>::new()).unwrap();
        let head = send(&library, head).await.unwrap();
        assert_eq!(head.status(), 200);
        assert!(read(head).await.unwrap().is_empty());
    });
    assert_eq!(org.logins(), 1);
}

#[test]
fn a_session_that_ends_under_forty_requests_costs_one_login_and_each_is_executed_once() {
    let org = Org::start();
    let library = org.library();
    org.block_on(async {
        send(&library, get(LIMITS)).await.unwrap();
        org.control().expire_sessions();
        let calls = (0..40).map(|number| {
            let request = account(&format!("Number {number}"));
            send(&library, request)
        });
        for answered in join_all(calls.collect::<Vec<_>>()).await {
            assert_eq!(answered.unwrap().status(), 201);
        }
    });
    assert_eq!(org.logins(), 2);
    let writes = org.control().stats().writes[&Route::Create];
    assert_eq!(writes, 40);
}

#[test]
fn a_body_that_is_passed_on_is_sent_on_a_proved_session_and_once() {
    let org = Org::start();
    let library = org.library();
    let upload = || with_body(Method::PUT, ECHO, vec![b'x'; LONG_BYTES]);
    org.block_on(async {
        let answered = send(&library, upload()).await.unwrap();
        assert_eq!(read(answered).await.unwrap().len(), LONG_BYTES);
        let proofs = org.requests(Route::Resources);
        assert!(proofs >= 1);
        send(&library, upload()).await.unwrap();
        assert_eq!(org.requests(Route::Resources), proofs, "it has just worked");
        org.control().expire_sessions();
        let ended = send(&library, upload()).await.unwrap_err();
        assert_eq!(ended.code(), "session-changed");
        assert_eq!(org.logins(), 2, "it was renewed for the next one");
        assert_eq!(org.control().stats().apex_executions, 2);
        assert_eq!(send(&library, upload()).await.unwrap().status(), 200);
    });
    assert_eq!(org.logins(), 2);
}

#[test]
fn a_body_that_is_passed_on_and_whose_answer_is_lost_is_executed_once() {
    let org = Org::start();
    let library = org.library();
    org.block_on(async {
        let fault = Fault {
            route: FaultRoute::Only(Route::Apex),
            skip: 0,
            count: Some(1),
            effect: Effect::CutAnswer,
        };
        org.control().faults(vec![fault]).unwrap();
        let upload = with_body(Method::PUT, ECHO, vec![b'x'; LONG_BYTES]);
        let lost = send(&library, upload).await.unwrap_err();
        assert_eq!(lost.code(), "outcome-unknown");
    });
    assert_eq!(org.requests(Route::Apex), 1);
}

#[test]
fn bodies_of_every_size_arrive_both_ways() {
    for configure in [|builder| builder, sfbox_emulator::Builder::http1_only] {
        let org = Org::start_with(configure);
        let library = org.library();
        org.block_on(async {
            for bytes in [0, 1, LONG_BYTES - 1, LONG_BYTES, 5_000_000] {
                // Not text, and without an end that is easy to see.
                let numbers = (0..bytes).map(|at| u8::try_from(at % 251 + 5).unwrap());
                let body = Bytes::from(numbers.collect::<Vec<u8>>());
                let answered = send(&library, with_body(Method::POST, ECHO, body.clone())).await;
                let answered = answered.unwrap();
                assert_eq!(answered.status(), 200);
                assert!(read(answered).await.unwrap() == body, "{bytes} bytes");
            }
        });
    }
}

#[test]
fn an_answer_that_repeats_a_secret_has_stars_in_its_place() {
    let org = Org::start();
    let library = org.library();
    org.block_on(async {
        library.renew_session(&Options::default()).await.unwrap();
        let token = org.stored()["SessionId"].as_str().unwrap().to_owned();
        let secret = crate::org::CONSUMER_SECRET;
        let stars = |text: &str| "*".repeat(text.len());
        let body = format!("before {token} and {secret} after");
        let echo = || {
            let mut echo = with_body(Method::POST, ECHO, body.clone());
            let told = format!("ETag: {token}").parse().unwrap();
            echo.headers_mut().insert("echo-header", told);
            echo
        };
        let answered = send(&library, echo()).await.unwrap();
        assert_eq!(answered.headers()[ETAG], stars(&token));
        let expected = format!("before {} and {} after", stars(&token), stars(secret));
        assert_eq!(read(answered).await.unwrap(), expected);
        // Who names a coding gets what was sent.
        let mut untouched = echo();
        let identity = http::HeaderValue::from_static("identity");
        untouched.headers_mut().insert(ACCEPT_ENCODING, identity);
        let answered = send(&library, untouched).await.unwrap();
        assert_eq!(read(answered).await.unwrap(), body);
        // A refusal is read, and told without them whatever its coding.
        let mut refused = with_body(Method::POST, &format!("{ECHO}?status=400"), body.clone());
        let gzip = http::HeaderValue::from_static("gzip");
        refused.headers_mut().insert(ACCEPT_ENCODING, gzip);
        let refused = send(&library, refused).await.unwrap();
        assert!(!refused.headers().contains_key(CONTENT_ENCODING));
        let refused = String::from_utf8(read(refused).await.unwrap().to_vec()).unwrap();
        assert!(!refused.contains(&token), "{refused}");
    });
}

#[test]
fn gzip_is_undone_unless_its_caller_asks_for_it() {
    let org = Org::start();
    let library = org.library();
    org.block_on(async {
        let plain = read(send(&library, get(LIMITS)).await.unwrap())
            .await
            .unwrap();
        assert!(json(&plain).is_object());
        let mut asked = get(LIMITS);
        let gzip = http::HeaderValue::from_static("gzip");
        asked.headers_mut().insert(ACCEPT_ENCODING, gzip);
        let coded = send(&library, asked).await.unwrap();
        assert_eq!(coded.headers()[CONTENT_ENCODING], "gzip");
        let coded = read(coded).await.unwrap();
        assert_eq!(coded[..2], [0x1f, 0x8b], "gzip's beginning");
    });
}

#[test]
fn a_coding_that_cannot_be_undone_is_not_handed_on() {
    let script = |wire: &mut Wire, request: &raw_org::Request| {
        let status = if request.number.is_multiple_of(2) {
            200
        } else {
            400
        };
        let headers = [("content-encoding", "br"), ("etag", "7")];
        wire.answer_with(request, status, &headers, b"CANARY")
    };
    for protocol in [Protocol::Http1, Protocol::Http2] {
        let org = RawOrg::start(protocol, script);
        org.put_secret(true);
        let acme = org.library();
        futures::executor::block_on(async {
            let unread = failure(send(&acme, get(LIMITS)).await);
            assert!(matches!(unread, Failure::UnexpectedAnswer(_)), "{unread:?}");
            let refused = send(&acme, get(LIMITS)).await.unwrap();
            assert_eq!(refused.status(), 400);
            assert!(!refused.headers().contains_key(CONTENT_ENCODING));
            assert_eq!(refused.headers()[ETAG], "7");
            assert!(read(refused).await.unwrap().is_empty());
            let mut asked = get(LIMITS);
            let coding = http::HeaderValue::from_static("br");
            asked.headers_mut().insert(ACCEPT_ENCODING, coding);
            let untouched = send(&acme, asked).await.unwrap();
            assert_eq!(untouched.headers()[CONTENT_ENCODING], "br");
            assert_eq!(read(untouched).await.unwrap(), "CANARY");
        });
    }
}

/// A body of unknown length.
fn unknown(parts: Vec<Bytes>) -> impl hyper::body::Body<Data = Bytes, Error = Infallible> + Send {
    let frames = parts.into_iter().map(|part| Ok(Frame::data(part)));
    StreamBody::new(stream::iter(frames))
}

#[test]
fn what_the_policy_denies_does_not_leave() {
    let org = Org::start();
    let policy = |level| Policy {
        level,
        ..Policy::default()
    };
    let readonly = org.library_on(org.file_store(), |builder| {
        builder.policy(policy(Level::ReadOnly))
    });
    let no_delete = org.library_on(org.file_store(), |builder| {
        builder.policy(policy(Level::NoDelete))
    });
    org.block_on(async {
        assert_eq!(send(&readonly, get(LIMITS)).await.unwrap().status(), 200);
        let denied = send(&readonly, account("x")).await.unwrap_err();
        assert!(denied.is_of_policy(), "{denied}");
        let part = Bytes::from(vec![b' '; LONG_BYTES]);
        let upload = |parts| {
            let request = Request::post("/services/data/v66.0/composite");
            let request = request.header("content-type", "application/json");
            request.body(unknown(parts)).unwrap()
        };
        // Its body decides, and is read for that as far as that goes.
        let denied = send(&no_delete, upload(vec![part.clone(); 5])).await.unwrap_err();
        assert!(denied.is_of_policy(), "{denied}");
        let delete = br#"{"compositeRequest":[{"method":"DELETE","referenceId":"a","url":"/services/data/v66.0/sobjects/Account/001000000000001AAA"}]}"#;
        let denied = send(&no_delete, upload(vec![part, Bytes::from_static(delete)])).await;
        let denied = denied.unwrap_err();
        assert!(denied.is_of_policy(), "{denied}");
    });
    let stats = org.control().stats();
    assert_eq!(stats.requests.get(&Route::Create), None);
    assert_eq!(stats.requests.get(&Route::Composite), None);
}

#[test]
fn what_cannot_be_sent_is_refused_by_its_rule_and_what_is_not_the_callers_is_ignored() {
    let org = Org::start();
    let library = org.library();
    org.block_on(async {
        for (path, rule) in [
            (
                "/services/oauth2/userinfo",
                "`/services/oauth2` is not allowed",
            ),
            (
                "/secur/frontdoor.jsp",
                "paths below `/services/` are allowed",
            ),
            (
                "/services/data/v66.0/%6cimits",
                "percent-encoding is only allowed",
            ),
        ] {
            let refused = failure(send(&library, get(path)).await);
            assert!(
                matches!(&refused, Failure::InvalidInput(why) if why.contains(rule)),
                "{refused:?}"
            );
        }
        let mut overridden = get(LIMITS);
        let delete = http::HeaderValue::from_static("DELETE");
        overridden
            .headers_mut()
            .insert("x-http-method-override", delete);
        let refused = failure(send(&library, overridden).await);
        assert!(matches!(refused, Failure::InvalidInput(_)), "{refused:?}");
        let mut ignored = get("https://evil.example/services/data/v66.0/limits");
        for name in [
            "authorization",
            "x-sfdc-session",
            "cookie",
            "host",
            "proxy-authorization",
        ] {
            let mine = http::HeaderValue::from_static("Bearer mine");
            ignored.headers_mut().insert(name, mine);
        }
        assert_eq!(send(&library, ignored).await.unwrap().status(), 200);
        let options = StreamOptions {
            timeout: Some(std::time::Duration::ZERO),
            ..StreamOptions::default()
        };
        let refused = library.stream(get(LIMITS), &options).await;
        assert!(matches!(failure(refused), Failure::InvalidInput(_)));
    });
    assert_eq!(org.logins(), 1);
    assert_eq!(org.control().stats().unauthorized, 0);
}

#[test]
fn no_cookie_and_no_header_for_browsers_or_for_the_next_hop_arrives() {
    let org = Org::start();
    let library = org.library();
    org.block_on(async {
        let mut echo = with_body(Method::POST, ECHO, "x");
        for line in [
            "Set-Cookie: a=b",
            "WWW-Authenticate: Token",
            "X-Frame-Options: DENY",
            "X-Mine: 1",
        ] {
            let line = http::HeaderValue::from_static(line);
            echo.headers_mut().append("echo-header", line);
        }
        let answered = send(&library, echo).await.unwrap();
        let headers: &HeaderMap = answered.headers();
        assert_eq!(headers["x-mine"], "1");
        for name in [
            "set-cookie",
            "www-authenticate",
            "x-frame-options",
            "transfer-encoding",
        ] {
            assert!(!headers.contains_key(name), "{name}");
        }
    });
}
