//! Locators: of a session that lives, has ended, or was renewed elsewhere.

use std::rc::Rc;
use std::time::Duration;

use super::super::Origin;
use super::{instance, queries_sent, query, run_query};
use crate::contract::types::Options;
use crate::error::Error;
use crate::fake_platform::World;

#[test]
fn a_locator_of_an_ended_session_is_not_sent() {
    let world = World::new();
    let client = instance(&world);
    let next = run_query(&world, &client).unwrap().next.unwrap();
    world.expire_sessions();
    run_query(&world, &client).unwrap();
    let sent = queries_sent(&world);
    let more = Rc::clone(&client);
    let locator = next.clone();
    let changed =
        world.run(async move { more.query_more(&locator, None, &Options::default()).await });
    assert_eq!(changed, Err(Error::SessionChanged));
    assert_eq!(queries_sent(&world), sent, "nothing was sent");
    // An instance that has no session makes none for a locator.
    world.facts.secret.borrow_mut().remove("SessionId");
    let logins = world.facts.logins.get();
    let fresh = instance(&world);
    let changed =
        world.run(async move { fresh.query_more(&next, None, &Options::default()).await });
    assert_eq!(changed, Err(Error::SessionChanged));
    assert_eq!(world.facts.logins.get(), logins);
}

#[test]
fn a_locator_of_a_session_that_another_instance_renewed_is_followed() {
    let world = World::new();
    let (ours, other) = (instance(&world), instance(&world));
    run_query(&world, &ours).unwrap();
    let renewing = Rc::clone(&other);
    world
        .run(async move { renewing.renew(&Options::default()).await })
        .unwrap();
    let next = run_query(&world, &other).unwrap().next.unwrap();
    for _ in 0..3 {
        let (more, next) = (Rc::clone(&ours), next.clone());
        let reads = world.facts.reads.get();
        world
            .run(async move { more.query_more(&next, None, &Options::default()).await })
            .unwrap();
        assert!(world.facts.reads.get() <= reads + 1);
    }
    assert_eq!(world.facts.logins.get(), 2);
}

#[test]
fn an_expiry_between_two_pages_renews_for_later_calls_and_repeats_nothing() {
    let world = World::new();
    let client = instance(&world);
    let next = run_query(&world, &client).unwrap().next.unwrap();
    world.expire_sessions();
    let sent = queries_sent(&world);
    let more = Rc::clone(&client);
    let changed = world.run(async move { more.query_more(&next, None, &Options::default()).await });
    assert_eq!(changed, Err(Error::SessionChanged));
    assert_eq!(queries_sent(&world), sent + 1);
    assert_eq!(world.facts.logins.get(), 2);
    run_query(&world, &client).unwrap();
    assert_eq!(world.facts.logins.get(), 2);
}

#[test]
fn an_ended_session_does_not_come_back_from_the_store_while_the_new_one_is_written() {
    let world = World::new();
    let client = instance(&world);
    let next = run_query(&world, &client).unwrap().next.unwrap();
    world.expire_sessions();
    world.facts.write_latency.set(Duration::from_secs(1));
    let (facts, more) = (Rc::clone(&world.facts), Rc::clone(&client));
    world.run(async move {
        let options = Options::default();
        query(Rc::clone(&more)).await.unwrap();
        let changed = more.query_more(&next, None, &options).await;
        assert_eq!(changed, Err(Error::SessionChanged));
        assert_eq!(more.status(&options).await.unwrap().origin, Origin::Login);
        assert_eq!(facts.writes.get(), 1, "the second is under way");
    });
    // The ended one was tried once.
    assert_eq!(queries_sent(&world), 3);
    run_query(&world, &client).unwrap();
    assert_eq!(world.facts.logins.get(), 2);
}

#[test]
fn a_locator_that_dies_alone_costs_no_login() {
    let world = World::new();
    let client = instance(&world);
    let next = run_query(&world, &client).unwrap().next.unwrap();
    let expired = r#"[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]"#;
    world
        .facts
        .answers
        .borrow_mut()
        .push(Ok((401, expired.to_owned())));
    let more = Rc::clone(&client);
    let changed = world.run(async move { more.query_more(&next, None, &Options::default()).await });
    assert_eq!(changed, Err(Error::SessionChanged));
    assert_eq!(world.facts.logins.get(), 1);
}
