//! A whole fleet on an org that logs everybody in and then refuses every token.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use proptest::prelude::*;

use super::super::tests::query;
use super::super::turn::claim_life;
use super::config;
use super::course::CALL;
use crate::error::{Error, RateLimit};
use crate::fake_platform::{Deed, Facts, FakePlatform, Weather, World};
use crate::platform::Platform as _;

const NODES: u64 = 32;

const MINUTE: Duration = Duration::from_secs(60);

/// What a new app takes to be known to Salesforce, at most.
const TEN_MINUTES: Duration = Duration::from_secs(600);

/// How long the fleet goes on once a call has worked.
const AFTERWARDS: Duration = MINUTE;

#[derive(Clone, Copy, Debug)]
struct Refusal {
    seed: u64,
    /// How long the org refuses.
    lasts: Duration,
    /// How often each node calls.
    pause: Duration,
    /// How long a request or a reply takes.
    delay: Duration,
    /// Whether there is a session in the store, which has ended.
    has_session: bool,
}

struct Call {
    began: Duration,
    ended: Duration,
    outcome: Result<(), Error>,
}

struct Calls {
    facts: Rc<Facts>,
    all: RefCell<Vec<Call>>,
    /// When the first of them that worked ended.
    worked_at: Cell<Option<Duration>>,
}

impl Calls {
    /// One node calls until the org has worked for a while.
    async fn repeat(self: Rc<Self>, number: u64, refusal: Refusal) {
        let random = number.wrapping_mul(refusal.seed | 1) % 1_000;
        let offset = Duration::from_millis(random);
        let weather = Weather {
            delays: vec![refusal.delay, refusal.delay + offset / 50],
            ..Weather::default()
        };
        let platform = FakePlatform::with(&self.facts, weather);
        let client = Rc::new(platform.client());
        platform.sleep(offset).await;
        loop {
            let began = platform.monotonic();
            if self
                .worked_at
                .get()
                .is_some_and(|at| began > at + AFTERWARDS)
            {
                return;
            }
            let outcome = query(Rc::clone(&client)).await.map(|_| ());
            let ended = platform.monotonic();
            if outcome.is_ok() && self.worked_at.get().is_none() {
                self.worked_at.set(Some(ended));
            }
            self.all.borrow_mut().push(Call {
                began,
                ended,
                outcome,
            });
            platform.sleep(refusal.pause + offset / 10).await;
        }
    }
}

fn check(refusal: Refusal) {
    let world = World::new();
    world.facts.random.set(refusal.seed);
    if refusal.has_session {
        world.store_foreign("foreign");
        world.expire_sessions();
    }
    world.facts.refuses_everyone.set(true);
    let calls = Rc::new(Calls {
        facts: Rc::clone(&world.facts),
        all: RefCell::default(),
        worked_at: Cell::default(),
    });
    let (fleet, facts) = (Rc::clone(&calls), Rc::clone(&world.facts));
    world.run(async move {
        let time = FakePlatform::of(&facts);
        for number in 0..NODES {
            time.spawn(Box::pin(Rc::clone(&fleet).repeat(number, refusal)));
        }
        time.sleep(refusal.lasts).await;
        facts.refuses_everyone.set(false);
    });
    check_logins(&world, refusal.lasts);
    check_calls(&calls.all.borrow(), due(&world, refusal.lasts));
}

/// Few logins, each by a claim, and after the refusal's end one.
fn check_logins(world: &World, lasts: Duration) {
    let journal = world.facts.journal.borrow();
    let begun = journal
        .iter()
        .filter(|entry| entry.deed == Deed::LoginBegun);
    let begun: Vec<Duration> = begun.map(|entry| entry.at).collect();
    let early = begun.iter().filter(|at| **at < TEN_MINUTES).count();
    assert!(early <= 4, "{early} logins in ten minutes");
    let mut hours = begun.iter().filter(|at| **at < lasts);
    assert!(hours.by_ref().count() <= 8, "{begun:?}");
    let later = begun.iter().filter(|at| **at >= lasts).count();
    assert_eq!(later, 1, "{begun:?}");
}

/// When the last claim that a refused token left behind ends.
fn due(world: &World, lasts: Duration) -> Duration {
    let journal = world.facts.journal.borrow();
    let claims = journal.iter().filter_map(|entry| match &entry.deed {
        Deed::Claimed(key) if entry.at < lasts => Some((entry.at, super::course::parts(key).1)),
        _ => None,
    });
    let (at, number) = claims.max().expect("somebody called");
    at + claim_life(number)
}

/// No call works before one is due; the first that is does, and so do all from
/// then on.
fn check_calls(calls: &[Call], due: Duration) {
    let first = calls.iter().filter(|call| call.began >= due);
    let first = first.min_by_key(|call| call.began).expect("they go on");
    assert_eq!(first.outcome, Ok(()), "the first that is due");
    for call in calls {
        let Call { began, ended, .. } = *call;
        match &call.outcome {
            Ok(()) => assert!(ended >= due, "{began:?} to {ended:?}"),
            Err(Error::RefusedToken(_)) => assert!(began < due, "{began:?}"),
            Err(Error::RateLimited(RateLimit {
                retry_after_s: Some(wait),
                ..
            })) => {
                assert!(began < due, "{began:?}: {wait} s");
                assert!(ended - began < CALL, "{began:?} to {ended:?}");
            }
            Err(error) => panic!("{began:?} to {ended:?}: {error}"),
        }
    }
}

#[test]
fn a_fleet_that_is_refused_for_a_quarter_of_an_hour_logs_in_four_times_in_ten_minutes() {
    for has_session in [false, true] {
        check(Refusal {
            seed: 1,
            lasts: 14 * MINUTE,
            pause: Duration::from_secs(5),
            delay: Duration::from_millis(20),
            has_session,
        });
    }
}

proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 2, max_shrink_iters: 16, ..config() })]

    #[test]
    fn a_refusal_of_any_length_costs_few_logins_and_ends_with_the_first_call_that_is_due(
        (seed, lasts, pause, delay, has_session) in
            (any::<u64>(), 1..1_200_u64, 8..20_u64, 0..300_u64, any::<bool>())
    ) {
        check(Refusal {
            seed,
            lasts: Duration::from_secs(lasts),
            pause: Duration::from_secs(pause),
            delay: Duration::from_millis(delay),
            has_session,
        });
    }
}
