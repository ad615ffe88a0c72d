//! Logins that fail: what they cost, and that nobody waits for a released claim.

use std::time::{Duration, Instant};

use crate::moto::Moto;
use crate::org::{CONSUMER_SECRET, NAME, Org};
use crate::sfbox::Run;

const QUERY: [&str; 2] = ["query", "SELECT Id FROM Account LIMIT 2"];

/// Far more than a command takes that waits for nothing, and less than any wait
/// for a claim would be.
const AT_ONCE: Duration = Duration::from_secs(8);

/// The most logins with one set of credentials in a minute.
const LOGINS_MAX: u64 = 4;

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

#[test]
fn twenty_commands_with_a_wrong_secret_wait_for_nothing() {
    let (org, moto) = (Org::start(), Moto::start());
    let wrong = |number: usize| {
        let secret = format!("CANARY-wrong-{number}");
        org.secret().replace(CONSUMER_SECRET, &secret)
    };
    org.block_on(moto.create(NAME, &wrong(0)));
    // Three keys in turn: each takes the stage from the others' notes.
    for round in 0..20 {
        if round > 0 {
            org.block_on(moto.overwrite(NAME, &wrong(round % 3)));
        }
        let run = at_once(|| org.sfbox_on(&moto, &QUERY));
        match run.status {
            3 => run.fails(3, "invalid_client"),
            _ => run.fails(4, "try again in"),
        }
    }
    assert!(failed_logins(&org) <= 3 * LOGINS_MAX);
    // One key alone.
    let before = failed_logins(&org);
    org.block_on(moto.overwrite(NAME, &wrong(9)));
    for number in 0..20 {
        let run = at_once(|| org.sfbox_on(&moto, &QUERY));
        let status = if number < LOGINS_MAX { 3 } else { 4 };
        assert_eq!(run.status, status, "{}", run.stderr);
    }
    assert_eq!(failed_logins(&org) - before, LOGINS_MAX);
    // A corrected secret has a claim of its own.
    org.block_on(moto.overwrite(NAME, &org.secret()));
    at_once(|| org.sfbox_on(&moto, &QUERY)).records();
}

#[test]
fn a_check_after_a_failed_login_waits_for_nothing() {
    let (org, moto) = (Org::start(), Moto::start());
    let wrong = org.secret().replace(CONSUMER_SECRET, "CANARY-wrong");
    org.block_on(moto.create(NAME, &wrong));
    let check = || at_once(|| org.sfbox_on(&moto, &["org", "check"]));
    for _ in 0..2 {
        at_once(|| org.sfbox_on(&moto, &QUERY)).fails(3, "invalid_client");
        check().fails(3, "fails at the step `login`");
    }
    at_once(|| org.sfbox_on(&moto, &QUERY)).fails(4, "try again in");
    check().fails(4, "fails at the step `login`");
    assert_eq!(failed_logins(&org), LOGINS_MAX);
}
