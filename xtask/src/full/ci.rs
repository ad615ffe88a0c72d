//! What a change must hold to.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::{catalog, licences, reproducible, test, timings};
use crate::command::{self, cargo};
use crate::task::Extent;

/// What it is called, and what it does.
type Step = (&'static str, fn(Extent) -> anyhow::Result<()>);

/// What becomes a component. Its longest parts keep one processor busy.
const COMPONENTS: &[Step] = &[
    ("component", |_| catalog::build_all()),
    ("the same component in another folder", reproducible::check),
];

/// What is read of the sources. It fills the other processors meanwhile.
const SOURCES: &[Step] = &[
    ("format", |_| format()),
    ("lints", |_| lints()),
    ("features", features),
    ("documentation", |_| documentation()),
    ("licences and sources", |_| licences::check()),
];

/// What needs the components.
const TESTS: &[Step] = &[("tests", |extent| test::with_components(extent, &[]))];

/// A step, and how long it took.
type Taken = Vec<(&'static str, Duration)>;

/// Runs every check, then every test, and says how long each took.
///
/// # Errors
///
/// At the first that fails.
pub(crate) fn run(extent: Extent) -> anyhow::Result<()> {
    let begun = Instant::now();
    let mut taken = thread::scope(|scope| {
        let components = scope.spawn(|| one_after_the_other(COMPONENTS, extent));
        let sources = one_after_the_other(SOURCES, extent);
        let components = components
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        anyhow::Ok([components?, sources?].concat())
    })?;
    taken.extend(one_after_the_other(TESTS, extent)?);
    eprintln!();
    for (name, duration) in &taken {
        eprintln!("{:>6} s  {name}", duration.as_secs());
    }
    let all = begun.elapsed().as_secs();
    eprintln!("{all:>6} s  in all: the components were made beside what is read of the sources");
    Ok(())
}

fn one_after_the_other(steps: &[Step], extent: Extent) -> anyhow::Result<Taken> {
    let mut taken = Taken::new();
    for (name, step) in steps {
        eprintln!("\n== {name}");
        let begun = Instant::now();
        let outcome = step(extent);
        let duration = begun.elapsed();
        eprintln!("== {name} took {} s", duration.as_secs());
        if let Err(error) = &outcome {
            // Of two rows that fail only one is answered.
            eprintln!("== {name} failed: {error:#}");
        }
        outcome.context(*name)?;
        taken.push((*name, duration));
    }
    Ok(taken)
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

/// The library and the command line, each by itself and without its default features. With
/// the feature that is not a default the lints check them. Only the whole of it does: half of
/// what they depend on is checked again for it, and `cargo xtask demo` builds so, too.
fn features(extent: Extent) -> anyhow::Result<()> {
    let packages = extent.whole.then_some(["sfbox", "sfbox-cli"]);
    for package in packages.into_iter().flatten() {
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
