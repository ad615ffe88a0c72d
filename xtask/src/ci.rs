//! What a change must hold to.

use std::time::{Duration, Instant};

use crate::command::{self, cargo, output};
use crate::{component, test};

/// The version of cargo-deny that is installed where there is none.
const CARGO_DENY: &str = "0.20.2";

type Step = (&'static str, fn() -> anyhow::Result<()>);

const STEPS: [Step; 6] = [
    ("component", || component::build(&component::SFBOX)),
    ("format", format),
    ("lints", lints),
    ("documentation", documentation),
    ("licences and sources", licences),
    ("tests", || test::run(&[])),
];

/// Runs every check, then every test, and says how long each took.
///
/// # Errors
///
/// At the first that fails.
pub(crate) fn run() -> anyhow::Result<()> {
    let mut durations = Vec::new();
    for (name, step) in STEPS {
        eprintln!("\n== {name}");
        let begun = Instant::now();
        step()?;
        durations.push((name, begun.elapsed()));
    }
    eprintln!();
    for (name, duration) in &durations {
        eprintln!("{:>6} s  {name}", duration.as_secs());
    }
    let total: Duration = durations.iter().map(|(_, duration)| *duration).sum();
    eprintln!("{:>6} s  in all", total.as_secs());
    Ok(())
}

fn format() -> anyhow::Result<()> {
    command::run(cargo().args(["fmt", "--all", "--check"]))
}

fn lints() -> anyhow::Result<()> {
    command::run(cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))
}

fn documentation() -> anyhow::Result<()> {
    let doc = [
        "doc",
        "--workspace",
        "--no-deps",
        "--document-private-items",
    ];
    command::run(cargo().args(doc).env("RUSTDOCFLAGS", "-D warnings"))
}

fn licences() -> anyhow::Result<()> {
    if output(cargo().args(["deny", "--version"])).is_none() {
        command::run(cargo().args(["install", "cargo-deny", "--locked", "--version", CARGO_DENY]))?;
    }
    command::run(cargo().args(["deny", "check", "bans", "licenses", "sources"]))
}
