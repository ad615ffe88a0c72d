//! Requests of any kind, in virtual time: what is sent how often, and what it costs the
//! session.

mod session;

use std::rc::Rc;
use std::time::Duration;

use super::*;
use crate::answer::tests::answer;
use crate::client::Client;
use crate::contract::types::Options;
use crate::fake_platform::{FakePlatform, HostAnswer, World};
use crate::platform::TransportError;
use crate::token::AccessToken;

const EXPIRED: &str =
    r#"[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]"#;
const LOCATOR: &str = "/services/data/v66.0/query/01g-7";
const IDENTITY: &str = "/id/00DSb0000000001/005Sb0000000001";
const CLASS: &str = "/services/apexrest/orders";

type Instance = Rc<Client<FakePlatform>>;

fn request(method: Verb, path: &str) -> Request {
    Request {
        method,
        path: path.to_owned(),
        headers: Vec::new(),
        body: match method {
            Verb::Post | Verb::Put | Verb::Patch => b"{}".to_vec(),
            _ => Vec::new(),
        },
    }
}

async fn send(
    client: Instance,
    method: Verb,
    path: &str,
    repeatable: bool,
) -> Result<Response, Error> {
    let send = Send::new(request(method, path), repeatable);
    let options = Options {
        timeout_ms: Some(60_000),
        ..Options::default()
    };
    client.run(send, &options).await
}

/// A world in which a session is in use, and not fresh.
fn world(answers: impl IntoIterator<Item = HostAnswer>) -> (World, Instance) {
    let world = World::new();
    world.store_foreign("00D!in-use");
    world.facts.answers.borrow_mut().extend(answers);
    let client = Rc::new(world.client());
    (world, client)
}

/// What becomes of a request whose first answers are these, and how often it is sent.
fn sent(
    answers: impl IntoIterator<Item = HostAnswer>,
    method: Verb,
    path: &'static str,
    repeatable: bool,
) -> (Result<u16, Error>, usize) {
    let (world, client) = world(answers);
    let ended = world.run(send(client, method, path, repeatable));
    (ended.map(|response| response.status), times(&world, path))
}

/// How often this path was asked for.
fn times(world: &World, path: &str) -> usize {
    let path = path.split('?').next().unwrap();
    let requests = world.facts.requests.borrow();
    requests.iter().filter(|sent| sent.ends_with(path)).count()
}

fn refusal(status: u16, code: &str, message: &str) -> HostAnswer {
    Ok((
        status,
        format!(r#"[{{"errorCode":"{code}","message":"{message}"}}]"#),
    ))
}

fn lost() -> HostAnswer {
    Err(TransportError::Lost("cut".to_owned()))
}

#[test]
fn what_is_refused_costs_no_request() {
    let world = World::new();
    let client = Rc::new(world.client());
    for (path, header, body) in [
        ("/secur/x", None, 0),
        ("/services/oauth2/userinfo", None, 0),
        // An identity is only read.
        (IDENTITY, None, 0),
        ("/id/00DSb0000000001/005Sb000000000", None, 0),
        ("/id/00DSb0000000001/..", None, 0),
        ("/id/00DSb0000000001/005Sb0000000001?oauth_token=x", None, 0),
        ("limits/../x", None, 0),
        ("limits", Some("Authorization"), 0),
        ("limits", None, BODY_BYTES_MAX + 1),
    ] {
        let mut request = request(Verb::Post, path);
        let header = header.map(|name: &str| (name.to_owned(), "x".to_owned()));
        request.headers.extend(header);
        request.body = vec![b' '; body];
        let client = Rc::clone(&client);
        let refused = world.run(async move {
            let send = Send::new(request, true);
            client.run(send, &Options::default()).await
        });
        assert!(matches!(refused, Err(Error::InvalidInput(_))), "{path}");
    }
    assert_eq!(world.facts.requests.borrow().len(), 0);
    assert_eq!(world.facts.reads.get(), 0);
}

#[test]
fn a_body_of_the_limit_is_sent() {
    let mut request = request(Verb::Post, "sobjects/A");
    request.body = vec![b' '; BODY_BYTES_MAX];
    assert!(Send::new(request, false).call().is_ok());
}

#[test]
fn a_path_that_is_too_long_is_the_callers_mistake() {
    let (world, client) = world([]);
    let path = format!("sobjects/{}", "x".repeat(16_384));
    let refused = world.run(async move { send(client, Verb::Get, &path, false).await });
    let Err(Error::InvalidInput(why)) = refused else {
        panic!("{refused:?}");
    };
    assert!(why.starts_with("the path makes a URI of"), "{why}");
}

#[test]
fn a_request_has_what_its_caller_gave_and_the_session() {
    use crate::names::{ApiVersion, Host};

    let token = AccessToken::parse("t").unwrap();
    let built = |path: &str, headers: &[(&str, &str)], body: &str| {
        let header = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let request = Request {
            method: Verb::Patch,
            path: path.to_owned(),
            headers: headers.iter().map(header).collect(),
            body: body.as_bytes().to_vec(),
        };
        let call = Send::new(request, false).call().unwrap();
        let host = Host::parse("acme.my.salesforce.com").unwrap();
        let uri = call.uri(&host, ApiVersion::DEFAULT).unwrap();
        call.request(&uri, ApiVersion::DEFAULT, &token).unwrap()
    };
    let plain = built("sobjects/A/1?x=%20", &[], "{}");
    assert_eq!(
        plain.uri(),
        "https://acme.my.salesforce.com/services/data/v66.0/sobjects/A/1?x=%20"
    );
    assert_eq!(plain.method(), Method::PATCH);
    assert_eq!(plain.headers()["authorization"], "Bearer t");
    assert_eq!(plain.headers()["content-type"], "application/json");
    assert_eq!(plain.headers()["accept"], "application/json");
    assert_eq!(&plain.body()[..], b"{}");
    let own = [
        ("Accept", "text/csv"),
        ("Content-Type", "text/xml"),
        ("If-Match", "\"1\""),
        ("User-Agent", "mine"),
    ];
    let own = built(CLASS, &own, "<a/>");
    assert_eq!(own.uri().path(), CLASS);
    for (name, value) in [
        ("accept", "text/csv"),
        ("content-type", "text/xml"),
        ("if-match", "\"1\""),
        ("user-agent", "mine"),
        ("authorization", "Bearer t"),
    ] {
        let all: Vec<_> = own.headers().get_all(name).iter().collect();
        assert_eq!(all, [value], "{name}");
    }
    let empty = built("sobjects/A/1", &[], "");
    assert!(!empty.headers().contains_key("content-type"));
    let bulk = built("/services/async/66.0/job", &[], "");
    assert_eq!(bulk.headers()["x-sfdc-session"], "t");
    assert!(!bulk.headers().contains_key("authorization"));
}

#[test]
fn refusals_are_answers() {
    for status in [
        300, 304, 400, 403, 404, 405, 409, 410, 412, 414, 415, 428, 431,
    ] {
        for method in [Verb::Get, Verb::Post, Verb::Delete] {
            let answers = [refusal(status, "MINE", "m")];
            let ended = sent(answers, method, "sobjects/A/1", false);
            assert_eq!(ended, (Ok(status), 1), "{method:?}");
        }
    }
    let (world, client) = world([refusal(400, "MINE", "m")]);
    let answered = world
        .run(send(client, Verb::Get, "sobjects/A", false))
        .unwrap();
    let body = br#"[{"errorCode":"MINE","message":"m"}]"#;
    assert_eq!(answered.body, body);
    let is_type =
        |(name, value): &(String, String)| name == "content-type" && value == "application/json";
    assert!(answered.headers.iter().any(is_type));
}

#[test]
fn a_write_is_sent_again_only_if_it_was_surely_not_executed() {
    let why = || "x".to_owned();
    let limit = |what| refusal(403, "REQUEST_LIMIT_EXCEEDED", what);
    for (first, again) in [
        (Err(TransportError::NotSent(why())), true),
        (Err(TransportError::NoHost(why())), true),
        (Ok((401, EXPIRED.to_owned())), true),
        (limit("ConcurrentPerOrgLongTxn"), true),
        (refusal(400, "UNABLE_TO_LOCK_ROW", "m"), true),
        (Ok((420, "<html>".to_owned())), true),
        (Ok((429, String::new())), true),
        (limit("TotalRequests"), false),
        (Ok((500, "<html>".to_owned())), false),
        (refusal(500, "UNABLE_TO_LOCK_ROW", "m"), false),
        (Ok((502, "<html>".to_owned())), false),
        (Ok((503, "<html>".to_owned())), false),
        (Ok((504, "<html>".to_owned())), false),
        (Ok((599, String::new())), false),
    ] {
        for (method, path) in [
            (Verb::Post, "sobjects/A"),
            (Verb::Patch, "sobjects/A/1"),
            (Verb::Delete, "sobjects/A/1"),
            (Verb::Put, "sobjects/A/1"),
            (Verb::Get, "tooling/executeAnonymous/?anonymousBody=x"),
        ] {
            // Only writes meet a lock.
            if method == Verb::Get && first == refusal(400, "UNABLE_TO_LOCK_ROW", "m") {
                continue;
            }
            let ended = sent([first.clone()], method, path, false);
            let expected = match (again, &first) {
                (true, _) => (Ok(200), 2),
                (false, Ok((status, _))) => (Ok(*status), 1),
                (false, Err(_)) => panic!("no such row"),
            };
            assert_eq!(ended, expected, "{method:?} {path} {first:?}");
        }
    }
}

#[test]
fn a_lost_answer_is_an_unknown_outcome_unless_the_request_may_be_repeated() {
    for (method, path, repeatable, is_repeated) in [
        (Verb::Get, "sobjects/A/1", false, true),
        (Verb::Head, "sobjects/A/1", false, true),
        (Verb::Get, LOCATOR, false, true),
        (
            Verb::Get,
            "tooling/executeAnonymous/?anonymousBody=x",
            false,
            false,
        ),
        (
            Verb::Get,
            "query?q=SELECT+Id+FROM+A+FOR+UPDATE",
            false,
            false,
        ),
        (Verb::Get, CLASS, false, false),
        (Verb::Get, CLASS, true, true),
        (Verb::Post, CLASS, false, false),
        (Verb::Post, CLASS, true, true),
        (Verb::Post, "sobjects/A", false, false),
        (Verb::Post, "sobjects/A", true, true),
        (Verb::Patch, "sobjects/A/1", false, false),
        (Verb::Delete, "sobjects/A/1", false, false),
        (Verb::Delete, "sobjects/A/1", true, true),
    ] {
        for failure in [
            lost(),
            Err(TransportError::Unreadable("x".to_owned())),
            Err(TransportError::Late),
        ] {
            let case = format!("{method:?} {path} {repeatable} {failure:?}");
            let is_lost = failure == lost();
            let ended = sent([failure], method, path, repeatable);
            match (is_repeated, is_lost) {
                (true, true) => assert_eq!(ended, (Ok(200), 2), "{case}"),
                (true, false) => assert_eq!(ended.1, 1, "{case}"),
                (false, _) => assert_eq!(ended, (Err(Error::OutcomeUnknown), 1), "{case}"),
            }
        }
    }
}

#[test]
fn an_answer_that_breaks_off_is_lost() {
    for (repeatable, expected) in [
        (false, (Err(Error::OutcomeUnknown), 1)),
        (true, (Ok(200), 2)),
    ] {
        let (world, client) = world([]);
        world.facts.breaks_off.set(true);
        let ended = world.run(send(client, Verb::Post, "sobjects/A", repeatable));
        let ended = ended.map(|response| response.status);
        assert_eq!((ended, times(&world, "sobjects/A")), expected);
    }
}

#[test]
fn after_four_attempts_the_last_answer_counts() {
    for status in [429, 500, 502, 503, 504] {
        let answers = std::iter::repeat_n(Ok((status, "<html>".to_owned())), 4);
        let ended = sent(answers, Verb::Get, "sobjects/A/1", false);
        assert_eq!(ended, (Ok(status), 4));
    }
    let limited = refusal(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests");
    let answers = std::iter::repeat_n(limited, 4);
    let ended = sent(answers, Verb::Post, "sobjects/A", false);
    assert_eq!(ended, (Ok(403), 4));
}

#[test]
fn a_delete_that_is_repeated_and_meets_a_deleted_record_succeeded() {
    let deleted = || refusal(404, DELETED, "entity is deleted");
    for (answers, method, expected) in [
        (vec![lost(), deleted()], Verb::Delete, 204),
        (vec![Ok((503, String::new())), deleted()], Verb::Delete, 204),
        (
            vec![lost(), Ok((401, EXPIRED.to_owned())), deleted()],
            Verb::Delete,
            204,
        ),
        // It was sure that the first one did not run.
        (vec![deleted()], Verb::Delete, 404),
        (vec![Ok((429, String::new())), deleted()], Verb::Delete, 404),
        (
            vec![lost(), refusal(404, "NOT_FOUND", "m")],
            Verb::Delete,
            404,
        ),
        (vec![lost(), deleted()], Verb::Patch, 404),
    ] {
        let (world, client) = world(answers.clone());
        let ended = world
            .run(send(client, method, "sobjects/A/1", true))
            .unwrap();
        assert_eq!(ended.status, expected, "{method:?} {answers:?}");
        assert_eq!(ended.body.is_empty(), expected == 204);
        let of_body = |(name, _): &(String, String)| name.starts_with("content-");
        assert_eq!(ended.headers.iter().any(of_body), expected == 404);
    }
}

#[test]
fn a_timeout_after_a_write_was_sent_is_an_unknown_outcome() {
    for (repeatable, expected) in [(false, Error::OutcomeUnknown), (true, Error::Timeout)] {
        let (world, client) = world([]);
        world.facts.latency.set(Duration::from_secs(90));
        let ended = world.run(send(client, Verb::Post, "sobjects/A", repeatable));
        assert_eq!(ended.map(|response| response.status), Err(expected));
    }
}

#[test]
fn an_answer_without_the_token_is_the_answer_byte_for_byte() {
    let token = AccessToken::parse("00D!a-token").unwrap();
    let send = || Send::new(request(Verb::Get, "sobjects/A/1/Body"), false);
    let mut plain = answer(200, "image/png", "");
    plain.body = (0..=255).collect();
    plain.secrets.add("00D!a-token");
    let expected = plain.body.clone();
    let read = send().read(plain, token.fingerprint()).unwrap();
    assert_eq!(read.body, expected);
    let mut echo = answer(400, "text/plain", "");
    echo.body = b"\xff 00D%21a-token \xfe".to_vec();
    echo.secrets.add("00D!a-token");
    let read = send().read(echo, token.fingerprint()).unwrap();
    assert_eq!(read.body, b"\xff [redacted] \xfe");
}
