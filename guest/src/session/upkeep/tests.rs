//! Sessions whose end is known, and stores that fail.

use std::rc::Rc;
use std::time::Duration;

use super::super::Origin;
use super::super::tests::{instance, queries_sent, query, run_query, status};
use crate::contract::types::Options;
use crate::error::Error;
use crate::fake_platform::World;
use crate::platform::StoreError;

const MINUTE: Duration = Duration::from_secs(60);

fn introspections(world: &World) -> usize {
    let requests = world.facts.requests.borrow();
    let asked = requests.iter().filter(|path| path.ends_with("introspect"));
    asked.count()
}

/// A world whose tokens live for so long, whatever their use.
fn jwt_world(life: Duration) -> World {
    let world = World::new();
    world.facts.jwt_life.set(Some(life));
    world
}

#[test]
fn a_steady_load_meets_no_end_of_a_token_and_logs_in_once_for_each() {
    let world = jwt_world(10 * MINUTE);
    let (ours, theirs) = (instance(&world), instance(&world));
    // A hundred minutes are ten lives, each ended in its last tenth.
    for _ in 0..2 * 100 {
        for client in [&ours, &theirs] {
            run_query(&world, client).unwrap();
        }
        world.advance(MINUTE / 2);
    }
    assert_eq!(world.facts.unauthorized.get(), 0);
    let logins = world.facts.logins.get();
    assert!((10..=12).contains(&logins), "{logins}");
    assert_eq!(introspections(&world), 0, "a JWT says it itself");
}

#[test]
fn who_renews_ahead_waits_for_nothing_and_neither_do_the_others() {
    let world = jwt_world(10 * MINUTE);
    let client = instance(&world);
    run_query(&world, &client).unwrap();
    world.advance(9 * MINUTE + MINUTE / 2);
    world.facts.login_latency.set(Duration::from_secs(20));
    let (facts, calls) = (Rc::clone(&world.facts), Rc::clone(&client));
    let took = world.run(async move {
        let begun = facts.now();
        let all = futures::future::join_all((0..9).map(|_| query(Rc::clone(&calls))));
        for answer in all.await {
            answer.unwrap();
        }
        facts.now() - begun
    });
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert_eq!(world.facts.logins.get(), 2);
    assert_eq!(world.facts.unauthorized.get(), 0);
}

#[test]
fn an_instance_that_finds_a_session_near_its_end_renews_it_at_once() {
    let world = jwt_world(10 * MINUTE);
    run_query(&world, &instance(&world)).unwrap();
    world.advance(9 * MINUTE + MINUTE / 2);
    let late = instance(&world);
    run_query(&world, &late).unwrap();
    assert_eq!(world.facts.logins.get(), 2);
    assert_eq!(status(&world, &late).origin, Origin::Login);
    assert_eq!(world.facts.unauthorized.get(), 0);
}

#[test]
fn a_locator_is_followed_past_a_renewal_ahead() {
    let world = jwt_world(10 * MINUTE);
    let client = instance(&world);
    let next = run_query(&world, &client).unwrap().next.unwrap();
    world.advance(9 * MINUTE + MINUTE / 2);
    run_query(&world, &client).unwrap();
    assert_eq!(world.facts.logins.get(), 2);
    let more = |client: &super::super::tests::Instance| {
        let (client, next) = (Rc::clone(client), next.clone());
        world.run(async move { client.query_more(&next, None, &Options::default()).await })
    };
    more(&client).expect("its session is alive");
    assert_eq!(world.facts.unauthorized.get(), 0);
    // Only until that has ended as well.
    world.advance(MINUTE);
    assert_eq!(more(&client), Err(Error::SessionChanged));
    assert_eq!(world.facts.logins.get(), 2);
}

#[test]
fn a_token_past_its_end_is_not_sent() {
    let world = jwt_world(10 * MINUTE);
    let (ours, late) = (instance(&world), instance(&world));
    run_query(&world, &ours).unwrap();
    world.advance(11 * MINUTE);
    run_query(&world, &ours).unwrap();
    world.advance(11 * MINUTE);
    run_query(&world, &late).unwrap();
    assert_eq!(world.facts.unauthorized.get(), 0);
    assert_eq!(world.facts.logins.get(), 3);
    assert_eq!(queries_sent(&world), 3);
}

#[test]
fn a_renewal_ahead_that_fails_is_let_rest() {
    let world = jwt_world(100 * MINUTE);
    let client = instance(&world);
    run_query(&world, &client).unwrap();
    world.advance(91 * MINUTE);
    *world.facts.login_answer.borrow_mut() = Some((503, String::new()));
    let requests = world.facts.requests.borrow().len();
    for _ in 0..60 {
        run_query(&world, &client).expect("the token is still good");
        world.advance(Duration::from_secs(1));
    }
    let tried = world.facts.requests.borrow().len() - requests - 60;
    assert!((1..=12).contains(&tried), "{tried}");
    *world.facts.login_answer.borrow_mut() = None;
    world.advance(MINUTE);
    run_query(&world, &client).unwrap();
    run_query(&world, &client).unwrap();
    assert_eq!(world.facts.unauthorized.get(), 0);
    assert_eq!(status(&world, &client).origin, Origin::Login);
}

#[test]
fn a_session_that_use_keeps_alive_is_not_renewed() {
    let world = World::new();
    world.facts.session_ttl.set(Some(10 * MINUTE));
    let client = instance(&world);
    for minute in 0..60 {
        let exp = world.facts.now_ms() / 1_000 + 600;
        *world.facts.introspection.borrow_mut() = Some(format!(r#"{{"active":true,"exp":{exp}}}"#));
        run_query(&world, &client).unwrap_or_else(|error| panic!("{minute}: {error}"));
        world.advance(MINUTE);
    }
    assert_eq!(world.facts.logins.get(), 1);
    let asked = introspections(&world);
    assert!((5..=7).contains(&asked), "{asked}");
    // What was learned is stored: another instance does not ask again.
    let late = instance(&world);
    run_query(&world, &late).unwrap();
    assert!(introspections(&world) <= asked + 1);
    assert!(status(&world, &client).expires_at_ms.unwrap() > world.facts.now_ms());
}

#[test]
fn a_session_that_has_not_slid_or_has_ended_is_renewed() {
    let near = |world: &World| {
        let exp = world.facts.now_ms() / 1_000 + 30;
        Some(format!(r#"{{"active":true,"exp":{exp}}}"#))
    };
    let answers: [fn(&World) -> Option<String>; 3] = [
        near,
        |_| Some(r#"{"active":false}"#.to_owned()),
        // The org does not tell: the operator's word stands.
        |_| None,
    ];
    for answer in answers {
        let world = World::new();
        world.facts.session_ttl.set(Some(10 * MINUTE));
        let client = instance(&world);
        run_query(&world, &client).unwrap();
        world.advance(9 * MINUTE + MINUTE / 2);
        let answer = answer(&world);
        let tells = answer.is_some();
        *world.facts.introspection.borrow_mut() = answer;
        run_query(&world, &client).unwrap();
        assert_eq!(world.facts.logins.get(), 2, "{tells}");
        assert_eq!(world.facts.unauthorized.get(), 0);
    }
}

#[test]
fn without_a_known_end_nothing_is_asked_and_nothing_renewed() {
    let world = World::new();
    let client = instance(&world);
    for _ in 0..50 {
        run_query(&world, &client).unwrap();
        world.advance(10 * MINUTE);
    }
    assert_eq!(world.facts.logins.get(), 1);
    assert_eq!(introspections(&world), 0);
}

#[test]
fn a_store_that_does_not_answer_costs_no_call_and_gets_the_token_later() {
    let world = World::new();
    let client = instance(&world);
    run_query(&world, &client).unwrap();
    for error in [StoreError::Unavailable, StoreError::Throttled(Some(2))] {
        world.facts.read_fails.set(Some(error));
        world.facts.claim_fails.set(Some(error));
        world.facts.write_fails.set(Some(error));
        world.expire_sessions();
        let logins = world.facts.logins.get();
        for _ in 0..3 {
            run_query(&world, &client).expect("remembered credentials");
        }
        assert_eq!(world.facts.logins.get(), logins + 1);
        let silent = status(&world, &client);
        let note = silent.note.unwrap();
        assert!(!silent.shared && note.contains("does not answer"), "{note}");
        assert!(
            note.contains("in memory") && note.contains("other processes may"),
            "{note}"
        );
        // An instance that has read nothing has nothing.
        assert!(run_query(&world, &instance(&world)).is_err());
        world.facts.read_fails.set(None);
        world.facts.claim_fails.set(None);
        world.facts.write_fails.set(None);
        let ours = format!("\"00D!{}\"", logins + 1);
        assert_ne!(world.stored("SessionId"), Some(ours.clone()));
        world.advance(Duration::from_secs(60));
        run_query(&world, &client).unwrap();
        assert_eq!(world.stored("SessionId"), Some(ours));
        assert!(status(&world, &client).shared);
        assert_eq!(world.facts.logins.get(), logins + 1);
    }
}

#[test]
fn credentials_are_remembered_for_an_hour_and_no_longer() {
    for (age, works) in [(3_599, true), (3_601, false)] {
        let world = World::new();
        let client = instance(&world);
        run_query(&world, &client).unwrap();
        world.facts.read_fails.set(Some(StoreError::Unavailable));
        world.expire_sessions();
        world.advance(Duration::from_secs(age));
        assert_eq!(run_query(&world, &client).is_ok(), works, "{age}");
    }
}

#[test]
fn whoever_requires_a_shared_token_gets_no_other() {
    let world = World::new();
    world.facts.require_shared.set(true);
    let client = instance(&world);
    run_query(&world, &client).unwrap();
    world.facts.read_fails.set(Some(StoreError::Unavailable));
    world.expire_sessions();
    assert!(run_query(&world, &client).is_err());
    assert_eq!(world.facts.logins.get(), 1);
}

#[test]
fn a_store_that_is_read_only_is_offered_the_token_ever_more_rarely() {
    let world = World::new();
    world.facts.write_fails.set(Some(StoreError::Denied));
    let client = instance(&world);
    for _ in 0..3_600 {
        run_query(&world, &client).unwrap();
        world.advance(Duration::from_secs(1));
    }
    assert_eq!(world.facts.logins.get(), 1);
    let reads = world.facts.reads.get();
    assert!((5..=16).contains(&reads), "{reads}");
}

#[test]
fn a_login_without_a_claim_is_noted_until_one_is_claimed() {
    let world = World::new();
    world.facts.has_claims.set(false);
    let client = instance(&world);
    run_query(&world, &client).unwrap();
    let note = status(&world, &client).note.unwrap();
    assert!(note.contains("no claims"), "{note}");
    world.facts.has_claims.set(true);
    world.expire_sessions();
    run_query(&world, &client).unwrap();
    assert_eq!(status(&world, &client).note, None);
}
