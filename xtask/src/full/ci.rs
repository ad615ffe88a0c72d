//! What a change must hold to.

use std::time::{Duration, Instant};

use super::{catalog, licences, reproducible, test, timings};
use crate::command::{self, cargo};
use crate::task::Extent;

type Step = (&'static str, fn(Extent) -> anyhow::Result<()>);

const STEPS: [Step; 8] = [
    ("component", |_| catalog::build_all()),
    ("the same component in another folder", reproducible::check),
    ("format", |_| format()),
    ("lints", |_| lints()),
    ("features", |_| features()),
    ("documentation", |_| documentation()),
    ("licences and sources", |_| licences::check()),
    ("tests", |extent| test::with_components(extent, &[])),
];

/// Runs every check, then every test, and says how long each took.
///
/// # Errors
///
/// At the first that fails.
pub(crate) fn run(extent: Extent) -> anyhow::Result<()> {
    let mut durations = Vec::new();
    for (name, step) in STEPS {
        eprintln!("\n== {name}");
        let begun = Instant::now();
        let outcome = step(extent);
        let duration = begun.elapsed();
        eprintln!("== {name} took {} s", duration.as_secs());
        outcome?;
        durations.push((name, duration));
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
    command::run(
        cargo()
            .args(["clippy", "--workspace", "--all-targets"])
            .args(["--features", "xtask/full,sfbox-cli/compiler", "--timings"])
            .args(["--", "-D", "warnings"]),
    )?;
    timings::print()
}

/// The library and the command line, each by itself and without its default features.
/// With the feature that is not a default the lints check them.
fn features() -> anyhow::Result<()> {
    for package in ["sfbox", "sfbox-cli"] {
        let package = ["--package", package, "--no-default-features"];
        command::run(cargo().arg("check").args(package))?;
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
    command::run(
        cargo()
            .args(doc)
            .args(["--features", "xtask/full"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )
}
