//! A process of the fleet: a runtime that queries when it is told to.

use std::io::BufRead as _;
use std::num::NonZeroUsize;
use std::time::Instant;

use anyhow::Context as _;
use sfbox::secret_store::Aws;
use sfbox::{QueryOptions, Runtime};

pub(crate) const TARGET: &str = "SFBOX_FLEET_TARGET";
pub(crate) const CA_FILE: &str = "SFBOX_FLEET_CA_FILE";
pub(crate) const ORG: &str = "SFBOX_FLEET_ORG";

pub(crate) struct Arguments {
    target: String,
    ca_file: String,
    org: String,
}

impl Arguments {
    /// `None`: this is the process that starts the others.
    pub(crate) fn from_environment() -> Option<Self> {
        let get = |name| std::env::var(name).ok();
        Some(Self {
            target: get(TARGET)?,
            ca_file: get(CA_FILE)?,
            org: get(ORG)?,
        })
    }
}

/// Answers each line of stdin with a query's duration in microseconds.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(async {
            let runtime = Runtime::builder()
                .store(Aws::from_env().await?)
                .org(&arguments.org)
                .workers(NonZeroUsize::MIN)
                .connect_to(arguments.target.parse().context("a target")?)
                .extra_ca(std::fs::read(&arguments.ca_file)?)
                .build()?;
            let org = runtime.org(&arguments.org)?;
            let options = QueryOptions::default();
            for line in std::io::stdin().lock().lines() {
                line?;
                let begun = Instant::now();
                org.query("SELECT Id FROM Account LIMIT 1", &options)
                    .await?;
                println!("{}", begun.elapsed().as_micros());
            }
            runtime.shut_down().await;
            Ok(())
        })
}
