//! Which host passed what, as the tests of this run say.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, ensure};
use serde::Deserialize;

use super::figures::{self, Figures};
use super::{FOREIGN, folder};

/// Where the table stands, between two lines that say so.
const DOCUMENT: &str = "docs/hosts.md";
const BEGIN: &str = "<!-- begin: written by `cargo xtask foreign` -->\n";
const END: &str = "<!-- end -->\n";

/// What the test of one host left.
#[derive(Deserialize)]
pub(super) struct Outcome {
    /// Its place in the table.
    order: u32,
    host: String,
    wasi: String,
    /// The steps of the conversation, in their order, and what came of each.
    steps: Vec<(String, Result<(), String>)>,
    /// If they were asked for.
    #[serde(default)]
    figures: Option<Figures>,
}

/// Forgets what earlier runs left.
///
/// # Errors
///
/// When it cannot be removed.
pub(crate) fn clear() -> anyhow::Result<()> {
    let results = folder("results");
    if results.exists() {
        fs::remove_dir_all(results)?;
    }
    Ok(())
}

/// Fails unless the document says of every host that ran what this run does.
///
/// # Errors
///
/// When it does not, or no host ran.
pub(crate) fn check() -> anyhow::Result<()> {
    for absent in absent()? {
        eprintln!("NOT RUN: {absent}. {DOCUMENT} says what it did when it was last run");
    }
    let document = fs::read_to_string(DOCUMENT).context(DOCUMENT)?;
    for line in lines(&outcomes()?)? {
        ensure!(
            document.lines().any(|other| other == line),
            "{DOCUMENT} does not say what this run did; `cargo xtask foreign` writes it anew:\n{line}"
        );
    }
    Ok(())
}

/// Writes the document's table anew, if every host ran.
///
/// # Errors
///
/// When no host was tried, or the document has no place for it.
pub(crate) fn write() -> anyhow::Result<()> {
    let absent = absent()?;
    if !absent.is_empty() {
        eprintln!("{DOCUMENT} stays as it is. NOT RUN: {}", absent.join(", "));
        return Ok(());
    }
    let document = fs::read_to_string(DOCUMENT).context(DOCUMENT)?;
    let table = lines(&outcomes()?)?.join("\n");
    let replaced = replaced(&document, &table).context("the table has no place")?;
    Ok(fs::write(DOCUMENT, replaced)?)
}

/// What could not be installed.
fn absent() -> anyhow::Result<Vec<String>> {
    let notes = fs::read_dir(FOREIGN)?.filter_map(Result::ok);
    let names = notes.map(|entry| entry.file_name().to_string_lossy().into_owned());
    Ok(names
        .filter_map(|name| Some(name.strip_suffix(".absent")?.to_owned()))
        .collect())
}

/// The figures of this run, as a table.
///
/// # Errors
///
/// When no host ran.
pub(crate) fn figures() -> anyhow::Result<String> {
    let outcomes = outcomes()?;
    let measured = outcomes.iter().filter_map(|outcome| {
        Some((
            outcome.host.as_str(),
            outcome.wasi.as_str(),
            outcome.figures.as_ref()?,
        ))
    });
    Ok(figures::table(measured))
}

fn replaced(document: &str, table: &str) -> Option<String> {
    let (before, rest) = document.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{table}\n\n{END}{after}"))
}

fn outcomes() -> anyhow::Result<Vec<Outcome>> {
    let results = folder("results");
    let results = fs::read_dir(&results).context("no host was tried")?;
    let mut outcomes = Vec::new();
    for result in results {
        outcomes.push(serde_json::from_slice(&fs::read(result?.path())?)?);
    }
    outcomes.sort_by_key(|outcome: &Outcome| outcome.order);
    Ok(outcomes)
}

/// The steps, the table, and below it why a host cannot do a step. Each line of a host
/// can stand without those of the others.
fn lines(outcomes: &[Outcome]) -> anyhow::Result<Vec<String>> {
    let steps = &outcomes.first().context("no host was tried")?.steps;
    let numbered = (1..)
        .zip(steps)
        .map(|(n, (step, _))| format!("{n}. {step}"));
    let head = ["host", "WASI", "passed", "not possible"];
    let rule = "|---|---|---|---|".to_owned();
    let rows = outcomes.iter().map(|outcome| {
        let passed = outcome.numbers(Result::is_ok);
        let passed = match passed.len() == outcome.steps.len() {
            true => "all".to_owned(),
            false => listed(&passed),
        };
        let missing = listed(&outcome.numbers(Result::is_err));
        row(&[&outcome.host, &outcome.wasi, &passed, &missing])
    });
    let table = [row(&head), rule].into_iter().chain(rows);
    let blank = || [String::new()];
    Ok(numbered
        .chain(blank())
        .chain(table)
        .chain(blank())
        .chain(reasons(outcomes))
        .collect())
}

impl Outcome {
    /// The numbers of the steps whose result is of that kind, from 1.
    fn numbers(&self, is_wanted: impl Fn(&Result<(), String>) -> bool) -> Vec<usize> {
        let numbered = (1..).zip(&self.steps);
        let wanted = numbered.filter(|(_, (_, result))| is_wanted(result));
        wanted.map(|(number, _)| number).collect()
    }
}

/// Ascending numbers, with neighbours as a range: `1, 2, 4–6`.
fn listed(numbers: &[usize]) -> String {
    let runs = numbers.chunk_by(|one, next| one + 1 == *next);
    let runs = runs.map(|run| match run {
        [first, .., last] => format!("{first}–{last}"),
        [only] => only.to_string(),
        [] => String::new(),
    });
    runs.collect::<Vec<_>>().join(", ")
}

fn row(cells: &[&str]) -> String {
    format!("| {} |", cells.join(" | "))
}

/// A line for each reason that a host has.
fn reasons(outcomes: &[Outcome]) -> Vec<String> {
    let mut lines = Vec::new();
    for outcome in outcomes {
        let mut reasons: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (number, (_, result)) in (1..).zip(&outcome.steps) {
            if let Err(reason) = result {
                reasons.entry(reason).or_default().push(number);
            }
        }
        lines.extend(reasons.into_iter().map(|(reason, steps)| {
            let plural = if steps.len() == 1 { "" } else { "s" };
            format!(
                "* **{}**, step{plural} {}: {reason}",
                outcome.host,
                listed(&steps)
            )
        }));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(order: u32, host: &str, at_once: Result<(), String>) -> Outcome {
        Outcome {
            order,
            host: host.to_owned(),
            wasi: "0.2".to_owned(),
            steps: vec![
                ("paging".to_owned(), Ok(())),
                ("at once".to_owned(), at_once),
            ],
            figures: None,
        }
    }

    #[test]
    fn a_host_has_a_row_and_what_it_cannot_do_a_reason() {
        let cannot = Err("one call at a time".to_owned());
        let lines = lines(&[outcome(1, "a", Ok(())), outcome(2, "b", cannot)]).unwrap();
        assert_eq!(
            lines,
            [
                "1. paging",
                "2. at once",
                "",
                "| host | WASI | passed | not possible |",
                "|---|---|---|---|",
                "| a | 0.2 | all |  |",
                "| b | 0.2 | 1 | 2 |",
                "",
                "* **b**, step 2: one call at a time",
            ]
        );
    }

    #[test]
    fn neighbours_are_listed_as_a_range() {
        for (numbers, text) in [
            (&[][..], ""),
            (&[3], "3"),
            (&[1, 2], "1–2"),
            (&[1, 2, 4, 6, 7, 8], "1–2, 4, 6–8"),
        ] {
            assert_eq!(listed(numbers), text);
        }
    }

    #[test]
    fn only_the_table_of_a_document_is_replaced() {
        let document = format!("before\n{BEGIN}old\n{END}after\n");
        assert_eq!(
            replaced(&document, "new").unwrap(),
            format!("before\n{BEGIN}\nnew\n\n{END}after\n")
        );
        assert_eq!(replaced("before\nafter\n", "new"), None);
    }

    #[test]
    fn without_a_host_there_is_no_table() {
        assert!(lines(&[]).is_err());
    }
}
