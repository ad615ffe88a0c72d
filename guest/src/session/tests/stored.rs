//! What is stored, kept and removed beside others who write.

use std::rc::Rc;
use std::time::Duration;

use super::super::Origin;
use super::{instance, queries_sent, query, run_query, status};
use crate::contract::types::Options;
use crate::error::{Error, SecretError};
use crate::fake_platform::{FakePlatform, Weather, World};
use crate::platform::StoreError;

#[test]
fn a_write_by_somebody_else_is_merged_and_not_lost() {
    let world = World::new();
    let mut turns = 2;
    *world.facts.meanwhile.borrow_mut() = Some(Box::new(move |facts| {
        if turns > 0 {
            turns -= 1;
            facts.put("other", &turns.to_string());
        }
    }));
    let client = instance(&world);
    run_query(&world, &client).unwrap();
    assert_eq!(world.stored("other").as_deref(), Some("0"));
    assert_eq!(world.stored("SessionId").as_deref(), Some("\"00D!1\""));
    assert!(status(&world, &client).shared);
}

#[test]
fn a_newer_session_that_somebody_stored_meanwhile_is_kept() {
    let world = World::new();
    let mut first = true;
    *world.facts.meanwhile.borrow_mut() = Some(Box::new(move |facts| {
        if std::mem::take(&mut first) {
            facts.store_foreign("newer");
        }
    }));
    let client = instance(&world);
    run_query(&world, &client).unwrap();
    assert_eq!(world.stored("SessionId").as_deref(), Some("\"newer\""));
    assert_eq!(status(&world, &client).origin, Origin::Stored);
}

#[test]
fn a_store_that_never_lets_us_write_leaves_the_token_in_memory() {
    for (writable, failure) in [
        (false, None),
        (true, Some(StoreError::Denied)),
        (true, Some(StoreError::Conflict)),
    ] {
        let world = World::new();
        world.facts.writable.set(writable);
        world.facts.write_fails.set(failure);
        let client = instance(&world);
        for _ in 0..3 {
            run_query(&world, &client).unwrap();
        }
        assert_eq!(world.facts.logins.get(), 1);
        let status = status(&world, &client);
        assert_eq!((status.origin, status.shared), (Origin::Login, false));
        assert!(status.note.unwrap().contains("memory"));
    }
}

#[test]
fn a_write_whose_reply_is_lost_every_time_has_worked() {
    let world = World::new();
    world.facts.write_loses_replies.set(true);
    let client = instance(&world);
    run_query(&world, &client).unwrap();
    assert!(status(&world, &client).shared);
    assert_eq!(world.facts.writes.get(), 1);
}

#[test]
fn a_token_that_must_be_shared_and_cannot_is_an_error() {
    let world = World::new();
    world.facts.writable.set(false);
    world.facts.require_shared.set(true);
    let refused = run_query(&world, &instance(&world));
    assert_eq!(
        refused,
        Err(Error::Secret(SecretError::Store(StoreError::Denied)))
    );
    assert_eq!(queries_sent(&world), 0, "the token was not used");
}

#[test]
fn a_session_that_somebody_else_stored_is_not_taken_for_one_fresh_from_a_login() {
    let world = World::new();
    world.facts.require_shared.set(true);
    let mut first = true;
    *world.facts.meanwhile.borrow_mut() = Some(Box::new(move |facts| {
        if std::mem::take(&mut first) {
            facts.store_foreign("newer");
            facts.end("newer");
        }
    }));
    run_query(&world, &instance(&world)).expect("an end, and no refusal");
    assert_eq!(world.facts.logins.get(), 2);
}

#[test]
fn a_session_is_forgotten_and_the_next_call_logs_in() {
    let world = World::new();
    let client = instance(&world);
    run_query(&world, &client).unwrap();
    let forgetful = Rc::clone(&client);
    world
        .run(async move { forgetful.forget(&Options::default()).await })
        .unwrap();
    assert_eq!(world.stored("SessionId"), None);
    assert_eq!(world.stored("ConsumerKey").as_deref(), Some("\"key\""));
    assert_eq!(status(&world, &client).origin, Origin::None);
    run_query(&world, &client).unwrap();
    assert_eq!(world.facts.logins.get(), 2);
}

/// Members of a session that cannot be used.
const UNUSABLE: [(&str, &str); 5] = [
    ("\"00D!a\\nb\"", "\"acme.my.salesforce.com\""),
    ("7", "\"acme.my.salesforce.com\""),
    ("\"00D!a\"", "\"https://acme.my.salesforce.com\""),
    ("\"00D!a\"", "\"evil.example\""),
    ("{}", "[]"),
];

#[test]
fn a_session_that_cannot_be_used_is_overwritten() {
    for (token, host) in UNUSABLE {
        let world = World::new();
        world.facts.put("SessionId", token);
        world.facts.put("Instance", host);
        let fleet = (0..8).map(|_| query(instance(&world)));
        let answers = world.run(futures::future::join_all(fleet.collect::<Vec<_>>()));
        assert!(answers.iter().all(Result::is_ok), "{token}: {answers:?}");
        assert_eq!(world.facts.logins.get(), 1, "{token}");
        assert_eq!(world.stored("SessionId").as_deref(), Some("\"00D!1\""));
        world.facts.put("Instance", host);
        world.facts.put("SessionId", token);
        let client = instance(&world);
        assert_eq!(status(&world, &client).origin, Origin::None);
        let renewed = world.run(async move { client.renew(&Options::default()).await });
        assert!(renewed.unwrap().shared);
        assert_eq!(world.stored("SessionId").as_deref(), Some("\"00D!2\""));
    }
}

#[test]
fn what_cannot_be_used_can_be_forgotten() {
    for (token, host) in UNUSABLE {
        for domain in ["\"acme.my\"", "\"no domain/\""] {
            let world = World::new();
            world.facts.put("Domain", domain);
            world.facts.put("SessionId", token);
            world.facts.put("Instance", host);
            let client = instance(&world);
            let forgotten = world.run(async move { client.forget(&Options::default()).await });
            assert_eq!(forgotten, Ok(()), "{token} {domain}");
            for member in ["SessionId", "Instance", "SessionInfo"] {
                assert_eq!(world.stored(member), None);
            }
            assert_eq!(world.stored("ConsumerKey").as_deref(), Some("\"key\""));
            assert_eq!(world.facts.logins.get(), 0);
        }
    }
}

#[test]
fn what_is_forgotten_does_not_come_back_by_a_call_beside_it() {
    let world = World::new();
    let client = instance(&world);
    run_query(&world, &client).unwrap();
    let (forgetful, beside) = (Rc::clone(&client), Rc::clone(&client));
    let (forgotten, queried) = world.run(futures::future::join(
        async move { forgetful.forget(&Options::default()).await },
        query(beside),
    ));
    forgotten.unwrap();
    queried.unwrap();
    assert_eq!(world.stored("SessionId"), None);
    run_query(&world, &client).unwrap();
    assert_eq!(world.facts.logins.get(), 2, "the next call logs in");
}

#[test]
fn a_session_that_somebody_forgot_is_not_called_shared() {
    let world = World::new();
    let (client, other) = (instance(&world), instance(&world));
    run_query(&world, &client).unwrap();
    world
        .run(async move { other.forget(&Options::default()).await })
        .unwrap();
    let status = status(&world, &client);
    assert!(!status.shared);
    assert!(status.note.unwrap().contains("no longer"));
}

#[test]
fn a_newer_stored_session_is_adopted_before_any_login() {
    let world = World::new();
    let client = instance(&world);
    run_query(&world, &client).unwrap();
    world.expire_sessions();
    world.store_foreign("foreign");
    run_query(&world, &client).unwrap();
    assert_eq!(world.facts.logins.get(), 1);
}

#[test]
fn an_adopted_session_may_have_ended_as_well() {
    let world = World::new();
    let client = instance(&world);
    run_query(&world, &client).unwrap();
    world.store_foreign("foreign");
    world.expire_sessions();
    run_query(&world, &client).unwrap();
    assert_eq!(world.facts.logins.get(), 2);
}

#[test]
fn an_ended_session_is_not_taken_up_again_from_a_read_that_is_behind() {
    let world = World::new();
    world.store_foreign("foreign");
    world.advance(Duration::from_secs(60));
    let behind = Weather {
        staleness: vec![Duration::from_secs(10)],
        ..Weather::default()
    };
    let client = Rc::new(FakePlatform::with(&world.facts, behind).client());
    run_query(&world, &client).unwrap();
    for logins in 1..=2 {
        world.expire_sessions();
        run_query(&world, &client).expect("the one before has ended as well");
        assert_eq!(world.facts.logins.get(), logins);
        world.advance(Duration::from_secs(2));
    }
}
