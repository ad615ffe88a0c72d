//! The main job on the built-in org.

use std::process::Command;

use crate::command::{self, cargo};
use crate::component;

/// Builds everything in release and runs one query.
///
/// # Errors
///
/// When something cannot be built, or the query fails.
pub(crate) fn run() -> anyhow::Result<()> {
    component::build(&component::SFBOX)?;
    // By itself: with other packages it would be built with their features.
    command::run(cargo().args(["build", "--release", "--package", "sfbox"]))?;
    let query = ["--demo", "query", "SELECT Id, Name FROM Account LIMIT 3"];
    command::run(Command::new("target/release/sfbox").args(query))
}
