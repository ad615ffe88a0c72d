//! What a lost answer of a write means, in virtual time: each row of the retry matrix,
//! for both classes of repeatability.

use std::rc::Rc;
use std::time::Duration;

use http::Method;
use http::header::HeaderValue;

use crate::answer::Answer;
use crate::call::{Call, Operation, Path, Repeat};
use crate::client::Client;
use crate::contract::types::Options;
use crate::error::Error;
use crate::fake_platform::{FakePlatform, HostAnswer, World};
use crate::platform::TransportError;
use crate::token::Fingerprint;

/// A write that no family of functions has.
#[derive(Clone)]
struct Write {
    method: Method,
    repeat: Repeat,
}

impl Operation for Write {
    type Output = ();

    fn call(&self) -> Result<Call, Error> {
        let path = Path::Versioned("sobjects/Account".to_owned());
        let call = Call::new(self.method.clone(), path).repeat(self.repeat);
        let json = HeaderValue::from_static("application/json");
        Ok(match self.method {
            Method::DELETE => call,
            _ => call.body(json, r#"{"Name":"x"}"#),
        })
    }

    fn read(&self, answer: Answer, _: &Fingerprint) -> Result<(), Error> {
        match answer.is_success() {
            true => Ok(()),
            false => Err(answer.failure()),
        }
    }
}

/// How a write ended: as what, and how often it was sent.
type Ended = (Result<(), Error>, usize);

/// A world in which a session is in use, and not fresh.
fn world() -> (World, Rc<Client<FakePlatform>>) {
    let world = World::new();
    world.store_foreign("00D!in-use");
    let client = Rc::new(world.client());
    (world, client)
}

fn write(world: &World, client: &Rc<Client<FakePlatform>>, write: Write, ms: u32) -> Ended {
    let client = Rc::clone(client);
    let options = Options {
        timeout_ms: Some(ms),
        ..Options::default()
    };
    let ended = world.run(async move { client.run(write, &options).await });
    (ended, sent(world))
}

fn sent(world: &World) -> usize {
    let requests = world.facts.requests.borrow();
    let writes = requests.iter().filter(|path| path.contains("/sobjects"));
    writes.count()
}

/// What each class comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    /// Sent once more, and done.
    Again,
    /// Sent once: the outcome is unknown.
    Unknown,
    /// Sent once: Salesforce's refusal.
    Refused,
    /// Sent once: an answer that cannot be read.
    Unexpected,
    /// Sent once: the caller's mistake.
    Invalid,
    /// Sent once: the transport's failure.
    Unreachable,
    /// Not let out.
    Denied,
}

fn outcome(ended: &Ended) -> Option<Outcome> {
    match ended {
        (Ok(()), 2) => Some(Outcome::Again),
        (Err(Error::OutcomeUnknown), 1) => Some(Outcome::Unknown),
        (Err(Error::Api(_)), 1) => Some(Outcome::Refused),
        (Err(Error::UnexpectedAnswer(_)), 1) => Some(Outcome::Unexpected),
        (Err(Error::InvalidInput(_)), 1) => Some(Outcome::Invalid),
        (Err(Error::Unreachable(_)), 1) => Some(Outcome::Unreachable),
        (Err(Error::Denied(_)), 1) => Some(Outcome::Denied),
        _ => None,
    }
}

fn refusal(code: &str, message: &str) -> String {
    format!(r#"[{{"errorCode":"{code}","message":"{message}"}}]"#)
}

/// The first answer, and what either class comes to.
fn rows() -> Vec<(HostAnswer, Outcome, Outcome)> {
    use Outcome::{Again, Denied, Invalid, Refused, Unexpected, Unknown, Unreachable};

    let why = || "x".to_owned();
    let limit = |what| refusal("REQUEST_LIMIT_EXCEEDED", what);
    let page = || "<html>".to_owned();
    vec![
        // It was surely not executed.
        (Err(TransportError::NotSent(why())), Again, Again),
        (Err(TransportError::NoHost(why())), Again, Again),
        (Ok((401, refusal("INVALID_SESSION_ID", "m"))), Again, Again),
        (
            Ok((401, refusal("INVALID_AUTH_HEADER", "INVALID_JWT_FORMAT"))),
            Again,
            Again,
        ),
        (Ok((403, limit("ConcurrentPerOrgLongTxn"))), Again, Again),
        (Ok((400, refusal("UNABLE_TO_LOCK_ROW", "m"))), Again, Again),
        (Ok((409, refusal("UNABLE_TO_LOCK_ROW", "m"))), Again, Again),
        (Ok((420, page())), Again, Again),
        (Ok((429, String::new())), Again, Again),
        // It may have been executed.
        (Err(TransportError::Lost(why())), Again, Unknown),
        (Ok((500, page())), Again, Unknown),
        (Ok((500, refusal("UNKNOWN_EXCEPTION", "m"))), Again, Unknown),
        (
            Ok((500, refusal("UNABLE_TO_LOCK_ROW", "m"))),
            Again,
            Unknown,
        ),
        (Ok((502, page())), Again, Unknown),
        (Ok((503, page())), Again, Unknown),
        (Ok((504, page())), Again, Unknown),
        (Ok((501, page())), Unexpected, Unknown),
        (Ok((599, page())), Unexpected, Unknown),
        (Err(TransportError::Unreadable(why())), Unexpected, Unknown),
        // The answer stands.
        (Ok((403, limit("TotalRequests"))), Refused, Refused),
        (Ok((400, refusal("MALFORMED_QUERY", "m"))), Refused, Refused),
        (
            Ok((400, refusal("DUPLICATES_DETECTED", "m"))),
            Refused,
            Refused,
        ),
        (Ok((404, refusal("NOT_FOUND", "m"))), Refused, Refused),
        (Ok((410, refusal("GONE", "m"))), Refused, Refused),
        (
            Ok((412, refusal("PRECONDITION_FAILED", "m"))),
            Refused,
            Refused,
        ),
        (Ok((414, page())), Invalid, Invalid),
        (Ok((431, page())), Invalid, Invalid),
        (
            Err(TransportError::Untrusted(why())),
            Unreachable,
            Unreachable,
        ),
        (Err(TransportError::Denied), Denied, Denied),
        (
            Err(TransportError::Unsendable(why())),
            Unexpected,
            Unexpected,
        ),
    ]
}

#[test]
fn the_matrix_of_the_first_answer() {
    for (answer, always, unless_executed) in rows() {
        for method in [Method::POST, Method::PATCH, Method::DELETE] {
            for (repeat, expected) in [
                (Repeat::Always, always),
                (Repeat::UnlessExecuted, unless_executed),
            ] {
                let (world, client) = world();
                world.facts.answers.borrow_mut().push(answer.clone());
                let method = method.clone();
                let case = format!("{method} {repeat:?} {answer:?}");
                let ended = write(&world, &client, Write { method, repeat }, 60_000);
                assert_eq!(outcome(&ended), Some(expected), "{case}: {ended:?}");
            }
        }
    }
}

#[test]
fn a_write_without_a_connection_is_tried_four_times_and_its_outcome_is_known() {
    for repeat in [Repeat::Always, Repeat::UnlessExecuted] {
        let (world, client) = world();
        let failure = Err(TransportError::NotSent("x".to_owned()));
        let failures = std::iter::repeat_n(failure, 4);
        world.facts.answers.borrow_mut().extend(failures);
        let method = Method::POST;
        let ended = write(&world, &client, Write { method, repeat }, 60_000);
        assert!(
            matches!(ended, (Err(Error::Unreachable(_)), 4)),
            "{ended:?}"
        );
    }
}

#[test]
fn a_write_that_was_tried_again_may_then_be_lost() {
    let (world, client) = world();
    let answers = [
        Err(TransportError::NotSent("x".to_owned())),
        Ok((429, String::new())),
        Err(TransportError::Lost("x".to_owned())),
    ];
    world.facts.answers.borrow_mut().extend(answers);
    let repeat = Repeat::UnlessExecuted;
    let method = Method::POST;
    let ended = write(&world, &client, Write { method, repeat }, 60_000);
    assert_eq!(ended, (Err(Error::OutcomeUnknown), 3));
}

#[test]
fn an_answer_that_breaks_off_is_lost() {
    for (repeat, expected) in [
        (Repeat::Always, Outcome::Again),
        (Repeat::UnlessExecuted, Outcome::Unknown),
    ] {
        let (world, client) = world();
        world.facts.breaks_off.set(true);
        let method = Method::PATCH;
        let ended = write(&world, &client, Write { method, repeat }, 60_000);
        assert_eq!(outcome(&ended), Some(expected), "{ended:?}");
    }
}

#[test]
fn a_timeout_after_a_write_was_sent_is_an_unknown_outcome() {
    for method in [Method::POST, Method::PATCH, Method::DELETE] {
        for (repeat, expected) in [
            (Repeat::Always, Error::Timeout),
            (Repeat::UnlessExecuted, Error::OutcomeUnknown),
        ] {
            let (world, client) = world();
            world.facts.latency.set(Duration::from_secs(5));
            let method = method.clone();
            let ended = write(&world, &client, Write { method, repeat }, 1_000);
            assert_eq!(ended, (Err(expected), 0), "the org hears of it too late");
        }
    }
}

#[test]
fn a_timeout_before_a_write_was_sent_is_a_timeout() {
    let world = World::new();
    world.facts.login_latency.set(Duration::from_secs(5));
    let client = Rc::new(world.client());
    let repeat = Repeat::UnlessExecuted;
    let method = Method::POST;
    let ended = write(&world, &client, Write { method, repeat }, 1_000);
    assert_eq!(ended, (Err(Error::Timeout), 0));
    // Nor is it sent afterwards.
    assert_eq!(sent(&world), 0);
}

#[test]
fn a_write_whose_outcome_is_unknown_does_not_cost_the_login_it_waited_for() {
    for answer in [
        Err(TransportError::Lost("x".to_owned())),
        Ok((503, "<html>".to_owned())),
    ] {
        let world = World::new();
        world.facts.answers.borrow_mut().push(answer);
        let client = Rc::new(world.client());
        let repeat = Repeat::UnlessExecuted;
        let method = Method::POST;
        let ended = write(&world, &client, Write { method, repeat }, 60_000);
        assert_eq!(ended, (Err(Error::OutcomeUnknown), 1));
        assert!(
            world.stored("SessionId").is_some(),
            "proved by a request of its own"
        );
        assert_eq!(world.facts.logins.get(), 1);
    }
}

#[test]
fn others_who_wait_for_the_login_of_a_write_hear_nothing_of_its_outcome() {
    let world = World::new();
    let root = Some((503, "<html>".to_owned()));
    *world.facts.root_answer.borrow_mut() = root;
    world
        .facts
        .answers
        .borrow_mut()
        .push(Ok((503, "<html>".to_owned())));
    let client = Rc::new(world.client());
    let run = |client: Rc<Client<FakePlatform>>| async move {
        let write = Write {
            method: Method::POST,
            repeat: Repeat::UnlessExecuted,
        };
        client.run(write, &Options::default()).await
    };
    let both = futures::future::join(run(Rc::clone(&client)), run(Rc::clone(&client)));
    let (leader, other) = world.run(both);
    assert_eq!(leader, Err(Error::OutcomeUnknown));
    assert_ne!(other, Err(Error::OutcomeUnknown));
    assert_eq!(sent(&world), 1, "the other's was never sent");
}
