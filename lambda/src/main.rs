//! sfbox as an AWS Lambda function: a custom runtime's `bootstrap`, with the component
//! in it as machine code.
//!
//! In reading order: `event` (what Lambda hands over), `request` and `rest` (what is asked),
//! `function` and `client` (what is done), `answer`, `http` and `queue` (what is answered), `refusal`
//! (what is told instead).

mod answer;
mod client;
mod deadline;
mod event;
mod function;
mod http;
mod init_error;
mod parts;
mod queue;
mod refusal;
mod request;
mod rest;
mod results;
mod settings;
mod telemetry;

use std::process::ExitCode;

use function::Function;
use lambda_runtime::service_fn;
use tokio::task::{LocalSet, spawn_local};

fn main() -> ExitCode {
    telemetry::install();
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error, "the environment ends");
            ExitCode::FAILURE
        }
    }
}

/// Makes the function, then answers events until the environment is ended.
fn run() -> Result<(), lambda_runtime::Error> {
    // Before a secret is in memory.
    forbid_core_dumps()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    LocalSet::new().block_on(&runtime, async {
        let (function, worker) = match Function::from_env().await {
            Ok(made) => made,
            Err(error) => {
                init_error::report(&error).await;
                return Err(error.into());
            }
        };
        spawn_local(worker);
        lambda_runtime::run(service_fn(|event| function.answer(event))).await
    })
}

/// A core dump would hold the token and the consumer secret; so would what another
/// process of the environment, such as an extension, could read of this one.
fn forbid_core_dumps() -> rustix::io::Result<()> {
    let none = rustix::process::Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    rustix::process::setrlimit(rustix::process::Resource::Core, none)?;
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}
