//! Every test.

use std::process::Command;

use crate::command::{self, cargo, output};
use crate::{component, python};

/// Builds what the tests need, and runs them.
///
/// # Errors
///
/// When something cannot be built, or a test fails.
pub(crate) fn run(filter: &[String]) -> anyhow::Result<()> {
    component::build(&component::SFBOX)?;
    component::build(&component::HOSTILE)?;
    python::ensure()?;
    // Without xtask, whose features the host would be built with: they include
    // a compiler.
    for packages in [
        &["sfbox", "sfbox-guest", "sfbox-emulator", "hostile"][..],
        &["xtask", "sfbox-bench"],
    ] {
        command::run(
            runner()
                .args(packages.iter().flat_map(|package| ["--package", package]))
                .args(filter)
                .env("AWS_EC2_METADATA_DISABLED", "true"),
        )?;
    }
    // `cargo nextest` runs no examples in documentation.
    command::run(cargo().args(["test", "--quiet", "--doc", "--package", "sfbox"]))
}

/// `cargo nextest`, which runs tests side by side in processes of their own,
/// else `cargo test`.
fn runner() -> Command {
    let mut runner = cargo();
    if output(cargo().args(["nextest", "--version"])).is_some() {
        runner.args(["nextest", "run", "--no-tests", "pass"]);
    } else {
        runner.args(["test", "--lib", "--bins", "--tests"]);
    }
    runner
}
