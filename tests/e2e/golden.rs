//! What the command line says, to the letter: a change of it is a change of the
//! product, and is seen in review. `INSTA_UPDATE=always cargo nextest run golden`
//! writes it anew.

use std::collections::BTreeSet;

use crate::org::Org;
use crate::sfbox::{command, run};

/// Every command that has a help of its own.
const COMMANDS: [&[&str]; 31] = [
    &[],
    &["query"],
    &["repl"],
    &["search"],
    &["get"],
    &["create"],
    &["update"],
    &["upsert"],
    &["delete"],
    &["describe"],
    &["rest"],
    &["limits"],
    &["api-versions"],
    &["session"],
    &["session", "status"],
    &["session", "renew"],
    &["session", "forget"],
    &["org"],
    &["org", "add"],
    &["org", "list"],
    &["org", "check"],
    &["org", "remove"],
    &["serve"],
    &["key"],
    &["key", "add"],
    &["key", "list"],
    &["key", "revoke"],
    &["emulate"],
    &["completions"],
    &["config"],
    &["man"],
];

#[test]
fn every_help() {
    for words in COMMANDS {
        for (flag, kind) in [("-h", "short"), ("--help", "long")] {
            let help = run(words.iter().copied().chain([flag]));
            assert_eq!((help.status, help.stderr.as_str()), (0, ""), "{words:?}");
            let name = [&["help", kind], words].concat().join("-");
            insta::assert_snapshot!(name, help.stdout);
        }
    }
}

/// Groups of commands are not in the table: it has their commands.
#[test]
fn the_page_has_a_row_for_each_command() {
    let page = std::fs::read_to_string(workspace::root().join("docs/command-line.md")).unwrap();
    for words in COMMANDS {
        let is_group = COMMANDS
            .iter()
            .any(|other| other.len() > words.len() && other.starts_with(words));
        let row = format!("| `sfbox {}", words.join(" "));
        let rows = page.lines().filter(|line| line.starts_with(&row));
        assert!(is_group || rows.count() == 1, "{row}");
    }
}

/// They stand there once, and in the help of no command.
#[test]
fn the_options_of_every_command() {
    let help = run(["help", "options"]);
    assert_eq!((help.status, help.stderr.as_str()), (0, ""));
    assert_eq!(run(["options"]).stdout, help.stdout);
    let global = options(&help.stdout);
    assert!(global.len() > 15 && global.contains("--org"), "{global:?}");
    for words in COMMANDS {
        for flag in ["-h", "--help"] {
            let own = options(&run(words.iter().copied().chain([flag])).stdout);
            let repeated: Vec<_> = global.intersection(&own).collect();
            assert!(repeated.is_empty(), "{words:?} {flag}: {repeated:?}");
        }
    }
    insta::assert_snapshot!(help.stdout);
}

/// The long names of the options that a page of help lists.
fn options(help: &str) -> BTreeSet<String> {
    let lines = help.lines().map(str::trim_start);
    let listed = lines.filter(|line| line.starts_with('-'));
    let names = listed.filter_map(|line| {
        let mut words = line.split([' ', ',', '.', '=']);
        words.find(|word| word.starts_with("--"))
    });
    names.map(str::to_owned).collect()
}

#[test]
fn no_command_is_without_its_golden_help() {
    for words in COMMANDS {
        let help = run(words.iter().copied().chain(["-h"])).stdout;
        let listed = help.split_once("Commands:\n").map_or("", |(_, rest)| rest);
        let listed = listed.lines().take_while(|line| !line.is_empty());
        for name in listed.filter_map(|line| line.split_whitespace().next()) {
            let path = [words, &[name]].concat();
            assert!(
                name == "help" || COMMANDS.contains(&path.as_slice()),
                "{path:?}"
            );
        }
    }
}

/// What is wrong with a command line, before anything is sent.
#[test]
fn every_misuse() {
    let cases: [&[&str]; 26] = [
        &[],
        &["qury"],
        &["query"],
        &["query", "SELECT Id FROM Account"],
        &["query", "x", "--file", "y"],
        &["query", "x", "--batch-size", "199"],
        &["query", "x", "--limit-pages", "0"],
        &["query", "x", "--output", "xml"],
        &["session", "status", "--timeout", "3601"],
        &["session", "status", "--store", "vault:x"],
        &["session", "status", "--connect-to", "a:1"],
        &["--demo", "--org", "x", "session", "status"],
        &["org", "list", "--org", "x"],
        &["query", "x", "-o", "acme"],
        &["query", "x", "--json", "--output", "csv"],
        &["query", "x", "--query", "y"],
        &["rest"],
        &["rest", "GET"],
        &["rest", "FETCH", "limits"],
        &["rest", "GET", "limits", "--include", "--paginate"],
        &["-q", "--demo", "rest", "POST", "limits", "--paginate"],
        &["-q", "--demo", "rest", "GET", "limits", "--field", "a"],
        &["-q", "--demo", "rest", "GET", "limits", "--header", "a"],
        &["--read-only", "limits", "--no-delete"],
        &["limits", "--allow-path", "GET /services/x"],
        &["limits", "--allow-path", "services/x", "--read-only"],
    ];
    let told: Vec<String> = cases
        .iter()
        .map(|words| {
            let run = run(words.iter());
            assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{words:?}");
            format!("$ sfbox {}\n{}", words.join(" "), run.stderr)
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

/// One result in each format: what the emulator has first.
#[test]
fn every_format() {
    let org = Org::start();
    let soql = "SELECT Id, Name, Owner.Name, (SELECT LastName FROM Contacts LIMIT 1) FROM Account ORDER BY Id LIMIT 3";
    let told: Vec<String> = ["table", "csv", "json", "ndjson"]
        .iter()
        .map(|format| {
            let run = org.sfbox(&["query", soql, "--output", format]);
            assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{format}");
            format!("--output {format}\n{}", run.stdout)
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

/// Help is for the width of a page, wherever it is printed.
#[test]
fn help_is_the_same_on_a_wide_terminal() {
    let mut wide = command();
    wide.args(["query", "-h"]).env("COLUMNS", "300");
    let wide = wide.output().unwrap();
    assert_eq!(
        String::from_utf8(wide.stdout).unwrap(),
        run(["query", "-h"]).stdout
    );
}
