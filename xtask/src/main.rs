//! The only build tool: `cargo xtask` builds the component, runs the demo, the
//! tests and the checks, and installs what these need.
//!
//! Every command is printed before it runs.
#![expect(clippy::print_stderr, reason = "a build tool talks to its user")]

mod apt;
mod binary;
mod command;
mod component;
mod demo;
mod digest;
#[cfg(feature = "full")]
mod full;
mod guest;
mod image;
mod metadata;
#[path = "../../host/src/engine/settings.rs"]
mod settings;
mod task;
mod wasm_std;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;

use self::task::{Task, Xtask};

fn main() -> ExitCode {
    match run(Xtask::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> anyhow::Result<()> {
    let root = root()?;
    let was = std::env::current_dir().ok();
    std::env::set_current_dir(&root)
        .with_context(|| format!("{} cannot be entered", root.display()))?;
    // Whoever pastes what follows has to be there, too.
    if was.is_some_and(|was| was != root) {
        eprintln!("$ cd {}", command::quoted(&root.to_string_lossy()));
    }
    match task {
        Task::Demo => demo::run(),
        Task::Build => binary::build(),
        Task::Install { root } => binary::install(root.as_deref()),
        #[cfg(not(feature = "other-machines"))]
        Task::Image { target: Some(_) } => again("other-machines"),
        Task::Image { target } => image::build(target.as_deref()),
        #[cfg(feature = "full")]
        Task::Full(task) => full::run(task),
        #[cfg(not(feature = "full"))]
        Task::Full(_) => again("full"),
    }
}

/// Runs the same command again, with a tool that can do it.
#[cfg(not(feature = "full"))]
fn again(feature: &str) -> anyhow::Result<()> {
    let tool = ["run", "--package", "xtask", "--features", feature, "--"];
    let arguments = std::env::args_os().skip(1);
    command::run(command::cargo().args(tool).args(arguments))
}

/// The workspace: the parent of this crate's folder.
fn root() -> anyhow::Result<PathBuf> {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    Ok(here
        .parent()
        .context("xtask lies in no workspace")?
        .to_owned())
}
