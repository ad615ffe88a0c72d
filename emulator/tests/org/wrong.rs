//! Requests that nobody should send, and what an org says to each.
//!
//! A row has where its expectation comes from. `unconfirmed:` marks what nobody
//! could confirm of a real org: words or a code, seldom the status.

mod captured;
mod contents;
mod oauth;
mod places;

use http::Request;
use http_body_util::Full;
use hyper::body::Bytes;
use serde_json::{Value, json};

use crate::client::{Org, Reply, with};

/// One wrong request.
struct Wrong {
    /// Where the expectation comes from.
    source: &'static str,
    /// Method and path; without a first slash it lies below version 66.0.
    request: &'static str,
    /// Headers beside those that the request has anyway. An empty value takes
    /// such a header away; `host` names another host.
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    /// The status, and `code: message` or the whole text.
    answer: &'static str,
}

const fn wrong(
    source: &'static str,
    request: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    answer: &'static str,
) -> Wrong {
    Wrong {
        source,
        request,
        headers,
        body,
        answer,
    }
}

/// An org with what the rows name: `{account}`, `{contact}`, `{deleted}` and
/// `{user}` are ids, `{org}` is the org's, `{token}` a session's token.
struct Target {
    org: Org,
    names: Vec<(&'static str, String)>,
}

impl Target {
    async fn start() -> Self {
        let org = Org::start().await;
        let token = org.log_in().await;
        let user = org
            .send(org.get(&token, "/services/oauth2/userinfo"))
            .await
            .json();
        let ids = |object: &str, row: Value| {
            let row = row.as_object().cloned().expect("an object");
            let ids = org.emulator.control().seed(object, &[row]);
            ids.expect("a record").remove(0)
        };
        let deleted = json!({"Name": "Gone", "IsDeleted": true});
        let names = vec![
            ("{account}", ids("Account", json!({"Name": "Zimt"}))),
            ("{contact}", ids("Contact", json!({"LastName": "Zimt"}))),
            ("{deleted}", ids("Account", deleted)),
            ("{user}", text(&user["user_id"])),
            ("{org}", text(&user["organization_id"])),
            ("{token}", token),
        ];
        Self { org, names }
    }

    fn named(&self, text: &str) -> String {
        let all = self.names.iter();
        all.fold(text.to_owned(), |text, (name, value)| {
            text.replace(name, value)
        })
    }

    fn request(&self, wrong: &Wrong) -> Request<Full<Bytes>> {
        let (method, path) = wrong.request.split_once(' ').expect("a method and a path");
        let path = match path.strip_prefix('/') {
            Some(_) => path.to_owned(),
            None => format!("/services/data/v66.0/{path}"),
        };
        let request = self.org.request(method, &self.named(&path));
        let mut request = with(request, "authorization", &self.named("Bearer {token}"));
        let kind = match wrong.body.chars().next() {
            None => None,
            Some('{' | '[' | '"') => Some("application/json"),
            Some(_) => Some("application/x-www-form-urlencoded"),
        };
        if let Some(kind) = kind {
            request = with(request, "content-type", kind);
        }
        for (name, value) in wrong.headers {
            let value = self.named(value);
            if *name == "host" {
                let path = request.uri().path_and_query().expect("a path");
                *request.uri_mut() = format!("https://{value}{path}").parse().expect("a URI");
            } else if value.is_empty() {
                request.headers_mut().remove(*name);
            } else {
                request = with(request, name, &value);
            }
        }
        let body = self.named(wrong.body);
        request.map(|_| body.into())
    }

    async fn check(&self, rows: &[Wrong]) {
        let mut failures = Vec::new();
        for row in rows {
            let reply = self.org.send(self.request(row)).await;
            let (told, expected) = (told(&reply), self.named(row.answer));
            if told != expected {
                failures.push(format!(
                    "{} {:?} {}\n  is   {told}\n  want {expected}\n  by   {}",
                    row.request, row.headers, row.body, row.source
                ));
            }
        }
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }
}

/// The status, and what the body says.
fn told(reply: &Reply) -> String {
    let status = reply.status.as_u16();
    let words = match serde_json::from_slice::<Value>(&reply.body) {
        Ok(Value::Array(_)) => reply.error(),
        Ok(Value::Object(members)) if members.contains_key("error") => {
            let member = |name: &str| members[name].as_str().unwrap_or("none").to_owned();
            format!("{}: {}", member("error"), member("error_description"))
        }
        _ => reply.text().to_owned(),
    };
    format!("{status} {words}")
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

#[test]
fn every_expectation_has_its_source() {
    let documented = places::ROWS.iter().chain(contents::ROWS).chain(oauth::ROWS);
    assert!(documented.clone().count() >= 60);
    assert!(captured::ROWS.len() >= 19);
    for row in documented.chain(captured::ROWS) {
        let source = row.source.trim_start_matches("unconfirmed: ");
        assert!(source.len() > 5, "{}", row.request);
    }
}
