//! An org that has moved: the stored session leads to an instance that is no more.

use std::process::Command;
use std::time::{Duration, Instant};

use moto::Moto;
use workspace::extent;

use crate::closed_port::RefusingPort;
use crate::org::{NAME, Org};
use crate::sfbox::{Run, only_those_who_log_in_wait, run_all};

const QUERY: [&str; 2] = ["query", "SELECT Id FROM Account LIMIT 2"];

/// How many processes a fleet has: a quarter of them, unless all of the tests are run.
fn processes() -> usize {
    if extent::is_whole() { 64 } else { 16 }
}

/// Where the stored session leads.
const OLD: &str = "oldacme.my.salesforce.com";

/// How long an outage lasts.
const OUTAGE: Duration = Duration::from_secs(300);

/// What AWS's clock advances by between two rounds of a fleet.
const PAUSE: Duration = Duration::from_secs(45);

/// A port that refuses connections.
struct Closed(RefusingPort);

impl Closed {
    fn new() -> Self {
        Self(RefusingPort::new())
    }

    /// `--connect-to`'s value for a host that is dead.
    fn instead_of(&self, host: &str) -> String {
        format!("{host}:443:127.0.0.1:{}", self.0.number())
    }
}

/// The org's secret with a session whose instance is no more.
fn secret(org: &Org) -> String {
    let mut secret: serde_json::Value = serde_json::from_str(&org.secret()).unwrap();
    secret["SessionId"] = "00D000000000001!AQ.tok0.ZZZ".into();
    secret["Instance"] = OLD.into();
    secret.to_string()
}

/// A fleet for which these hosts are dead.
fn fleet(org: &Org, moto: &Moto, closed: &Closed, dead: &[&str]) -> Vec<Command> {
    let one = || {
        // All of them before the command: those behind it would replace these.
        let dead = dead.iter().map(|host| closed.instead_of(host));
        let dead: Vec<String> = dead.collect();
        let dead = dead.iter().flat_map(|way| ["--connect-to", way]);
        org.command_on(moto, &dead.chain(QUERY).collect::<Vec<_>>())
    };
    (0..processes()).map(|_| one()).collect()
}

/// Runs fleets for five minutes by AWS's clock.
fn through_an_outage(org: &Org, moto: &Moto, dead: &[&str], mut each: impl FnMut(&[Run])) {
    let closed = Closed::new();
    let mut clock = Duration::ZERO;
    while clock < OUTAGE {
        let began = Instant::now();
        each(&run_all(fleet(org, moto, &closed, dead)));
        clock += began.elapsed() + PAUSE;
        moto.advance(PAUSE);
    }
}

#[test]
fn a_dead_instance_costs_a_fleet_one_login_at_the_new_domain() {
    let (org, moto) = (Org::start(), Moto::start());
    org.block_on(moto.create(NAME, &secret(&org)));
    let closed = Closed::new();
    let runs = run_all(fleet(&org, &moto, &closed, &[OLD]));
    for run in &runs {
        assert_eq!(run.records().len(), 2);
    }
    assert_eq!(org.logins(), 1);
    only_those_who_log_in_wait(&runs, 1);
    let stored = org.block_on(moto.read(NAME));
    let stored: serde_json::Value = serde_json::from_str(&stored).unwrap();
    assert_eq!(stored["Instance"], "acme.my.salesforce.com");
    assert_eq!(stored["other"], 1.5);
    // Nobody goes there any more.
    org.sfbox_on(&moto, &QUERY).records();
    assert_eq!(org.logins(), 1);
}

#[test]
fn an_outage_of_instance_and_login_host_costs_no_login() {
    let (org, moto) = (Org::start(), Moto::start());
    let before = secret(&org);
    org.block_on(moto.create(NAME, &before));
    // Not by way of the org's own entry, which is the first and counts.
    let closed = Closed::new();
    let dead = |host| closed.instead_of(host);
    let mut clock = Duration::ZERO;
    while clock < OUTAGE {
        let began = Instant::now();
        let fleet = (0..processes()).map(|_| {
            let mut command = crate::sfbox::command();
            command
                .envs(moto.environment())
                .args(["--org", NAME, "--connect-to", &dead(OLD), "--connect-to"])
                .arg(dead("acme.my.salesforce.com"))
                .args(QUERY);
            command
        });
        let runs = run_all(fleet);
        for run in &runs {
            run.fails(4, "refused");
        }
        only_those_who_log_in_wait(&runs, 0);
        clock += began.elapsed() + PAUSE;
        moto.advance(PAUSE);
    }
    assert_eq!(org.logins(), 0);
    let after = org.block_on(moto.read(NAME));
    assert_eq!(after, before, "nothing was stored");
}

#[test]
fn a_login_that_leads_to_a_dead_instance_is_made_three_times_in_five_minutes_at_most() {
    let (org, moto) = (Org::start(), Moto::start());
    let before = secret(&org);
    org.block_on(moto.create(NAME, &before));
    org.set(|settings| settings.instance_url = Some(format!("https://{OLD}")));
    through_an_outage(&org, &moto, &[OLD], |runs| {
        for run in runs {
            run.fails(4, OLD);
        }
        // No session is stored.
        only_those_who_log_in_wait(runs, 0);
    });
    let logins = org.logins();
    assert!((1..=3).contains(&logins), "{logins} logins");
    let after = org.block_on(moto.read(NAME));
    assert_eq!(after, before, "nothing was stored");
}

#[test]
fn a_host_with_the_certificate_of_another_is_no_instance() {
    // Somebody else answers there: the certificate has another name.
    let org = Org::start();
    org.put_secret(&secret(&org));
    let address = org.emulator().address();
    let there = format!("{OLD}:443:{address}");
    let run = org.sfbox(&[&["--connect-to", &there], &QUERY[..]].concat());
    assert_eq!(run.records().len(), 2, "{}", run.stderr);
    assert_eq!(org.logins(), 1);
    assert_eq!(org.stored()["Instance"], "acme.my.salesforce.com");
}
