//! Pages of a slow org, and a consumer that works on each for as long: both at once should take
//! little longer than the slower of the two alone.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, ensure};

use super::super::aim::{Aim, Bound};
use super::super::canned::Canned;
use super::super::peers::Contenders;
use super::super::plan::Plan;
use super::super::program::Program;
use super::super::report::Report;
use super::super::sample::Sample;
use super::super::table::Unit;

/// How long the org takes for a page, in ms.
const PAGE_MS: u32 = 100;

/// How long the consumer takes for a page, in ms.
const WORK_MS: u32 = 100;

/// What is measured, in the order of `benches/src/bin/prefetch.rs`.
const FETCHED: &str = "pages fetched, without work";
const WORKED: &str = "work, without pages";
const BOTH: &str = "**sfbox**, library, both";

/// How many times the slower of the two both should take.
const TIMES_THE_SLOWER: f64 = 1.1;

/// Measures it.
///
/// # Errors
///
/// When the org does not start, or the program fails.
pub(super) fn measure(
    answers: &Path,
    soql: &str,
    contenders: &Contenders,
    plan: &Plan,
    report: &mut Report,
) -> anyhow::Result<()> {
    let pages = plan.pages;
    let title = format!("{pages} pages of {PAGE_MS} ms, {WORK_MS} ms of work on each");
    eprintln!("measuring: {title}");
    let org = Canned::slow(&contenders.release, answers, PAGE_MS)?;
    let program = Program::new(contenders.release.join("prefetch"))
        .args([pages.to_string(), WORK_MS.to_string(), soql.to_owned()])
        .envs(org.http2().environment());
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..plan.exports {
        let output = program.command().stderr(Stdio::inherit()).output()?;
        ensure!(
            output.status.success(),
            "it failed; its own words are above"
        );
        for (times, seconds) in times.iter_mut().zip(seconds(&output.stdout)?) {
            times.push(seconds);
        }
    }
    let [fetched, worked, _] = &times;
    let base = slower(fetched, worked);
    let values = [FETCHED, WORKED, BOTH].map(str::to_owned).into_iter();
    report.add(&title, Unit::Time, base, values.zip(times).collect());
    report.aim(&Aim {
        task: title,
        ours: BOTH,
        other: base.to_owned(),
        bound: Bound::AtMost(TIMES_THE_SLOWER),
    });
    Ok(())
}

/// What the program prints.
#[expect(
    clippy::cast_precision_loss,
    reason = "a run has less than 2^52 nanoseconds"
)]
fn seconds(printed: &[u8]) -> anyhow::Result<[f64; 3]> {
    let times: [u64; 3] = serde_json::from_slice(printed).context("its figures cannot be read")?;
    Ok(times.map(|time| time as f64 / 1e9))
}

/// Which of the two takes longer alone.
fn slower(fetched: &[f64], worked: &[f64]) -> &'static str {
    let median = |times: &[f64]| Sample::new(times.to_vec()).map(|sample| sample.median());
    if median(fetched) > median(worked) {
        FETCHED
    } else {
        WORKED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_compared_with_the_slower_of_the_two() {
        assert_eq!(slower(&[3.0, 1.0, 2.0], &[1.9]), FETCHED);
        assert_eq!(slower(&[3.0, 1.0, 2.0], &[2.1]), WORKED);
        assert_eq!(slower(&[], &[1.0]), WORKED);
    }

    #[test]
    fn the_program_says_three_times() {
        let [fetched, _, both] = seconds(b"[1000000000,2,2500000000]\n").unwrap();
        assert!((fetched - 1.0).abs() < 1e-12 && (both - 2.5).abs() < 1e-12);
        assert!(seconds(b"[1,2]").is_err());
    }
}
