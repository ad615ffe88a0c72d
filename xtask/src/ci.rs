//! What a change must hold to.

use std::time::{Duration, Instant};

use crate::command::{self, cargo, output};
use crate::{component, reproducible, test};

/// The version of cargo-deny that is installed where there is none.
const CARGO_DENY: &str = "0.20.2";

type Step = (&'static str, fn() -> anyhow::Result<()>);

const STEPS: [Step; 8] = [
    ("component", component::build_all),
    ("the same component in another folder", reproducible::check),
    ("format", format),
    ("lints", lints),
    ("features", features),
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

/// The library by itself, and with what it has by default not.
fn features() -> anyhow::Result<()> {
    for features in ["", "compiler"] {
        let check = ["check", "--package", "sfbox", "--lib"];
        command::run(
            cargo()
                .args(check)
                .args(["--no-default-features", "--features", features]),
        )?;
    }
    Ok(())
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
