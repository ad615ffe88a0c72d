//! `cargo xtask bench`: sfbox beside what else one could use, on one machine, in
//! one run, in one table.
//!
//! Everybody asks the same server for the same answers with the same token, over
//! connections that stay open, in several rounds that take turns. One server is
//! nginx with fixed answers, which is nobody's; the other is our emulator.

mod aim;
mod answers;
mod canned;
mod certificate;
mod document;
mod door;
mod driver;
mod emulator;
mod machine;
mod nginx;
mod peers;
mod plan;
mod program;
mod records;
mod report;
mod rounds;
mod rows;
mod runs;
mod sample;
mod site;
mod table;
mod vault;

use std::fs;
use std::path::Path;

use clap::ValueEnum as _;

use self::answers::Width;
use self::door::Doors;
use self::emulator::Emulator;
use self::nginx::Nginx;
use self::peers::{Contenders, SFBOX};
use self::plan::Plan;
use self::program::Program;
use self::report::Report;
use self::rounds::{PAGE_TASKS, SMALL, SMALL_TASKS};
use self::runs::{Race, Runner};
use self::site::{SECRET, Site, write_private};
use self::table::Unit;
use self::vault::Vault;
use crate::task::{Bench, Part};

/// What cold starts are compared with.
const CURL: &str = "curl, token in hand";
const SDK: &str = "bare AWS SDK and hyper";

impl Bench {
    /// Builds all that is measured, measures it, and prints the table.
    ///
    /// # Errors
    ///
    /// When something of ours cannot be built, or a server does not start.
    #[expect(clippy::print_stdout, reason = "the table is its output")]
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let mut report = Report::default();
        let contenders = Contenders::prepare(self.parts() != [Part::Door], &mut report)?;
        let plan = if self.quick { Plan::QUICK } else { Plan::FULL };
        let answers = answers::make(plan.rows, Width::Narrow)?;
        let nginx = Nginx::start(|place| nginx::with_answers(place, &answers))?;
        // What was measured before something failed is printed, too.
        let measured = self.parts().iter().try_for_each(|part| {
            part.measure(&nginx.site, &answers, &contenders, &plan, &mut report)
        });
        let figures = format!(
            "{}\n{}",
            machine::description(&self.typed()),
            report.render()
        );
        println!("{figures}");
        measured?;
        if self.save {
            document::save(&figures)?;
        }
        Ok(())
    }

    fn parts(&self) -> &[Part] {
        if self.parts.is_empty() {
            Part::value_variants()
        } else {
            &self.parts
        }
    }

    /// As one would type it.
    fn typed(&self) -> String {
        let mut words = vec!["cargo xtask bench".to_owned()];
        words.extend(self.quick.then(|| "--quick".to_owned()));
        words.extend(self.save.then(|| "--save".to_owned()));
        let values = self.parts.iter().filter_map(Part::to_possible_value);
        words.extend(values.map(|value| value.get_name().to_owned()));
        words.join(" ")
    }
}

impl Part {
    fn measure(
        self,
        site: &Site,
        answers: &Path,
        contenders: &Contenders,
        plan: &Plan,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        match self {
            Self::Small => rounds::measure(&SMALL_TASKS, "nginx", site, contenders, plan, report),
            Self::Page => rounds::measure(&PAGE_TASKS, "nginx", site, contenders, plan, report),
            Self::Emulator => {
                let emulator = Emulator::start(&contenders.release)?;
                let tasks = [&SMALL_TASKS[..], &PAGE_TASKS[..1]].concat();
                rounds::measure(&tasks, "emulator", &emulator.site, contenders, plan, report);
            }
            Self::Records => records::measure(contenders, plan, report)?,
            Self::Rows => rows::measure(contenders, plan, report)?,
            Self::Export => exports(site, contenders, plan, report),
            Self::ColdStart => {
                cold_start_on_files(site, contenders, plan, report)?;
                cold_start_on_aws(site, contenders, plan, report);
            }
            Self::Door => Doors::open(answers, contenders)?.measure(contenders, plan, report)?,
            Self::Sizes => sizes(&contenders.release, report)?,
        }
        Ok(())
    }
}

/// The whole result, in each form that more than one can print.
fn exports(site: &Site, contenders: &Contenders, plan: &Plan, report: &mut Report) {
    const ALL: &str = "SELECT Id, Name, Industry, AnnualRevenue, CreatedDate FROM Account";
    for (form, lines) in [("ndjson", plan.rows), ("csv", plan.rows + 1)] {
        let sfbox = site.sfbox_on_files(&contenders.release);
        let sfbox = sfbox.args(["query", ALL, "--output", form]);
        Race {
            title: format!("{} rows to {}", plan.rows, form.to_uppercase()),
            base: SFBOX,
            runners: with_exporters((SFBOX, sfbox), &[form, ALL], Some(lines), site, contenders),
            runs: 1,
            turns: plan.exports,
            things: None,
        }
        .run(&contenders.release, report);
    }
}

fn with_exporters(
    ours: (&str, Program),
    arguments: &[&str],
    lines: Option<usize>,
    site: &Site,
    contenders: &Contenders,
) -> Vec<Runner> {
    let peers = contenders.exporters.iter().map(|peer| {
        let program = peer.program.clone().args(arguments);
        let program = program.envs(site.environment()).envs(site.trust());
        (peer.name, program)
    });
    std::iter::once(ours)
        .chain(peers)
        .map(|(name, program)| runner(name, program, lines))
        .collect()
}

fn runner(name: &str, program: Program, lines: Option<usize>) -> Runner {
    Runner {
        name: name.to_owned(),
        program,
        lines,
    }
}

/// The token is in a file; curl has it in hand.
fn cold_start_on_files(
    site: &Site,
    contenders: &Contenders,
    plan: &Plan,
    report: &mut Report,
) -> anyhow::Result<()> {
    let sfbox = site.sfbox_on_files(&contenders.release);
    let sfbox = sfbox.args(["query", SMALL, "--output", "ndjson"]);
    let mut runners = vec![runner(CURL, curl(site)?, None)];
    runners.extend(with_exporters(
        (SFBOX, sfbox),
        &["ndjson", SMALL],
        None,
        site,
        contenders,
    ));
    Race {
        title: "cold start, file store".to_owned(),
        base: CURL,
        runners,
        runs: plan.starts,
        turns: plan.rounds,
        things: None,
    }
    .run(&contenders.release, report);
    Ok(())
}

fn curl(site: &Site) -> anyhow::Result<Program> {
    let config = site.folder.join("curl.conf");
    let header = format!("header = \"Authorization: Bearer {}\"\n", site.token);
    write_private(&config, &header)?;
    let soql = SMALL.replace(' ', "%20");
    Ok(Program::new("curl")
        .args(["--silent", "--show-error", "--fail", "--compressed"])
        .args(["--connect-to", &site.connect_to(), "--cacert"])
        .arg(&site.ca_file)
        .arg("--config")
        .arg(config)
        .arg(format!(
            "https://{}/services/data/v66.0/query?q={soql}",
            site.host
        )))
}

/// The token is in Secrets Manager.
fn cold_start_on_aws(site: &Site, contenders: &Contenders, plan: &Plan, report: &mut Report) {
    const TITLE: &str = "cold start, Secrets Manager (moto)";
    let vault = match crate::full::python::ensure().and_then(|()| Vault::start(site)) {
        Ok(vault) => vault,
        Err(error) => return report.absent(TITLE, &error),
    };
    let sdk = Program::new(contenders.release.join("aws_sdk")).args([SECRET, SMALL]);
    let sfbox = site.sfbox(&contenders.release).args(["--store", "aws"]);
    let sfbox = sfbox.args(["query", SMALL, "--output", "ndjson"]);
    let runners = [(SDK, sdk), (SFBOX, sfbox)];
    let runners = runners.map(|(name, program)| {
        let program = program.envs(site.environment()).envs(vault.environment());
        runner(name, program, None)
    });
    Race {
        title: TITLE.to_owned(),
        base: SDK,
        runners: runners.into(),
        runs: plan.starts,
        turns: plan.rounds,
        things: None,
    }
    .run(&contenders.release, report);
}

#[expect(clippy::cast_precision_loss, reason = "no file has 2^52 bytes")]
fn sizes(release: &Path, report: &mut Report) -> anyhow::Result<()> {
    let component = Path::new("target/component");
    let files = [
        ("component", component.join("sfbox.wasm")),
        ("its native image", component.join("sfbox.cwasm")),
        (
            "binary, the image included, stripped",
            release.join("sfbox"),
        ),
    ];
    let mut values = Vec::new();
    for (name, path) in files {
        let bytes = fs::metadata(path)?.len() as f64;
        values.push((name.to_owned(), vec![bytes]));
    }
    // Parts of each other: nobody is compared.
    report.add("size", Unit::Memory, "", values);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_shown_as_one_would_type_it() {
        let bench = Bench {
            quick: true,
            save: false,
            parts: vec![Part::Small, Part::ColdStart],
        };
        assert_eq!(bench.typed(), "cargo xtask bench --quick small cold-start");
        assert_eq!(bench.parts(), [Part::Small, Part::ColdStart]);
    }

    #[test]
    fn all_is_measured_unless_something_is_named() {
        let bench = Bench {
            quick: false,
            save: true,
            parts: vec![],
        };
        assert_eq!(bench.typed(), "cargo xtask bench --save");
        assert_eq!(bench.parts().len(), 9);
    }
}
