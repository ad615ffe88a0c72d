//! The door of `sfbox serve` beside nginx as a proxy with a fixed header, and beside the bare
//! way to the org: all over TLS and HTTP/1.1, on connections that stay open.

mod opened;
mod process;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context as _, ensure};

use self::opened::Opened;
use super::canned::Canned;
use super::driver::{Driver, Order, Times};
use super::nginx::{self, Nginx};
use super::peers::{Contenders, SIMPLE_SALESFORCE};
use super::plan::Plan;
use super::program::Program;
use super::report::Report;
use super::rounds::{PAGE, SMALL};
use super::sample::Sample;
use super::site::Site;
use super::table::Unit;

/// The names in the table.
const BARE: &str = "bare hyper, no door";
const NGINX: &str = "nginx";
const DOOR: &str = "**sfbox serve**";
const DOOR_TO_HTTP_2: &str = "**sfbox serve**, HTTP/2 to the org";

/// Calls at once that show how many a door carries.
const MANY: usize = 64;

/// The ways to the org. The first is the one without a door.
pub(super) struct Doors {
    org: Canned,
    nginx: Nginx,
    opened: [Opened; 2],
}

/// One of them.
struct Way<'a> {
    name: &'static str,
    site: &'a Site,
    /// The process of the door.
    id: Option<u32>,
}

type Values = Vec<(String, Vec<f64>)>;

/// A figure of a round, under its name.
type Figure = (&'static str, fn(&Round) -> f64);

impl Doors {
    /// Starts an org, and the doors to it.
    ///
    /// # Errors
    ///
    /// When one of them does not start.
    pub(super) fn open(answers: &Path, contenders: &Contenders) -> anyhow::Result<Self> {
        let org = Canned::start(&contenders.release, answers)?;
        let nginx = Nginx::start(|place| nginx::as_proxy(place, org.http1()))?;
        let open = |site| Opened::start(&contenders.release, site);
        let opened = [open(org.http1())?, open(org.http2())?];
        Ok(Self { org, nginx, opened })
    }

    fn ways(&self) -> [Way<'_>; 4] {
        let [door, door_to_http_2] = &self.opened;
        let way = |name, site, id| Way { name, site, id };
        [
            way(BARE, self.org.http1(), None),
            way(NGINX, &self.nginx.site, Some(self.nginx.id())),
            way(DOOR, &door.site, Some(door.id())),
            way(
                DOOR_TO_HTTP_2,
                &door_to_http_2.site,
                Some(door_to_http_2.id()),
            ),
        ]
    }

    /// Measures all.
    ///
    /// # Errors
    ///
    /// When a call fails, or a process has ended.
    pub(super) fn measure(
        &self,
        contenders: &Contenders,
        plan: &Plan,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        // First, while no memory was used and given back.
        self.idle(contenders, plan, report)?;
        self.starts(contenders, plan, report)?;
        let bare = Program::new(contenders.release.join("bare")).arg("http1");
        self.alone(&bare, plan, report)?;
        self.many(&bare, plan, report)?;
        self.bulk(contenders, plan, report)?;
        let mut drivers = contenders.drivers.iter();
        if let Some(peer) = drivers.find(|driver| driver.name == SIMPLE_SALESFORCE) {
            self.pages(&peer.program, plan, report)?;
        }
        Ok(())
    }

    /// The memory that connections take which say nothing.
    fn idle(
        &self,
        contenders: &Contenders,
        plan: &Plan,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        let [_, nginx, door, _] = self.ways();
        let steps: Vec<usize> = std::iter::once(0).chain(plan.idle).collect();
        let mut values: Vec<Values> = vec![Vec::new(); steps.len()];
        for way in [nginx, door] {
            let id = way.id.context("it has no process")?;
            let program = Program::new(contenders.release.join("idlers"));
            let program = program.envs(way.site.environment());
            let mut process = program
                .command()
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .context("the idle connections cannot be opened")?;
            let mut counts = process.stdin.take().context("it has no stdin")?;
            let mut answers = BufReader::new(process.stdout.take().context("it has no stdout")?);
            for (count, values) in steps.iter().zip(&mut values) {
                writeln!(counts, "{count}")?;
                let mut line = String::new();
                answers.read_line(&mut line)?;
                ensure!(
                    line.trim() == count.to_string(),
                    "{line}: not {count} connections"
                );
                values.push((way.name.to_owned(), vec![process::memory(id)?]));
            }
            drop(counts);
            process.wait()?;
        }
        for (count, values) in steps.iter().zip(values) {
            let title = format!("memory with {count} idle connections");
            report.add(&title, Unit::Memory, NGINX, values);
        }
        Ok(())
    }

    /// From the start of the process to the line that says that it is ready.
    fn starts(
        &self,
        contenders: &Contenders,
        plan: &Plan,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        let mut times = Vec::new();
        for _ in 0..plan.rounds * plan.starts {
            let begun = Instant::now();
            let again = self.opened[0].again(&contenders.release, self.org.http1())?;
            times.push(begun.elapsed().as_secs_f64());
            drop(again);
        }
        report.add(
            "start to ready",
            Unit::Time,
            "",
            vec![(DOOR.to_owned(), times)],
        );
        Ok(())
    }

    /// Contenders that ask by each way in turns: what each call took, round by round.
    fn rounds(
        &self,
        program: &Program,
        soql: &str,
        in_flight: usize,
        plan: &Plan,
    ) -> anyhow::Result<Vec<Vec<Round>>> {
        let ways = self.ways();
        let start = |way: &Way<'_>| {
            let program = program.clone().envs(way.site.environment());
            Driver::start(&program.envs(way.site.trust()))
        };
        let mut drivers: Vec<Driver> = ways.iter().map(start).collect::<Result<_, _>>()?;
        let mut rounds: Vec<Vec<Round>> = ways.iter().map(|_| Vec::new()).collect();
        for _ in 0..plan.rounds {
            for ((way, driver), rounds) in ways.iter().zip(&mut drivers).zip(&mut rounds) {
                let mut order = Order {
                    soql,
                    in_flight,
                    milliseconds: plan.warm_up_ms,
                };
                let failed = || format!("by the way of {}", way.name);
                driver.round::<Times>(&order).with_context(failed)?;
                order.milliseconds = plan.round_ms;
                let before = way.id.map(process::seconds).transpose()?;
                let times = driver.round(&order).with_context(failed)?;
                let after = way.id.map(process::seconds).transpose()?;
                rounds.push(Round::of(times, after.zip(before))?);
            }
        }
        Ok(rounds)
    }

    /// What a call takes that is alone, and what a door adds to it.
    fn alone(&self, bare: &Program, plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
        eprintln!("measuring: a small query by each door, 1 in flight");
        let rounds = self.rounds(bare, SMALL, 1, plan)?;
        let shares: [Figure; 2] = [
            ("p50", |round| round.calls.at(0.5)),
            ("p99", |round| round.calls.at(0.99)),
        ];
        for (share, of) in shares {
            let values = self.values(&rounds, of);
            let title = format!("small query through a door, 1 in flight, {share}");
            let added = values[1..].iter().map(|(name, all)| {
                let without = &values[0].1;
                let added = all
                    .iter()
                    .zip(without)
                    .map(|(with, without)| with - without);
                (name.clone(), added.collect())
            });
            let added = added.collect();
            report.add(&title, Unit::Time, BARE, values);
            report.add(
                &format!("what a door adds to that, {share}"),
                Unit::Time,
                NGINX,
                added,
            );
        }
        Ok(())
    }

    /// How many calls a door carries, and the work of one.
    fn many(&self, bare: &Program, plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
        eprintln!("measuring: a small query by each door, {MANY} in flight");
        let rounds = self.rounds(bare, SMALL, MANY, plan)?;
        let title = format!("small query through a door, {MANY} in flight");
        report.add(
            &title,
            Unit::Rate,
            NGINX,
            self.values(&rounds, |round| round.rate),
        );
        let mut work = self.values(&rounds, |round| round.work);
        // Of the way without a door nobody's work counts.
        work.remove(0);
        report.add("the door's CPU for one of these", Unit::Time, NGINX, work);
        Ok(())
    }

    /// A long body in each direction.
    fn bulk(
        &self,
        contenders: &Contenders,
        plan: &Plan,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        let bulk = Program::new(contenders.release.join("bulk"));
        let bytes = plan.bulk_bytes;
        for direction in ["down", "up"] {
            let title = format!("{} MiB {direction} through a door", bytes >> 20);
            eprintln!("measuring: {title}");
            let ways = self.ways();
            let mut flows: Values = ways
                .iter()
                .map(|way| (way.name.to_owned(), vec![]))
                .collect();
            let mut work = flows.clone();
            for _ in 0..plan.exports {
                for ((way, (_, flows)), (_, work)) in ways.iter().zip(&mut flows).zip(&mut work) {
                    let program = bulk.clone().args([direction, &bytes.to_string()]);
                    let program = program.envs(way.site.environment());
                    let before = way.id.map(process::seconds).transpose()?;
                    let output = program.command().stderr(Stdio::inherit()).output()?;
                    let said = String::from_utf8(output.stdout)?;
                    let ns = said.trim().parse::<f64>();
                    let ns = ns.with_context(|| format!("by the way of {}", way.name))?;
                    #[expect(clippy::cast_precision_loss, reason = "no body has 2^52 bytes")]
                    flows.push(bytes as f64 * 1e9 / ns);
                    let after = way.id.map(process::seconds).transpose()?;
                    work.extend(after.zip(before).map(|(after, before)| after - before));
                }
            }
            work.remove(0);
            report.add(&title, Unit::Flow, NGINX, flows);
            report.add("the door's CPU for that", Unit::Time, NGINX, work);
        }
        Ok(())
    }

    /// A page of 2,000 rows, as a client in another language has it.
    fn pages(&self, peer: &Program, plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
        eprintln!("measuring: a page by each door");
        let rounds = self.rounds(peer, PAGE, 1, plan)?;
        let title = "simple-salesforce, page of 2,000 rows through a door";
        let values = self.values(&rounds, |round| round.calls.median());
        report.add(title, Unit::Time, BARE, values);
        Ok(())
    }

    fn values(&self, rounds: &[Vec<Round>], of: impl Fn(&Round) -> f64) -> Values {
        let names = self.ways().map(|way| way.name.to_owned());
        let values = rounds.iter().map(|rounds| rounds.iter().map(&of).collect());
        names.into_iter().zip(values).collect()
    }
}

/// What one round was, in seconds.
struct Round {
    calls: Sample,
    /// Calls a second.
    rate: f64,
    /// The door's CPU for each.
    work: f64,
}

impl Round {
    /// Of a round between two readings of the door's CPU.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a round has less than 2^52 nanoseconds"
    )]
    fn of(times: Times, cpu: Option<(f64, f64)>) -> anyhow::Result<Self> {
        let count = times.calls_ns.len() as f64;
        let seconds = times.calls_ns.into_iter().map(|ns| ns as f64 / 1e9);
        let calls = Sample::new(seconds.collect()).context("it says that it did nothing")?;
        Ok(Self {
            calls,
            rate: count * 1e9 / times.elapsed_ns as f64,
            work: cpu.map_or(0.0, |(after, before)| (after - before) / count),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_has_its_calls_their_rate_and_the_work_of_each() {
        let times = Times {
            elapsed_ns: 2_000_000_000,
            calls_ns: vec![1_000, 9_000, 2_000, 4_000],
        };
        let round = Round::of(times, Some((1.5, 1.0))).unwrap();
        assert!((round.rate - 2.0).abs() < 1e-9);
        assert!((round.work - 0.125).abs() < 1e-9);
        assert!((round.calls.at(0.99) - 9e-6).abs() < 1e-12);
        let idle = Times {
            elapsed_ns: 1,
            calls_ns: vec![],
        };
        assert!(Round::of(idle, None).is_err());
    }
}
