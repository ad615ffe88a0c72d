//! What a query costs in memory, however many rows it has.

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use sfbox_emulator::{Effect, Fault, FaultRoute, Route};
use workspace::extent;
use workspace::{python, root};

use crate::org::Org;

const FEW: usize = 10_000;
/// In the whole of the test.
const MANY: usize = 1_000_000;

const SOQL: &str = "SELECT Id, Name, Industry, Owner.Name FROM Account";

/// Runs a query of `rows` accounts, sees each once, and answers how much memory that took,
/// in KiB. After each it calls `on_row` with the number of those seen.
fn peak(org: &Org, query: &[&str], rows: usize, mut on_row: impl FnMut(usize)) -> u64 {
    let query = org.command(&[&["query"], query].concat());
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
            on_row(seen.len());
        }
    }
    let ended = process.wait_with_output().unwrap();
    let stderr = String::from_utf8(ended.stderr).unwrap();
    assert!(ended.status.success(), "{stderr}");
    assert_eq!(seen.len(), rows, "{stderr}");
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
        let peak = |rows| {
            let soql = format!("{SOQL} LIMIT {rows}");
            peak(&org, &[&soql, "--output", format], rows, |_| {})
        };
        is_flat(format, peak(FEW), peak(rows));
    }
}

/// The rows are as many as can be, so the memory may only be a little more.
fn is_flat(what: &str, few: u64, many: u64) {
    assert!(many * 10 <= few * 11, "{what}: {few} KiB, then {many} KiB");
}

/// Pages come late, are cut before and after they are read, and break off; five times the
/// session ends, and the locator with it.
#[test]
fn neither_cut_pages_nor_ended_sessions_cost_a_row_or_memory() {
    const EXPIRIES: usize = 5;
    let rows = extent::of(MANY);
    let org = Org::start_with(|builder| builder.accounts(rows));
    let query = [SOQL, "--resumable", "--output", "ndjson"];
    let few = [&format!("{SOQL} LIMIT {FEW}"), "--output", "ndjson"];
    let few = peak(&org, &few, FEW, |_| {});

    let fault = |skip, count, effect| Fault {
        route: FaultRoute::Only(Route::QueryMore),
        skip,
        count: Some(count),
        effect,
    };
    let faults = (0..5).flat_map(|round| {
        let skip = round * 8;
        [
            fault(skip, 1, Effect::Cut),
            fault(skip + 2, 1, Effect::CutAnswer),
            fault(skip + 4, 1, Effect::TruncateAfter(1_000)),
            fault(skip + 6, 2, Effect::DelayMs(100)),
        ]
    });
    org.control().faults(faults.collect()).unwrap();
    let logins = org.logins();
    let statements = org.requests(Route::Query);
    let many = peak(&org, &query, rows, |seen| {
        let period = rows / (EXPIRIES + 1);
        if seen % period == 0 && seen / period <= EXPIRIES {
            assert_eq!(org.control().expire_sessions(), 1);
        }
    });
    is_flat("resumed", few, many);
    assert_eq!(org.logins() - logins, EXPIRIES as u64);
    // The statement, and once more for each session that ended.
    assert_eq!(org.requests(Route::Query) - statements, 1 + EXPIRIES as u64);
}
