//! What a signal leaves of an export: its exit status, what is on the disk, and
//! how long the end took.
//!
//! The signals are those that can be handled and end a process unless they are. What a
//! mistake of the program raises, such as SIGSEGV, is not handled.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use sfbox_emulator::{Effect, Fault, FaultRoute, Route};
use workspace::extent;

use crate::org::Org;
use crate::sfbox::{command, end, start};
use crate::terminal::{Terminal, until};

/// The longest that an end may take: what was begun is waited for, 2 s, on a
/// machine that does other things as well.
const END_MAX: Duration = Duration::from_secs(5);

/// Those that people and their programs send.
const USUAL: [Signal; 4] = [Signal::HUP, Signal::INT, Signal::QUIT, Signal::TERM];

/// All that ask a process to end.
const ALL: &[Signal] = &[
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
    #[cfg(target_os = "linux")]
    Signal::POWER,
    #[cfg(target_os = "linux")]
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

/// What an export writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Output {
    File,
    PipeThatIsRead,
    /// It takes all of the rows.
    Pipe,
    Terminal,
    /// It takes some thousand bytes.
    TerminalThatIsNotRead,
}

const OUTPUTS: [Output; 4] = [
    Output::File,
    Output::PipeThatIsRead,
    Output::Pipe,
    Output::Terminal,
];

/// How many exports go on at a time, each of an org of its own.
const SIDE_BY_SIDE: usize = 12;

/// One export, and when which signal ends it.
#[derive(Clone, Copy, Debug)]
struct Case {
    signal: Signal,
    /// An index of [`MOMENTS`].
    moment: usize,
    output: Output,
}

/// Every signal at every moment with every output: whole before a release. Else the
/// usual signals so, and each other one at every moment and with every output, but not
/// in all pairs.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (at, &signal) in ALL.iter().enumerate() {
        for moment in 0..MOMENTS.len() {
            let is_in_all = USUAL.contains(&signal) || extent::is_whole();
            let one = OUTPUTS[(at + moment) % OUTPUTS.len()];
            for output in OUTPUTS {
                if is_in_all || output == one {
                    cases.push(Case {
                        signal,
                        moment,
                        output,
                    });
                }
            }
            if [Signal::HUP, Signal::TERM].contains(&signal) {
                cases.push(Case {
                    signal,
                    moment,
                    output: Output::TerminalThatIsNotRead,
                });
            }
        }
    }
    cases
}

#[test]
fn every_signal_ends_an_export_at_every_moment() {
    let cases = Mutex::new(cases().into_iter());
    thread::scope(|scope| {
        for _ in 0..SIDE_BY_SIDE {
            scope.spawn(|| {
                let place = Place::new();
                while let Some(case) = next(&cases) {
                    place.end(case);
                }
            });
        }
    });
}

fn next(cases: &Mutex<impl Iterator<Item = Case>>) -> Option<Case> {
    cases.lock().unwrap().next()
}

/// Reads a pipe to its end.
struct Reader {
    bytes: Arc<AtomicUsize>,
    thread: JoinHandle<String>,
}

impl Reader {
    fn of(mut pipe: ChildStdout) -> Self {
        let bytes = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&bytes);
        let thread = thread::spawn(move || {
            let mut text = Vec::new();
            let mut part = [0; 4_096];
            loop {
                let length = pipe.read(&mut part).unwrap();
                if length == 0 {
                    return String::from_utf8(text).unwrap();
                }
                text.extend_from_slice(&part[..length]);
                count.store(text.len(), Ordering::Relaxed);
            }
        });
        Self { bytes, thread }
    }

    /// How many bytes it has read.
    fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// All of them, when there are no more.
    fn end(self) -> String {
        self.thread.join().unwrap()
    }
}

/// Where one export after the other goes on.
struct Place {
    org: Org,
    /// What an export writes that nothing ends.
    whole: String,
    folder: tempfile::TempDir,
    terminal: Terminal,
}

impl Place {
    fn new() -> Self {
        let mut terminal = Terminal::new(80);
        terminal.read();
        let org = org();
        let whole = org.sfbox(&QUERY).stdout;
        assert_eq!(whole.lines().count(), 1 + ROWS);
        Self {
            org,
            whole,
            folder: tempfile::tempdir().unwrap(),
            terminal,
        }
    }

    /// Begins an export, ends it by a signal, and looks at what is left.
    fn end(&self, case: Case) {
        let org = &self.org;
        let (moment, route, skip) = MOMENTS[case.moment];
        let what = format!("{case:?}, {moment}");
        hold(org, route, skip);
        let before = queries(org);
        let unread = (case.output == Output::TerminalThatIsNotRead).then(|| Terminal::new(80));
        let mut process = self.start(case.output, unread.as_ref());
        let is_read = case.output == Output::PipeThatIsRead;
        let reader = is_read.then(|| Reader::of(process.stdout.take().unwrap()));
        if unread.is_some() && route == Route::QueryMore {
            until(|| queries(org) > before);
        } else {
            org.block_on(org.control().until_held(1));
        }
        // A page is asked for while the one before it is written.
        let due = self.pages(case.moment.saturating_sub(1));
        match (&reader, case.output) {
            (Some(reader), _) => until(|| reader.bytes() >= due.len()),
            (None, Output::Pipe) => until(|| bytes_in_pipe(&process) >= due.len() as u64),
            (None, _) => {}
        }
        let sent = send(&process, case.signal);
        let status = until_ended(&mut process);
        ended_by(case.signal, status, sent, &what);
        let text = match (reader, case.output) {
            (Some(reader), _) => Some(reader.end()),
            (None, Output::Pipe) => Some(end(process).stdout),
            (None, _) => None,
        };
        if let Some(text) = text {
            assert_eq!(text, due, "{what}");
        }
        assert!(is_empty(self.folder.path()), "{what}");
        assert_eq!(half_written(org), Vec::<String>::new(), "{what}");
        let_go(org);
    }

    /// What is written of so many pages.
    fn pages(&self, pages: usize) -> String {
        let lines = if pages > 0 { 1 + pages * 200 } else { 0 };
        let whole = self.whole.split_inclusive('\n');
        whole.take(lines).collect()
    }

    fn start(&self, output: Output, unread: Option<&Terminal>) -> Child {
        let mut command = self.org.command(&QUERY);
        // Whatever it makes elsewhere is found, too.
        command
            .current_dir(self.folder.path())
            .env("TMPDIR", self.folder.path());
        match output {
            Output::File => start(command.arg("-O").arg(self.folder.path().join("rows.csv"))),
            Output::PipeThatIsRead | Output::Pipe => start(&mut command),
            Output::Terminal | Output::TerminalThatIsNotRead => {
                unread.unwrap_or(&self.terminal).start(&mut command)
            }
        }
    }
}

/// The files of the store that are neither the secret, nor its lock or claims.
fn half_written(org: &Org) -> Vec<String> {
    let secret = org.secret_file();
    let files = fs::read_dir(secret.parent().unwrap()).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    names
        .filter(|name| !matches!(name.as_str(), "acme.json" | "acme.lock" | "ca.pem"))
        .filter(|name| !name.ends_with(".claim"))
        .collect()
}

/// What a pipe takes without a reader. Source: pipe(7), "Pipe capacity".
const PIPE_BYTES: u64 = 65_536;

/// More than a few rows have, for which there was no room.
const ROWS_BYTES_MAX: u64 = 4_096;

/// How many bytes are in a pipe.
fn bytes_in_pipe(process: &Child) -> u64 {
    rustix::io::ioctl_fionread(process.stdout.as_ref().unwrap()).unwrap()
}

/// Waits until a pipe takes no more.
fn until_full(process: &Child) {
    until(|| bytes_in_pipe(process) > PIPE_BYTES - ROWS_BYTES_MAX);
}

#[test]
fn a_reader_that_has_stopped_reading_keeps_no_process_alive() {
    let org = org();
    org.sfbox(&["session", "renew"]).object();
    let processes: Vec<(Signal, Child)> = ALL
        .iter()
        .map(|&signal| (signal, start(&mut org.command(&LARGE))))
        .collect();
    let sent: Vec<(Signal, Child, Instant)> = processes
        .into_iter()
        .map(|(signal, process)| {
            until_full(&process);
            let sent = send(&process, signal);
            (signal, process, sent)
        })
        .collect();
    for (signal, mut process, sent) in sent {
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
// Elsewhere no process sets the limit of another one.
#[cfg(target_os = "linux")]
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
