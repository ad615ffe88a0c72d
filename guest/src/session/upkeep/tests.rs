//! Sessions whose end is known.

use std::rc::Rc;
use std::time::Duration;

use super::super::Origin;
use super::super::tests::{instance, queries_sent, query, run_query, status};
use crate::client::Options;
use crate::error::Error;
use crate::fake_platform::World;

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
