//! Many processes, one session: what an expiry costs all of them together.

use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use moto::Moto;
use secrecy::ExposeSecret as _;
use sfbox::secret_store::{Kind, SecretName, SecretStore};
use sfbox_emulator::{Effect, Fault, FaultRoute, Route};
use workspace::extent;

use crate::org::{NAME, Org};
use crate::sfbox::{end, only_those_who_log_in_wait, run_all, start};
use crate::{python, secret_store};

const QUERY: [&str; 2] = ["query", "SELECT Id FROM Account LIMIT 2"];

/// How many processes a fleet has.
const PROCESSES: usize = 32;

/// How many expiries it meets, in the whole of a test.
const EXPIRIES: usize = 20;

const MOVE: &str = "UpdateSecretVersionStage";
const PUT: &str = "PutSecretValue";

/// How long a foreign writer rests: AWS wants one write in ten minutes.
const PAUSE: Duration = Duration::from_millis(500);

/// How long a claim lives at first; `guest/src/session/turn.rs`.
const CLAIM_LIFE: Duration = Duration::from_secs(60);

fn queries_on<'a>(org: &'a Org, moto: &'a Moto) -> impl Iterator<Item = Command> + use<'a> {
    (0..PROCESSES).map(|_| org.command_on(moto, &QUERY))
}

/// Runs commands at once, each of which must work.
#[track_caller]
fn all_work(org: &Org, commands: impl IntoIterator<Item = Command>) {
    let before = org.logins();
    let runs = run_all(commands);
    for run in &runs {
        assert_eq!(run.records().len(), 2);
        assert_eq!(run.complaints(), [""; 0], "nothing to complain about");
    }
    // Many processes on one machine wait for each other.
    only_those_who_log_in_wait(&runs, org.logins() - before);
}

fn calls_of(moto: &Moto, operation: &str) -> usize {
    let calls = moto.calls();
    calls.iter().filter(|(name, _)| name == operation).count()
}

#[test]
fn an_expiry_costs_a_fleet_one_login_and_one_move() {
    let (org, moto) = (Org::start(), Moto::start());
    org.block_on(moto.create(NAME, &org.secret()));
    org.sfbox_on(&moto, &QUERY).records();
    for expiry in 1..=extent::of(EXPIRIES) as u64 {
        org.control().expire_sessions();
        moto.fail(MOVE, &[]);
        all_work(&org, queries_on(&org, &moto));
        assert_eq!(org.logins(), 1 + expiry);
        assert_eq!(calls_of(&moto, MOVE), 1, "one move of AWSCURRENT");
    }
    let text = org.block_on(moto.read(NAME));
    let secret: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(secret["other"], 1.5, "every key is there");
    assert_eq!(secret.as_object().unwrap().len(), 7);
}

#[test]
fn a_process_that_is_done_says_that_it_waits_for_a_slow_store_and_no_other_does() {
    let (org, moto) = (Org::start(), Moto::start());
    org.block_on(moto.create(NAME, &org.secret()));
    // The first attempt has no answer: the next one is made after two seconds.
    moto.fail(MOVE, &["hang"]);
    let run = org.sfbox_on(&moto, &QUERY);
    assert_eq!(run.records().len(), 2);
    assert!(run.waited(), "{}", run.stderr);
    assert_eq!(run.complaints(), [""; 0]);
    let next = org.sfbox_on(&moto, &QUERY);
    assert_eq!(next.records().len(), 2);
    assert_eq!(next.stderr, "", "it is stored");
    assert_eq!(org.logins(), 1);
}

#[test]
fn an_expiry_costs_a_fleet_on_files_one_login() {
    let org = Org::start();
    org.sfbox(&QUERY).records();
    for expiry in 1..=extent::of(EXPIRIES) as u64 {
        org.control().expire_sessions();
        all_work(&org, (0..PROCESSES).map(|_| org.command(&QUERY)));
        assert_eq!(org.logins(), 1 + expiry);
    }
    assert_eq!(org.stored()["other"], 1.5);
}

#[test]
fn a_fleet_without_a_token_makes_one() {
    let (org, moto) = (Org::start(), Moto::start());
    org.block_on(moto.create(NAME, &org.secret()));
    all_work(&org, queries_on(&org, &moto));
    assert_eq!(org.logins(), 1);
    org.sfbox_on(&moto, &["session", "forget"]);
    // At once: nobody waits for the claim on the first login to age.
    all_work(&org, queries_on(&org, &moto));
    assert_eq!(org.logins(), 2);
}

#[test]
fn what_a_foreign_writer_wrote_is_all_there_in_the_end() {
    let (org, moto) = (Org::start(), Moto::start());
    org.block_on(moto.create(NAME, &org.secret()));
    let (store, acme) = (secret_store::store(&moto), SecretName::parse(NAME).unwrap());
    let done = AtomicBool::new(false);
    let written = std::thread::scope(|scope| {
        // Also when this test fails: the writer must end.
        let end = SetOnDrop(&done);
        let writer = scope.spawn(|| {
            org.block_on(async {
                let mut written = 0_u64;
                while !done.load(Ordering::Relaxed) {
                    let read = store.read(&acme).await.unwrap();
                    let mut secret: serde_json::Value =
                        serde_json::from_str(read.text.expose_secret()).unwrap();
                    assert_eq!(
                        secret["theirs"].as_u64().unwrap_or(0),
                        written,
                        "none is lost"
                    );
                    secret["theirs"] = (written + 1).into();
                    let text = secret.to_string();
                    match store.write(&acme, &read.version, text.into()).await {
                        Ok(_) => written += 1,
                        Err(error) => assert_eq!(error.kind(), Kind::Conflict, "{error}"),
                    }
                    // Somebody who writes without a pause leaves nobody a turn.
                    tokio::time::sleep(PAUSE).await;
                }
                written
            })
        });
        for expiry in 1..=5 {
            all_work(&org, queries_on(&org, &moto));
            assert_eq!(org.logins(), expiry);
            org.control().expire_sessions();
        }
        drop(end);
        writer.join().unwrap()
    });
    let text = org.block_on(moto.read(NAME));
    let secret: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(written > 5, "{written}");
    assert_eq!(secret["theirs"], written);
    assert_eq!(secret["ConsumerSecret"], crate::org::CONSUMER_SECRET);
}

/// Sets it in the end, also when a test fails.
pub(crate) struct SetOnDrop<'a>(pub(crate) &'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Python's own writes are of the whole secret, as it read it before its login:
/// what somebody else wrote in between is lost by it, our token included. Ours
/// are not: no write of ours loses one of Python's.
#[test]
fn the_python_clients_go_on_working_in_the_mix() {
    let (org, moto) = (Org::start(), Moto::start());
    org.block_on(moto.create(NAME, &org.secret()));
    for _ in 0..3 {
        let mut pythons: Vec<Child> = (0..2)
            .map(|_| start(&mut python::command(&org, &moto)))
            .collect();
        all_work(&org, (0..8).map(|_| org.command_on(&moto, &QUERY)));
        for python in pythons.drain(..) {
            let run = end(python);
            assert_eq!(run.status, 0, "{}", run.stderr);
        }
        let text = org.block_on(moto.read(NAME));
        let secret: serde_json::Value = serde_json::from_str(&text).unwrap();
        for (key, value) in [("Domain", "acme.my"), ("ConsumerKey", "key")] {
            assert_eq!(secret[key], value);
        }
        assert_eq!(secret["other"], 1.5);
        let logins = org.logins();
        all_work(&org, [org.command_on(&moto, &QUERY)]);
        assert_eq!(org.logins(), logins, "the token that is stored works");
        org.control().expire_sessions();
    }
}

/// Where a leader is when it is killed.
struct Step {
    /// What holds it there, in the org and in the store.
    org: Option<Route>,
    store: serde_json::Value,
    /// The call of the store that hangs.
    hangs: Option<&'static str>,
    /// What the expiry costs then.
    logins: u64,
}

#[test]
fn a_leader_that_is_killed_is_taken_over_at_each_step() {
    for step in [
        Step {
            org: Some(Route::Token),
            store: serde_json::json!({}),
            hangs: None,
            logins: 1,
        },
        Step {
            org: None,
            store: serde_json::json!({ PUT: ["ok", "hang"] }),
            hangs: Some(PUT),
            logins: 2,
        },
        Step {
            org: None,
            store: serde_json::json!({ MOVE: ["hang"] }),
            hangs: Some(MOVE),
            logins: 2,
        },
    ] {
        let (org, moto) = (Org::start(), Moto::start());
        org.block_on(moto.create(NAME, &org.secret()));
        org.sfbox_on(&moto, &QUERY).records();
        org.control().expire_sessions();
        let before = org.logins();
        hold(&org, step.org);
        moto.fail_all(&step.store);
        let leader = start(&mut org.command_on(&moto, &QUERY));
        match step.hangs {
            None => org.block_on(org.control().until_held(1)),
            Some(call) => while !is_hanging(&moto, call) {},
        }
        kill(&org, leader);
        let follower = start(&mut org.command_on(&moto, &QUERY));
        moto.advance(CLAIM_LIFE + Duration::from_secs(1));
        let follower = end(follower);
        assert_eq!(follower.records().len(), 2);
        assert_eq!(org.logins() - before, step.logins);
        let text = org.block_on(moto.read(NAME));
        let secret: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            secret.as_object().unwrap().len(),
            7,
            "readable, with every key"
        );
        all_work(&org, [org.command_on(&moto, &QUERY)]);
        assert_eq!(org.logins() - before, step.logins, "what is stored works");
    }
}

#[test]
fn a_leader_that_comes_late_keeps_what_is_newer() {
    let (org, moto) = (Org::start(), Moto::start());
    org.block_on(moto.create(NAME, &org.secret()));
    org.sfbox_on(&moto, &QUERY).records();
    org.control().expire_sessions();
    hold(&org, Some(Route::Token));
    let leader = start(&mut org.command_on(&moto, &QUERY));
    org.block_on(org.control().until_held(1));
    let follower = start(&mut org.command_on(&moto, &QUERY));
    moto.advance(CLAIM_LIFE + Duration::from_secs(1));
    assert_eq!(end(follower).records().len(), 2);
    let newer = org.block_on(moto.read(NAME));
    org.control().release();
    assert_eq!(end(leader).records().len(), 2, "its own token works, too");
    assert_eq!(org.logins(), 3, "one more than the expiry costs");
    assert_eq!(org.block_on(moto.read(NAME)), newer);
}

fn hold(org: &Org, route: Option<Route>) {
    let holds = route.map(|route| Fault {
        route: FaultRoute::Only(route),
        skip: 0,
        count: Some(1),
        effect: Effect::Hold,
    });
    org.control().faults(holds.into_iter().collect()).unwrap();
}

/// Ends a process as nothing that it could notice would, and what it had sent.
fn kill(org: &Org, mut process: Child) {
    process.kill().unwrap();
    process.wait().unwrap();
    while org.control().stats().held > 0 {
        std::thread::yield_now();
    }
    org.control().clear_faults();
}

fn is_hanging(moto: &Moto, operation: &str) -> bool {
    let calls = moto.calls();
    calls.contains(&(operation.to_owned(), "hang".to_owned()))
}

#[test]
fn a_leader_on_files_that_is_killed_is_taken_over_at_once() {
    let org = Org::start();
    org.sfbox(&QUERY).records();
    org.control().expire_sessions();
    hold(&org, Some(Route::Token));
    let leader = start(&mut org.command(&QUERY));
    org.block_on(org.control().until_held(1));
    kill(&org, leader);
    let next = [&QUERY[..], &["--timeout", "20"]].concat();
    all_work(&org, [org.command(&next)]);
    assert_eq!(org.logins(), 2);
}

#[test]
fn a_fleet_spends_four_logins_in_ten_minutes_on_an_org_that_refuses_everyone() {
    /// What AWS's clock advances by while the processes run.
    const TICK: Duration = Duration::from_secs(1);
    let (org, moto) = (Org::start(), Moto::start());
    org.block_on(moto.create(NAME, &org.secret()));
    org.set(|settings| settings.refuse_all_tokens = true);
    let mut fleet: Vec<Child> = queries_on(&org, &moto)
        .map(|mut query| start(&mut query))
        .collect();
    let mut clock = Duration::ZERO;
    let mut failures = 0;
    while clock < Duration::from_secs(600) {
        for process in &mut fleet {
            if process.try_wait().unwrap().is_none() {
                continue;
            }
            let ended = std::mem::replace(process, start(&mut org.command_on(&moto, &QUERY)));
            let ended = end(ended);
            assert!(matches!(ended.status, 3 | 4), "{}", ended.stderr);
            failures += 1;
        }
        moto.advance(TICK);
        clock += TICK;
    }
    let logins = org.logins();
    assert!(
        (2..=4).contains(&logins),
        "{logins} logins, {failures} failures"
    );
    assert!(failures > 2 * PROCESSES, "{failures}");
    for mut process in fleet {
        process.kill().unwrap();
        process.wait().unwrap();
    }
    // The refusal is lifted: the first call that is due works.
    org.set(|settings| settings.refuse_all_tokens = false);
    moto.advance(Duration::from_secs(3_600));
    all_work(&org, [org.command_on(&moto, &QUERY)]);
}

#[test]
fn a_secret_that_cannot_be_written_costs_a_line_and_no_call() {
    for (outcome, words) in [
        ("denied", "secretsmanager:PutSecretValue"),
        ("limit", "LimitExceededException"),
        ("throttle", "ThrottlingException"),
    ] {
        let (org, moto) = (Org::start(), Moto::start());
        org.block_on(moto.create(NAME, &org.secret()));
        let fails = serde_json::json!({ PUT: vec![outcome; 60] });
        moto.fail_all(&fails);
        let run = org.sfbox_on(&moto, &QUERY);
        assert_eq!(run.records().len(), 2);
        assert!(run.stderr.contains(words), "{}", run.stderr);
        let lines = run.complaints().len();
        assert!(
            (1..=2).contains(&lines),
            "the claim's and the token's:\n{}",
            run.stderr
        );
        let strict = [&QUERY[..], &["--require-shared"]].concat();
        moto.fail_all(&fails);
        let refused = org.sfbox_on(&moto, &strict);
        assert_ne!(refused.status, 0);
        assert!(refused.stderr.contains(words), "{}", refused.stderr);
        // And by itself again, when the store does.
        moto.fail_all(&serde_json::json!({}));
        all_work(&org, [org.command_on(&moto, &QUERY)]);
        let logins = org.logins();
        all_work(&org, [org.command_on(&moto, &QUERY)]);
        assert_eq!(org.logins(), logins);
    }
}

#[test]
fn a_session_has_a_secret_of_its_own_if_it_is_given_one() {
    let (org, moto) = (Org::start(), Moto::start());
    let managed = serde_json::json!({
        "consumerKey": "key",
        "consumerSecret": crate::org::CONSUMER_SECRET,
        "baseUri": "https://acme.my.salesforce.com",
        "appId": "x",
        "consumerId": "y",
    });
    for (secret, session) in [
        (org.secret(), "acme/session"),
        (managed.to_string(), "managed/session"),
    ] {
        let org = Org::start();
        let moto = Moto::start();
        org.block_on(moto.create(NAME, &secret));
        let query = [&QUERY[..], &["--session-secret", session]].concat();
        let fleet = (0..8).map(|_| org.command_on(&moto, &query));
        all_work(&org, fleet);
        assert_eq!(org.logins(), 1);
        assert_eq!(org.block_on(moto.read(NAME)), secret, "to the byte");
        assert_eq!(
            org.block_on(moto.versions(NAME)),
            1,
            "and nobody wrote to it"
        );
        let stored = org.block_on(moto.read(session));
        let stored: serde_json::Value = serde_json::from_str(&stored).unwrap();
        assert_eq!(stored["Instance"], "acme.my.salesforce.com");
        assert_eq!(stored.as_object().unwrap().len(), 3);
        org.control().expire_sessions();
        all_work(&org, (0..8).map(|_| org.command_on(&moto, &query)));
        assert_eq!(org.logins(), 2);
    }
    drop((org, moto));
}
