//! How runs of many records begin, end and go on.

use super::*;
use crate::sfbox::{end, start};

#[test]
fn a_reader_that_leaves_ends_no_run() {
    let org = Org::start();
    let folder = Folder::new();
    let row = |number: usize| match number % 100 {
        13 => format!(",{number}\n"),
        _ => format!("Unread {number},{number}\n"),
    };
    let rows: String = (0..300).map(row).collect();
    let csv = folder.file("a.csv", format!("Name,Phone\n{rows}"));
    let create = ["create", "Account", "--file", &csv, "--batch-size", "10"];
    let errors = folder.name("failed.csv");
    let mut command = org.command(&[&create[..], &["--errors", &errors]].concat());
    let mut process = start(&mut command);
    drop(process.stdout.take());
    let run = end(process);
    run.fails(1, "3 of 300 records were not saved");
    assert!(
        run.stderr.contains("297 created, 3 refused"),
        "{}",
        run.stderr
    );
    let soql = "SELECT Id FROM Account WHERE Name LIKE 'Unread %'";
    assert_eq!(query(&org, soql).len(), 297);
    assert_eq!(folder.text("failed.csv").lines().count(), 4);
    let mut process = start(&mut org.command(&[&create[..], &["--dry-run"]].concat()));
    drop(process.stdout.take());
    end(process).fails(1, "3 of 300 records were not saved");
}

#[test]
fn an_output_that_is_full_ends_a_run_and_no_outcome_is_lost() {
    let org = Org::start();
    let folder = Folder::new();
    let rows: String = (0..300).map(|number| format!("Full {number}\n")).collect();
    let csv = folder.file("a.csv", format!("Name\n{rows}"));
    let errors = folder.name("failed.csv");
    let create = ["create", "Account", "--file", &csv, "--batch-size", "10"];
    let mut command = org.command(&[&create[..], &["--errors", &errors]].concat());
    let full = fs::File::create("/dev/full").unwrap();
    let run = Run::of(command.stdout(full).output().unwrap());
    run.fails(4, "stdout cannot be written");
    let created = query(&org, "SELECT Id FROM Account WHERE Name LIKE 'Full %'").len();
    assert!(created < 300, "it stops");
    let words = format!("{created} created of 300 records");
    assert!(run.stderr.contains(&words), "{words}: {}", run.stderr);
    let failed = folder.text("failed.csv");
    assert_eq!(failed.matches("SFBOX_NOT_SENT").count(), 300 - created);
}

#[test]
fn what_cannot_be_done_is_said_before_a_pipe_is_read() {
    let org = Org::start();
    let folder = Folder::new();
    let journal = folder.name("journal");
    let create = ["create", "Account", "--file", "-"];
    for (option, words) in [
        (vec!["--resume", &journal], "cannot be resumed"),
        (vec!["--repeatable"], "an external id makes them repeatable"),
    ] {
        let mut command = org.command(&[&create[..], &option[..]].concat());
        let mut process = start(command.stdin(Stdio::piped()));
        // Nobody closes it before the command has ended.
        let input = process.stdin.take();
        end(process).fails(2, words);
        drop(input);
    }
    org.sfbox(&[
        "delete",
        "Account",
        "001000000000001",
        "--resume",
        &journal,
        "--yes",
    ])
    .fails(2, "`--resume` is for the records of a file");
}

#[test]
fn a_deletion_that_goes_on_finds_its_own_work() {
    let org = Org::start();
    let folder = Folder::new();
    let ids = query(&org, "SELECT Id FROM Task LIMIT 2");
    let ids = ids
        .iter()
        .map(|task| task["Id"].as_str().unwrap().to_owned());
    let ids: Vec<String> = ids.collect();
    let csv = folder.file("ids.csv", format!("Id\n{}\n", ids.join("\n")));
    let journal = folder.name("journal");
    let delete = [
        "delete", "Task", "--file", &csv, "--yes", "--resume", &journal,
    ];
    org.sfbox(&["session", "renew"]);
    org.strike(Route::DeleteMany, None, Effect::CutAnswer);
    let run = org.sfbox(&delete);
    assert_ne!(run.status, 0, "{}", run.stderr);
    assert!(
        run.stderr.contains("2 unknown of 2 records"),
        "{}",
        run.stderr
    );
    org.control().clear_faults();
    let run = org.sfbox(&delete);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(
        run.stderr.contains("2 deleted of 2 records"),
        "{}",
        run.stderr
    );
}
