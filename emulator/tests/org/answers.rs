//! What all answers have in common, and what a client may ask of them.

use http::{Request, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;
use serde_json::{Value, json};
use sfbox_emulator::Emulator;

use crate::client::{Org, with};

const LIMITS: &str = "/services/data/v66.0/limits";

/// Source: the answer in jsforce/jsforce, pull request 1301, and a capture of
/// `curl -v`, the wire page, 2.3.
#[tokio::test]
async fn answers_have_salesforces_headers() {
    let org = Org::start().await;
    let token = org.log_in().await;
    for (request, is_counted) in [
        (org.get(&token, LIMITS), true),
        (org.get(&token, "/services/data/v66.0/nothing"), true),
        (org.get("wrong", LIMITS), false),
        (org.request("GET", "/services/data"), false),
        (org.login_request(), false),
    ] {
        let path = request.uri().path().to_owned();
        let reply = org.send(request).await;
        for (name, value) in [
            (
                "cache-control",
                "no-cache,must-revalidate,max-age=0,no-store,private",
            ),
            ("vary", "Accept-Encoding"),
            (
                "strict-transport-security",
                "max-age=63072000; includeSubDomains",
            ),
            ("x-content-type-options", "nosniff"),
            ("x-xss-protection", "1; mode=block"),
            ("x-robots-tag", "none"),
        ] {
            assert_eq!(reply.header(name), value, "{name} of {path}");
        }
        let usage = reply.header("sforce-limit-info");
        assert_eq!(usage.starts_with("api-usage="), is_counted, "{path}");
        assert_eq!(reply.header("x-request-id").len(), 32);
        assert_eq!(reply.header("set-cookie"), "", "no client keeps cookies");
    }
}

/// RFC 6797, section 7.2: not over plain HTTP.
#[tokio::test]
async fn nobody_is_told_to_use_tls_without_tls() {
    let org = Org::start_with(Emulator::builder().plain()).await;
    let reply = org.send(org.request("GET", "/services/data")).await;
    assert_eq!(reply.header("strict-transport-security"), "");
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn json_is_printed_for_people_and_compressed_for_lines() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let get = |headers: &[(&'static str, &str)]| {
        let request = org.get(&token, "/services/data");
        headers
            .iter()
            .fold(request, |request, (name, value)| with(request, name, value))
    };
    let plain = org.send(get(&[])).await;
    assert_eq!(plain.header("content-encoding"), "");
    let pretty = org.send(get(&[("x-prettyprint", "1")])).await;
    assert!(
        pretty
            .text()
            .starts_with("[ {\n  \"label\" : \"Summer '14\",\n"),
        "{}",
        &pretty.text()[..60]
    );
    assert_eq!(pretty.json(), plain.json());
    for (accepted, coding) in [("gzip", "gzip"), ("deflate", "deflate"), ("br", "")] {
        let reply = org.send(get(&[("accept-encoding", accepted)])).await;
        assert_eq!(reply.header("content-encoding"), coding);
        assert_eq!(reply.body.len() < plain.body.len(), !coding.is_empty());
    }
}

fn body(request: Request<Full<Bytes>>, body: &Value) -> Request<Full<Bytes>> {
    let request = with(request, "content-type", "application/json");
    request.map(|_| body.to_string().into())
}

/// Source: REST API Developer Guide, "Conditional Request Headers".
#[tokio::test]
async fn a_record_is_read_and_written_on_conditions() {
    let org = Org::start().await;
    let token = org.log_in().await;
    let row = json!({"Name": "Zimt"}).as_object().cloned().expect("a row");
    let id = org
        .emulator
        .control()
        .seed("Account", &[row])
        .expect("an id")
        .remove(0);
    let path = format!("/services/data/v66.0/sobjects/Account/{id}");
    let request = |method: &str| {
        let bearer = format!("Bearer {token}");
        with(org.request(method, &path), "authorization", &bearer)
    };
    let reply = org.send(request("GET")).await;
    let tag = reply.header("etag").to_owned();
    assert_eq!((tag.len(), tag.starts_with('"')), (46, true), "{tag}");
    let known = org.send(with(request("GET"), "if-none-match", &tag)).await;
    assert_eq!((known.status, known.text()), (StatusCode::NOT_MODIFIED, ""));
    assert_eq!(known.header("etag"), tag);
    // A compressed answer has a tag of its own, if it is compressed.
    let name = json!({"Description": "x y ".repeat(300)});
    let change = || with(body(request("PATCH"), &name), "if-match", &tag);
    assert_eq!(org.send(change()).await.status, StatusCode::NO_CONTENT);
    assert_eq!(
        org.send(change()).await.status,
        StatusCode::PRECONDITION_FAILED
    );
    let compressed = org
        .send(with(request("GET"), "accept-encoding", "gzip"))
        .await;
    let is_compressed = compressed.header("content-encoding") == "gzip";
    assert_eq!(
        compressed.header("etag").ends_with("--gzip\""),
        is_compressed
    );
    assert!(is_compressed, "the record is long enough");
    // Only accounts have tags; dates are for all.
    let contact = org
        .query(&token, "SELECT Id FROM Contact LIMIT 1")
        .await
        .json();
    let url = contact["records"][0]["attributes"]["url"]
        .as_str()
        .expect("a URL");
    let get = |name: &'static str, value: &str| with(org.get(&token, url), name, value);
    for (name, value, status) in [
        ("if-none-match", "*", 200),
        ("if-modified-since", "Mon, 01 Jan 2001 00:00:00 GMT", 200),
        ("if-modified-since", "Sat, 01 Jan 2095 00:00:00 GMT", 304),
        ("if-unmodified-since", "Mon, 01 Jan 2001 00:00:00 GMT", 412),
        ("if-unmodified-since", "Sat, 01 Jan 2095 00:00:00 GMT", 200),
        ("if-modified-since", "yesterday", 200),
    ] {
        let reply = org.send(get(name, value)).await;
        assert_eq!(reply.status.as_u16(), status, "{name}: {value}");
        assert_eq!(reply.header("etag"), "");
    }
    let fields = format!("{url}?fields=LastName");
    let reply = org.get(&token, &fields);
    let reply = org
        .send(with(
            reply,
            "if-modified-since",
            "Sat, 01 Jan 2095 00:00:00 GMT",
        ))
        .await;
    assert_eq!(
        reply.status,
        StatusCode::NOT_MODIFIED,
        "whatever the fields"
    );
}
