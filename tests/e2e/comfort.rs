//! What the command line does for people.

use std::fs;
use std::process::Command;

use crate::org::Org;
use crate::sfbox::{Run, command, run};

#[test]
fn completions_are_scripts_of_their_shell() {
    let script = run(["completions", "bash"]);
    assert_eq!(script.status, 0, "{}", script.stderr);
    for word in ["--session-secret", "org", "emulate", "--limit-pages"] {
        assert!(script.stdout.contains(word), "{word}");
    }
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("sfbox");
    fs::write(&file, &script.stdout).unwrap();
    let checked = Command::new("bash").arg("-n").arg(&file).status().unwrap();
    assert!(checked.success());
    for shell in ["zsh", "fish", "elvish", "powershell"] {
        let script = run(["completions", shell]);
        assert!(script.stdout.contains("--session-secret"), "{shell}");
    }
    run(["completions", "tcsh"]).fails(2, "zsh");
}

#[test]
fn every_command_has_a_page_in_the_manual() {
    let directory = tempfile::tempdir().unwrap();
    let pages = directory.path().join("man1");
    let written = run(["man", pages.to_str().unwrap()]);
    assert_eq!(
        (written.status, written.stdout.as_str()),
        (0, ""),
        "{}",
        written.stderr
    );
    for name in ["sfbox", "sfbox-query", "sfbox-org-check", "sfbox-emulate"] {
        let page = fs::read_to_string(pages.join(name).with_extension("1")).unwrap();
        assert!(page.contains(".TH"), "{name}");
        assert!(page.contains(".SH SYNOPSIS"), "{name}");
    }
    run(["man", "/dev/null/x"]).fails(2, "/dev/null/x");
}

#[test]
fn colours_are_for_whoever_wants_them() {
    let failing = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = command();
        command.args(["session", "status"]).args(arguments);
        command.envs(variables.iter().copied());
        let run = Run::of(command.output().unwrap());
        assert_eq!(run.status, 2, "{}", run.stderr);
        run.stderr.contains('\u{1b}')
    };
    assert!(!failing(&[], &[]), "this is no terminal");
    assert!(failing(&["--color", "always"], &[]));
    assert!(failing(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!failing(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(!failing(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
}

#[test]
fn people_see_a_session_at_a_glance_and_programs_an_object() {
    let org = Org::start();
    let table = ["session", "status", "--output", "table"];
    assert_eq!(
        org.sfbox(&table).stdout,
        "Session   none: the next call logs in\n"
    );
    org.sfbox(&["session", "renew"]).object();
    let shown = org.sfbox(&table).stdout;
    assert!(
        shown.starts_with("Session   stored: all processes"),
        "{shown}"
    );
    assert!(
        shown.contains("\nInstance  acme.my.salesforce.com\nBegan     "),
        "{shown}"
    );
    let csv = org.sfbox(&["session", "status", "--output", "csv"]).stdout;
    assert!(
        csv.starts_with("origin,instance,issuedAt,expiresAt,shared,note\nstored,"),
        "{csv}"
    );
    let checked = org.sfbox(&["org", "check", "--output", "table"]);
    assert_eq!(checked.status, 0, "{}", checked.stderr);
    assert!(
        checked.stdout.lines().all(|line| line.starts_with('✓')),
        "{}",
        checked.stdout
    );
    let listed = run(["org", "list", "--store", &org.store(), "--output", "table"]);
    assert!(
        listed
            .stdout
            .starts_with("name  layout   domain   session\n──"),
        "{}",
        listed.stdout
    );
}

#[test]
fn a_configuration_file_gives_defaults() {
    let org = Org::start();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("sfbox/config.toml");
    fs::create_dir(file.parent().unwrap()).unwrap();
    let text = format!(
        "store = '{}'\ncacert = '{}'\nconnect-to = ['{}']\norg = 'nobody'\n\n[profiles.test]\norg = 'acme'\noutput = 'csv'\n",
        org.store(),
        org.cacert().display(),
        org.connect_to(),
    );
    fs::write(&file, text).unwrap();
    let query = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = command();
        command
            .args(["query", "SELECT COUNT() FROM User"])
            .args(arguments);
        command.envs(variables.iter().copied());
        Run::of(command.output().unwrap())
    };
    let name = file.to_str().unwrap();
    let home = ("XDG_CONFIG_HOME", directory.path().to_str().unwrap());
    let csv = "totalSize\n4\n";
    let run = query(&["--config", name, "--profile", "test"], &[]);
    assert_eq!(run.stdout, csv, "{}", run.stderr);
    assert_eq!(query(&["--profile", "test"], &[home]).stdout, csv);
    assert_eq!(query(&[], &[home, ("SFBOX_PROFILE", "test")]).stdout, csv);
    // The environment counts for more than the file, and what is typed most.
    assert_eq!(
        query(&[], &[home, ("SFBOX_ORG", "acme")]).records().len(),
        1
    );
    assert_eq!(
        query(&["--org", "acme"], &[home, ("SFBOX_ORG", "x")])
            .records()
            .len(),
        1
    );
    query(&[], &[home]).fails(3, "nobody");
    // A file is a default, and no contradiction.
    assert_eq!(query(&["--demo"], &[home]).records().len(), 1);
}

#[test]
fn a_configuration_file_that_cannot_be_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("config.toml");
    let name = file.to_str().unwrap();
    run(["session", "status", "--config", name]).fails(2, "cannot be read");
    run(["session", "status", "--profile", "x"])
        .fails(2, "there is no configuration file for the profile `x`");
    fs::write(&file, "store = 'file:/x'\nstroe = 'aws'\n").unwrap();
    let refused = run(["session", "status", "--config", name]);
    refused.fails(2, "line 2: unknown key `stroe`: did you mean `store`?");
    assert!(refused.stderr.contains(name), "{}", refused.stderr);
    let keys = run(["config"]);
    assert_eq!(keys.status, 0, "{}", keys.stderr);
    assert!(keys.stdout.contains("session-secret"), "{}", keys.stdout);
}

#[test]
fn a_default_configuration_that_cannot_be_read_is_a_warning() {
    let org = Org::start();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("sfbox/config.toml");
    let status = |arguments: &[&str]| {
        let mut command = org.command(&["session", "status"]);
        command
            .args(arguments)
            .env("XDG_CONFIG_HOME", directory.path());
        Run::of(command.output().unwrap())
    };
    assert_eq!(status(&[]).stderr, "", "none is needed");
    // What is not text, and a folder where a file should be.
    fs::create_dir(file.parent().unwrap()).unwrap();
    fs::write(&file, b"org = '\xff'").unwrap();
    let not_text = status(&[]);
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    for run in [not_text, status(&[])] {
        assert_eq!(run.object()["origin"], "none");
        assert!(run.stderr.starts_with("warning: "), "{}", run.stderr);
        assert!(run.stderr.contains("cannot be read"), "{}", run.stderr);
    }
    status(&["--config", file.to_str().unwrap()]).fails(2, "cannot be read");
    status(&["--profile", "x"]).fails(2, "cannot be read");
    fs::remove_dir(&file).unwrap();
    fs::remove_dir(file.parent().unwrap()).unwrap();
    fs::write(file.parent().unwrap(), "no folder").unwrap();
    assert_eq!(status(&[]).stderr, "");
}

#[test]
fn a_mistake_in_the_configuration_stops_only_what_uses_it() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("sfbox/config.toml");
    fs::create_dir(file.parent().unwrap()).unwrap();
    for mistake in [
        "stroe = 'aws'",
        "store = ",
        "timeout = 0",
        "[profiles]\nx = 1",
    ] {
        fs::write(&file, mistake).unwrap();
        let with = |arguments: &[&str]| {
            let mut command = command();
            command
                .args(arguments)
                .env("XDG_CONFIG_HOME", directory.path());
            Run::of(command.output().unwrap())
        };
        let demo = with(&["--demo", "query", "SELECT Id FROM Account LIMIT 1"]);
        assert_eq!(demo.records().len(), 1);
        assert!(demo.stderr.starts_with("warning: "), "{}", demo.stderr);
        assert!(demo.stderr.contains("line "), "{}", demo.stderr);
        assert_eq!(with(&["completions", "bash"]).status, 0);
        with(&["session", "status", "--org", "x"]).fails(2, "line ");
    }
}
