//! What a person at a terminal is shown while a command waits, and what is left of it.

use std::process::{Child, Command};
use std::thread::sleep;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

use crate::raw_org::{Asked, PAGE, Protocol, RawOrg, Request, TOKEN, Wire};
use crate::screen::screen;
use crate::sfbox::{end, start};
use crate::terminal::{Terminal, until};

const QUERY: [&str; 2] = ["query", "SELECT Id FROM Account LIMIT 1"];

/// What is shown of the page.
const TABLE: [&str; 3] = ["Id", "──────────────────", "001000000000001AAA"];

/// A terminal that has lines which can be removed.
fn on_a_terminal(command: &mut Command) -> &mut Command {
    command.env("TERM", "xterm-256color")
}

/// Starts a command in a terminal of its own.
fn shown(command: &mut Command) -> (Terminal, Child) {
    let mut terminal = Terminal::new(80);
    let process = terminal.start(on_a_terminal(command));
    terminal.read();
    (terminal, process)
}

/// Ends well, and answers with what is seen then.
#[track_caller]
fn ended(terminal: Terminal, mut process: Child) -> Vec<String> {
    let status = process.wait().unwrap();
    let written = terminal.end();
    assert!(status.success(), "{written:?}");
    screen(&written)
}

/// Answers well, but not before it is released if `waits` says so.
fn slow(waits: impl Fn(&Request) -> bool + Send + Sync + 'static) -> RawOrg {
    RawOrg::start(
        Protocol::Http1,
        move |wire: &mut Wire, request: &Request| {
            wait(wire, waits(request));
            wire.answer_well(request)
        },
    )
}

fn wait(wire: &Wire, waits: bool) {
    while waits && !wire.is_released() {
        sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_login_and_a_request_that_take_long_are_told_and_leave_no_trace() {
    for (asked, words) in [
        (Asked::Login, "logging in ("),
        (Asked::Page, "waiting for acme.my.salesforce.com ("),
    ] {
        let org = slow(move |request| request.asked == asked);
        let (terminal, process) = shown(&mut org.command(&QUERY));
        terminal.until_shown(words);
        org.release();
        let seen = ended(terminal, process);
        assert_eq!(seen[..3], TABLE, "{seen:?}");
        assert_eq!(seen[3..], ["1 row(s)"], "{seen:?}");
    }
}

#[test]
fn every_command_that_logs_in_says_so() {
    for arguments in [&["session", "renew"], &["org", "check"]] {
        let org = slow(|request| request.asked == Asked::Login);
        let (terminal, process) = shown(&mut org.command(arguments));
        terminal.until_shown("logging in (");
        org.release();
        let seen = ended(terminal, process).join("\n");
        assert!(!seen.contains("logging in"), "{seen}");
        assert!(
            seen.contains("Session") || seen.contains("✓ login"),
            "{seen}"
        );
    }
}

#[test]
fn another_processs_login_is_told_with_its_age() {
    let org = slow(|request| request.asked == Asked::Login);
    let first = start(&mut org.command(&QUERY));
    while org.logins() == 0 {
        sleep(Duration::from_millis(5));
    }
    let (terminal, process) = shown(&mut org.command(&QUERY));
    terminal.until_shown("another process is logging in (");
    org.release();
    assert_eq!(ended(terminal, process)[..3], TABLE);
    assert_eq!(end(first).records().len(), 1);
    assert_eq!(org.logins(), 1);
}

#[test]
fn what_is_quick_shows_nothing() {
    let org = slow(|_| false);
    org.put_secret(true);
    let (terminal, mut process) = shown(&mut org.command(&QUERY));
    assert!(process.wait().unwrap().success());
    let written = terminal.end();
    assert!(
        !written.contains('\r') && !written.contains('\u{1b}'),
        "{written:?}"
    );
}

/// A login that takes a second: longer than anybody waits in silence.
fn late() -> RawOrg {
    RawOrg::start(Protocol::Http1, |wire, request| {
        if request.asked == Asked::Login {
            sleep(Duration::from_secs(1));
        }
        wire.answer_well(request)
    })
}

#[test]
fn a_pipe_a_terminal_without_lines_and_whoever_is_quiet_are_shown_nothing() {
    let piped = end(start(on_a_terminal(&mut late().command(&QUERY))));
    assert_eq!(piped.records().len(), 1);
    assert_eq!(piped.stderr, "");
    for (arguments, kind) in [(&["--quiet"][..], "xterm"), (&[], "dumb"), (&[], "")] {
        let org = late();
        let mut terminal = Terminal::new(80);
        let mut command = org.command(&QUERY);
        let mut process = terminal.start(command.args(arguments).env("TERM", kind));
        terminal.read();
        assert!(process.wait().unwrap().success());
        let written = terminal.end();
        assert!(
            !written.contains('\r') && !written.contains('\u{1b}'),
            "{written:?}"
        );
        let rows = written.contains("row(s)");
        assert_eq!(rows, arguments.is_empty(), "{written:?}");
    }
}

#[test]
fn an_error_comes_after_the_line_has_gone() {
    let org = RawOrg::start(Protocol::Http1, |wire, request| {
        wait(wire, true);
        wire.answer_with(
            request,
            400,
            &[("content-type", "application/json")],
            br#"{"error":"invalid_grant","error_description":"no client credentials user enabled"}"#,
        )
    });
    let (terminal, mut process) = shown(&mut org.command(&QUERY));
    terminal.until_shown("logging in (");
    org.release();
    assert_eq!(process.wait().unwrap().code(), Some(3));
    let seen = screen(&terminal.end());
    assert!(
        seen[0].starts_with("error: query of org `acme`"),
        "{seen:?}"
    );
    assert!(!seen.join("\n").contains("logging in ("), "{seen:?}");
}

fn send(process: &Child, signal: Signal) {
    kill_process(Pid::from_child(process), signal).unwrap();
}

#[test]
fn a_signal_leaves_no_trace_of_the_line() {
    for arguments in [&QUERY[..], &["session", "renew"], &["org", "check"]] {
        let org = slow(|request| request.asked == Asked::Login);
        let (terminal, mut process) = shown(&mut org.command(arguments));
        terminal.until_shown("logging in (");
        send(&process, Signal::INT);
        assert_eq!(process.wait().unwrap().code(), Some(130), "{arguments:?}");
        let seen = screen(&terminal.end());
        assert_eq!(seen.last().unwrap(), "error: interrupted", "{seen:?}");
        assert!(!seen.join("\n").contains("logging in"), "{seen:?}");
        org.release();
    }
}

/// A claim of a command that was interrupted is given back.
#[test]
fn after_an_interrupted_renewal_the_next_process_logs_in() {
    let org = slow(|request| request.asked == Asked::Login && request.number == 0);
    let (terminal, mut process) = shown(&mut org.command(&["session", "renew"]));
    terminal.until_shown("logging in (");
    send(&process, Signal::INT);
    assert_eq!(process.wait().unwrap().code(), Some(130));
    drop(terminal);
    let next = end(start(&mut org.command(&QUERY)));
    assert_eq!(next.records().len(), 1);
    assert_eq!(org.stored_token().as_deref(), Some(TOKEN));
}

#[test]
fn a_stop_removes_the_line_and_what_goes_on_draws_it_again() {
    let org = slow(|request| request.asked == Asked::Login);
    let (terminal, process) = shown(&mut org.command(&QUERY));
    terminal.until_shown("logging in (");
    send(&process, Signal::TSTP);
    let pid = Pid::from_child(&process);
    let (_, stopped) = waitpid(Some(pid), WaitOptions::UNTRACED).unwrap().unwrap();
    assert!(stopped.stopped());
    // The shell's prompt comes next.
    until(|| screen(&terminal.written()).is_empty());
    let drawn = || terminal.written().matches("logging in (").count();
    let before = drawn();
    send(&process, Signal::CONT);
    until(|| drawn() > before);
    org.release();
    assert_eq!(ended(terminal, process)[..3], TABLE);
}

/// A page of two, of which the second takes long.
fn two_pages() -> RawOrg {
    RawOrg::start(Protocol::Http1, |wire, request| {
        if request.asked == Asked::Login {
            return wire.answer_well(request);
        }
        let mut page: serde_json::Value = serde_json::from_str(PAGE).unwrap();
        page["totalSize"] = 2.into();
        page["done"] = (request.number > 0).into();
        if request.number == 0 {
            page["nextRecordsUrl"] = "/services/data/v66.0/query/01g1-200".into();
        } else {
            page["records"][0]["Id"] = "001000000000002AAA".into();
        }
        wait(wire, request.number > 0);
        wire.answer(request, page.to_string().as_bytes())
    })
}

#[test]
fn the_line_is_never_among_the_rows() {
    const WAITING: &str = "waiting for acme.my.salesforce.com (";
    for format in ["table", "csv", "ndjson", "markdown"] {
        let org = two_pages();
        let mut command = org.command(&QUERY);
        let (terminal, process) = shown(command.args(["--output", format]));
        terminal.until_shown(WAITING);
        org.release();
        let seen = ended(terminal, process).join("\n");
        assert!(!seen.contains("waiting for"), "{format}: {seen}");
        let (first, second) = ("001000000000001AAA", "001000000000002AAA");
        // Every row of this org has the URL of the first.
        let url = format!("/{first}");
        let is_apart = |line: &str| {
            let line = line.replace(&url, "");
            !(line.contains(first) && line.contains(second))
        };
        assert!(
            seen.contains(first) && seen.contains(second),
            "{format}: {seen}"
        );
        assert!(seen.lines().all(is_apart), "{format}: {seen}");
    }
    // An array is not at the beginning of a line between two pages.
    let org = two_pages();
    let mut command = org.command(&QUERY);
    let (terminal, process) = shown(command.args(["--output", "json"]));
    terminal.until_shown("001000000000001AAA");
    sleep(Duration::from_secs(1));
    org.release();
    let written = ended(terminal, process).join("\n");
    let rows: Vec<serde_json::Value> = serde_json::from_str(&written).unwrap();
    assert_eq!(rows.len(), 2);
}

#[test]
fn an_export_says_how_far_it_is_and_what_it_waits_for() {
    let org = two_pages();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("rows.csv");
    let mut command = org.command(&QUERY);
    let (terminal, process) = shown(command.arg("-O").arg(&file));
    terminal.until_shown("1 of 2 rows");
    terminal.until_shown("; waiting for acme.my.salesforce.com (");
    org.release();
    let seen = ended(terminal, process);
    let told = format!("2 row(s) written to {}", file.display());
    assert_eq!(seen, [told]);
}

#[test]
fn verbose_says_when_a_step_begins() {
    let org = slow(|_| false);
    let told = end(start(org.command(&QUERY).arg("-v")));
    assert_eq!(told.records().len(), 1);
    for words in [
        "reading the secret",
        "logging in",
        "asking Salesforce",
        "host=\"acme.my.salesforce.com\"",
    ] {
        assert!(told.stderr.contains(words), "{words}: {}", told.stderr);
    }
    assert!(!told.stderr.contains("SELECT"), "{}", told.stderr);
    let quiet = end(start(&mut slow(|_| false).command(&QUERY)));
    assert_eq!(quiet.stderr, "");
}

#[test]
fn log_lines_are_written_above_the_line() {
    let org = slow(|request| request.asked == Asked::Page);
    let mut command = org.command(&QUERY);
    let (terminal, process) = shown(command.arg("-v"));
    terminal.until_shown("waiting for acme.my.salesforce.com (");
    org.release();
    let seen = ended(terminal, process);
    assert!(!seen.join("\n").contains("waiting for"), "{seen:?}");
    let is_whole = |line: &&String| line.contains("status=\"ok\"");
    assert_eq!(seen.iter().filter(is_whole).count(), 1, "{seen:?}");
}

#[test]
fn quiet_keeps_errors_and_drops_notes() {
    let org = slow(|_| false);
    let limited = |arguments: &[&str]| {
        let unknown = RawOrg::start(Protocol::Http1, |wire, request| match request.asked {
            Asked::Login => wire.answer_well(request),
            Asked::Page => {
                let page = PAGE.replace("\"totalSize\":1", "\"totalSize\":-1");
                wire.answer(request, page.as_bytes())
            }
        });
        end(start(unknown.command(&QUERY).args(arguments)))
    };
    assert!(limited(&[]).stderr.starts_with("note: 1 row(s)"));
    assert_eq!(limited(&["-q"]).stderr, "");
    let mut command = org.command(&["query", "", "--quiet"]);
    end(start(&mut command)).fails(2, "error: ");
    end(start(org.command(&QUERY).args(["-q", "-v"]))).fails(2, "--verbose");
    let mut demo = crate::sfbox::command();
    demo.args(["--demo", "-q", "query", "SELECT Id FROM Account LIMIT 1"]);
    assert_eq!(end(start(&mut demo)).stderr, "");
}
