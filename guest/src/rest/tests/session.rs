//! What requests cost the session: a 401 that has other causes, and one that has not.

use std::rc::Rc;
use std::time::Duration;

use futures::future::join_all;

use super::{CLASS, EXPIRED, IDENTITY, LOCATOR, refusal, send, times, world};
use crate::contract::rest::Method as Verb;
use crate::error::Error;
use crate::fake_platform::{Deed, World};

#[test]
fn what_a_class_answers_is_its_answer_and_it_runs_once() {
    for answer in [
        Ok((401, String::new())),
        Ok((401, r#"{"why":"no"}"#.to_owned())),
        refusal(401, "MINE", "INVALID_SESSION_ID"),
        refusal(400, "UNABLE_TO_LOCK_ROW", "m"),
        Ok((404, "<html>".to_owned())),
        Ok((302, String::new())),
        Ok((420, "<html>".to_owned())),
        Ok((429, String::new())),
        Ok((500, "<html>".to_owned())),
        Ok((503, String::new())),
    ] {
        let (world, client) = world([answer.clone()]);
        let ended = world.run(send(client, Verb::Post, CLASS, false)).unwrap();
        let (status, body) = answer.unwrap();
        assert_eq!((ended.status, ended.body), (status, body.into_bytes()));
        assert_eq!(times(&world, CLASS), 1, "{status}");
        assert_eq!(world.facts.logins.get(), 0, "{status}");
        let others = world.facts.requests.borrow().len() - 1;
        assert_eq!(others, usize::from(status == 420), "{status}");
    }
}

#[test]
fn salesforces_own_word_for_an_ended_session_is_believed_under_apex_rest() {
    let xml = "<Errors><Error><errorCode>INVALID_SESSION_ID</errorCode></Error></Errors>";
    for refusal in [EXPIRED, xml] {
        let (world, client) = world([]);
        world.expire_sessions();
        *world.facts.refusal.borrow_mut() = Some(refusal.to_owned());
        let answered = world.run(send(client, Verb::Post, CLASS, false));
        assert_eq!(answered.unwrap().status, 200, "{refusal}");
        assert_eq!(world.facts.logins.get(), 1);
        assert_eq!(times(&world, CLASS), 2);
    }
}

#[test]
fn a_head_below_apex_rest_is_sent_again_if_the_session_has_ended_and_not_otherwise() {
    let (world, client) = world([]);
    world.expire_sessions();
    *world.facts.refusal.borrow_mut() = Some(String::new());
    let answered = world.run(send(Rc::clone(&client), Verb::Head, CLASS, false));
    assert_eq!(answered.unwrap().status, 200, "no 401 of a session");
    assert_eq!(world.facts.logins.get(), 1);
    assert_eq!(times(&world, CLASS), 2);
    let own = Ok((401, String::new()));
    world.facts.answers.borrow_mut().push(own);
    let before = world.facts.requests.borrow().len();
    let answered = world.run(send(client, Verb::Head, CLASS, false));
    assert_eq!(answered.unwrap().status, 401, "of the class");
    assert_eq!(times(&world, CLASS), 3, "it runs once");
    assert_eq!(world.facts.logins.get(), 1);
    let others = world.facts.requests.borrow().len() - before - 1;
    assert_eq!(others, 1, "one has settled it");
}

#[test]
fn a_hundred_dead_locators_and_a_hundred_refusals_of_a_class_cost_no_login() {
    let answers = std::iter::repeat_n(Ok((401, EXPIRED.to_owned())), 100);
    let (world, client) = world(answers);
    let calls = (0..100).map(|_| send(Rc::clone(&client), Verb::Get, LOCATOR, true));
    for ended in world.run(join_all(calls.collect::<Vec<_>>())) {
        assert_eq!(ended, Err(Error::SessionChanged));
    }
    assert_eq!(times(&world, LOCATOR), 100, "each was sent once");
    let denials = std::iter::repeat_n(Ok((401, "no".to_owned())), 100);
    world.facts.answers.borrow_mut().extend(denials);
    let calls = (0..100).map(|_| send(Rc::clone(&client), Verb::Get, CLASS, true));
    for ended in world.run(join_all(calls.collect::<Vec<_>>())) {
        assert_eq!(ended.unwrap().status, 401);
    }
    assert_eq!(world.facts.logins.get(), 0);
    assert_eq!(world.facts.unauthorized.get(), 0);
}

#[test]
fn a_dead_locator_says_nothing_of_the_token_that_a_login_has_just_answered() {
    let world = World::new();
    world
        .facts
        .answers
        .borrow_mut()
        .push(Ok((401, EXPIRED.to_owned())));
    let client = Rc::new(world.client());
    let ended = world.run(send(Rc::clone(&client), Verb::Get, LOCATOR, false));
    assert_eq!(ended, Err(Error::SessionChanged));
    assert_eq!(world.facts.logins.get(), 1);
    assert!(
        world.stored("SessionId").is_some(),
        "another request proved it"
    );
    let later = world.run(send(client, Verb::Get, "sobjects/A/1", false));
    assert_eq!(later.unwrap().status, 200);
    assert_eq!(world.facts.logins.get(), 1);
}

#[test]
fn a_locator_that_meets_an_ended_session_renews_it_for_later_calls_and_is_not_repeated() {
    let (world, client) = world([]);
    for path in [LOCATOR, "queryAll/01g-9", "tooling/query/01g-8"] {
        let logins = world.facts.logins.get();
        world.expire_sessions();
        let call = Rc::clone(&client);
        let ended = world.run(async move { send(call, Verb::Get, path, true).await });
        assert_eq!(ended, Err(Error::SessionChanged));
        assert_eq!(times(&world, path), 1);
        assert_eq!(world.facts.logins.get(), logins + 1);
        let later = Rc::clone(&client);
        let later = world.run(send(later, Verb::Get, "sobjects/A/1", false));
        assert_eq!(later.unwrap().status, 200);
        assert_eq!(world.facts.logins.get(), logins + 1);
    }
}

#[test]
fn an_identity_that_meets_an_ended_session_is_asked_again_with_the_new_one() {
    let (world, client) = world([]);
    world.expire_sessions();
    let answered = world.run(send(Rc::clone(&client), Verb::Get, IDENTITY, false));
    assert_eq!(answered.unwrap().status, 200);
    assert_eq!(world.facts.logins.get(), 1);
    assert_eq!(times(&world, IDENTITY), 2);
    assert!(world.stored("SessionId").is_some());
}

/// Whoever has a key could make a fleet log in otherwise, again and again.
#[test]
fn a_hundred_refusals_of_the_identity_service_cost_no_login() {
    for (status, word) in [
        (403, "Bad_OAuth_Token"),
        (403, "Wrong_Org"),
        (404, "Bad_Id"),
        (401, EXPIRED),
    ] {
        let answers = std::iter::repeat_n(Ok((status, word.to_owned())), 100);
        let (world, client) = world(answers);
        let calls = (0..100).map(|_| send(Rc::clone(&client), Verb::Get, IDENTITY, false));
        for ended in world.run(join_all(calls.collect::<Vec<_>>())) {
            let ended = ended.unwrap();
            assert_eq!((ended.status, &*ended.body), (status, word.as_bytes()));
        }
        assert_eq!(times(&world, IDENTITY), 100, "{word}");
        assert_eq!(world.facts.logins.get(), 0, "{word}");
        assert_eq!(world.facts.unauthorized.get(), 0, "{word}");
    }
}

#[test]
fn a_refusal_of_the_identity_service_says_nothing_of_the_token_of_a_login() {
    let world = World::new();
    let refusal = Ok((403, "Bad_OAuth_Token".to_owned()));
    world.facts.answers.borrow_mut().push(refusal);
    let client = Rc::new(world.client());
    let ended = world.run(send(Rc::clone(&client), Verb::Get, IDENTITY, false));
    assert_eq!(ended.unwrap().status, 403);
    assert_eq!(world.facts.logins.get(), 1);
    assert!(
        world.stored("SessionId").is_some(),
        "another request proved it"
    );
    let later = world.run(send(client, Verb::Get, "sobjects/A/1", false));
    assert_eq!(later.unwrap().status, 200);
    assert_eq!(world.facts.logins.get(), 1);
}

#[test]
fn an_identity_in_an_org_that_refuses_everyone_ends() {
    let world = World::new();
    world.facts.refuses_everyone.set(true);
    let client = Rc::new(world.client());
    let ended = world.run(send(client, Verb::Get, IDENTITY, false));
    assert!(matches!(ended, Err(Error::RateLimited(_))), "{ended:?}");
    assert_eq!(world.facts.logins.get(), 1);
    assert_eq!(world.stored("SessionId"), None);
}

#[test]
fn a_locator_in_an_org_that_refuses_everyone_ends_too() {
    let world = World::new();
    world.facts.refuses_everyone.set(true);
    let client = Rc::new(world.client());
    let ended = world.run(send(client, Verb::Get, LOCATOR, false));
    assert_eq!(ended, Err(Error::SessionChanged));
    assert_eq!(world.facts.logins.get(), 1);
    assert_eq!(world.stored("SessionId"), None);
    assert!(world.facts.now() < Duration::from_secs(10));
}

#[test]
fn only_a_call_below_a_version_proves_a_token() {
    for (path, proves) in [
        ("sobjects/A/1", true),
        ("/services/data/v66.0/sobjects/A/1", true),
        (CLASS, false),
        ("/services/async/66.0/job/1", false),
        (IDENTITY, false),
    ] {
        let world = World::new();
        let client = Rc::new(world.client());
        let answered = world.run(async move { send(client, Verb::Get, path, false).await });
        assert_eq!(answered.unwrap().status, 200, "{path}");
        assert_eq!(world.facts.logins.get(), 1);
        let probes = times(&world, "/services/data/v66.0/");
        assert_eq!(probes, usize::from(!proves), "{path}");
        assert!(world.stored("SessionId").is_some(), "{path}");
    }
}

#[test]
fn a_session_that_ends_under_fifty_requests_costs_one_login_and_each_runs_once() {
    let (world, client) = world([]);
    world
        .run(send(Rc::clone(&client), Verb::Get, "sobjects/A/1", false))
        .unwrap();
    world.expire_sessions();
    world.facts.journal.borrow_mut().clear();
    let calls = (0..50).map(|number| {
        let verb = if number % 2 == 0 {
            Verb::Get
        } else {
            Verb::Post
        };
        send(Rc::clone(&client), verb, "sobjects/A", false)
    });
    for answered in world.run(join_all(calls.collect::<Vec<_>>())) {
        assert_eq!(answered.unwrap().status, 200);
    }
    assert_eq!(world.facts.logins.get(), 1);
    let journal = world.facts.journal.borrow();
    let is_accepted = |deed: &Deed| matches!(deed, Deed::Called { accepted: true, .. });
    let executed = journal.iter().filter(|entry| is_accepted(&entry.deed));
    assert_eq!(executed.count(), 50);
}
