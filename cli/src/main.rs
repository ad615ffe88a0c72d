//! `sfbox`: the command line over the library of the same name.
//!
//! Data goes to stdout, everything else to stderr. What Salesforce is asked, and how, is
//! the library's part: here are options, formats, hints and exit statuses.
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `aws` | yes | secrets in AWS Secrets Manager |
//! | `emulator` | yes | `--demo` and `emulate`: an org on loopback |
//! | `compiler` | no | nothing for users: see `Cargo.toml` |

mod api_versions;
mod appended;
mod base_directory;
mod calling;
mod color;
mod command_line;
mod completions;
mod condition;
mod config;
mod confirmation;
mod create;
mod delete;
#[cfg(feature = "emulator")]
mod demo;
mod describe;
mod destination;
mod digest;
#[cfg(feature = "emulator")]
mod emulate;
mod get;
mod global;
mod help;
mod hint;
mod interrupt;
mod key;
mod leaving;
mod limits;
mod man;
mod object_name;
mod org;
mod parameters;
mod policy;
mod printable;
mod progress;
mod proxy;
mod query;
mod reason;
mod record_id;
mod records;
mod repeated;
mod repl;
mod report;
mod rest;
mod rows;
mod search;
mod serve;
mod session;
mod store;
mod target;
mod telemetry;
mod update;
mod upsert;
mod verdict;
mod width;
mod write;
mod wrong_line;

use std::process::ExitCode;

use command_line::Cli;

fn main() -> ExitCode {
    // Before a secret is in memory.
    if let Err(error) = forbid_core_dumps() {
        report::report(
            &anyhow::Error::new(error).context("core dumps cannot be disabled"),
            None,
        );
        return ExitCode::from(verdict::USAGE);
    }
    let cli = Cli::from_command_line();
    cli.choose_manner();
    telemetry::install(cli.verbosity(), cli.log_format());
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => ExitCode::from(cli.report(&error)),
    }
}

fn run(cli: &Cli) -> anyhow::Result<()> {
    let mut runtime = if cli.needs_threads() {
        tokio::runtime::Builder::new_multi_thread()
    } else {
        tokio::runtime::Builder::new_current_thread()
    };
    runtime.enable_all().build()?.block_on(cli.run())
}

/// A core dump would hold the token and the consumer secret.
fn forbid_core_dumps() -> rustix::io::Result<()> {
    let none = rustix::process::Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    rustix::process::setrlimit(rustix::process::Resource::Core, none)?;
    // A core pattern that pipes to a program ignores the limit; this does not.
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}
