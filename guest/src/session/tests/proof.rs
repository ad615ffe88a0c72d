//! What proves a new token, and what does not.

use std::time::Duration;

use super::{instance, run_query};
use crate::contract::query::Rows;
use crate::contract::types::Options;
use crate::error::Error;
use crate::fake_platform::World;
use crate::platform::TransportError;

#[test]
fn what_a_gateway_says_to_a_fresh_token_is_not_salesforces_refusal() {
    for body in [
        "",
        "<html>Log in to the proxy",
        r#"{"message":"Unauthorized"}"#,
    ] {
        let world = World::new();
        world.facts.refuses_everyone.set(true);
        *world.facts.refusal.borrow_mut() = Some(body.to_owned());
        let client = instance(&world);
        let answered = run_query(&world, &client);
        let Err(Error::UnexpectedAnswer(unexpected)) = answered else {
            panic!("{answered:?}")
        };
        assert_eq!(unexpected.status, 401);
        assert_eq!(world.stored("SessionId"), None);
        // Another login would be answered in the same way.
        for _ in 0..3 {
            let waiting = run_query(&world, &client);
            assert!(matches!(waiting, Err(Error::RateLimited(_))), "{waiting:?}");
        }
        assert_eq!(world.facts.logins.get(), 1);
    }
}

#[test]
fn an_org_that_is_down_is_asked_four_times_whoever_asks() {
    let lost = || Err(TransportError::Lost("cut".to_owned()));
    for latency_ms in [10, 300, 600, 1_100, 3_000] {
        for answer in [Ok((503, "<html>".to_owned())), lost()] {
            let world = World::new();
            let answers = std::iter::repeat_n(answer, 9);
            world.facts.answers.borrow_mut().extend(answers);
            *world.facts.root_answer.borrow_mut() = Some((503, String::new()));
            world.facts.latency.set(Duration::from_millis(latency_ms));
            let client = instance(&world);
            run_query(&world, &client).unwrap_err();
            let asked = world.facts.requests.borrow().len() - 1;
            assert!((3..=4).contains(&asked), "{asked} after {latency_ms} ms");
            assert_eq!((world.facts.logins.get(), world.facts.writes.get()), (1, 0));
            // Nothing is left behind: the login had worked.
            world.facts.answers.borrow_mut().clear();
            *world.facts.root_answer.borrow_mut() = None;
            let before = world.facts.now();
            run_query(&world, &instance(&world)).unwrap();
            assert!(world.facts.now() - before < Duration::from_secs(20));
        }
    }
}

#[test]
fn a_call_that_is_told_to_wait_does_not_cost_the_login() {
    let world = World::new();
    world
        .facts
        .answers
        .borrow_mut()
        .push(Ok((429, String::new())));
    let client = instance(&world);
    let hasty = Options {
        timeout_ms: Some(100),
        ..Options::default()
    };
    let asking = std::rc::Rc::clone(&client);
    let call = async move { asking.query("x", Rows::Live, None, &hasty).await };
    assert_eq!(world.run(call), Err(Error::wait(None)));
    assert!(world.stored("SessionId").is_some());
    run_query(&world, &client).unwrap();
    assert_eq!(world.facts.logins.get(), 1);
}

#[test]
fn a_query_that_fails_within_salesforce_proves_its_session() {
    let world = World::new();
    let error = r#"[{"errorCode":"UNKNOWN_EXCEPTION","message":"An unexpected error occurred."}]"#;
    let answers = std::iter::repeat_n(Ok((500, error.to_owned())), 4);
    world.facts.answers.borrow_mut().extend(answers);
    let failed = run_query(&world, &instance(&world));
    assert!(matches!(failed, Err(Error::Api(_))), "{failed:?}");
    assert!(world.stored("SessionId").is_some());
    run_query(&world, &instance(&world)).unwrap();
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
