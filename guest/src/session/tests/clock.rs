//! Clocks that are wrong.

use std::time::Duration;

use super::{instance, run_query};
use crate::fake_platform::World;

const MINUTE: Duration = Duration::from_secs(60);

/// A world whose tokens live for half an hour, and whose processes' clocks are
/// ahead by so much.
fn ahead(ahead: Duration) -> World {
    let world = World::new();
    world.facts.jwt_life.set(Some(30 * MINUTE));
    world.facts.clock_ahead.set(ahead);
    world
}

#[test]
fn a_clock_that_is_ahead_costs_no_login() {
    for hours in [1, 30] {
        let world = ahead(60 * hours * MINUTE);
        let client = instance(&world);
        for _ in 0..10 {
            // A process that goes on, and a new one.
            run_query(&world, &client).unwrap();
            run_query(&world, &instance(&world)).unwrap();
            world.advance(MINUTE);
        }
        assert_eq!(world.facts.logins.get(), 1);
        assert_eq!(world.facts.unauthorized.get(), 0);
    }
}

#[test]
fn a_token_ends_by_the_clock_of_its_org() {
    let world = ahead(60 * MINUTE);
    let client = instance(&world);
    run_query(&world, &client).unwrap();
    world.advance(31 * MINUTE);
    run_query(&world, &instance(&world)).unwrap();
    run_query(&world, &client).unwrap();
    assert_eq!(world.facts.logins.get(), 2);
    assert_eq!(world.facts.unauthorized.get(), 0, "no ended token was sent");
}

#[test]
fn a_login_tells_the_time_by_itself() {
    let world = ahead(60 * MINUTE);
    world.facts.tells_time.set(false);
    let client = instance(&world);
    for _ in 0..10 {
        run_query(&world, &client).unwrap();
        world.advance(MINUTE);
    }
    assert_eq!(world.facts.logins.get(), 1);
}

#[test]
fn a_clock_that_is_ahead_renews_nothing_ahead_of_its_end() {
    let world = World::new();
    world.facts.session_ttl.set(Some(120 * MINUTE));
    world.facts.clock_ahead.set(115 * MINUTE);
    for _ in 0..10 {
        run_query(&world, &instance(&world)).unwrap();
        world.advance(MINUTE);
    }
    assert_eq!(world.facts.logins.get(), 1);
}

#[test]
fn a_right_clock_asks_nobody_for_the_time() {
    let world = ahead(Duration::ZERO);
    for _ in 0..10 {
        run_query(&world, &instance(&world)).unwrap();
    }
    let requests = world.facts.requests.borrow();
    assert!(requests.iter().all(|path| path != "/services/data"));
}

/// Each reading is a call to the host, which costs more than a hundredth of a small query.
#[test]
fn a_query_on_a_session_that_works_reads_few_clocks() {
    let world = World::new();
    let client = instance(&world);
    run_query(&world, &client).unwrap();
    for _ in 0..3 {
        world.facts.clock_readings.set(0);
        run_query(&world, &client).unwrap();
        // By when the call must end, how long that is from its sending on, and the
        // difference to the org's clock if its answer names a new second.
        let readings = world.facts.clock_readings.get();
        assert!((2..=3).contains(&readings), "{readings}");
    }
}
