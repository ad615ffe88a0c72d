//! An org that answers a login with the token that is still alive.

use std::rc::Rc;
use std::time::Duration;

use futures::future::join_all;

use super::{Instance, instance, query, run_query, status};
use crate::contract::types::Options;
use crate::error::Error;
use crate::fake_platform::World;

const MINUTE: Duration = Duration::from_secs(60);

fn repeating() -> World {
    let world = World::new();
    world.facts.repeats_token.set(true);
    world
}

fn issued_at(world: &World) -> u64 {
    let info = world.stored("SessionInfo").expect("it says when");
    let info: serde_json::Value = serde_json::from_str(&info).unwrap();
    info["issuedAt"].as_u64().unwrap()
}

fn renew(
    world: &World,
    client: &Instance,
) -> Result<crate::contract::session::SessionStatus, Error> {
    let client = Rc::clone(client);
    world.run(async move { client.renew(&Options::default()).await })
}

#[test]
fn a_renewal_on_request_is_content_with_the_same_token() {
    let world = repeating();
    let client = instance(&world);
    let next = run_query(&world, &client).unwrap().next.unwrap();
    let mut before = issued_at(&world);
    for logins in 2..=9 {
        world.advance(Duration::from_secs(1));
        let began = world.facts.now();
        let renewed = renew(&world, &client).unwrap();
        assert!(world.facts.now() - began < Duration::from_secs(2));
        assert!(renewed.shared && renewed.note.is_none(), "{renewed:?}");
        assert_eq!(world.facts.logins.get(), logins);
        assert!(issued_at(&world) > before);
        assert_eq!(renewed.issued_at_ms, Some(issued_at(&world)));
        before = issued_at(&world);
    }
    assert_eq!(world.stored("SessionId").as_deref(), Some("\"00D!1\""));
    // The token is alive, and so are its locators.
    let more = Rc::clone(&client);
    world
        .run(async move { more.query_more(&next, None, &Options::default()).await })
        .unwrap();
}

#[test]
fn a_renewal_that_the_org_dates_as_before_is_later_all_the_same() {
    let world = repeating();
    let client = instance(&world);
    run_query(&world, &client).unwrap();
    let first = issued_at(&world);
    world.advance(MINUTE);
    let answer = format!(
        r#"{{"access_token":"00D!1","instance_url":"https://acme.my.salesforce.com","issued_at":"{first}"}}"#
    );
    *world.facts.login_answer.borrow_mut() = Some((200, answer));
    renew(&world, &client).unwrap();
    assert!(issued_at(&world) >= first + 60_000);
}

#[test]
fn a_fleet_in_the_last_tenth_of_a_session_makes_one_login_for_the_same_token() {
    let world = repeating();
    world.facts.session_ttl.set(Some(10 * MINUTE));
    run_query(&world, &instance(&world)).unwrap();
    for round in 1..=3 {
        world.advance(9 * MINUTE + MINUTE / 2);
        world.facts.login_latency.set(Duration::from_secs(3));
        let calls = (0..64).map(|_| query(instance(&world)));
        let answers = world.run(join_all(calls.collect::<Vec<_>>()));
        assert!(answers.iter().all(Result::is_ok));
        assert_eq!(world.facts.logins.get(), 1 + round);
        // Those who come after that find it renewed.
        let late = instance(&world);
        run_query(&world, &late).unwrap();
        run_query(&world, &late).unwrap();
        assert_eq!(world.facts.logins.get(), 1 + round);
        assert_eq!(status(&world, &late).issued_at_ms, Some(issued_at(&world)));
        assert_eq!(world.facts.unauthorized.get(), 0);
    }
}

#[test]
fn a_token_in_jwt_format_that_is_answered_again_costs_a_login_now_and_then() {
    let world = repeating();
    world.facts.jwt_life.set(Some(30 * MINUTE));
    run_query(&world, &instance(&world)).unwrap();
    world.advance(27 * MINUTE + MINUTE / 2);
    for _ in 0..60 {
        run_query(&world, &instance(&world)).unwrap();
        world.advance(Duration::from_secs(1));
    }
    let logins = world.facts.logins.get();
    assert!((2..=4).contains(&logins), "{logins} logins in a minute");
}

#[test]
fn the_same_token_after_a_refusal_is_a_refused_token() {
    let world = World::new();
    let client = instance(&world);
    run_query(&world, &client).unwrap();
    let answer = r#"{"access_token":"00D!1","instance_url":"https://acme.my.salesforce.com","issued_at":"1"}"#;
    *world.facts.login_answer.borrow_mut() = Some((200, answer.to_owned()));
    world.expire_sessions();
    let calls = (0..9).map(|_| query(Rc::clone(&client)));
    for refused in world.run(join_all(calls.collect::<Vec<_>>())) {
        assert!(
            matches!(refused, Err(Error::RefusedToken(_))),
            "{refused:?}"
        );
    }
    assert_eq!(world.facts.logins.get(), 2);
    let waits = run_query(&world, &client);
    assert!(matches!(waits, Err(Error::RateLimited(_))), "{waits:?}");
    assert_eq!(world.facts.logins.get(), 2);
}

#[test]
fn those_who_wait_for_a_renewal_on_request_have_a_part_in_it() {
    let world = repeating();
    run_query(&world, &instance(&world)).unwrap();
    world.advance(MINUTE);
    world.facts.login_latency.set(Duration::from_secs(3));
    let renewals = (0..9).map(|_| {
        let client = instance(&world);
        async move { client.renew(&Options::default()).await }
    });
    let renewed = world.run(join_all(renewals.collect::<Vec<_>>()));
    assert!(renewed.iter().all(Result::is_ok), "{renewed:?}");
    assert_eq!(world.facts.logins.get(), 2);
}
