//! `sfbox create` and its dry run on a file of many rows: how long they take, and how much
//! memory.

use super::super::canned::Canned;
use super::super::peers::Contenders;
use super::super::plan::Plan;
use super::super::report::Report;
use super::super::runs::{Race, Runner};
use super::creator::create;
use super::descriptions::Descriptions;
use super::input::Input;

/// Measures both on an org that answers at once, so that what is measured is ours.
///
/// # Errors
///
/// When the org does not start, or the file cannot be written.
pub(super) fn measure(
    descriptions: &Descriptions,
    contenders: &Contenders,
    plan: &Plan,
    report: &mut Report,
) -> anyhow::Result<()> {
    let org = Canned::slow(&contenders.release, descriptions.folder(), 0)?;
    let input = Input::write(plan.rows)?;
    let create = || create(org.http2(), &contenders.release, &input);
    // A dry run prints only what would be refused.
    let runs = [
        ("**sfbox create**", create(), plan.rows),
        ("**sfbox create --dry-run**", create().arg("--dry-run"), 0),
    ];
    let runner = |(name, program, lines): (&str, _, _)| Runner {
        name: name.to_owned(),
        program,
        lines: Some(lines),
    };
    Race {
        title: format!("{} rows of CSV, org that answers at once", plan.rows),
        base: "",
        runners: runs.map(runner).into(),
        runs: 1,
        turns: plan.exports,
        things: None,
    }
    .run(&contenders.release, report);
    Ok(())
}
