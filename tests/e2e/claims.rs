//! Logins that fail: what they cost, and that nobody waits for a released claim.

use std::time::{Duration, Instant};

use contract::covers;
use moto::Moto;

use crate::org::{CONSUMER_SECRET, NAME, Org};
use crate::sfbox::Run;

const QUERY: [&str; 2] = ["query", "SELECT Id FROM Account LIMIT 2"];

/// How long a command may take: it waits for nothing.
const AT_ONCE: Duration = Duration::from_secs(1);

/// The most logins with one set of credentials in a minute.
const LOGINS_MAX: u64 = 4;

/// How often a command is repeated.
const COMMANDS: u64 = 20;

fn at_once(run: impl FnOnce() -> Run) -> Run {
    let began = Instant::now();
    let run = run();
    let took = began.elapsed();
    assert!(took < AT_ONCE, "{took:?}: {}", run.stderr);
    run
}

fn failed_logins(org: &Org) -> u64 {
    org.control().stats().failed_logins
}

/// The org's secret with another consumer secret.
fn wrong(org: &Org, number: u64) -> String {
    let secret = format!("CANARY-wrong-{number}");
    org.secret().replace(CONSUMER_SECRET, &secret)
}

/// Runs commands with credentials that are refused, on a store that `put` writes to.
fn wait_for_nothing(org: &Org, put: impl Fn(&str), query: impl Fn() -> Run) {
    let spent = |run: &Run| {
        run.fails(4, "try again in");
        run.fails(4, "the last login was refused: invalid_client");
    };
    // Three keys in turn.
    for round in 0..COMMANDS {
        put(&wrong(org, round % 3));
        let run = at_once(&query);
        match run.status {
            3 => run.fails(3, "invalid_client"),
            _ => spent(&run),
        }
    }
    assert_eq!(failed_logins(org), 3 * LOGINS_MAX);
    // One key alone.
    put(&wrong(org, 9));
    for number in 0..COMMANDS {
        let run = at_once(&query);
        match number < LOGINS_MAX {
            true => run.fails(3, "invalid_client"),
            false => spent(&run),
        }
    }
    assert_eq!(failed_logins(org), 4 * LOGINS_MAX);
    // A corrected secret has a claim of its own.
    put(&org.secret());
    at_once(&query).records();
}

#[test]
fn in_secrets_manager_commands_with_a_wrong_secret_wait_for_nothing() {
    covers(["secret-store#claim", "secret-store#release"]);
    let (org, moto) = (Org::start(), Moto::start());
    org.block_on(moto.create(NAME, &wrong(&org, 0)));
    let put = |text: &str| org.block_on(moto.overwrite(NAME, text));
    wait_for_nothing(&org, put, || org.sfbox_on(&moto, &QUERY));
}

#[test]
fn on_files_commands_with_a_wrong_secret_wait_for_nothing() {
    let org = Org::start();
    wait_for_nothing(&org, |text| org.put_secret(text), || org.sfbox(&QUERY));
}

#[test]
fn a_check_after_a_failed_login_waits_for_nothing() {
    let (org, moto) = (Org::start(), Moto::start());
    org.block_on(moto.create(NAME, &wrong(&org, 0)));
    let check = || at_once(|| org.sfbox_on(&moto, &["org", "check"]));
    for _ in 0..2 {
        at_once(|| org.sfbox_on(&moto, &QUERY)).fails(3, "invalid_client");
        check().fails(3, "fails at the step `login`");
    }
    at_once(|| org.sfbox_on(&moto, &QUERY)).fails(4, "try again in");
    check().fails(4, "fails at the step `login`");
    assert_eq!(failed_logins(&org), LOGINS_MAX);
}
