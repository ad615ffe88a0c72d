//! Many records with lost answers and killed processes: nothing twice, nothing lost, and
//! what is unknown is told.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use sfbox_emulator::{Effect, Fault, FaultRoute, Route};
use tempfile::TempDir;
use uuid::Uuid;
use workspace::extent;

use crate::numbers::Numbers;
use crate::org::{Org, count};
use crate::sfbox::{Run, end, start};
use crate::terminal::until;

/// Rows a request.
const BATCH: u64 = 20;

/// How often the process is killed.
const KILLS: u64 = 20;

/// An input, its journal and its file of failed records.
struct Files(TempDir);

impl Files {
    fn new(input: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("input.csv"), input).unwrap();
        Self(folder)
    }

    fn name(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    fn command(&self, org: &Org, command: &[&str]) -> Command {
        let (input, journal, errors) = (
            self.name("input.csv"),
            self.name("journal"),
            self.name("failed.csv"),
        );
        let files = ["--file", &input, "--resume", &journal, "--errors", &errors];
        org.command(&[command, &files, &["--output", "ndjson"]].concat())
    }
}

/// Cuts so many of the next requests at random, before or after they are carried out.
fn cut(org: &Org, route: Route, numbers: &mut Numbers, (cuts, requests): (u64, u64)) {
    let mut faults = Vec::new();
    for _ in 0..cuts {
        let effect = match numbers.below(2) {
            0 => Effect::Cut,
            _ => Effect::CutAnswer,
        };
        faults.push(Fault {
            route: FaultRoute::Only(route),
            skip: numbers.below(requests),
            count: Some(1),
            effect,
        });
    }
    org.control().faults(faults).unwrap();
}

/// Starts a process that says nothing on stdout: a pipe that is not read would stop it.
fn start_silent(command: &mut Command) -> Child {
    command
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Runs a command that is killed at random moments, and in the end to its end.
fn killed(org: &Org, route: Route, command: impl Fn() -> Command, numbers: &mut Numbers) -> Run {
    for _ in 0..KILLS {
        let until_request = org.requests(route) + 1 + numbers.below(24);
        let mut process = start_silent(&mut command());
        until(|| org.requests(route) >= until_request || process.try_wait().unwrap().is_some());
        _ = process.kill();
        let output = process.wait_with_output().unwrap();
        // It had come to its end.
        if output.status.code().is_some() {
            return Run::of(output);
        }
    }
    end(start_silent(&mut command()))
}

/// What the journal says of each record in the end.
fn journal(path: &str) -> BTreeMap<u64, String> {
    let text = fs::read_to_string(path).unwrap();
    let mut states = BTreeMap::new();
    for line in text.lines().skip(1) {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let outcomes = line["settled"]["outcomes"].as_array();
        for outcome in outcomes.into_iter().flatten() {
            let state = outcome[1].as_str().unwrap().to_owned();
            states.insert(outcome[0].as_u64().unwrap(), state);
        }
    }
    states
}

fn names(org: &Org, prefix: &str) -> Vec<String> {
    let soql = format!("SELECT Name FROM Account WHERE Name LIKE '{prefix} %'");
    let printed = org.sfbox(&["query", &soql, "--output", "csv", "--no-header"]);
    assert_eq!(printed.status, 0, "{}", printed.stderr);
    printed.stdout.lines().map(str::to_owned).collect()
}

/// How many requests are cut of those that so many rows need: every tenth.
fn cuts(rows: usize) -> (u64, u64) {
    let requests = rows as u64 / BATCH;
    (requests / 10, requests)
}

/// 3 of 100 rows are bad.
fn is_bad(number: usize) -> bool {
    matches!(number % 100, 13 | 47 | 80)
}

#[test]
fn by_an_external_id_nothing_is_there_twice_and_nothing_is_lost() {
    let org = Org::start();
    let rows = extent::of(100_000);
    let row = |number: usize| match is_bad(number) {
        true => format!(",X {number}\n"),
        false => format!("Many {number},X {number}\n"),
    };
    let input: String = (0..rows).map(row).collect();
    let files = Files::new(&format!("Name,Ext__c\n{input}"));
    let numbers = &mut Numbers(0x9E37_79B9_7F4A_7C15);
    org.sfbox(&["session", "renew"]);
    cut(&org, Route::UpsertMany, numbers, cuts(rows));
    let upsert = [
        "upsert",
        "Account",
        "-x",
        "Ext__c",
        "--in-flight",
        "8",
        "--batch-size",
        "20",
    ];
    let command = || files.command(&org, &upsert);
    let run = killed(&org, Route::UpsertMany, command, numbers);
    org.control().clear_faults();
    // A run that ended early goes on where it was, too.
    let mut run = run;
    while run.status == 4 {
        run = end(start_silent(&mut command()));
    }
    let bad = (0..rows).filter(|number| is_bad(*number)).count();
    run.fails(1, &format!("{bad} of {rows} records were not saved"));
    let library = org.library();
    let there = org.block_on(count(&library, "Account WHERE Ext__c LIKE 'X %'"));
    assert_eq!(there, (rows - bad) as u64, "nothing lost, nothing twice");
    let names: BTreeSet<String> = names(&org, "Many").into_iter().collect();
    let expected: BTreeSet<String> = (0..rows)
        .filter(|number| !is_bad(*number))
        .map(|number| format!("Many {number}"))
        .collect();
    assert_eq!(names, expected);
    let failed = fs::read_to_string(files.name("failed.csv")).unwrap();
    assert_eq!(failed.lines().count(), bad + 1, "each bad row once");
    let distinct: BTreeSet<&str> = failed.lines().collect();
    assert_eq!(distinct.len(), bad + 1);
    // The journal has no value of a record.
    let journal = fs::read_to_string(files.name("journal")).unwrap();
    assert!(!journal.contains("Many ") && !journal.contains("X 1"));
}

#[test]
fn without_an_external_id_what_is_unknown_is_told_and_nothing_else_is_wrong() {
    let org = Org::start();
    let rows = extent::of(100_000);
    let row = |number: usize| match is_bad(number) {
        true => format!(",{number}\n"),
        false => format!("Plain {number},{number}\n"),
    };
    let input: String = (0..rows).map(row).collect();
    let files = Files::new(&format!("Name,Phone\n{input}"));
    let numbers = &mut Numbers(0xD1B5_4A32_D192_ED03);
    org.sfbox(&["session", "renew"]);
    cut(&org, Route::CreateMany, numbers, cuts(rows));
    let create = [
        "create",
        "Account",
        "--in-flight",
        "4",
        "--batch-size",
        "20",
    ];
    let command = || files.command(&org, &create);
    let run = killed(&org, Route::CreateMany, command, numbers);
    org.control().clear_faults();
    let mut run = run;
    while run.status == 4 {
        run = end(start_silent(&mut command()));
    }
    assert_eq!(run.status, 1, "{}", run.stderr);
    let states = journal(&files.name("journal"));
    assert_eq!(states.len(), rows, "each record has an outcome");
    let mut there: BTreeMap<String, u64> = BTreeMap::new();
    for name in names(&org, "Plain") {
        *there.entry(name).or_default() += 1;
    }
    let mut unknown = 0;
    for number in 0..rows {
        let state = states[&(number as u64 + 1)].as_str();
        let times = there.remove(&format!("Plain {number}")).unwrap_or_default();
        match state {
            "created" => assert_eq!(times, 1, "{number}"),
            "refused" => assert!(is_bad(number) && times == 0, "{number}"),
            "unknown" => {
                unknown += 1;
                assert!(times <= 1, "{number}");
            }
            other => panic!("{number}: {other}"),
        }
    }
    assert!(there.is_empty(), "{there:?}");
    assert!(unknown > 0, "a killed process leaves something unknown");
    let said = format!("the outcome of {unknown} is unknown");
    assert!(run.stderr.contains(&said), "{}", run.stderr);
    let failed = fs::read_to_string(files.name("failed.csv")).unwrap();
    assert_eq!(failed.matches("SFBOX_OUTCOME_UNKNOWN").count(), unknown);
}

#[test]
fn single_creates_with_keys_are_there_once() {
    let org = Org::start();
    let all = extent::of(2_000);
    let numbers = &mut Numbers(0x2545_F491_4F6C_DD1D);
    org.sfbox(&["session", "renew"]);
    let route = Route::CreateUiRecord;
    let create = |number: usize, key: &Uuid| {
        let (name, key) = (
            format!("Name=Keyed {number}"),
            format!("--repeatable={key}"),
        );
        org.command(&["create", "Account", &name, &key, "--no-describe"])
    };
    for first in (0..all).step_by(4) {
        let some: Vec<(usize, Uuid)> = (first..(first + 4).min(all))
            .map(|number| (number, Uuid::new_v4()))
            .collect();
        cut(&org, route, numbers, (2, 6));
        let mut processes: Vec<_> = some
            .iter()
            .map(|(number, key)| start(&mut create(*number, key)))
            .collect();
        if numbers.below(4) == 0 {
            let seen = org.requests(route);
            until(|| {
                org.requests(route) > seen
                    || processes
                        .iter_mut()
                        .all(|one| one.try_wait().unwrap().is_some())
            });
            for process in &mut processes {
                _ = process.kill();
            }
        }
        for ((number, key), process) in some.iter().zip(processes) {
            let output = process.wait_with_output().unwrap();
            let mut run = match output.status.code() {
                Some(_) => Run::of(output),
                None => end(start(&mut create(*number, key))),
            };
            // Whoever gave up asks again with the same key.
            while run.status == 4 {
                run = end(start(&mut create(*number, key)));
            }
            assert_eq!(run.object()["outcome"], "created", "{}", run.stderr);
        }
    }
    org.control().clear_faults();
    let names = names(&org, "Keyed");
    let distinct: BTreeSet<&String> = names.iter().collect();
    assert_eq!((names.len(), distinct.len()), (all, all));
}

#[test]
fn a_run_goes_on_only_with_what_it_began_with() {
    let org = Org::start();
    let files = Files::new("Name,Ext__c\nA,1\nB,2\n");
    let upsert = ["upsert", "Account", "-x", "Ext__c"];
    let done = end(start(&mut files.command(&org, &upsert)));
    assert_eq!(done.status, 0, "{}", done.stderr);
    let writes = org.requests(Route::UpsertMany);
    let again = end(start(&mut files.command(&org, &upsert)));
    assert_eq!(
        (again.status, again.stdout.as_str()),
        (0, ""),
        "{}",
        again.stderr
    );
    assert!(
        again.stderr.contains("2 created of 2 records"),
        "{}",
        again.stderr
    );
    for (command, words) in [
        (vec!["create", "Account"], "the command differs"),
        (
            vec!["upsert", "Account", "-x", "Ext__c", "--null", "-"],
            "an option differs",
        ),
        (
            vec!["upsert", "Account", "-x", "Ext__c", "--all-or-none"],
            "an option differs",
        ),
    ] {
        end(start(&mut files.command(&org, &command))).fails(2, words);
    }
    fs::write(
        Path::new(&files.name("input.csv")),
        "Name,Ext__c\nA,1\nC,2\n",
    )
    .unwrap();
    end(start(&mut files.command(&org, &upsert))).fails(2, "the input differs");
    let journal = files.name("journal");
    let piped = ["create", "Account", "--file", "-", "--resume", &journal];
    crate::sfbox::piped(&mut org.command(&piped), b"Name\nx\n")
        .fails(2, "an input from a pipe cannot be resumed");
    assert_eq!(
        org.requests(Route::UpsertMany),
        writes,
        "nothing more was sent"
    );
}
