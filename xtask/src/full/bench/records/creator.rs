//! A contender that creates records: a process that is told how long, or a command that is run
//! on a file.

use std::path::Path;

use anyhow::ensure;

use super::super::driver::{Created, Driver, Order};
use super::super::peers::Contender;
use super::super::plan::Plan;
use super::super::program::Program;
use super::super::runs::metered;
use super::super::site::Site;
use super::count::Count;
use super::input::Input;

/// The name of the command in the table.
const COMMAND: &str = "**sfbox create**, from start to end";

/// Records of a request, Salesforce's greatest number.
const REQUEST: usize = 200;

/// Requests of the command's file for each that is in flight, so that its start does not count
/// most.
const WAVES: usize = 10;

/// A contender.
pub(super) struct Creator<'a> {
    pub(super) name: &'static str,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Driver(&'a Program),
    Command(&'a Input),
}

/// What a round came to.
#[derive(Debug)]
pub(super) struct Round {
    /// All, those of the warm-up too.
    records: u64,
    counted: u64,
    elapsed_ns: u64,
}

impl<'a> Creator<'a> {
    /// A process that goes on running in a round.
    pub(super) fn driver(contender: &'a Contender) -> Self {
        Self {
            name: contender.name,
            kind: Kind::Driver(&contender.program),
        }
    }

    /// `sfbox create`, with a file of [`file_rows`] rows.
    pub(super) fn command(input: &'a Input) -> Self {
        Self {
            name: COMMAND,
            kind: Kind::Command(input),
        }
    }

    /// A round in an org, which is asked whether it has those records.
    ///
    /// # Errors
    ///
    /// When a record is not created.
    pub(super) fn round(
        &self,
        site: &Site,
        release: &Path,
        in_flight: usize,
        plan: &Plan,
    ) -> anyhow::Result<Round> {
        let count = Count::of(site, release);
        let before = count.now()?;
        let round = match self.kind {
            Kind::Driver(program) => {
                let program = program.clone().envs(site.environment()).envs(site.trust());
                driven(&mut Driver::start(&program)?, in_flight, plan)?
            }
            Kind::Command(input) => {
                let program = create(site, release, input)
                    .args(["--in-flight", &in_flight.to_string()])
                    .under(release.join("meter"));
                let records = file_rows(in_flight) as u64;
                Round {
                    records,
                    counted: records,
                    elapsed_ns: metered(&program)?.elapsed_ns,
                }
            }
        };
        count.check(before + round.records)?;
        Ok(round)
    }
}

impl Round {
    /// Records a second.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a round has less than 2^52 nanoseconds, and fewer records"
    )]
    pub(super) fn rate(&self) -> f64 {
        self.counted as f64 * 1e9 / self.elapsed_ns as f64
    }
}

/// The rows of the command's file.
pub(super) fn file_rows(in_flight: usize) -> usize {
    REQUEST * WAVES * in_flight
}

/// `sfbox create` on a file, with an outcome a line.
pub(super) fn create(site: &Site, release: &Path, input: &Input) -> Program {
    site.sfbox_on_files(release)
        .args(["create", "Account", "--output", "ndjson", "--file"])
        .arg(input.path())
}

/// One round that is thrown away, to warm up, and one that counts.
fn driven(driver: &mut Driver, in_flight: usize, plan: &Plan) -> anyhow::Result<Round> {
    let mut order = Order {
        soql: "",
        in_flight,
        milliseconds: plan.warm_up_ms,
    };
    let warm: Created = driver.round(&order)?;
    order.milliseconds = plan.round_ms;
    let created: Created = driver.round(&order)?;
    ensure!(
        created.records > 0 && created.elapsed_ns > 0,
        "it did nothing"
    );
    Ok(Round {
        records: warm.records + created.records,
        counted: created.records,
        elapsed_ns: created.elapsed_ns,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn driver(script: &str) -> Driver {
        Driver::start(&Program::new("sh").args(["-c", script])).unwrap()
    }

    #[test]
    fn all_records_are_there_afterwards_and_those_of_the_round_count() {
        let mut driver = driver(
            r#"read order; echo '{"elapsed_ns":1,"records":200}'; read order; echo '{"elapsed_ns":500000000,"records":400}'"#,
        );
        let round = driven(&mut driver, 8, &Plan::QUICK).unwrap();
        assert_eq!(round.records, 600);
        assert!((round.rate() - 800.0).abs() < 1e-9);
    }

    #[test]
    fn a_round_without_a_record_is_no_measurement() {
        let idle = r#"while read order; do echo '{"elapsed_ns":1,"records":0}'; done"#;
        assert!(driven(&mut driver(idle), 1, &Plan::QUICK).is_err());
    }
}
