//! The only build tool: `cargo xtask` builds the component, runs the demo, the
//! tests and the checks, and installs what these need.
//!
//! Every command is printed before it runs.
#![expect(clippy::print_stderr, reason = "a build tool talks to its user")]

mod apt;
#[cfg(test)]
mod artifacts;
mod bench;
mod ci;
mod command;
mod component;
mod compose;
mod contract;
mod demo;
mod digest;
mod dist;
mod foreign;
mod metadata;
mod python;
mod reproducible;
#[path = "../../host/src/engine/settings.rs"]
mod settings;
mod static_binary;
mod test;
#[cfg(test)]
mod tidy;
mod wasm_std;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};

/// Build, try, test and check sfbox.
#[derive(Parser)]
#[command(name = "cargo xtask", version)]
struct Xtask {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Write docs/contract.md out of the comments in wit/
    Contract,
    /// Build the component, its adapters and its native image into target/component/
    Component,
    /// Build everything in release and run a query on the built-in org
    Demo,
    /// Run every test
    Test {
        /// Passed on to the test runner, such as the name of a test
        filter: Vec<String>,
    },
    /// Measure sfbox beside what else one could use
    Bench(bench::Bench),
    /// Build the binary of the container image into target/static/: one that needs no other file
    Static,
    /// Build what a release has into target/dist/: components, OCI layouts, the binary, bills of
    /// materials, checksums
    Dist,
    /// Try the components on hosts that others wrote, and write what came of it into docs/hosts.md
    Foreign {
        /// Measure instead, one host at a time, and print what they took
        #[arg(long)]
        figures: bool,
    },
    /// Check everything that a change must hold to, then run every test
    Ci,
}

fn main() -> ExitCode {
    match run(&Xtask::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: &Task) -> anyhow::Result<()> {
    let root = root()?;
    std::env::set_current_dir(&root)
        .with_context(|| format!("{} cannot be entered", root.display()))?;
    match task {
        Task::Component => component::build_all(),
        Task::Contract => contract::write_page(),
        Task::Demo => demo::run(),
        Task::Test { filter } => test::run(filter),
        Task::Bench(bench) => bench.run(),
        Task::Dist => dist::run(),
        Task::Static => static_binary::build(),
        Task::Foreign { figures } => test::foreign(*figures),
        Task::Ci => ci::run(),
    }
}

/// The workspace: the parent of this crate's folder.
fn root() -> anyhow::Result<PathBuf> {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    Ok(here
        .parent()
        .context("xtask lies in no workspace")?
        .to_owned())
}
