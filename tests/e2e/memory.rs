//! What a query costs in memory, however many rows it has.

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use workspace::extent;
use workspace::{python, root};

use crate::org::Org;

const FEW: usize = 10_000;
/// In the whole of the test.
const MANY: usize = 1_000_000;

/// Reads `rows` accounts in a format, sees each once, and answers how much
/// memory that took, in KiB.
fn peak(org: &Org, format: &str, rows: usize) -> u64 {
    let soql = format!("SELECT Id, Name, Industry, Owner.Name FROM Account LIMIT {rows}");
    let query = org.command(&["query", &soql, "--output", format]);
    let mut process = Command::new(python())
        .arg(root().join("tests/python/peak.py"))
        .arg(query.get_program())
        .args(query.get_args())
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("Python runs");
    let mut seen = HashSet::with_capacity(rows);
    for line in BufReader::new(process.stdout.take().unwrap()).lines() {
        if let Some(id) = id(&line.unwrap()) {
            assert!(seen.insert(id.to_owned()), "{id} came twice");
        }
    }
    let ended = process.wait_with_output().unwrap();
    let stderr = String::from_utf8(ended.stderr).unwrap();
    assert!(ended.status.success(), "{stderr}");
    assert_eq!(seen.len(), rows, "{format}");
    let peak = stderr
        .lines()
        .last()
        .and_then(|line| line.strip_prefix("peak "));
    peak.expect("a peak").parse().unwrap()
}

/// The account's id that is in a line of any format.
fn id(line: &str) -> Option<&str> {
    const ID_CHARS: usize = 18;
    let begin = line
        .find(r#""Id":""#)
        .map_or(0, |member| member + r#""Id":""#.len());
    let id = line.get(begin..begin + ID_CHARS)?;
    id.starts_with("001").then_some(id)
}

#[test]
fn a_million_rows_take_the_memory_of_ten_thousand() {
    let rows = extent::of(MANY);
    let org = Org::start_with(|builder| builder.accounts(rows));
    for format in ["json", "ndjson", "csv", "table"] {
        let (few, many) = (peak(&org, format, FEW), peak(&org, format, rows));
        assert!(
            many * 10 <= few * 11,
            "{format}: {few} KiB at {FEW} rows, {many} KiB at {rows}"
        );
    }
}
