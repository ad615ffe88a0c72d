//! The session's promises, in a world of virtual time.

mod again;
mod clock;
mod echoes;
mod failures;
mod gone;
mod locators;
mod proof;
mod stored;

use std::ops::RangeInclusive;
use std::rc::Rc;
use std::time::Duration;

use futures::future::join_all;

use super::{Keeper, Origin, SessionStatus};
use crate::client::Client;
use crate::contract::query::{Page, Rows};
use crate::contract::types::Options;
use crate::error::{Error, RateLimit};
use crate::fake_platform::{FakePlatform, ORG, World};
use crate::platform::{Platform as _, TransportError};

pub(super) type Instance = Rc<Client<FakePlatform>>;

pub(super) fn instance(world: &World) -> Instance {
    Rc::new(world.client())
}

pub(super) async fn query(client: Instance) -> Result<Page, Error> {
    client
        .query(
            "SELECT Id FROM Account",
            Rows::Live,
            None,
            &Options::default(),
        )
        .await
}

pub(super) fn run_query(world: &World, client: &Instance) -> Result<Page, Error> {
    world.run(query(Rc::clone(client)))
}

/// Whether a call says to wait for so many seconds, because of this refusal.
fn is_to_wait(
    called: &Result<Page, Error>,
    seconds: RangeInclusive<u32>,
    because: Option<&str>,
) -> bool {
    let Err(Error::RateLimited(RateLimit {
        retry_after_s: Some(wait),
        refusal,
    })) = called
    else {
        return false;
    };
    seconds.contains(wait) && refusal.as_deref() == because
}

pub(super) fn status(world: &World, client: &Instance) -> SessionStatus {
    let client = Rc::clone(client);
    world
        .run(async move { client.status(&Options::default()).await })
        .unwrap()
}

pub(super) fn queries_sent(world: &World) -> usize {
    world
        .facts
        .requests
        .borrow()
        .iter()
        .filter(|path| path.contains("/query"))
        .count()
}

#[test]
fn the_first_call_logs_in_once_and_stores_the_session() {
    let world = World::new();
    let client = instance(&world);
    assert!(run_query(&world, &client).is_ok());
    assert_eq!(world.facts.logins.get(), 1);
    assert_eq!(world.stored("SessionId").as_deref(), Some("\"00D!1\""));
    assert_eq!(
        world.stored("Instance").as_deref(),
        Some("\"acme.my.salesforce.com\"")
    );
    assert!(
        world
            .stored("SessionInfo")
            .unwrap()
            .contains("\"issuedAt\":1700000000")
    );
    assert_eq!(queries_sent(&world), 1, "the call itself proved the token");
    assert_eq!(world.facts.requests.borrow().len(), 2);
    let status = status(&world, &client);
    assert_eq!((status.origin, status.shared), (Origin::Login, true));
}

#[test]
fn another_instance_reuses_the_stored_session() {
    let world = World::new();
    run_query(&world, &instance(&world)).unwrap();
    let other = instance(&world);
    run_query(&world, &other).unwrap();
    assert_eq!(world.facts.logins.get(), 1);
    assert_eq!(status(&world, &other).origin, Origin::Stored);
}

#[test]
fn a_session_in_use_costs_no_look_into_the_store() {
    let world = World::new();
    let client = instance(&world);
    run_query(&world, &client).unwrap();
    let reads = world.facts.reads.get();
    for _ in 0..10 {
        run_query(&world, &client).unwrap();
    }
    assert_eq!(world.facts.reads.get(), reads);
}

#[test]
fn a_hundred_first_calls_make_one_login() {
    let world = World::new();
    let client = instance(&world);
    let calls = (0..100)
        .map(|_| query(Rc::clone(&client)))
        .collect::<Vec<_>>();
    let answers = world.run(join_all(calls));
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(world.facts.logins.get(), 1);
    assert_eq!(world.facts.writes.get(), 1);
}

#[test]
fn a_hundred_instances_make_one_login() {
    let world = World::new();
    let calls = (0..100)
        .map(|_| query(instance(&world)))
        .collect::<Vec<_>>();
    let answers = world.run(join_all(calls));
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(world.facts.logins.get(), 1);
}

#[test]
fn an_expired_session_is_renewed_once_however_young() {
    let world = World::new();
    let client = instance(&world);
    run_query(&world, &client).unwrap();
    world.expire_sessions();
    let calls = (0..50)
        .map(|_| query(Rc::clone(&client)))
        .collect::<Vec<_>>();
    assert!(world.run(join_all(calls)).iter().all(Result::is_ok));
    assert_eq!(world.facts.logins.get(), 2);
    assert_eq!(world.stored("SessionId").as_deref(), Some("\"00D!2\""));
}

#[test]
fn an_org_that_refuses_everyone_gets_one_login_and_nothing_is_stored() {
    let world = World::new();
    world.facts.refuses_everyone.set(true);
    let client = instance(&world);
    let refused = run_query(&world, &client);
    assert!(
        matches!(refused, Err(Error::RefusedToken(_))),
        "{refused:?}"
    );
    assert_eq!(world.facts.logins.get(), 1);
    assert_eq!(world.stored("SessionId"), None);
    // The next ones are told to wait, and cost nothing.
    for _ in 0..5 {
        let wait = run_query(&world, &client);
        assert!(
            is_to_wait(&wait, 1..=60, Some("INVALID_SESSION_ID")),
            "{wait:?}"
        );
    }
    assert_eq!(world.facts.logins.get(), 1);
}

#[test]
fn a_stored_session_that_is_refused_costs_one_login_as_well() {
    let world = World::new();
    world.store_foreign("foreign");
    world.facts.refuses_everyone.set(true);
    let refused = run_query(&world, &instance(&world));
    assert!(
        matches!(refused, Err(Error::RefusedToken(_))),
        "{refused:?}"
    );
    assert_eq!(world.facts.logins.get(), 1);
    assert_eq!(
        world.stored("SessionId").as_deref(),
        Some("\"foreign\""),
        "kept as it was"
    );
}

#[test]
fn what_a_fleet_spends_on_an_org_that_refuses_everyone_is_bounded() {
    let world = World::new();
    world.facts.refuses_everyone.set(true);
    let fleet: Vec<Instance> = (0..8).map(|_| instance(&world)).collect();
    for _ in 0..60 {
        for client in &fleet {
            assert!(run_query(&world, client).is_err());
        }
        world.advance(Duration::from_secs(10));
    }
    let logins = world.facts.logins.get();
    assert!((2..=4).contains(&logins), "{logins} logins in ten minutes");
    world.facts.refuses_everyone.set(false);
    world.advance(Duration::from_secs(3_600));
    assert!(
        run_query(&world, &fleet[0]).is_ok(),
        "the first call that is due succeeds"
    );
}

#[test]
fn three_refused_logins_close_the_budget() {
    let world = World::new();
    let refusal = r#"{"error":"invalid_client","error_description":"invalid client credentials"}"#;
    *world.facts.login_answer.borrow_mut() = Some((400, refusal.to_owned()));
    let client = instance(&world);
    for _ in 0..3 {
        assert!(matches!(run_query(&world, &client), Err(Error::Login(_))));
    }
    for _ in 0..3 {
        let wait = run_query(&world, &client);
        assert!(
            is_to_wait(&wait, 500..=600, Some("invalid_client")),
            "{wait:?}"
        );
    }
    assert_eq!(world.facts.logins.get(), 3);
    *world.facts.login_answer.borrow_mut() = None;
    world.advance(Duration::from_secs(600));
    assert!(run_query(&world, &client).is_ok());
}

#[test]
fn credentials_that_were_rotated_while_somebody_logged_in_are_read_again_once() {
    let world = World::new();
    world.facts.put("ConsumerSecret", "\"old\"");
    *world.facts.consumer_secret.borrow_mut() = Some("new".to_owned());
    let client = instance(&world);
    assert!(matches!(run_query(&world, &client), Err(Error::Login(_))));
    assert_eq!(
        world.facts.logins.get(),
        1,
        "the same again would be refused again"
    );
    world.facts.login_latency.set(Duration::from_secs(1));
    let facts = Rc::clone(&world.facts);
    let rotating = Rc::clone(&client);
    let answer = world.run(async move {
        let rotation = async {
            // The secret has been read, and the login is under way.
            FakePlatform::of(&facts)
                .sleep(Duration::from_millis(500))
                .await;
            facts.put("ConsumerSecret", "\"new\"");
        };
        futures::join!(query(rotating), rotation).0
    });
    assert!(answer.is_ok(), "{answer:?}");
    assert_eq!(world.facts.logins.get(), 3);
    assert_eq!(world.stored("ConsumerSecret").as_deref(), Some("\"new\""));
}

#[test]
fn a_store_without_claims_does_not_stop_anybody() {
    let world = World::new();
    world.facts.has_claims.set(false);
    assert!(run_query(&world, &instance(&world)).is_ok());
}

#[test]
fn a_claim_that_nobody_can_get_any_more_is_not_waited_for() {
    let world = World::new();
    world.facts.claims_spent.set(Some(Duration::from_secs(13)));
    *world.facts.released_for.borrow_mut() = Some("invalid_client".to_owned());
    let client = instance(&world);
    let wait = run_query(&world, &client);
    assert!(
        is_to_wait(&wait, 47..=47, Some("invalid_client")),
        "{wait:?}"
    );
    assert!(world.facts.now() < Duration::from_secs(1));
    assert_eq!(world.facts.logins.get(), 0);
    // The later claims live longer.
    world.facts.claims_spent.set(Some(Duration::from_secs(61)));
    *world.facts.released_for.borrow_mut() = None;
    let wait = run_query(&world, &client);
    assert!(is_to_wait(&wait, 59..=59, None), "{wait:?}");
    assert!(world.facts.now() < Duration::from_secs(1));
    // Whose session nobody else can use has to log in anyway.
    world.facts.writable.set(false);
    run_query(&world, &client).unwrap();
    assert_eq!(world.facts.logins.get(), 1);
}

#[test]
fn a_leader_who_died_is_taken_over_within_one_call() {
    let world = World::new();
    world.facts.dead_leader.set(true);
    run_query(&world, &instance(&world)).unwrap();
    assert_eq!(world.facts.logins.get(), 1);
    let waited = world.facts.now().as_secs();
    assert!((60..70).contains(&waited), "{waited} s");
}

#[test]
fn who_waits_behind_a_leader_who_died_waits_for_the_one_who_takes_over_as_well() {
    let world = World::new();
    world.facts.dead_leader.set(true);
    world.facts.login_latency.set(Duration::from_secs(25));
    let calls = [query(instance(&world)), query(instance(&world))];
    let answers = world.run(join_all(calls));
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(world.facts.logins.get(), 1);
    let waited = world.facts.now().as_secs();
    assert!((85..95).contains(&waited), "{waited} s");
}

#[test]
fn a_session_that_ends_while_it_is_stored_costs_one_login() {
    let world = World::new();
    world.facts.write_latency.set(Duration::from_secs(5));
    let (ours, other) = (instance(&world), instance(&world));
    let facts = Rc::clone(&world.facts);
    let answers = world.run(async move {
        let time = FakePlatform::of(&facts);
        let first = query(Rc::clone(&ours)).await;
        time.sleep(Duration::from_secs(1)).await;
        facts.end("00D!1");
        facts.login_latency.set(Duration::from_secs(8));
        let late = async {
            // The first one is stored, and the second login under way.
            time.sleep(Duration::from_secs(6)).await;
            query(other).await
        };
        let (next, late) = futures::join!(query(ours), late);
        [first, next, late]
    });
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(world.facts.logins.get(), 2);
}

#[test]
fn a_silent_token_endpoint_locks_nobody_out() {
    let world = World::new();
    world.facts.login_latency.set(Duration::from_secs(3_600));
    let client = instance(&world);
    for _ in 0..4 {
        let silent = run_query(&world, &client);
        assert!(matches!(silent, Err(Error::Unreachable(_))), "{silent:?}");
    }
    world.facts.login_latency.set(Duration::ZERO);
    run_query(&world, &client).expect("nothing is left of the claims");
}

#[test]
fn a_renewal_that_was_dropped_is_begun_anew_and_does_not_wait_for_itself() {
    let world = World::new();
    world.facts.drop_task_at_login.set(true);
    let client = instance(&world);
    run_query(&world, &client).unwrap();
    assert!(world.facts.now() < Duration::from_secs(5));
}

#[test]
fn a_caller_that_gives_up_cancels_nothing() {
    let world = World::new();
    world.facts.latency.set(Duration::from_millis(200));
    let client = instance(&world);
    let hasty = Options {
        timeout_ms: Some(50),
        api_version: None,
    };
    let impatient = Rc::clone(&client);
    let call = async move { impatient.query("x", Rows::Live, None, &hasty).await };
    assert_eq!(world.run(call), Err(Error::Timeout));
    assert_eq!(
        world.stored("SessionId").as_deref(),
        Some("\"00D!1\""),
        "the renewal went on"
    );
    run_query(&world, &client).unwrap();
    assert_eq!(world.facts.logins.get(), 1);
}

#[test]
fn what_passes_by_itself_is_tried_again() {
    let world = World::new();
    let client = instance(&world);
    world.facts.answers.borrow_mut().extend([
        Ok((503, String::new())),
        Err(TransportError::Lost("cut".to_owned())),
        Err(TransportError::NotSent("refused".to_owned())),
    ]);
    assert!(run_query(&world, &client).is_ok());
    assert_eq!(queries_sent(&world), 4);
    for _ in 0..9 {
        world
            .facts
            .answers
            .borrow_mut()
            .push(Err(TransportError::Lost("cut".to_owned())));
    }
    assert!(matches!(
        run_query(&world, &client),
        Err(Error::Unreachable(_))
    ));
    assert_eq!(queries_sent(&world), 8, "four attempts, and no more");
    world.facts.answers.borrow_mut().clear();
    world
        .facts
        .answers
        .borrow_mut()
        .push(Err(TransportError::Denied));
    assert!(matches!(run_query(&world, &client), Err(Error::Denied(_))));
    assert_eq!(
        queries_sent(&world),
        9,
        "what will not pass is not tried again"
    );
}

#[test]
fn a_renewal_on_request_is_not_content_with_the_session_it_is_to_replace() {
    let world = World::new();
    run_query(&world, &instance(&world)).unwrap();
    let client = instance(&world);
    let (first, renewing) = (Rc::clone(&client), Rc::clone(&client));
    let (queried, renewed) = world.run(futures::future::join(query(first), async move {
        renewing.renew(&Options::default()).await
    }));
    queried.unwrap();
    renewed.unwrap();
    assert_eq!(world.facts.logins.get(), 2);
    assert_eq!(world.stored("SessionId").as_deref(), Some("\"00D!2\""));
}

#[test]
fn a_call_that_comes_late_to_an_end_takes_the_session_that_is_there() {
    let world = World::new();
    // Nobody finds it in the store.
    world.facts.writable.set(false);
    let session = Keeper::new(Rc::new(FakePlatform::of(&world.facts)), ORG.to_owned());
    let facts = Rc::clone(&world.facts);
    world.run(async move {
        let time = FakePlatform::of(&facts);
        let first = session.lease().await.unwrap();
        let bad = first.token.fingerprint().clone();
        drop(first);
        time.sleep(Duration::from_secs(30)).await;
        facts.end("00D!1");
        let second = session.renew(&bad).await.unwrap();
        assert_eq!(second.token.expose(), "00D!2");
        drop(second);
        time.sleep(Duration::from_secs(30)).await;
        let (reads, logins) = (facts.reads.get(), facts.logins.get());
        let late = session.renew(&bad).await.unwrap();
        assert_eq!(late.token.expose(), "00D!2");
        assert_eq!(facts.logins.get(), logins);
        assert_eq!(facts.reads.get(), reads, "the store was not asked");
    });
}

#[test]
fn renewals_on_request_share_one_login() {
    let world = World::new();
    let client = instance(&world);
    run_query(&world, &client).unwrap();
    let renew = |client: Instance| async move { client.renew(&Options::default()).await };
    let renewals = (0..10)
        .map(|_| renew(Rc::clone(&client)))
        .collect::<Vec<_>>();
    let renewed = world.run(join_all(renewals));
    assert!(renewed.iter().all(|status| status.as_ref().unwrap().shared));
    assert_eq!(world.facts.logins.get(), 2);
    assert_eq!(world.stored("SessionId").as_deref(), Some("\"00D!2\""));
}
