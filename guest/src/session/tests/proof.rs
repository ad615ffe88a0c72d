//! What proves a new token, and what does not.

use std::time::Duration;

use super::{instance, run_query};
use crate::client::Options;
use crate::error::Error;
use crate::fake_platform::World;
use crate::query::Rows;

#[test]
fn a_fresh_token_that_a_gateway_refuses_is_refused_as_well() {
    let world = World::new();
    world.facts.refuses_everyone.set(true);
    *world.facts.refusal.borrow_mut() = Some(String::new());
    let client = instance(&world);
    let refused = run_query(&world, &client);
    let Err(Error::RefusedToken(failure)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!((failure.status, failure.errors.len()), (401, 0));
    for _ in 0..5 {
        assert!(matches!(
            run_query(&world, &client),
            Err(Error::RateLimited(_))
        ));
    }
    assert_eq!(world.facts.logins.get(), 1);
}

#[test]
fn a_resource_that_asks_for_no_session_proves_none() {
    let world = World::new();
    world.facts.refuses_everyone.set(true);
    let client = instance(&world);
    let latest = Options {
        api_version: Some("latest".to_owned()),
        ..Options::default()
    };
    let call = async move { client.query("x", Rows::Live, None, &latest).await };
    assert!(matches!(world.run(call), Err(Error::RefusedToken(_))));
    assert_eq!(world.facts.logins.get(), 1);
    assert_eq!(world.stored("SessionId"), None);
}

#[test]
fn an_org_that_is_down_proves_nothing() {
    let world = World::new();
    let down = (503, String::new());
    *world.facts.root_answer.borrow_mut() = Some(down.clone());
    let answers = std::iter::repeat_n(Ok(down), 9);
    world.facts.answers.borrow_mut().extend(answers);
    run_query(&world, &instance(&world)).unwrap_err();
    assert_eq!(world.stored("SessionId"), None);
}

#[test]
fn a_slow_first_call_does_not_keep_the_others_waiting() {
    let world = World::new();
    world.facts.latency.set(Duration::from_secs(5));
    assert!(run_query(&world, &instance(&world)).is_ok());
    let probes = world
        .facts
        .requests
        .borrow()
        .iter()
        .filter(|p| p.ends_with("v66.0/"))
        .count();
    assert_eq!(probes, 1, "the token was proved by a request of its own");
}
