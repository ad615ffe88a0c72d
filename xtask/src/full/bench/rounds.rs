//! Queries again and again, by contenders that go on running: how long one takes,
//! and how many a second.

use super::driver::{Driver, Order, Times};
use super::peers::{BARE, Contenders};
use super::plan::Plan;
use super::report::Report;
use super::sample::Sample;
use super::site::Site;
use super::table::Unit;

/// A row of the fixed answers, and of the emulator's.
pub(super) const SMALL: &str = "SELECT Id FROM Account LIMIT 1";

/// A page that is compressed for who asks for that.
pub(super) const PAGE: &str =
    "SELECT Id, Name, Industry, AnnualRevenue, CreatedDate FROM Account LIMIT 2000";

/// The same page, compressed for nobody.
pub(super) const PLAIN_PAGE: &str =
    "SELECT Id, Name, Industry, AnnualRevenue, CreatedDate FROM Lead LIMIT 2000";

/// What contenders are asked, and what of it counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Task {
    pub(super) title: &'static str,
    pub(super) soql: &'static str,
    pub(super) in_flight: usize,
}

/// A small query, alone and among others.
pub(super) const SMALL_TASKS: [Task; 3] = [
    Task {
        title: "small query, 1 in flight",
        soql: SMALL,
        in_flight: 1,
    },
    Task {
        title: "small query, 8 in flight",
        soql: SMALL,
        in_flight: 8,
    },
    Task {
        title: "small query, 64 in flight",
        soql: SMALL,
        in_flight: 64,
    },
];

/// A full page; for bare hyper it is the copy: the body, whole, in memory.
pub(super) const PAGE_TASKS: [Task; 2] = [
    Task {
        title: "page of 2,000 rows, gzip for who asks",
        soql: PAGE,
        in_flight: 1,
    },
    Task {
        title: "page of 2,000 rows, plain",
        soql: PLAIN_PAGE,
        in_flight: 1,
    },
];

/// A contender, from when it starts until it fails.
struct Running {
    name: &'static str,
    driver: Option<Driver>,
}

/// Starts every contender on the site and has them do the tasks, in turns.
pub(super) fn measure(
    tasks: &[Task],
    server: &str,
    site: &Site,
    contenders: &Contenders,
    plan: &Plan,
    report: &mut Report,
) {
    let mut running = Vec::new();
    for contender in &contenders.drivers {
        let program = contender.program.clone();
        let program = program.envs(site.environment()).envs(site.trust());
        match Driver::start(&program) {
            Ok(driver) => running.push(Running {
                name: contender.name,
                driver: Some(driver),
            }),
            Err(error) => report.absent(contender.name, &error),
        }
    }
    for task in tasks {
        let title = format!("{}, {server}", task.title);
        eprintln!("measuring: {title}");
        let values = in_turns(task, &title, &mut running, plan, report);
        let unit = match task.in_flight {
            1 => Unit::Time,
            _ => Unit::Rate,
        };
        report.add(&title, unit, BARE, values);
    }
}

/// Interleaved, so that what else the machine does falls on all alike.
fn in_turns(
    task: &Task,
    title: &str,
    running: &mut [Running],
    plan: &Plan,
    report: &mut Report,
) -> Vec<(String, Vec<f64>)> {
    let mut values = vec![Vec::new(); running.len()];
    for _ in 0..plan.rounds {
        for (contender, values) in running.iter_mut().zip(&mut values) {
            let Some(driver) = &mut contender.driver else {
                continue;
            };
            match round(driver, task, plan) {
                Ok(value) => values.push(value),
                Err(error) => {
                    report.absent(&format!("{}, {title}", contender.name), &error);
                    contender.driver = None;
                    values.clear();
                }
            }
        }
    }
    let names = running.iter().map(|contender| contender.name.to_owned());
    names.zip(values).collect()
}

/// One that is thrown away, to warm up, and one that counts.
fn round(driver: &mut Driver, task: &Task, plan: &Plan) -> anyhow::Result<f64> {
    let mut order = Order {
        soql: task.soql,
        in_flight: task.in_flight,
        milliseconds: plan.warm_up_ms,
    };
    driver.round::<Times>(&order)?;
    order.milliseconds = plan.round_ms;
    value(task, &driver.round(&order)?)
}

/// How long a call takes, if they are alone; else, how many there are a second.
#[expect(
    clippy::cast_precision_loss,
    reason = "a round has less than 2^52 nanoseconds"
)]
fn value(task: &Task, times: &Times) -> anyhow::Result<f64> {
    let calls = times.calls_ns.len() as f64;
    let seconds: Vec<f64> = times.calls_ns.iter().map(|&ns| ns as f64 / 1e9).collect();
    match (Sample::new(seconds), times.elapsed_ns) {
        (None, _) | (_, 0) => anyhow::bail!("it says that it did nothing"),
        (Some(sample), _) if task.in_flight == 1 => Ok(sample.median()),
        (Some(_), elapsed_ns) => Ok(calls * 1e9 / elapsed_ns as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times() -> Times {
        Times {
            elapsed_ns: 2_000_000_000,
            calls_ns: vec![1_000, 9_000, 2_000],
        }
    }

    #[test]
    fn alone_a_calls_median_counts_and_among_others_their_rate() {
        let [alone, eight, _] = SMALL_TASKS;
        assert!((value(&alone, &times()).unwrap() - 2e-6).abs() < 1e-12);
        assert!((value(&eight, &times()).unwrap() - 1.5).abs() < 1e-12);
    }

    #[test]
    fn a_round_without_a_call_is_no_measurement() {
        let idle = Times {
            calls_ns: vec![],
            ..times()
        };
        assert!(value(&SMALL_TASKS[0], &idle).is_err());
    }
}
