//! `sfbox org`: an org is added, and listed.

use std::fs;
use std::process::Command;

use crate::canary::ANY_TOKEN;
use crate::moto::{python, root};
use crate::org::{CONSUMER_SECRET, NAME, Org, set_mode};
use crate::sfbox::{Run, command, piped, run};

const ADD: [&str; 7] = [
    "org",
    "add",
    NAME,
    "--domain",
    "https://acme.my.salesforce.com/",
    "--consumer-key",
    "key",
];

/// The binary on the org's file store.
fn on_files(org: &Org, arguments: &[&str]) -> Command {
    let mut command = command();
    command.args(["--store", &org.store()]).args(arguments);
    command
}

fn ended(command: &mut Command) -> Run {
    Run::of(command.output().unwrap())
}

/// Adds the org, by a piped secret.
fn add(command: &mut Command) -> Run {
    let added = piped(
        command.arg("--secret-stdin"),
        format!("{CONSUMER_SECRET}\n").as_bytes(),
    );
    shows_no_secret(&added);
    added
}

#[track_caller]
fn shows_no_secret(run: &Run) {
    for canary in [CONSUMER_SECRET, ANY_TOKEN] {
        assert!(!run.stdout.contains(canary), "in stdout");
        assert!(!run.stderr.contains(canary), "in stderr");
    }
}

#[test]
fn a_file_that_is_there_is_not_overwritten() {
    let org = Org::start();
    add(&mut on_files(&org, &ADD)).fails(2, "nothing is overwritten");
    assert_eq!(fs::read_to_string(org.secret_file()).unwrap(), org.secret());
}

#[test]
fn what_cannot_be_added_is_refused_before_anything_is_made() {
    let org = Org::start();
    fs::remove_file(org.secret_file()).unwrap();
    let long = "x".repeat(1_025);
    for (secret, words) in [
        ("", "is empty"),
        ("\n", "is empty"),
        ("CANARY\nsecond line\n", "one line"),
        ("CANARY\u{1b}[A\n", "control character"),
        (&long, "longer than 1024 bytes"),
    ] {
        let refused = piped(
            on_files(&org, &ADD).arg("--secret-stdin"),
            secret.as_bytes(),
        );
        refused.fails(2, words);
        assert!(!refused.stderr.contains("CANARY"));
    }
    let key = ["--consumer-key", "k"];
    let domain = ["--domain", "acme.my"];
    for (arguments, words) in [
        (&["acme", key[0], key[1]][..], "`--domain`"),
        (&["acme", domain[0], domain[1]], "`--consumer-key`"),
        (
            &["acme", domain[0], domain[1], key[0], key[1]],
            "`--secret-stdin`",
        ),
        (&["arn:aws:x"], "an ARN"),
        (&["a b"], "cannot be the name of a secret"),
        (&["acme", "--app-id", "x"], "--layout managed"),
    ] {
        let refused = ended(on_files(&org, &["org", "add"]).args(arguments));
        refused.fails(2, words);
    }
    assert!(!org.secret_file().exists());
}

#[test]
fn a_person_is_asked_and_the_secret_is_not_shown() {
    let org = Org::start();
    fs::remove_file(org.secret_file()).unwrap();
    let mut terminal = Command::new(python());
    terminal
        .env_clear()
        .arg(root().join("tests/python/terminal.py"))
        .args(["My Domain: ", "acme.my.salesforce.com"])
        .args(["Consumer Key: ", "key"])
        .args(["Consumer Secret (not shown): ", CONSUMER_SECRET])
        .arg("--")
        .arg(env!("CARGO_BIN_EXE_sfbox"))
        .args(["--store", &org.store(), "org", "add", NAME]);
    let asked = ended(&mut terminal);
    assert_eq!(asked.status, 0, "{}\n{}", asked.stdout, asked.stderr);
    shows_no_secret(&asked);
    assert!(asked.stdout.contains("acme.my.salesforce.com"), "echoed");
    assert_eq!(org.stored()["ConsumerSecret"], CONSUMER_SECRET);
    assert_eq!(org.stored()["ConsumerKey"], "key");
}

#[test]
fn a_file_that_others_may_read_is_listed_as_unreadable() {
    let org = Org::start();
    set_mode(&org.secret_file(), 0o644);
    let listed = ended(&mut on_files(&org, &["org", "list"]));
    assert_eq!(listed.records()[0]["layout"], "unreadable");
    assert!(listed.stderr.contains("chmod 600"), "{}", listed.stderr);
    let empty = tempfile::tempdir().unwrap();
    let store = format!("file:{}", empty.path().join("none").display());
    let listed = run(["--store", &store, "org", "list"]);
    assert!(listed.records().is_empty());
}
