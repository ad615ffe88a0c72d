//! Every test.

use std::num::NonZero;
use std::process::Command;
use std::thread;

use super::{catalog, foreign, python, shells, slowest, timings};
use crate::command::{self, cargo, output};
use crate::task::Extent;

/// Tells the longest tests to run whole: `tests/workspace/src/extent.rs` reads it.
const EXTENT: &str = "SFBOX_TESTS";

/// Which profile of `.config/nextest.toml` the tests have.
const PROFILE: &str = "NEXTEST_PROFILE";

/// What `cargo test` runs beside the examples in documentation.
const TARGETS: [&str; 4] = ["--lib", "--bins", "--tests", "--examples"];

/// Without xtask, whose features the host would be built with: they include a
/// compiler.
const PRODUCT: [&str; 3] = ["--workspace", "--exclude", "xtask"];

/// xtask by itself, as it was built to get here.
const TOOL: [&str; 4] = ["--package", "xtask", "--features", "full"];

/// Builds what the tests need, and runs them.
///
/// # Errors
///
/// When something cannot be built, or a test fails.
pub(crate) fn run(extent: Extent, filter: &[String]) -> anyhow::Result<()> {
    catalog::build_all()?;
    with_components(extent, filter)
}

/// The same, with the components in `target/component/` as they are.
///
/// # Errors
///
/// As for [`run`].
pub(crate) fn with_components(extent: Extent, filter: &[String]) -> anyhow::Result<()> {
    let runner = Runner::find();
    thread::scope(|scope| {
        // It waits for registries, and the compiler for its last crates: side by side each
        // fills the other's gaps.
        let prepared = scope.spawn(|| prepare(extent).and_then(|()| shells::ensure()));
        let built = runner.build(&PRODUCT);
        prepared
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            .and(built)
    })?;
    runner.run(&mut tests(&runner, &PRODUCT, extent, filter))?;
    runner.build(&TOOL)?;
    runner.run(&mut tests(&runner, &TOOL, extent, filter))?;
    if filter.is_empty() {
        foreign::table::check()?;
    }
    // `cargo nextest` runs no examples in documentation. The same packages as
    // above, so that nothing is built with other features.
    command::run(cargo().args(["test", "--quiet", "--doc"]).args(PRODUCT))
}

/// Makes what the tests run and run on, beside themselves.
fn prepare(extent: Extent) -> anyhow::Result<()> {
    catalog::build_for_tests()?;
    foreign::prepare(extent)?;
    foreign::table::clear()?;
    python::ensure()
}

/// The run of the tests of these packages that the filter leaves.
fn tests(runner: &Runner, packages: &[&str], extent: Extent, filter: &[String]) -> Command {
    let mut tests = runner.command();
    tests.args(packages).args(filter);
    tests.env("AWS_EC2_METADATA_DISABLED", "true");
    if extent.whole {
        tests.env(EXTENT, "whole").env(PROFILE, "whole");
    } else {
        tests.env_remove(EXTENT).env_remove(PROFILE);
    }
    tests
}

/// Runs the tests on hosts that others wrote, and writes the results into the
/// documentation; or prints what the hosts took.
///
/// # Errors
///
/// As for [`run`].
pub(crate) fn foreign(figures: bool) -> anyhow::Result<()> {
    catalog::build_all()?;
    prepare(Extent { whole: false })?;
    let runner = Runner::find();
    if figures {
        // As it is shipped, and alone on the machine.
        let mut tests = runner.command();
        tests.args(["--cargo-profile", "release", "--test-threads", "1"]);
        tests.args(["--package", "foreign", "hosts::"]);
        runner.run(tests.env("SFBOX_FIGURES", "1"))?;
        eprintln!("\n{}", foreign::table::figures()?);
        return Ok(());
    }
    // Its example is one of the programs that are run.
    command::run(cargo().args(["build", "--package", "sfbox", "--example", "embed"]))?;
    let mut tests = runner.command();
    runner.run(tests.args(["--no-fail-fast", "--package", "foreign"]))?;
    foreign::table::write()
}

/// How many threads the tests of this machine have, as `.config/nextest.toml` counts them.
fn threads() -> usize {
    const THREADS_PER_PROCESSOR: usize = 5;
    let processors = thread::available_parallelism().map_or(2, NonZero::get);
    processors * THREADS_PER_PROCESSOR
}

/// What runs tests.
enum Runner {
    /// `cargo nextest`: side by side, in processes of their own.
    Nextest,
    /// `cargo test`, where that is missing.
    Cargo,
}

impl Runner {
    fn find() -> Self {
        match output(cargo().args(["nextest", "--version"])) {
            Some(_) => Self::Nextest,
            None => Self::Cargo,
        }
    }

    fn command(&self) -> Command {
        let mut command = cargo();
        match self {
            Self::Nextest => command
                .args(["nextest", "run", "--no-tests", "pass"])
                .env("NEXTEST_TEST_THREADS", threads().to_string()),
            Self::Cargo => command.arg("test").args(TARGETS),
        };
        command
    }

    /// Compiles the tests of these packages, and prints what took longest.
    fn build(&self, packages: &[&str]) -> anyhow::Result<()> {
        let mut build = cargo();
        match self {
            Self::Nextest => build.args(["nextest", "run"]),
            Self::Cargo => build.arg("test").args(TARGETS),
        };
        command::run(build.args(packages).args(["--no-run", "--timings"]))?;
        timings::print()
    }

    /// Runs the tests, and prints which took longest.
    fn run(&self, tests: &mut Command) -> anyhow::Result<()> {
        match self {
            Self::Nextest => slowest::run(tests),
            Self::Cargo => command::run(tests),
        }
    }
}
