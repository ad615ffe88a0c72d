//! Every test.

use std::process::Command;

use crate::command::{self, cargo, output};
use crate::{component, foreign, python};

/// Builds what the tests need, and runs them.
///
/// # Errors
///
/// When something cannot be built, or a test fails.
pub(crate) fn run(filter: &[String]) -> anyhow::Result<()> {
    component::build_all()?;
    component::build_for_tests()?;
    foreign::prepare()?;
    foreign::table::clear()?;
    python::ensure()?;
    // Without xtask, whose features the host would be built with: they include
    // a compiler. And xtask by itself, as it was built to get here.
    for packages in [
        &[
            "sfbox",
            "sfbox-guest",
            "sfbox-environment",
            "sfbox-secret",
            "sfbox-secrets-manager",
            "sfbox-wasmcloud-secrets",
            "sfbox-emulator",
            "sfbox-lambda",
            "sfbox-bench",
            "foreign",
            "detour",
            "gateway",
            "hostile",
            "intruder",
        ][..],
        &["xtask"],
    ] {
        command::run(
            runner()
                .args(packages.iter().flat_map(|package| ["--package", package]))
                .args(filter)
                .env("AWS_EC2_METADATA_DISABLED", "true"),
        )?;
    }
    if filter.is_empty() {
        foreign::table::check()?;
    }
    // `cargo nextest` runs no examples in documentation.
    command::run(cargo().args(["test", "--quiet", "--doc", "--package", "sfbox"]))
}

/// Runs the tests on hosts that others wrote, and writes what came of it into the
/// documentation; or prints what the hosts took.
///
/// # Errors
///
/// As for [`run`].
pub(crate) fn foreign(figures: bool) -> anyhow::Result<()> {
    component::build_all()?;
    foreign::prepare()?;
    foreign::table::clear()?;
    python::ensure()?;
    if figures {
        // As it is shipped, and alone on the machine.
        let alone = ["--cargo-profile", "release", "--test-threads", "1"];
        command::run(
            runner()
                .args(alone)
                .args(["--package", "foreign", "hosts::"])
                .env("SFBOX_FIGURES", "1"),
        )?;
        eprintln!("\n{}", foreign::table::figures()?);
        return Ok(());
    }
    // Its example is one of the programs that are run.
    command::run(cargo().args(["build", "--package", "sfbox", "--example", "embed"]))?;
    command::run(runner().args(["--no-fail-fast", "--package", "foreign"]))?;
    foreign::table::write()
}

/// `cargo nextest`, which runs tests side by side in processes of their own,
/// else `cargo test`.
fn runner() -> Command {
    let mut runner = cargo();
    if output(cargo().args(["nextest", "--version"])).is_some() {
        runner.args(["nextest", "run", "--no-tests", "pass"]);
    } else {
        runner.args(["test", "--lib", "--bins", "--tests", "--examples"]);
    }
    runner
}
