//! `cargo run --release --example fleet`: what an expiry costs a fleet of
//! processes, and what the Python package makes of the same. One org, one
//! Secrets Manager (moto, which `cargo xtask test` installs), one run.
#![expect(clippy::print_stdout, reason = "the figures are its output")]

mod member;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use moto::Moto;
use sfbox_emulator::{Control, Emulator};

const NAME: &str = "acme";
const EXPIRIES: usize = 20;
const STEADY_QUERIES: usize = 1_000;

/// What processes need to reach the org.
struct Reach {
    host: String,
    port: u16,
    ca_file: tempfile::NamedTempFile,
}

/// A process of the fleet, which answers each line with a query's duration.
struct Member {
    process: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

fn main() -> anyhow::Result<()> {
    if let Some(arguments) = member::Arguments::from_environment() {
        return member::run(&arguments);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let builder = Emulator::builder()
        .my_domain("acme.my")
        .credentials("key", "secret");
    let emulator = runtime.block_on(builder.start())?;
    let moto = Moto::start();
    let secret = r#"{"Domain":"acme.my","ConsumerKey":"key","ConsumerSecret":"secret"}"#;
    runtime.block_on(moto.create(NAME, secret));
    let ca_file = tempfile::NamedTempFile::new()?;
    std::fs::write(ca_file.path(), emulator.ca_pem().context("no TLS")?)?;
    let reach = Reach {
        host: emulator.host().to_owned(),
        port: emulator.address().port(),
        ca_file,
    };
    println!(
        "processes  logins  AWS calls  added latency (median, worst)  last has it (median, worst)"
    );
    for processes in [1, 8, 32] {
        fleet(&emulator.control(), &moto, &reach, processes)?;
    }
    steady(&moto, &reach)?;
    for processes in [1, 8, 16] {
        python(&emulator.control(), &moto, &reach, processes)?;
    }
    Ok(())
}

/// Lets a session expire under a fleet in use, again and again.
fn fleet(control: &Control, moto: &Moto, reach: &Reach, processes: usize) -> anyhow::Result<()> {
    let members: Result<Vec<Member>, _> =
        (0..processes).map(|_| Member::start(moto, reach)).collect();
    let mut members = members?;
    ask(&mut members)?;
    let (mut added, mut last) = (Vec::new(), Vec::new());
    let (mut logins, mut calls) = (0, 0);
    for _ in 0..EXPIRIES {
        let usual = median(&mut ask(&mut members)?);
        control.expire_sessions();
        moto.fail("", &[]);
        let before = control.stats().logins;
        let took = ask(&mut members)?;
        // The store is written behind the caller's back.
        ask(&mut members)?;
        logins += control.stats().logins - before;
        calls += moto.calls().len();
        last.push(took.iter().copied().max().unwrap_or_default());
        added.extend(took.iter().map(|took| took.saturating_sub(usual)));
    }
    let each = |count: f64| count / EXPIRIES as f64;
    println!(
        "{processes:>9}  {:>6.2}  {:>9.1}  {:>13.1?} {:>12.1?}  {:>13.1?} {:>12.1?}",
        each(logins as f64),
        each(calls as f64),
        median(&mut added),
        added.last().copied().unwrap_or_default(),
        median(&mut last),
        last.last().copied().unwrap_or_default(),
    );
    members.into_iter().try_for_each(Member::end)
}

/// What the store costs while nothing expires.
fn steady(moto: &Moto, reach: &Reach) -> anyhow::Result<()> {
    let mut members = vec![Member::start(moto, reach)?];
    ask(&mut members)?;
    moto.fail("", &[]);
    for _ in 0..STEADY_QUERIES {
        ask(&mut members)?;
    }
    println!(
        "AWS calls for {STEADY_QUERIES} queries of a process: {}",
        moto.calls().len()
    );
    members.into_iter().try_for_each(Member::end)
}

/// The same expiry under processes of the Python package, each for one query.
fn python(control: &Control, moto: &Moto, reach: &Reach, processes: usize) -> anyhow::Result<()> {
    control.expire_sessions();
    moto.fail("", &[]);
    let before = control.stats().logins;
    let running: Result<Vec<Child>, _> = (0..processes)
        .map(|_| {
            Command::new(workspace::python())
                .arg(workspace::root().join("tests/python/extends_client.py"))
                .args([NAME, &reach.host, &reach.port.to_string()])
                .envs(moto.environment())
                .env("AWS_DEFAULT_REGION", "eu-central-1")
                .env("REQUESTS_CA_BUNDLE", reach.ca_file.path())
                .stdout(Stdio::null())
                .spawn()
        })
        .collect();
    for mut process in running? {
        anyhow::ensure!(process.wait()?.success(), "a Python process failed");
    }
    println!(
        "simple-salesforce-extends, {processes} processes: {} logins, {} AWS calls",
        control.stats().logins - before,
        moto.calls().len()
    );
    Ok(())
}

/// All make a query at the same time; answers how long each took.
fn ask(members: &mut [Member]) -> anyhow::Result<Vec<Duration>> {
    for member in &mut *members {
        member.orders.write_all(b"query\n")?;
    }
    members.iter_mut().map(Member::answer).collect()
}

/// The middle one; sorts.
fn median(durations: &mut [Duration]) -> Duration {
    durations.sort();
    durations
        .get(durations.len() / 2)
        .copied()
        .unwrap_or_default()
}

impl Member {
    fn start(moto: &Moto, reach: &Reach) -> anyhow::Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .envs(moto.environment())
            .env(
                member::TARGET,
                format!("{}:443:127.0.0.1:{}", reach.host, reach.port),
            )
            .env(member::CA_FILE, reach.ca_file.path())
            .env(member::ORG, NAME)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        Ok(Self {
            orders: process.stdin.take().context("stdin is piped")?,
            answers: BufReader::new(process.stdout.take().context("stdout is piped")?),
            process,
        })
    }

    fn answer(&mut self) -> anyhow::Result<Duration> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(Duration::from_micros(line.trim().parse()?))
    }

    fn end(mut self) -> anyhow::Result<()> {
        drop(self.orders);
        self.process.wait()?;
        Ok(())
    }
}
