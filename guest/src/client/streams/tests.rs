//! Bodies that flow, in virtual time: what is proved first, what is sent again, and what is
//! handed over unread.

use std::rc::Rc;
use std::time::Duration;

use http::Method;

use super::Answered;
use crate::call::{Call, Path, Repeat};
use crate::client::Client;
use crate::error::Error;
use crate::fake_platform::{FakePlatform, HostAnswer, World};
use crate::platform::{Body as _, TransportError};
use crate::unauthorized::Unauthorized;

const MINUTE: u32 = 60_000;

/// The list of resources, by which a session is proved.
const ROOT: &str = "/services/data/v66.0/";
const JOB: &str = "/services/data/v66.0/sobjects/Account";

type Ended = Result<(u16, Vec<u8>, bool), Error>;

/// A world in which a session is stored.
fn world(answers: impl IntoIterator<Item = HostAnswer>) -> (World, Rc<Client<FakePlatform>>) {
    let world = World::new();
    world.store_foreign("00D!in-use");
    world.facts.answers.borrow_mut().extend(answers);
    let client = Rc::new(world.client());
    (world, client)
}

fn call(method: Method) -> Call {
    let path = Path::Versioned("sobjects/Account".to_owned());
    let call = Call::new(method, path).verbatim();
    call.streamed(Duration::from_secs(60))
}

/// The answer: its status, its body, and whether that came unread.
async fn read(answered: Answered<FakePlatform>) -> (u16, Vec<u8>, bool) {
    let (answer, unread) = answered;
    match unread {
        Some(body) => (answer.status, body.read(usize::MAX).await.unwrap(), true),
        None => (answer.status, answer.body, false),
    }
}

async fn short(client: Rc<Client<FakePlatform>>, call: Call) -> Ended {
    Ok(read(client.stream(call, b"{}".to_vec(), MINUTE).await?).await)
}

async fn long(client: Rc<Client<FakePlatform>>, call: Call) -> Ended {
    Ok(read(client.pass_on(&call, "a body", MINUTE).await?).await)
}

fn sent(world: &World) -> Vec<String> {
    world.facts.requests.borrow_mut().drain(..).collect()
}

fn lost() -> HostAnswer {
    Err(TransportError::Lost("x".to_owned()))
}

fn refusal(status: u16) -> HostAnswer {
    Ok((status, r#"[{"errorCode":"C","message":"m"}]"#.to_owned()))
}

#[test]
fn a_success_is_handed_over_unread_and_a_refusal_whole() {
    for (answer, is_unread) in [
        (Ok((200, "x".to_owned())), true),
        (Ok((201, "x".to_owned())), true),
        (Ok((300, "x".to_owned())), false),
        (refusal(400), false),
        (refusal(503), false),
    ] {
        let (world, client) = world([answer.clone()]);
        let by_short = world.run(short(client, call(Method::POST))).unwrap();
        let (status, body) = answer.clone().unwrap();
        assert_eq!(by_short, (status, body.into_bytes(), is_unread));
        let (world, client) = self::world([answer]);
        let by_long = world.run(long(client, call(Method::PUT))).unwrap();
        assert_eq!(by_long, by_short);
    }
}

/// A dead locator, and a refusal by the identity service alone, cost no login.
#[test]
fn a_refusal_that_may_be_about_something_else_is_settled_first() {
    let ended = r#"[{"errorCode":"INVALID_SESSION_ID","message":"m"}]"#.to_owned();
    for (cause, expected) in [
        (Unauthorized::Locator, Err(Error::SessionChanged)),
        (Unauthorized::Identity, Ok(401)),
    ] {
        let (world, client) = world([Ok((401, ended.clone()))]);
        let call = call(Method::GET).unauthorized(cause);
        let told = world.run(long(client, call)).map(|(status, ..)| status);
        assert_eq!(told, expected, "{cause:?}");
        assert_eq!(world.facts.logins.get(), 0, "{cause:?}");
        assert_eq!(sent(&world), [ROOT, JOB, ROOT], "{cause:?}");
    }
}

#[test]
fn a_short_body_is_sent_again_where_its_class_allows() {
    for (repeat, first, expected, times) in [
        (Repeat::Always, lost(), Ok(200), 2),
        (Repeat::Always, refusal(503), Ok(200), 2),
        (Repeat::UnlessExecuted, refusal(503), Ok(503), 1),
        (Repeat::UnlessExecuted, refusal(429), Ok(200), 2),
        (
            Repeat::UnlessExecuted,
            lost(),
            Err(Error::OutcomeUnknown),
            1,
        ),
        (
            Repeat::UnlessExecuted,
            Err(TransportError::NotSent("x".to_owned())),
            Ok(200),
            2,
        ),
    ] {
        let (world, client) = world([first.clone()]);
        let ended = world.run(short(client, call(Method::POST).repeat(repeat)));
        assert_eq!(ended.map(|(status, ..)| status), expected, "{first:?}");
        assert_eq!(sent(&world), vec![JOB; times], "{first:?}");
    }
}

#[test]
fn a_short_body_survives_the_end_of_its_session() {
    let (world, client) = world([]);
    world.expire_sessions();
    let (status, _, is_unread) = world.run(short(client, call(Method::POST))).unwrap();
    assert_eq!((status, is_unread), (200, true));
    assert_eq!(world.facts.logins.get(), 1);
}

#[test]
fn a_body_that_is_passed_on_is_sent_on_a_session_that_was_proved() {
    let (world, client) = world([]);
    world
        .run(long(Rc::clone(&client), call(Method::PUT)))
        .unwrap();
    assert_eq!(sent(&world), [ROOT, JOB]);
    // It has just worked.
    world
        .run(long(Rc::clone(&client), call(Method::PUT)))
        .unwrap();
    assert_eq!(sent(&world), [JOB]);
    world.advance(Duration::from_secs(110));
    world
        .run(long(Rc::clone(&client), call(Method::PUT)))
        .unwrap();
    assert_eq!(sent(&world), [JOB], "that one has shown it, too");
    world.advance(Duration::from_secs(121));
    world.run(long(client, call(Method::PUT))).unwrap();
    assert_eq!(sent(&world), [ROOT, JOB]);
    assert_eq!(world.facts.logins.get(), 0);
}

#[test]
fn any_call_proves_the_session() {
    let (world, client) = world([]);
    world
        .run(short(Rc::clone(&client), call(Method::POST)))
        .unwrap();
    world.run(long(client, call(Method::PUT))).unwrap();
    assert_eq!(sent(&world), [JOB, JOB]);
}

#[test]
fn what_a_class_answers_proves_nothing() {
    let (world, client) = world([]);
    let class = || {
        let path = Path::Whole("/services/apexrest/x".to_owned());
        let call = Call::new(Method::PUT, path).verbatim().public();
        let call = call.unauthorized(Unauthorized::Class);
        call.streamed(Duration::from_secs(60))
    };
    for expected in [
        &[ROOT, "/services/apexrest/x"][..],
        &["/services/apexrest/x"],
    ] {
        world.run(long(Rc::clone(&client), class())).unwrap();
        assert_eq!(sent(&world), expected, "the root has proved it");
    }
    world.advance(Duration::from_secs(121));
    world.run(long(client, class())).unwrap();
    assert_eq!(sent(&world).len(), 2);
}

#[test]
fn a_locator_or_a_class_that_refuses_a_body_which_is_passed_on_costs_no_login() {
    let (world, client) = world([]);
    let expired = r#"[{"message":"m","errorCode":"INVALID_SESSION_ID"}]"#;
    for (cause, body, expected) in [
        (Unauthorized::Locator, expired, Err(Error::SessionChanged)),
        (Unauthorized::UnseenClass, "", Ok(401)),
    ] {
        let refusal = Ok((401, body.to_owned()));
        world.facts.answers.borrow_mut().push(refusal);
        let call = call(Method::HEAD).unauthorized(cause);
        let ended = world.run(long(Rc::clone(&client), call));
        assert_eq!(ended.map(|(status, ..)| status), expected, "{cause:?}");
        assert_eq!(world.facts.logins.get(), 0, "{cause:?}");
    }
}

#[test]
fn a_session_that_has_ended_is_renewed_before_a_body_is_passed_on() {
    for stored in [true, false] {
        let world = World::new();
        if stored {
            world.store_foreign("00D!in-use");
            world.expire_sessions();
        }
        let client = Rc::new(world.client());
        let (status, ..) = world.run(long(client, call(Method::PUT))).unwrap();
        assert_eq!(status, 200);
        assert_eq!(world.facts.logins.get(), 1);
        let jobs = sent(&world).into_iter().filter(|path| path == JOB);
        assert_eq!(jobs.count(), 1, "stored {stored}");
    }
}

#[test]
fn a_session_that_ends_under_a_body_is_renewed_and_the_body_is_not_sent_again() {
    let (world, client) = world([]);
    world
        .run(long(Rc::clone(&client), call(Method::PUT)))
        .unwrap();
    world.expire_sessions();
    sent(&world);
    let ended = world.run(long(Rc::clone(&client), call(Method::PUT)));
    assert_eq!(ended, Err(Error::SessionChanged));
    assert_eq!(world.facts.logins.get(), 1);
    let jobs = sent(&world).into_iter().filter(|path| path == JOB);
    assert_eq!(jobs.count(), 1);
    let (status, ..) = world.run(long(client, call(Method::PUT))).unwrap();
    assert_eq!((status, world.facts.logins.get()), (200, 1));
}

#[test]
fn a_body_that_is_passed_on_is_sent_once() {
    let not_sent = || Err(TransportError::NotSent("x".to_owned()));
    for (repeat, first, expected) in [
        (Repeat::UnlessExecuted, lost(), Err("outcome")),
        (Repeat::Always, lost(), Err("unreachable")),
        (Repeat::UnlessExecuted, not_sent(), Err("unreachable")),
        (
            Repeat::UnlessExecuted,
            Err(TransportError::Late),
            Err("outcome"),
        ),
        (Repeat::Always, Err(TransportError::Late), Err("timeout")),
        (
            Repeat::UnlessExecuted,
            Err(TransportError::Denied),
            Err("denied"),
        ),
        (Repeat::UnlessExecuted, refusal(429), Ok(429)),
        (Repeat::UnlessExecuted, refusal(503), Ok(503)),
        (Repeat::Always, refusal(503), Ok(503)),
    ] {
        let (world, client) = world([first.clone()]);
        let ended = world.run(long(client, call(Method::PUT).repeat(repeat)));
        let ended = ended
            .map(|(status, ..)| status)
            .map_err(|error| match error {
                Error::OutcomeUnknown => "outcome",
                Error::Unreachable(_) => "unreachable",
                Error::Timeout => "timeout",
                Error::Denied(_) => "denied",
                other => panic!("{other:?}"),
            });
        assert_eq!(ended, expected, "{first:?}");
        let jobs = sent(&world).into_iter().filter(|path| path == JOB);
        assert_eq!(jobs.count(), 1, "{first:?}");
    }
}

#[test]
fn a_root_that_refuses_is_the_answer_and_no_body_is_passed_on() {
    let (world, client) = world([]);
    let down = r#"[{"errorCode":"SERVER_UNAVAILABLE","message":"m"}]"#;
    *world.facts.root_answer.borrow_mut() = Some((503, down.to_owned()));
    let ended = world.run(long(client, call(Method::PUT)));
    assert!(matches!(ended, Err(Error::Api(failure)) if failure.status == 503));
    assert!(!sent(&world).iter().any(|path| path == JOB));
}
