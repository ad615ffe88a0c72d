//! What a first look does not need: composing, tests, checks, benches, releases.

#[cfg(test)]
mod artifacts;
mod bench;
mod catalog;
mod ci;
mod compose;
mod contract;
mod dist;
#[cfg(test)]
mod embedding;
#[cfg(test)]
mod english;
mod foreign;
mod licences;
mod python;
mod reproducible;
mod shells;
mod slowest;
mod static_binary;
mod test;
#[cfg(test)]
mod tidy;
mod timings;

use crate::task::FullTask;

/// Runs a task that needs the whole tool.
///
/// # Errors
///
/// As the task's own.
pub(crate) fn run(task: FullTask) -> anyhow::Result<()> {
    match task {
        FullTask::Component => catalog::build_all(),
        FullTask::Contract => contract::write(),
        FullTask::Test { extent, filter } => test::run(extent, &filter),
        FullTask::Bench(bench) => bench.run(),
        FullTask::Dist => dist::run(),
        FullTask::Static => static_binary::build(),
        FullTask::Foreign { figures } => test::foreign(figures),
        FullTask::Ci { extent } => ci::run(extent),
    }
}
