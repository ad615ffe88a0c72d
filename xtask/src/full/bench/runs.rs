//! Whole runs of programs, from their start to their end: how long one takes, and
//! how much memory at most.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, ensure};
use serde::Deserialize;

use super::program::Program;
use super::report::Report;
use super::table::Unit;

/// Programs that do the same.
pub(super) struct Race {
    pub(super) title: String,
    /// The name of the one that the others are compared with.
    pub(super) base: &'static str,
    pub(super) runners: Vec<Runner>,
    /// How often each runs in a turn.
    pub(super) runs: u32,
    pub(super) turns: u32,
    /// What each goes through, if that is counted: so many a second are shown then.
    pub(super) things: Option<usize>,
}

/// A program in a race.
pub(super) struct Runner {
    /// Its name in the table.
    pub(super) name: String,
    pub(super) program: Program,
    /// How many lines it has to print, if that is known.
    pub(super) lines: Option<usize>,
}

/// What `benches/src/bin/meter.rs` says.
#[derive(Deserialize)]
pub(super) struct Used {
    pub(super) elapsed_ns: u64,
    peak_bytes: u64,
}

/// The runs of one program: seconds, and bytes.
#[derive(Clone, Default)]
struct Runs {
    times: Vec<f64>,
    peaks: Vec<f64>,
}

impl Race {
    /// Runs each once to warm up and to see whether it does what it should, then
    /// all in turns.
    pub(super) fn run(self, release: &Path, report: &mut Report) {
        eprintln!("measuring: {}", self.title);
        let mut runners = Vec::new();
        for Runner {
            name,
            program,
            lines,
        } in self.runners
        {
            match check(&program, lines) {
                Ok(()) => runners.push((name, program.under(release.join("meter")))),
                Err(error) => report.absent(&format!("{name}, {}", self.title), &error),
            }
        }
        let mut runs = vec![Runs::default(); runners.len()];
        for _ in 0..self.turns {
            for ((name, program), runs) in runners.iter().zip(&mut runs) {
                for _ in 0..self.runs {
                    match metered(program) {
                        Ok(used) => runs.add(&used),
                        Err(error) => report.absent(&format!("a run of {name}"), &error),
                    }
                }
            }
        }
        let names = runners.into_iter().map(|(name, _)| name);
        let (times, peaks): (Vec<_>, Vec<_>) = names
            .zip(runs)
            .map(|(name, runs)| ((name.clone(), runs.times), (name, runs.peaks)))
            .unzip();
        match self.things {
            None => report.add(&self.title, Unit::Time, self.base, times),
            Some(things) => report.add(&self.title, Unit::Rate, self.base, rates(things, times)),
        }
        let title = format!("peak memory of that: {}", self.title);
        report.add(&title, Unit::Memory, self.base, peaks);
    }
}

impl Runs {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a run has less than 2^52 nanoseconds, and takes fewer bytes"
    )]
    fn add(&mut self, used: &Used) {
        self.times.push(used.elapsed_ns as f64 / 1e9);
        self.peaks.push(used.peak_bytes as f64);
    }
}

/// So many a second, instead of the seconds of each run.
#[expect(clippy::cast_precision_loss, reason = "nobody counts to 2^52")]
fn rates(things: usize, times: Vec<(String, Vec<f64>)>) -> Vec<(String, Vec<f64>)> {
    let rates = |times: Vec<f64>| times.into_iter().map(|time| things as f64 / time).collect();
    times
        .into_iter()
        .map(|(name, times)| (name, rates(times)))
        .collect()
}

fn check(program: &Program, lines: Option<usize>) -> anyhow::Result<()> {
    let mut command = program.command();
    let mut process = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("it cannot be run")?;
    let stdout = process.stdout.take().context("it has no stdout")?;
    let printed = count_lines(stdout);
    let status = process.wait()?;
    ensure!(
        status.success(),
        "it failed: {status}; its own words are above"
    );
    let printed = printed.context("what it prints cannot be read")?;
    if let Some(lines) = lines {
        ensure!(
            printed == lines,
            "it printed {printed} lines instead of {lines}"
        );
    }
    Ok(())
}

fn count_lines(mut out: impl std::io::Read) -> std::io::Result<usize> {
    let mut buffer = vec![0; 64 * 1024];
    let mut lines = 0;
    loop {
        let length = out.read(&mut buffer)?;
        if length == 0 {
            return Ok(lines);
        }
        lines += buffer[..length]
            .iter()
            .filter(|&&byte| byte == b'\n')
            .count();
    }
}

/// Runs a program under the meter.
///
/// # Errors
///
/// When it fails.
pub(super) fn metered(program: &Program) -> anyhow::Result<Used> {
    let output = program
        .command()
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("the meter cannot be run")?;
    ensure!(
        output.status.success(),
        "it failed; its own words are above"
    );
    serde_json::from_slice(&output.stdout).context("the meter's figures cannot be read")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Program {
        Program::new("sh").args(["-c", script])
    }

    #[test]
    fn who_prints_less_or_more_than_it_should_does_not_run() {
        let two = shell("echo 1; echo 2");
        assert!(check(&two, Some(2)).is_ok());
        assert!(check(&two, None).is_ok());
        assert!(check(&two, Some(3)).is_err());
        assert!(check(&two, Some(1)).is_err());
    }

    #[test]
    fn what_takes_half_a_second_goes_twice_a_second() {
        let rates = rates(10, vec![("a".to_owned(), vec![0.5, 2.0])]);
        assert_eq!(rates, [("a".to_owned(), vec![20.0, 5.0])]);
    }

    #[test]
    fn who_fails_does_not_run_even_if_it_printed_all() {
        assert!(check(&shell("echo 1; exit 3"), Some(1)).is_err());
    }
}
