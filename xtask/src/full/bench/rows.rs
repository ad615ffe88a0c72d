//! All rows of a query to NDJSON and CSV, beside other clients and a bare copy of the pages;
//! and whether pages are fetched ahead.

mod prefetch;

use super::aim::{Aim, Bound};
use super::answers::{self, PAGE_ROWS, WIDE, Width};
use super::nginx::{self, Nginx};
use super::peers::{Contenders, FORCE, JSFORCE, SFBOX, SIMPLE_SALESFORCE};
use super::plan::Plan;
use super::program::Program;
use super::report::Report;
use super::runs::{Race, Runner};

/// The name in the table.
const COPY: &str = "bare hyper, pages copied";

/// How many times the others' rows a second ours should be.
const AIMS: [(&str, f64); 4] = [
    (COPY, 0.7),
    (SIMPLE_SALESFORCE, 10.0),
    (JSFORCE, 1.0),
    (FORCE, 1.0),
];

/// Measures all of it.
///
/// # Errors
///
/// When a server does not start.
pub(super) fn measure(
    contenders: &Contenders,
    plan: &Plan,
    report: &mut Report,
) -> anyhow::Result<()> {
    let answers = answers::make(plan.rows, Width::Wide)?;
    let nginx = Nginx::start(|place| nginx::with_answers(place, &answers))?;
    let all = format!("SELECT {WIDE} FROM Account");
    for (form, lines) in [("ndjson", plan.rows), ("csv", plan.rows + 1)] {
        let site = &nginx.site;
        let runner = |name: &str, program: Program, lines| Runner {
            name: name.to_owned(),
            program: program.envs(site.environment()).envs(site.trust()),
            lines: Some(lines),
        };
        let copy = Program::new(contenders.release.join("copy")).arg(&all);
        let sfbox = site.sfbox_on_files(&contenders.release);
        let sfbox = sfbox.args(["query", &all, "--output", form]);
        let mut runners = vec![
            runner(COPY, copy, plan.rows.div_ceil(PAGE_ROWS)),
            runner(SFBOX, sfbox, lines),
        ];
        runners.extend(contenders.row_printers().map(|peer| {
            let program = peer.program.clone().args([form, &all]);
            runner(peer.name, program, lines)
        }));
        let title = format!("{} rows of 20 fields to {}", plan.rows, form.to_uppercase());
        Race {
            title: title.clone(),
            base: COPY,
            runners,
            runs: 1,
            turns: plan.exports,
            things: Some(plan.rows),
        }
        .run(&contenders.release, report);
        for (other, least) in AIMS {
            report.aim(&Aim {
                task: title.clone(),
                ours: SFBOX,
                other: other.to_owned(),
                bound: Bound::AtLeast(least),
            });
        }
    }
    prefetch::measure(&answers, &all, contenders, plan, report)
}
