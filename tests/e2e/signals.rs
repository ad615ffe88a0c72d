//! What a signal leaves of an export: its exit status, what is on the disk, and
//! how long the end took.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use sfbox_emulator::{Effect, Fault, FaultRoute, Route};

use crate::org::Org;
use crate::sfbox::{command, end, start};
use crate::terminal::{Terminal, until};

/// The longest that an end may take: what was begun is waited for, 2 s, on a
/// machine that does other things as well.
const END_MAX: Duration = Duration::from_secs(5);

/// Those that people and their programs send.
const USUAL: [Signal; 4] = [Signal::HUP, Signal::INT, Signal::QUIT, Signal::TERM];

/// All that ask a process to end.
const ALL: [Signal; 13] = [
    Signal::HUP,
    Signal::INT,
    Signal::QUIT,
    Signal::TERM,
    Signal::USR1,
    Signal::USR2,
    Signal::ALARM,
    Signal::VTALARM,
    Signal::PROF,
    Signal::XCPU,
    Signal::IO,
    Signal::POWER,
    Signal::STKFLT,
];

/// Rows, and pages of 200 of them, which a pipe takes without a reader.
const ROWS: usize = 700;
const QUERY: [&str; 5] = [
    "query",
    "SELECT Id FROM Account",
    "--batch-size",
    "200",
    "--output=csv",
];

/// A row of a page that no pipe takes without a reader.
const LARGE: [&str; 3] = [
    "query",
    "SELECT Id, Name, Industry, BillingAddress, Owner.Name FROM Account",
    "--output=json",
];

/// When the signal comes, as what the org does not answer until then: a route,
/// and how many requests to it were answered before.
const MOMENTS: [(&str, Route, u64); 5] = [
    ("login", Route::Token, 0),
    ("first page", Route::Query, 0),
    ("second page", Route::QueryMore, 0),
    ("third page", Route::QueryMore, 1),
    ("last page", Route::QueryMore, 2),
];

fn org() -> Org {
    Org::start_with(|builder| builder.accounts(ROWS))
}

/// Holds the request of a moment; with no session, since each run logs in.
fn hold(org: &Org, route: Route, skip: u64) {
    org.put_secret(&org.secret());
    org.control()
        .faults(vec![Fault {
            route: FaultRoute::Only(route),
            skip,
            count: None,
            effect: Effect::Hold,
        }])
        .unwrap();
}

/// Lets go what is held, and waits until it is.
fn let_go(org: &Org) {
    org.control().clear_faults();
    until(|| org.control().stats().held == 0);
}

/// How many first pages were asked for.
fn queries(org: &Org) -> u64 {
    let requests = org.control().stats().requests;
    requests.get(&Route::Query).copied().unwrap_or(0)
}

/// Sends the signal, and answers how long the process took to end.
fn send(process: &Child, signal: Signal) -> Instant {
    kill_process(Pid::from_child(process), signal).unwrap();
    Instant::now()
}

fn until_ended(process: &mut Child) -> Option<i32> {
    process.wait().unwrap().code()
}

#[track_caller]
fn ended_by(signal: Signal, status: Option<i32>, sent: Instant, what: &str) {
    assert_eq!(status, Some(128 + signal.as_raw()), "{what}");
    assert!(sent.elapsed() < END_MAX, "{what}: {:?}", sent.elapsed());
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().next().is_none()
}

#[test]
fn a_signal_leaves_nothing_of_a_file() {
    let org = org();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.csv");
    for (moment, route, skip) in MOMENTS {
        let signals = if moment == "second page" {
            &ALL[..]
        } else {
            &USUAL[..2]
        };
        for signal in signals {
            hold(&org, route, skip);
            let mut process = start(org.command(&QUERY).arg("-O").arg(&file));
            org.block_on(org.control().until_held(1));
            let sent = send(&process, *signal);
            let what = format!("{signal:?} at the {moment}");
            ended_by(*signal, until_ended(&mut process), sent, &what);
            assert!(is_empty(folder.path()), "{what}");
            let_go(&org);
        }
    }
}

#[test]
fn a_signal_leaves_whole_rows_in_a_pipe() {
    let org = org();
    for is_read in [true, false] {
        for (at, (moment, route, skip)) in MOMENTS.into_iter().enumerate() {
            for signal in [Signal::INT, Signal::QUIT] {
                hold(&org, route, skip);
                let mut process = start(&mut org.command(&QUERY));
                let reader = is_read.then(|| {
                    let mut stdout = process.stdout.take().unwrap();
                    std::thread::spawn(move || std::io::read_to_string(&mut stdout).unwrap())
                });
                org.block_on(org.control().until_held(1));
                let sent = send(&process, signal);
                let what = format!("{signal:?} at the {moment}, read: {is_read}");
                let status = until_ended(&mut process);
                ended_by(signal, status, sent, &what);
                let text = match reader {
                    Some(reader) => reader.join().unwrap(),
                    None => end(process).stdout,
                };
                let pages = at.saturating_sub(1);
                let lines = if pages > 0 { 1 + pages * 200 } else { 0 };
                assert_eq!(text.lines().count(), lines, "{what}");
                assert!(text.is_empty() || text.ends_with('\n'), "{what}");
                let_go(&org);
            }
        }
    }
}

/// What a pipe takes without a reader. Source: pipe(7), "Pipe capacity".
const PIPE_BYTES: u64 = 65_536;

/// More than a few rows have, for which there was no room.
const ROWS_BYTES_MAX: u64 = 4_096;

/// Waits until a pipe takes no more.
fn until_full(process: &Child) {
    let pipe = process.stdout.as_ref().unwrap();
    until(|| rustix::io::ioctl_fionread(pipe).unwrap() > PIPE_BYTES - ROWS_BYTES_MAX);
}

#[test]
fn a_reader_that_has_stopped_reading_keeps_no_process_alive() {
    let org = org();
    for signal in USUAL {
        let mut process = start(&mut org.command(&LARGE));
        until_full(&process);
        let sent = send(&process, signal);
        let status = until_ended(&mut process);
        ended_by(signal, status, sent, &format!("{signal:?}"));
        let ended = end(process);
        assert!(ended.stderr.starts_with("error: "), "{}", ended.stderr);
    }
}

#[test]
fn a_pipe_that_nobody_opens_keeps_no_process_alive() {
    let org = org();
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    org.sfbox(&["session", "renew"]).object();
    let before = queries(&org);
    let mut process = start(org.command(&QUERY).arg("-O").arg(&pipe));
    until(|| queries(&org) > before);
    let sent = send(&process, Signal::TERM);
    ended_by(Signal::TERM, until_ended(&mut process), sent, "a pipe");
    assert!(fs::symlink_metadata(&pipe).is_ok(), "it is still there");
    // With a reader it is a file like others.
    let process = start(org.command(&QUERY).arg("-O").arg(&pipe));
    let text = fs::read_to_string(&pipe).unwrap();
    assert_eq!(end(process).status, 0);
    assert_eq!(text.lines().count(), 1 + ROWS);
}

#[test]
fn a_signal_ends_what_a_terminal_shows() {
    let org = org();
    for is_read in [true, false] {
        for (moment, route, skip) in MOMENTS {
            for signal in [Signal::HUP, Signal::TERM] {
                hold(&org, route, skip);
                let before = queries(&org);
                let mut terminal = Terminal::new(80);
                let mut process = terminal.start(&mut org.command(&QUERY));
                if is_read {
                    terminal.read();
                }
                // A terminal takes some thousand bytes without a reader.
                if is_read || skip == 0 && route != Route::QueryMore {
                    org.block_on(org.control().until_held(1));
                } else {
                    until(|| queries(&org) > before);
                }
                let sent = send(&process, signal);
                let status = until_ended(&mut process);
                let what = format!("{signal:?} at the {moment}, read: {is_read}");
                ended_by(signal, status, sent, &what);
                let_go(&org);
            }
        }
    }
}

#[test]
fn what_the_starter_ignores_ends_nothing() {
    let org = org();
    for (name, signal) in [("HUP", Signal::HUP), ("INT", Signal::INT)] {
        hold(&org, Route::QueryMore, 0);
        let query = org.command(&QUERY);
        let mut nohup = Command::new("sh");
        nohup
            .args(["-c", &format!("trap '' {name}; exec \"$@\""), "sh"])
            .arg(query.get_program())
            .args(query.get_args())
            .env_clear();
        let process = start(&mut nohup);
        org.block_on(org.control().until_held(1));
        send(&process, signal);
        let_go(&org);
        let ended = end(process);
        assert_eq!(ended.status, 0, "{name}: {}", ended.stderr);
        assert_eq!(ended.stdout.lines().count(), 1 + ROWS, "{name}");
    }
}

/// A file that may not grow is an error, with its cause, and leaves nothing.
#[test]
fn a_limit_of_file_sizes_is_an_error() {
    use rustix::process::{Resource, Rlimit, prlimit};
    let org = org();
    let folder = tempfile::tempdir().unwrap();
    hold(&org, Route::QueryMore, 0);
    let process = start(
        org.command(&QUERY)
            .arg("-O")
            .arg(folder.path().join("rows")),
    );
    org.block_on(org.control().until_held(1));
    // Only now: what the process needs to start is larger.
    let limit = Rlimit {
        current: Some(1_000),
        maximum: None,
    };
    prlimit(Some(Pid::from_child(&process)), Resource::Fsize, limit).unwrap();
    let_go(&org);
    let ended = end(process);
    ended.fails(4, "cannot be written");
    assert!(
        ended.stderr.contains("caused by: File too large"),
        "{}",
        ended.stderr
    );
    assert!(is_empty(folder.path()));
}

/// The question for the secret, in a terminal of its own.
fn asked(org: &Org, folder: &Path) -> (Terminal, Child) {
    let mut terminal = Terminal::new(80);
    let mut add = command();
    add.args([
        "org",
        "add",
        "new",
        "--domain",
        "acme.my",
        "--consumer-key",
        "key",
    ])
    .arg("--store")
    .arg(format!("file:{}", folder.display()));
    assert!(terminal.echoes(), "{}", org.store());
    let process = terminal.start(&mut add);
    terminal.read();
    terminal.until_shown("Consumer Secret");
    assert!(!terminal.echoes());
    (terminal, process)
}

#[test]
fn a_signal_at_the_secrets_prompt_leaves_a_terminal_that_echoes() {
    let org = org();
    let folder = tempfile::tempdir().unwrap();
    crate::org::set_mode(folder.path(), 0o700);
    for signal in USUAL {
        let (terminal, mut process) = asked(&org, folder.path());
        let sent = send(&process, signal);
        let status = until_ended(&mut process);
        ended_by(signal, status, sent, &format!("{signal:?}"));
        assert!(terminal.echoes(), "{signal:?}");
        assert!(is_empty(folder.path()));
    }
}

#[test]
fn a_stop_at_the_secrets_prompt_leaves_a_terminal_that_echoes() {
    use rustix::process::{WaitOptions, waitpid};
    let org = org();
    let folder = tempfile::tempdir().unwrap();
    crate::org::set_mode(folder.path(), 0o700);
    let (mut terminal, mut process) = asked(&org, folder.path());
    send(&process, Signal::TSTP);
    let pid = Pid::from_child(&process);
    let (_, stopped) = waitpid(Some(pid), WaitOptions::UNTRACED).unwrap().unwrap();
    assert!(stopped.stopped());
    assert!(terminal.echoes());
    send(&process, Signal::CONT);
    until(|| !terminal.echoes());
    terminal.type_in("S3cret-of-a-test\n");
    assert_eq!(until_ended(&mut process), Some(0));
    assert!(terminal.echoes());
    let shown = terminal.end();
    assert!(!shown.contains("S3cret"), "{shown}");
}

#[test]
fn an_old_file_stays_when_a_signal_ends_the_new_one() {
    let org = org();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.csv");
    fs::write(&file, "old").unwrap();
    hold(&org, Route::QueryMore, 0);
    let errors = File::create(folder.path().join("stderr")).unwrap();
    let mut process = org
        .command(&QUERY)
        .arg("-O")
        .arg(&file)
        .stdout(Stdio::null())
        .stderr(errors)
        .spawn()
        .unwrap();
    org.block_on(org.control().until_held(1));
    let sent = send(&process, Signal::HUP);
    ended_by(Signal::HUP, until_ended(&mut process), sent, "an old file");
    assert_eq!(fs::read_to_string(&file).unwrap(), "old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}
