//! The session's promises, in a world of virtual time.

use std::rc::Rc;
use std::time::Duration;

use futures::future::join_all;

use super::{Origin, Status};
use crate::client::{Client, Options};
use crate::error::{Error, SecretError};
use crate::fake_platform::{FakePlatform, World};
use crate::platform::{Platform as _, StoreError, TransportError};
use crate::query::{Page, Rows};

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

pub(super) fn status(world: &World, client: &Instance) -> Status {
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
            matches!(wait, Err(Error::RateLimited(Some(1..=60)))),
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
            matches!(wait, Err(Error::RateLimited(Some(500..=600)))),
            "{wait:?}"
        );
    }
    assert_eq!(world.facts.logins.get(), 3);
    *world.facts.login_answer.borrow_mut() = None;
    world.advance(Duration::from_secs(600));
    assert!(run_query(&world, &client).is_ok());
}

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
fn a_store_without_claims_does_not_stop_anybody() {
    let world = World::new();
    world.facts.has_claims.set(false);
    assert!(run_query(&world, &instance(&world)).is_ok());
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
fn every_login_that_was_answered_and_failed_counts() {
    for (status, body) in [
        (
            400,
            r#"{"error":"x","error_description":"login rate exceeded"}"#,
        ),
        (
            200,
            r#"{"access_token":"t","instance_url":"https://evil.example"}"#,
        ),
        (403, "<html>"),
    ] {
        let world = World::new();
        *world.facts.login_answer.borrow_mut() = Some((status, body.to_owned()));
        let client = instance(&world);
        for _ in 0..9 {
            run_query(&world, &client).unwrap_err();
            world.advance(Duration::from_secs(1));
        }
        let logins = world.facts.logins.get();
        assert!(logins <= 3, "{logins} logins: {body}");
        // Somebody corrects the secret: that is another matter.
        *world.facts.login_answer.borrow_mut() = None;
        world.facts.put("ConsumerSecret", "\"right\"");
        run_query(&world, &client).expect(body);
    }
}

#[test]
fn an_org_that_is_down_has_refused_nothing() {
    let world = World::new();
    *world.facts.login_answer.borrow_mut() = Some((503, "<html>".to_owned()));
    let client = instance(&world);
    for _ in 0..5 {
        run_query(&world, &client).unwrap_err();
    }
    *world.facts.login_answer.borrow_mut() = None;
    run_query(&world, &client).unwrap();
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
