//! The grammar against the one that Salesforce publishes for editors, npm
//! `@salesforce/soql-common`, over statements at random.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::error::{Code, SoqlError};
use super::parse;

/// Statements, and where their row begins: the same at every run.
const COUNT: usize = 3_000;
const SEED: usize = 1;

/// What the other grammar says of a statement: nothing, if it reads it.
struct Verdict {
    soql: String,
    fault: Option<Fault>,
}

/// Row, column from 0, and Salesforce's words for what ANTLR says.
#[derive(Debug, PartialEq)]
struct Fault {
    row: u64,
    column: u64,
    words: String,
}

impl Fault {
    fn of(verdict: &Value) -> Option<Self> {
        Some(Self {
            row: verdict["row"].as_u64()?,
            column: verdict["column"].as_u64()?,
            words: verdict["words"].as_str()?.to_owned(),
        })
    }

    /// What our grammar cannot read. What it reads and Salesforce refuses for
    /// another reason has other words, and the other grammar knows nothing of it.
    fn told(error: &SoqlError) -> Option<Self> {
        let echo = error.message.rsplit_once("\nERROR at Row:");
        let (row, column, words) = match echo {
            None => (1, 0, error.message.as_str()),
            Some((_, place)) => {
                let (row, place) = place.split_once(":Column:")?;
                let (column, words) = place.split_once('\n')?;
                (row.parse().ok()?, column.parse().ok()?, words)
            }
        };
        let of_grammar = [
            "unexpected token: ",
            "missing value at ",
            "line ",
            "Bind variables only allowed in Apex code",
            "SOQL statements cannot be empty or null",
        ];
        (error.code == Code::MalformedQuery
            && of_grammar.iter().any(|begin| words.starts_with(begin)))
        .then(|| Self {
            row,
            column,
            words: words.to_owned(),
        })
    }
}

/// The verdicts, unless the package could not be installed.
fn verdicts() -> Option<Vec<Verdict>> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let foreign = package
        .parent()
        .expect("a workspace")
        .join("target/foreign");
    if let Ok(why) = std::fs::read_to_string(foreign.join("soql-common.absent")) {
        eprintln!("\nSKIPPED the comparison of grammars: {why}\n");
        return None;
    }
    let script = foreign.join("soql-common/verdicts.mjs");
    let place = script.display();
    assert!(
        script.exists(),
        "{place} is missing: run `cargo xtask test`"
    );
    let numbers = [SEED, COUNT].map(|number| number.to_string());
    let output = Command::new("node").arg(&script).args(numbers).output();
    let output = output.expect("Node runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let lines = String::from_utf8(output.stdout).expect("UTF-8");
    let verdict = |line: &str| {
        let verdict: Value = serde_json::from_str(line).expect("JSON");
        let soql = verdict["soql"].as_str().expect("a statement").to_owned();
        let fault = Fault::of(&verdict["fault"]);
        Verdict { soql, fault }
    };
    Some(lines.lines().map(verdict).collect())
}

/// As a share of `all` of them, at most `percent` may differ.
fn assert_few(differing: &[String], all: usize, percent: usize) {
    assert!(
        differing.len() * 100 <= all * percent,
        "{} of {all}:\n{}",
        differing.len(),
        differing.join("\n")
    );
}

#[test]
fn the_grammar_is_the_published_one() {
    let Some(verdicts) = verdicts() else { return };
    assert_eq!(verdicts.len(), COUNT);
    let refused = verdicts.iter().filter(|verdict| verdict.fault.is_some());
    let refused = refused.count();
    assert!(refused > COUNT / 3 && refused < COUNT * 2 / 3, "{refused}");
    let (mut reads, mut words) = (Vec::new(), Vec::new());
    for Verdict { soql, fault } in &verdicts {
        let told = parse(soql).err().as_ref().and_then(Fault::told);
        match (fault, told) {
            (None, None) => {}
            (Some(fault), Some(told)) if *fault == told => {}
            (Some(fault), Some(told)) => words.push(format!("{soql:?}: {told:?} for {fault:?}")),
            (fault, told) => reads.push(format!("{soql:?}: {told:?} for {fault:?}")),
        }
    }
    // GROUP as a second name, which the guide forbids; a relative date without
    // its number; sets of fields of another name.
    assert_few(&reads, COUNT, 1);
    // Bind variables, which REST refuses in words of its own, and characters that
    // no token begins with, and where ANTLR goes on after a first fault.
    assert_few(&words, refused, 2);
}
