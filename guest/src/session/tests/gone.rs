//! A stored session whose instance is no more.

use std::rc::Rc;
use std::time::Duration;

use futures::future::join_all;

use super::{instance, query, run_query};
use crate::error::Error;
use crate::fake_platform::{HostAnswer, World};
use crate::platform::TransportError;

const OLD: &str = "old.my.salesforce.com";
const LOGIN: &str = "acme.my.salesforce.com";

fn no_such_name() -> HostAnswer {
    Err(TransportError::NoHost("the name has no address".to_owned()))
}

/// A world whose stored session leads to `OLD`, which answers like that.
fn world(answer: HostAnswer) -> World {
    let world = World::new();
    world.facts.store_foreign_at("00D!old", OLD);
    world
        .facts
        .hosts
        .borrow_mut()
        .insert(OLD.to_owned(), answer);
    world
}

fn page(status: u16) -> HostAnswer {
    Ok((status, "<html>URL No Longer Exists</html>".to_owned()))
}

#[test]
fn a_dead_instance_costs_one_login_at_the_secrets_domain() {
    let reset = r#"[{"errorCode":"URL_NOT_RESET","message":"x"}]"#;
    for answer in [
        no_such_name(),
        Err(TransportError::WrongHost("not its certificate".to_owned())),
        page(301),
        page(302),
        page(308),
        page(404),
        page(420),
        Ok((400, reset.to_owned())),
    ] {
        let world = world(answer.clone());
        let fleet = (0..64).map(|_| query(instance(&world)));
        let answers = world.run(join_all(fleet.collect::<Vec<_>>()));
        assert!(answers.iter().all(Result::is_ok), "{answer:?}: {answers:?}");
        assert_eq!(world.facts.logins.get(), 1, "{answer:?}");
        assert_eq!(
            world.stored("Instance"),
            Some(format!("\"{LOGIN}\"")),
            "{answer:?}"
        );
        run_query(&world, &instance(&world)).unwrap();
        assert_eq!(world.facts.logins.get(), 1);
    }
}

#[test]
fn what_may_pass_by_itself_costs_no_login() {
    let rest = r#"[{"errorCode":"NOT_FOUND","message":"x"}]"#;
    for answer in [
        page(500),
        page(502),
        page(503),
        Ok((404, rest.to_owned())),
        Ok((403, "<html>".to_owned())),
        Err(TransportError::NotSent("no route".to_owned())),
        Err(TransportError::Lost("cut".to_owned())),
        Err(TransportError::Untrusted("TLS".to_owned())),
        Err(TransportError::Denied),
        Err(TransportError::Unreadable("x".to_owned())),
    ] {
        let world = world(answer.clone());
        run_query(&world, &instance(&world)).unwrap_err();
        assert_eq!(world.facts.logins.get(), 0, "{answer:?}");
        assert_eq!(world.stored("SessionId").as_deref(), Some("\"00D!old\""));
    }
}

#[test]
fn one_failure_alone_is_no_proof() {
    for answer in [page(404), page(301), no_such_name()] {
        let world = World::new();
        world.facts.store_foreign("00D!old");
        let answers = std::iter::repeat_n(answer, 4);
        world.facts.answers.borrow_mut().extend(answers);
        run_query(&world, &instance(&world)).unwrap_err();
        assert_eq!(world.facts.logins.get(), 0);
        let asked = world.facts.requests.borrow();
        let looks = asked.iter().filter(|path| *path == "/services/data");
        assert_eq!(looks.count(), 1, "it was asked once more");
    }
}

#[test]
fn an_outage_of_both_costs_no_login_and_leaves_nothing_behind() {
    let world = world(no_such_name());
    world
        .facts
        .hosts
        .borrow_mut()
        .insert(LOGIN.to_owned(), no_such_name());
    let until = world.facts.now() + Duration::from_secs(300);
    while world.facts.now() < until {
        let fleet = (0..64).map(|_| query(instance(&world)));
        for answer in world.run(join_all(fleet.collect::<Vec<_>>())) {
            assert!(matches!(answer, Err(Error::Unreachable(_))), "{answer:?}");
        }
        world.advance(Duration::from_secs(20));
    }
    assert_eq!(world.facts.logins.get(), 0);
    assert_eq!(world.stored("SessionId").as_deref(), Some("\"00D!old\""));
    // And when it is over, nobody waits.
    world.facts.hosts.borrow_mut().clear();
    let began = world.facts.now();
    run_query(&world, &instance(&world)).unwrap();
    assert!(world.facts.now() - began < Duration::from_secs(1));
    assert_eq!(
        world.facts.logins.get(),
        0,
        "the session was good all the time"
    );
}

#[test]
fn a_login_that_leads_nowhere_is_not_stored_and_not_repeated() {
    let world = world(page(404));
    OLD.clone_into(&mut world.facts.instance.borrow_mut());
    let until = world.facts.now() + Duration::from_secs(300);
    let mut longest = Duration::ZERO;
    while world.facts.now() < until {
        let fleet = (0..64).map(|_| {
            let (facts, client) = (Rc::clone(&world.facts), instance(&world));
            async move {
                let began = facts.now();
                let answer = query(client).await;
                (answer, facts.now() - began)
            }
        });
        for (answer, took) in world.run(join_all(fleet.collect::<Vec<_>>())) {
            let Err(Error::Unreachable(why)) = answer else {
                panic!("{answer:?}");
            };
            assert!(why.contains(OLD) && why.contains("404"), "{why}");
            longest = longest.max(took);
        }
        world.advance(Duration::from_secs(5));
    }
    assert!(
        world.facts.logins.get() <= 3,
        "{}",
        world.facts.logins.get()
    );
    assert!(longest < Duration::from_secs(13), "{longest:?}");
    assert_eq!(world.stored("SessionId").as_deref(), Some("\"00D!old\""));
    assert_eq!(world.stored("Instance"), Some(format!("\"{OLD}\"")));
}

#[test]
fn a_wrong_instance_proves_no_token() {
    let reset = r#"[{"errorCode":"URL_NOT_RESET","message":"x"}]"#;
    let world = world(Ok((400, reset.to_owned())));
    OLD.clone_into(&mut world.facts.instance.borrow_mut());
    for _ in 0..20 {
        run_query(&world, &instance(&world)).unwrap_err();
    }
    // As many as claims that age allow in that time.
    assert!(
        world.facts.logins.get() <= 3,
        "{}",
        world.facts.logins.get()
    );
    assert_eq!(world.stored("SessionId").as_deref(), Some("\"00D!old\""));
}

#[test]
fn a_first_login_that_leads_nowhere_is_not_repeated_either() {
    let world = World::new();
    OLD.clone_into(&mut world.facts.instance.borrow_mut());
    world
        .facts
        .hosts
        .borrow_mut()
        .insert(OLD.to_owned(), no_such_name());
    for _ in 0..20 {
        run_query(&world, &instance(&world)).unwrap_err();
        world.advance(Duration::from_secs(1));
    }
    assert!(
        world.facts.logins.get() <= 4,
        "{}",
        world.facts.logins.get()
    );
    assert_eq!(world.stored("SessionId"), None);
}

#[test]
fn an_instance_that_moves_under_a_running_process_is_followed() {
    let world = World::new();
    OLD.clone_into(&mut world.facts.instance.borrow_mut());
    let client = instance(&world);
    run_query(&world, &client).unwrap();
    LOGIN.clone_into(&mut world.facts.instance.borrow_mut());
    world
        .facts
        .hosts
        .borrow_mut()
        .insert(OLD.to_owned(), page(301));
    let calls = (0..20).map(|_| query(Rc::clone(&client)));
    let answers = world.run(join_all(calls.collect::<Vec<_>>()));
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(world.facts.logins.get(), 2);
    run_query(&world, &client).unwrap();
    assert_eq!(world.facts.logins.get(), 2);
}

#[test]
fn the_same_token_on_another_instance_is_stored() {
    let world = world(page(404));
    world.facts.repeats_token.set(true);
    let fleet = (0..8).map(|_| query(instance(&world)));
    let answers = world.run(join_all(fleet.collect::<Vec<_>>()));
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(world.facts.logins.get(), 1);
    assert_eq!(world.stored("SessionId").as_deref(), Some("\"00D!old\""));
    assert_eq!(world.stored("Instance"), Some(format!("\"{LOGIN}\"")));
}
