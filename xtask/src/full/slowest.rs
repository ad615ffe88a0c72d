//! The slowest tests of a run, from what nextest prints.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

use crate::command::shown;

/// How many tests are printed.
const SHOWN: usize = 20;

/// Runs nextest as [`crate::command::run`] does, and prints the slowest tests at the
/// end.
///
/// # Errors
///
/// When it cannot be run, or fails.
pub(crate) fn run(nextest: &mut Command) -> anyhow::Result<()> {
    let shown = shown(nextest);
    eprintln!("$ {shown}");
    let mut child = nextest
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("`{shown}` cannot be run"))?;
    let stderr = child.stderr.take().context("its output is read")?;
    let mut tests = Vec::new();
    for line in BufReader::new(stderr).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        eprintln!("{line}");
        tests.extend(passed(&line));
    }
    let status = child.wait()?;
    tests.sort_by(|a, b| b.0.total_cmp(&a.0));
    eprintln!("the slowest of {} tests:", tests.len());
    for (seconds, name) in tests.iter().take(SHOWN) {
        eprintln!("{seconds:>8.1} s  {name}");
    }
    ensure!(status.success(), "`{shown}` failed: {status}");
    Ok(())
}

/// The seconds and the name in a line such as
/// `PASS [   0.123s] (  1/832) sfbox-cli::e2e query::a_test`.
fn passed(line: &str) -> Option<(f64, String)> {
    let told = line.trim_start().strip_prefix("PASS")?.trim_start();
    let (seconds, name) = told.strip_prefix('[')?.split_once("s]")?;
    let name = name.trim_start();
    let name = match name.strip_prefix('(') {
        Some(counted) => counted.split_once(')')?.1,
        None => name,
    };
    Some((seconds.trim().parse().ok()?, name.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_that_passed_tells_its_time_and_name() {
        let name = "sfbox-cli::e2e query::a_test".to_owned();
        for line in [
            "        PASS [   0.250s] sfbox-cli::e2e query::a_test",
            "        PASS [   0.250s] (  1/832) sfbox-cli::e2e query::a_test",
        ] {
            assert_eq!(passed(line), Some((0.25, name.clone())), "{line}");
        }
        for line in [
            "",
            "PASS",
            "   FAIL [ 0.1s] a b",
            "PASS [x] a",
            "     Summary [ 1.0s] 3 tests",
        ] {
            assert_eq!(passed(line), None, "{line}");
        }
    }
}
