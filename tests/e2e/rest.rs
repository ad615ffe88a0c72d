//! Any request: what it costs the session, how often it is executed, and what of it and of
//! its answer arrives.

use std::collections::BTreeSet;

use contract::covers;
use futures::future::join_all;
use futures::stream::{self, StreamExt as _};
use sfbox::policy::Policy;
use sfbox::{
    Error, Failure, Options, QueryOptions, RestMethod, RestOptions, RestRequest, RestResponse,
};
use sfbox_emulator::{CannedAnswer, Effect, Route};

use crate::org::Org;

const ECHO: &str = "/services/apexrest/echo";

/// How many of a hundred requests are under way at once.
const AT_ONCE: usize = 64;

fn request(method: RestMethod, path: &str, body: &[u8]) -> RestRequest {
    RestRequest {
        method,
        path: path.to_owned(),
        headers: Vec::new(),
        body: body.to_vec(),
    }
}

fn account(name: &str) -> RestRequest {
    let body = format!("{{\"Name\":\"{name}\"}}");
    request(RestMethod::Post, "sobjects/Account", body.as_bytes())
}

async fn send(org: &sfbox::Org, request: RestRequest) -> Result<RestResponse, Error> {
    org.rest(&request, &RestOptions::default()).await
}

fn failure(outcome: Result<RestResponse, Error>) -> Failure {
    match outcome {
        Err(Error::Call { failure, .. }) => *failure,
        other => panic!("{other:?}"),
    }
}

fn header<'a>(response: &'a RestResponse, name: &str) -> Option<&'a str> {
    let mut headers = response.headers.iter();
    let found = headers.find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
}

fn json(response: &RestResponse) -> serde_json::Value {
    serde_json::from_slice(&response.body).unwrap()
}

/// How often a route has changed the org.
fn writes(org: &Org, route: Route) -> u64 {
    let stats = org.control().stats();
    stats.writes.get(&route).copied().unwrap_or_default()
}

#[test]
fn a_record_is_created_read_changed_and_deleted_and_its_refusals_are_answers() {
    covers(["rest#send"]);
    let org = Org::start();
    let library = org.library();
    org.block_on(async {
        let created = send(&library, account("Anybody")).await.unwrap();
        assert_eq!(created.status, 201, "{created:?}");
        let id = json(&created)["id"].as_str().unwrap().to_owned();
        let path = format!("sobjects/Account/{id}");
        let absolute = format!("/services/data/v66.0/{path}?fields=Name");
        let read = send(&library, request(RestMethod::Get, &absolute, b"")).await;
        assert_eq!(json(&read.unwrap())["Name"], "Anybody");
        let patch = request(RestMethod::Patch, &path, br#"{"Name":"Somebody"}"#);
        assert_eq!(send(&library, patch).await.unwrap().status, 204);
        let delete = request(RestMethod::Delete, &path, b"");
        assert_eq!(send(&library, delete).await.unwrap().status, 204);
        let gone = send(&library, request(RestMethod::Get, &path, b""))
            .await
            .unwrap();
        assert_eq!(gone.status, 404);
        assert!(json(&gone)[0]["errorCode"].is_string());
        assert!(
            header(&gone, "content-type")
                .unwrap()
                .starts_with("application/json")
        );
        let put = request(RestMethod::Put, "limits", b"{}");
        let refused = send(&library, put).await.unwrap();
        assert_eq!(refused.status, 405, "{refused:?}");
    });
    assert_eq!(org.logins(), 1);
}

#[test]
fn the_answer_to_a_head_has_no_body() {
    let org = Org::start_with(sfbox_emulator::Builder::http1_only);
    let library = org.library();
    let head = request(RestMethod::Head, "limits", b"");
    let answered = org.block_on(send(&library, head)).unwrap();
    assert_eq!((answered.status, answered.body.len()), (200, 0));
    assert!(header(&answered, "content-type").is_some());
    assert_eq!(org.requests(Route::Limits), 1);
}

#[test]
fn what_is_refused_is_not_sent_and_the_rule_is_named() {
    let org = Org::start();
    let library = org.library();
    org.block_on(async {
        for (path, name, rule) in [
            (
                "/services/oauth2/userinfo",
                None,
                "`/services/oauth2` is not allowed",
            ),
            (
                "/secur/frontdoor.jsp",
                None,
                "paths below `/services/` are allowed",
            ),
            ("/id/00D/005", None, "below `/id/` only"),
            (
                "/id/00DSb0000000001/005Sb0000000001?oauth_token=CANARY",
                None,
                "`oauth_token` and `access_token`",
            ),
            ("../../oauth2/token", None, "the segments `.` and `..`"),
            (
                "/services/data/v66.0/%6cimits",
                None,
                "percent-encoding is only allowed",
            ),
            ("limits", Some("Authorization"), "`authorization`"),
            ("limits", Some("X-SFDC-Session"), "`x-sfdc-session`"),
            ("limits", Some("Transfer-Encoding"), "`transfer-encoding`"),
        ] {
            let mut request = request(RestMethod::Get, path, b"");
            let header = name.map(|name| (name.to_owned(), "CANARY".to_owned()));
            request.headers.extend(header);
            let refused = failure(send(&library, request).await);
            let Failure::InvalidInput(why) = refused else {
                panic!("{path}: {refused:?}");
            };
            assert!(why.contains(rule) && !why.contains("CANARY"), "{why}");
        }
    });
    assert_eq!(org.control().stats().requests.values().sum::<u64>(), 0);
}

#[test]
fn a_session_that_ends_under_fifty_requests_costs_one_login_and_each_is_executed_once() {
    let org = Org::start();
    let library = org.library();
    org.block_on(async {
        send(&library, request(RestMethod::Get, "limits", b""))
            .await
            .unwrap();
        assert_eq!(org.logins(), 1);
        org.control().expire_sessions();
        let calls = (0..50).map(|number| {
            let request = match number % 2 {
                0 => request(RestMethod::Get, "sobjects/Account/001000000000001AAA", b""),
                _ => account(&format!("Number {number}")),
            };
            send(&library, request)
        });
        let mut ids = BTreeSet::new();
        for answered in join_all(calls.collect::<Vec<_>>()).await {
            let answered = answered.unwrap();
            if answered.status == 201 {
                ids.insert(json(&answered)["id"].as_str().unwrap().to_owned());
            }
        }
        assert_eq!(ids.len(), 25);
    });
    assert_eq!(org.logins(), 2);
    assert_eq!(writes(&org, Route::Create), 25);
    let found = org.block_on(library.query(
        "SELECT COUNT() FROM Account WHERE Name LIKE 'Number %'",
        &QueryOptions::default(),
    ));
    assert_eq!(
        found.unwrap().total_size,
        Some(25),
        "by the org's own count"
    );
}

#[test]
fn a_hundred_dead_locators_and_a_hundred_refusals_of_a_class_cost_no_login() {
    let org = Org::start_with(|builder| builder.accounts(300));
    let library = org.library();
    org.block_on(async {
        let query = "query?q=SELECT+Id+FROM+Account";
        let mut first = request(RestMethod::Get, query, b"");
        let batch = (
            "Sforce-Query-Options".to_owned(),
            "batchSize=200".to_owned(),
        );
        first.headers.push(batch);
        let first = json(&send(&library, first).await.unwrap());
        let locator = first["nextRecordsUrl"].as_str().unwrap().to_owned();
        let alive = send(&library, request(RestMethod::Get, &locator, b""))
            .await
            .unwrap();
        assert_eq!(alive.status, 200);
        // The token is replaced by a good one, and the locators of the old one die.
        library.renew_session(&Options::default()).await.unwrap();
        let before = org.control().stats();
        let calls = (0..200).map(|number| {
            let path = match number % 2 {
                0 => locator.clone(),
                _ => format!("{ECHO}?status=401&body=no"),
            };
            let library = library.clone();
            async move {
                (
                    number % 2,
                    send(&library, request(RestMethod::Get, &path, b"")).await,
                )
            }
        });
        let ended: Vec<_> = stream::iter(calls)
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        for (kind, outcome) in ended {
            match kind {
                0 => assert_eq!(outcome.unwrap_err().code(), "session-changed"),
                _ => {
                    let answered = outcome.unwrap();
                    assert_eq!((answered.status, &answered.body[..]), (401, &b"no"[..]));
                }
            }
        }
        let after = org.control().stats();
        assert_eq!(after.logins, before.logins);
        assert_eq!(after.failed_logins, 0);
        let sent = |route| after.requests[&route] - before.requests.get(&route).unwrap_or(&0);
        assert_eq!(sent(Route::QueryMore), 100, "none is repeated");
        assert_eq!(sent(Route::Apex), 100, "none is repeated");
        assert_eq!(after.apex_executions, 100);
        // Those are all: no request that settled it was refused.
        assert_eq!(after.unauthorized - before.unauthorized, 200);
    });
}

#[test]
fn a_post_whose_answer_is_lost_is_executed_once_and_the_same_get_is_sent_again() {
    let org = Org::start();
    // Anonymous Apex leaves only where the operator allows it.
    let policy = Policy {
        anonymous_apex: true,
        ..Policy::default()
    };
    let library = org.library_on(org.file_store(), |builder| builder.policy(policy));
    org.block_on(async {
        send(&library, request(RestMethod::Get, "limits", b""))
            .await
            .unwrap();
        org.strike(Route::Create, Some(1), Effect::CutAnswer);
        let lost = send(&library, account("Lost")).await;
        let verdict = lost.as_ref().unwrap_err().verdict();
        assert_eq!((verdict.exit_code, verdict.retryable), (1, false));
        assert_eq!(lost.unwrap_err().code(), "outcome-unknown");
        assert_eq!(
            (org.requests(Route::Create), writes(&org, Route::Create)),
            (1, 1)
        );
        org.strike(Route::Limits, Some(1), Effect::CutAnswer);
        let before = org.requests(Route::Limits);
        let again = send(&library, request(RestMethod::Get, "limits", b"")).await;
        assert_eq!(again.unwrap().status, 200);
        assert_eq!(org.requests(Route::Limits), before + 2);
        // A GET that is a write is not.
        org.strike(Route::ExecuteAnonymous, Some(1), Effect::CutAnswer);
        let path = "tooling/executeAnonymous/?anonymousBody=update%20x%3B";
        let lost = send(&library, request(RestMethod::Get, path, b"")).await;
        assert_eq!(lost.unwrap_err().code(), "outcome-unknown");
        assert_eq!(writes(&org, Route::ExecuteAnonymous), 1);
        // What its caller calls repeatable is.
        org.strike(Route::Apex, Some(1), Effect::CutAnswer);
        let put = request(RestMethod::Put, ECHO, b"x");
        let again = library.rest(&put, &repeatable()).await;
        assert_eq!(again.unwrap().body, b"x");
        assert_eq!(writes(&org, Route::Apex), 2);
    });
}

/// The word of a caller whose requests may be sent twice.
fn repeatable() -> RestOptions {
    RestOptions {
        repeatable: true,
        ..RestOptions::default()
    }
}

#[test]
fn a_delete_whose_answer_is_lost_and_that_is_repeated_succeeded() {
    let org = Org::start();
    let library = org.library();
    org.block_on(async {
        let created = send(&library, account("Anybody")).await.unwrap();
        let id = json(&created)["id"].as_str().unwrap().to_owned();
        let delete = request(RestMethod::Delete, &format!("sobjects/Account/{id}"), b"");
        org.strike(Route::Delete, Some(1), Effect::CutAnswer);
        let deleted = library.rest(&delete, &repeatable()).await.unwrap();
        assert_eq!((deleted.status, deleted.body.len()), (204, 0));
        assert_eq!(
            (org.requests(Route::Delete), writes(&org, Route::Delete)),
            (2, 1)
        );
        let again = library.rest(&delete, &repeatable()).await.unwrap();
        assert_eq!(again.status, 404, "somebody else deleted it");
    });
}

#[test]
fn a_503_to_a_post_is_an_answer_and_to_a_get_a_reason_to_try_again() {
    let org = Org::start();
    let library = org.library();
    let busy = || {
        Effect::Answer(CannedAnswer {
            status: 503,
            headers: vec![("content-type".into(), "text/html".into())],
            body: "busy".to_owned(),
        })
    };
    org.block_on(async {
        send(&library, request(RestMethod::Get, "limits", b""))
            .await
            .unwrap();
        org.strike(Route::Create, Some(1), busy());
        let answered = send(&library, account("Busy")).await.unwrap();
        assert_eq!((answered.status, &answered.body[..]), (503, &b"busy"[..]));
        assert_eq!(
            (org.requests(Route::Create), writes(&org, Route::Create)),
            (1, 0)
        );
        org.strike(Route::Limits, Some(1), busy());
        let before = org.requests(Route::Limits);
        let again = send(&library, request(RestMethod::Get, "limits", b"")).await;
        assert_eq!(again.unwrap().status, 200);
        assert_eq!(org.requests(Route::Limits), before + 2);
    });
}

#[test]
fn bodies_of_every_size_arrive_both_ways() {
    let org = Org::start();
    let library = org.library();
    org.block_on(async {
        for bytes in [0, 1, 1 << 20, 50_000_000] {
            // Not text, and without an end that is easy to see.
            let body: Vec<u8> = (0_u32..bytes)
                .map(|at| u8::try_from(at % 251 + 5).unwrap())
                .collect();
            let mut post = request(RestMethod::Post, ECHO, &body);
            let kind = (
                "Content-Type".to_owned(),
                "application/octet-stream".to_owned(),
            );
            post.headers.push(kind);
            let answered = send(&library, post).await.unwrap();
            assert_eq!(answered.status, 200);
            assert!(answered.body == body, "{bytes} bytes");
        }
        assert_eq!(writes(&org, Route::Apex), 4);
    });
}

#[test]
fn an_answer_that_repeats_the_token_is_told_without_it() {
    let org = Org::start();
    let library = org.library();
    org.block_on(async {
        // It ends when the token is stored.
        library.renew_session(&Options::default()).await.unwrap();
        let token = org.stored()["SessionId"].as_str().unwrap().to_owned();
        // Somebody who has the token by another way sends it as a body.
        let body = [b"\xff before ", token.as_bytes(), b" after \xfe"].concat();
        let mut echo = request(RestMethod::Post, ECHO, &body);
        let told = format!("ETag: {token}");
        echo.headers.push(("Echo-Header".to_owned(), told));
        let answered = send(&library, echo).await.unwrap();
        assert_eq!(answered.body, b"\xff before [redacted] after \xfe");
        assert_eq!(header(&answered, "etag"), Some("[redacted]"));
    });
}

#[test]
fn bulk_jobs_of_version_1_get_the_session_in_their_own_header() {
    let org = Org::start();
    let library = org.library();
    org.block_on(async {
        send(&library, request(RestMethod::Get, "limits", b""))
            .await
            .unwrap();
        let job = br#"{"operation":"query","object":"Account","contentType":"CSV"}"#;
        let job = request(RestMethod::Post, "/services/async/66.0/job", job);
        let answered = send(&library, job).await.unwrap();
        let text = String::from_utf8_lossy(&answered.body).into_owned();
        assert!(!text.contains("InvalidSessionId"), "{answered:?}");
        assert_eq!(org.requests(Route::BulkV1Job), 1);
        assert_eq!(org.control().stats().unauthorized, 0);
    });
    assert_eq!(org.logins(), 1);
}
