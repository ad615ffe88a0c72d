//! What a build spent its time on, from the page that `--timings` writes.

use std::fs;

use anyhow::Context as _;
use serde::Deserialize;

use crate::binary;

/// How many of the largest units are printed.
const SHOWN: usize = 10;

/// One unit of a build, as the page has it.
#[derive(Debug, Deserialize)]
struct Unit {
    name: String,
    version: String,
    mode: String,
    target: String,
    /// In seconds.
    duration: f64,
}

/// Prints the largest units of the last build that had `--timings`.
///
/// # Errors
///
/// When cargo wrote no such page.
pub(crate) fn print() -> anyhow::Result<()> {
    let page = binary::built().join("cargo-timings/cargo-timing.html");
    let page = fs::read_to_string(&page).with_context(|| page.display().to_string())?;
    let mut units = units(&page)?;
    let all: f64 = units.iter().map(|unit| unit.duration).sum();
    units.sort_by(|a, b| b.duration.total_cmp(&a.duration));
    eprintln!("{} units, {all:.0} s of work; the largest:", units.len());
    for unit in units.iter().take(SHOWN) {
        let Unit {
            name,
            version,
            mode,
            target,
            duration,
        } = unit;
        eprintln!("{duration:>7.1} s  {name} {version}{target} ({mode})");
    }
    Ok(())
}

/// The units in the page's script: `const UNIT_DATA = [...];`.
fn units(page: &str) -> anyhow::Result<Vec<Unit>> {
    let data = page.split("UNIT_DATA = ").nth(1);
    let data = data.context("the page of --timings has no UNIT_DATA")?;
    let mut units = serde_json::Deserializer::from_str(data).into_iter();
    let units = units.next().context("UNIT_DATA is empty")?;
    units.context("UNIT_DATA is not what this tool knows")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_units_of_a_page_are_read() {
        let page = r#"<script>
            DURATION = 5;
            const UNIT_DATA = [{"i": 0, "name": "syn", "version": "2.0.1", "mode": "build",
                "target": "", "features": ["full"], "start": 0.1, "duration": 4.5, "unblocked_units": []}];
            const CONCURRENCY_DATA = [];</script>"#;
        let units = units(page).unwrap();
        assert_eq!(units.len(), 1);
        assert_eq!(units[0].name, "syn");
        assert!((units[0].duration - 4.5).abs() < f64::EPSILON);
    }

    #[test]
    fn another_page_is_refused() {
        assert!(units("<html></html>").is_err());
        assert!(units("const UNIT_DATA = [{}];").is_err());
    }
}
