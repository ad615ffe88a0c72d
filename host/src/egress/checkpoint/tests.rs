use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use futures::FutureExt as _;
use futures::stream::{iter, pending};
use http_body_util::StreamBody;
use hyper::body::Frame;
use sfbox_secret::SecretName;
use tokio::runtime::{self, Runtime};

use super::*;
use crate::policy::{Level, Policy};

const HOST: &str = "acme.my.salesforce.com";

fn checkpoint(level: Level, audit: Option<Arc<Audit>>) -> Checkpoint {
    let pin = Pin::new(vec!["files.example:8443".parse().unwrap()]);
    pin.learn_secret(Some(HOST), Some("na1.salesforce.com"));
    let served = Served {
        org: SecretName::parse("acme").unwrap(),
        policy: Policy {
            level,
            ..Policy::default()
        },
    };
    Checkpoint::new(Arc::new(served), pin, audit)
}

fn whole(bytes: &'static [u8]) -> WasiBody {
    let body = Full::new(Bytes::from_static(bytes));
    body.map_err(|never| match never {}).boxed_unsync()
}

/// A body that goes on for ever after these chunks.
fn endless(chunk: &'static [u8], count: usize) -> WasiBody {
    let chunks = iter((0..count).map(move |_| Ok(Frame::data(Bytes::from_static(chunk)))));
    let chunks = futures::StreamExt::chain(chunks, pending());
    StreamBody::new(chunks).boxed_unsync()
}

fn request(method: &str, url: &str, body: WasiBody) -> http::Request<WasiBody> {
    let builder = http::Request::builder().method(method).uri(url);
    builder.body(body).unwrap()
}

/// What has a clock: a body is read against one.
fn clock() -> Runtime {
    let mut clock = runtime::Builder::new_current_thread();
    clock.enable_time().build().unwrap()
}

/// The body of a request that passes at once, or the words of its denial.
fn passed(
    checkpoint: &Checkpoint,
    request: http::Request<WasiBody>,
) -> Result<http::Request<WasiBody>, String> {
    let clock = clock();
    let _entered = clock.enter();
    let begun = Instant::now();
    let passing = checkpoint.pass(request).now_or_never();
    match passing.expect("it waits for nothing") {
        Ok(passed) => Ok(passed.request),
        Err(error) => {
            assert!(matches!(error, Error::HttpRequestDenied), "{error:?}");
            Err(checkpoint.denied(begun).expect("words").text)
        }
    }
}

fn data(path: &str) -> String {
    format!("https://{HOST}/services/data/v66.0/{path}")
}

#[test]
fn only_https_to_a_pinned_name_without_a_user_passes() {
    let checkpoint = checkpoint(Level::Everything, None);
    for (uri, passes) in [
        ("https://acme.my.salesforce.com/x", true),
        ("https://acme.my.salesforce.com:443/x", true),
        ("http://acme.my.salesforce.com/x", false),
        ("https://acme.my.salesforce.com:8443/x", false),
        ("https://user@acme.my.salesforce.com/x", false),
        ("https://acme.my.salesforce.com@evil.example/x", false),
        ("https://127.0.0.1/x", false),
        ("https://[::1]/x", false),
        ("/x", false),
    ] {
        let judged = passed(&checkpoint, request("GET", uri, whole(b"")));
        assert_eq!(judged.is_ok(), passes, "{uri}: {judged:?}");
    }
}

#[test]
fn a_denial_names_the_rule_and_the_way_out() {
    let read_only = checkpoint(Level::ReadOnly, None);
    let url = data("sobjects/Account/001000000000001AAA");
    let words = passed(&read_only, request("DELETE", &url, whole(b""))).unwrap_err();
    assert_eq!(
        words,
        "the policy is read-only, and DELETE /services/data/{version}/sobjects/{object}/{id} is a \
         delete; allow it with `--allow-path \"DELETE /services/data/*/sobjects/*/*\"`"
    );
    passed(&read_only, request("GET", &url, whole(b""))).unwrap();
    let all = checkpoint(Level::Everything, None);
    passed(&all, request("DELETE", &url, whole(b""))).unwrap();
}

#[test]
fn the_components_own_requests_go_to_the_login_host_alone() {
    let read_only = checkpoint(Level::ReadOnly, None);
    for endpoint in ["token", "introspect"] {
        for (method, host, passes) in [
            ("POST", HOST, true),
            ("POST", "acme.my.salesforce.com:443", true),
            ("GET", HOST, false),
            ("POST", "na1.salesforce.com", false),
            ("POST", "files.example:8443", false),
            ("POST", "ACME.my.salesforce.com", false),
        ] {
            let url = format!("https://{host}/services/oauth2/{endpoint}");
            let judged = passed(&read_only, request(method, &url, whole(b"x=1")));
            assert_eq!(judged.is_ok(), passes, "{method} {url}: {judged:?}");
        }
    }
    for url in [
        format!("https://{HOST}/services/oauth2/revoke"),
        format!("https://{HOST}/services/oauth2/token?x"),
        format!("https://{HOST}/services/oauth2/token/"),
    ] {
        passed(&read_only, request("POST", &url, whole(b""))).unwrap_err();
    }
    let versions = "https://na1.salesforce.com/services/data";
    passed(&read_only, request("GET", versions, whole(b""))).unwrap();
}

#[test]
fn a_body_that_decides_is_read_and_sent_as_it_is() {
    let read_only = checkpoint(Level::ReadOnly, None);
    let read = br#"{"query":"query { uiapi { query { Account { edges { node { Id } } } } } }"}"#;
    let write = br#"{"query":"mutation { uiapi { AccountDelete(input: {Id: \"1\"}) { Id } } }"}"#;
    let sent = passed(&read_only, request("POST", &data("graphql"), whole(read))).unwrap();
    let sent = sent.into_body().collect().now_or_never().unwrap().unwrap();
    assert_eq!(sent.to_bytes(), read.as_slice());
    passed(&read_only, request("POST", &data("graphql"), whole(write))).unwrap_err();
    passed(&read_only, request("POST", &data("graphql"), whole(b""))).unwrap_err();
}

#[test]
fn a_body_that_decides_is_read_to_its_limit_and_no_further() {
    let clock = clock();
    let _entered = clock.enter();
    static SPACES: [u8; BODY_BYTES_MAX] = [b' '; BODY_BYTES_MAX];
    let no_delete = checkpoint(Level::NoDelete, None);
    // What is as long as the limit, and has not ended, is waited for.
    let exact = request("POST", &data("graphql"), endless(&SPACES, 1));
    assert!(no_delete.pass(exact).now_or_never().is_none());
    let long = request("POST", &data("graphql"), endless(&SPACES, 2));
    let words = passed(&no_delete, long).unwrap_err();
    assert!(words.contains("longer than 1 MiB"), "{words}");
}

#[test]
fn a_body_that_does_not_decide_is_not_waited_for() {
    let no_delete = checkpoint(Level::NoDelete, None);
    let job = data("jobs/ingest/750000000000001AAA/batches");
    passed(&no_delete, request("PUT", &job, endless(b"a,b\n", 1))).unwrap();
    let read_only = checkpoint(Level::ReadOnly, None);
    passed(&read_only, request("PUT", &job, endless(b"a,b\n", 1))).unwrap_err();
}

#[test]
fn a_body_that_breaks_off_is_not_sent() {
    let clock = clock();
    let _entered = clock.enter();
    let all = checkpoint(Level::ReadOnly, None);
    let broken = iter([
        Ok(Frame::data(Bytes::from_static(b"{"))),
        Err(Error::HttpRequestBodySize(Some(1))),
    ]);
    let body = StreamBody::new(broken).boxed_unsync();
    let judged = all.pass(request("POST", &data("graphql"), body));
    let error = judged.now_or_never().unwrap().err().unwrap();
    assert!(matches!(error, Error::HttpRequestBodySize(Some(1))));
}

#[tokio::test]
async fn a_write_is_in_the_audit_before_it_passes_and_a_read_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit");
    let audit = Arc::new(Audit::new(path.clone()));
    let all = checkpoint(Level::Everything, Some(audit));
    let lines = || fs::read_to_string(&path).unwrap_or_default();
    let ask = |method, path: &str| all.pass(request(method, &data(path), whole(b"{}")));
    ask("GET", "limits").await.unwrap();
    assert_eq!(lines(), "");
    let passed = ask("POST", "sobjects/Account").await.unwrap();
    assert_eq!(lines().lines().count(), 1);
    assert!(lines().contains(r#""method":"POST","route":"/services/data/{version}/sobjects/{object}","decision":"allowed""#), "{}", lines());
    passed.event.unwrap().end(Some((201, None))).await;
    assert_eq!(lines().lines().count(), 2);
    assert!(
        ask("GET", "tooling/executeAnonymous?anonymousBody=x")
            .await
            .is_err()
    );
    assert!(ask("BREW", "limits").await.is_err());
    let last: Vec<String> = lines().lines().skip(2).map(str::to_owned).collect();
    assert_eq!(last.len(), 2);
    assert!(
        last[0].contains(
            r#""route":"/services/data/{version}/tooling/executeAnonymous","decision":"denied""#
        ),
        "{last:?}"
    );
    assert!(
        last[1].contains(r#""method":"(unknown)","route":"(unknown)","decision":"denied""#),
        "{last:?}"
    );
}

#[tokio::test]
async fn a_write_that_cannot_be_in_the_audit_is_denied_and_a_read_is_not() {
    let audit = Arc::new(Audit::new("/dev/full".into()));
    let all = checkpoint(Level::Everything, Some(audit));
    let begun = Instant::now();
    let ask = |method| all.pass(request(method, &data("sobjects/Account"), whole(b"{}")));
    assert!(ask("GET").await.is_ok());
    assert!(matches!(
        ask("POST").await.err(),
        Some(Error::HttpRequestDenied)
    ));
    let words = all.denied(begun).unwrap();
    assert!(words.is_of_policy);
    assert!(words.in_public.is_some_and(|words| !words.contains("/dev")));
    assert!(
        words.text.starts_with("a write must be in the audit"),
        "{words}"
    );
}

#[tokio::test]
async fn a_flood_of_denials_has_few_lines_and_none_is_lost() {
    const DENIALS: usize = 1_000;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit");
    let read_only = checkpoint(Level::ReadOnly, Some(Arc::new(Audit::new(path.clone()))));
    let url = data("sobjects/Account/001000000000001AAA");
    let begun = Instant::now();
    for _ in 0..DENIALS {
        let deleted = read_only.pass(request("DELETE", &url, whole(b""))).await;
        assert!(deleted.is_err());
        assert!(read_only.denied(begun).is_some(), "its caller is told");
    }
    drop(read_only);
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(lines.len() < 1 + DENIALS / 2, "{} lines", lines.len());
    let denials = lines
        .iter()
        .map(|line| line["denials"].as_u64().unwrap_or(1));
    assert_eq!(denials.sum::<u64>(), DENIALS as u64);
    let last = lines.last().unwrap();
    assert_eq!(last["decision"], "denied");
    assert_eq!(last["method"], "DELETE");
}

#[test]
fn only_so_many_bodies_are_buffered_at_once() {
    let clock = clock();
    let _entered = clock.enter();
    let checkpoint = checkpoint(Level::NoDelete, None);
    let url = data("composite");
    let read_of = |read: &Arc<AtomicUsize>| {
        let read = Arc::clone(read);
        let counting = futures::stream::poll_fn(move |_| {
            read.fetch_add(1, Ordering::Relaxed);
            Poll::Pending
        });
        StreamBody::new(counting).boxed_unsync()
    };
    let read = Arc::new(AtomicUsize::new(0));
    let pass = || {
        let mut request = request("POST", &url, read_of(&read));
        let json = http::HeaderValue::from_static("application/json");
        request.headers_mut().insert("content-type", json);
        Box::pin(checkpoint.pass(request))
    };
    let mut passing: Vec<_> = (0..=BUFFERED_MAX).map(|_| pass()).collect();
    for one in &mut passing {
        assert!(one.as_mut().now_or_never().is_none());
    }
    assert_eq!(read.load(Ordering::Relaxed), BUFFERED_MAX);
    drop(passing.swap_remove(0));
    assert!(passing[0].as_mut().now_or_never().is_none());
    assert_eq!(read.load(Ordering::Relaxed), BUFFERED_MAX + 1, "its turn");
}

#[tokio::test]
async fn a_body_that_drips_is_not_waited_for() {
    let late = read(endless(b"{", 1), Duration::from_millis(1)).await;
    assert_eq!(late.unwrap(), Err(Unread::Late));
    let checkpoint = checkpoint(Level::NoDelete, None);
    let (head, _) = request("POST", &data("composite"), whole(b"")).into_parts();
    let decision = checkpoint.decision(&head, Body::Unread(Unread::Late));
    let denial = decision
        .denied
        .expect("nobody knows what it does")
        .to_string();
    assert!(denial.contains("did not arrive in time"), "{denial}");
}
