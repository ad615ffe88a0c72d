//! The real binary, as a user runs it.

use std::io::Write as _;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// What a command says that is done, after a second of waiting for its new session to be
/// stored.
const WAITING: &str = "note: waiting up to 20 s until the new session is stored";

/// What a run left behind.
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("sfbox writes UTF-8");
        Self {
            status: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// The records, of a run that worked.
    #[track_caller]
    pub(crate) fn records(&self) -> Vec<Value> {
        assert_eq!(self.status, 0, "{}", self.stderr);
        serde_json::from_str(&self.stdout).expect("a JSON array")
    }

    /// The object, of a run that worked.
    #[track_caller]
    pub(crate) fn object(&self) -> Value {
        assert_eq!(self.status, 0, "{}", self.stderr);
        serde_json::from_str(&self.stdout).expect("a JSON object")
    }

    /// Whether it said that it waits until its new session is stored.
    pub(crate) fn waited(&self) -> bool {
        self.stderr.lines().any(|line| line == WAITING)
    }

    /// What else it said.
    pub(crate) fn complaints(&self) -> Vec<&str> {
        let lines = self.stderr.lines();
        lines.filter(|line| *line != WAITING).collect()
    }

    /// A run that failed with this status and these words on stderr.
    #[track_caller]
    pub(crate) fn fails(&self, status: i32, words: &str) {
        assert_eq!(self.status, status, "{}", self.stderr);
        assert!(
            self.stderr.contains(words),
            "`{words}` is not in:\n{}",
            self.stderr
        );
        assert!(
            self.stderr.starts_with("error: ") || self.stderr.contains("\nerror: "),
            "{}",
            self.stderr
        );
    }
}

/// The binary with nothing of this process's environment.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sfbox"));
    command
        .env_clear()
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .stdin(Stdio::null());
    command
}

/// Runs `command` with this on stdin.
pub(crate) fn piped(command: &mut Command, input: &[u8]) -> Run {
    let mut process = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("sfbox runs");
    // It may have ended without reading.
    _ = process
        .stdin
        .take()
        .expect("stdin is piped")
        .write_all(input);
    Run::of(process.wait_with_output().expect("sfbox ends"))
}

/// Runs it to its end.
pub(crate) fn run<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> Run {
    Run::of(command().args(arguments).output().expect("sfbox runs"))
}

/// Starts processes at once, and waits for all of them.
pub(crate) fn run_all(commands: impl IntoIterator<Item = Command>) -> Vec<Run> {
    let running: Vec<Child> = commands
        .into_iter()
        .map(|mut command| start(&mut command))
        .collect();
    running.into_iter().map(end).collect()
}

/// Of processes that made so many logins, only those who logged in can have waited until
/// their session was stored.
#[track_caller]
pub(crate) fn only_those_who_log_in_wait(runs: &[Run], logins: u64) {
    let waited = runs.iter().filter(|run| run.waited()).count() as u64;
    assert!(waited <= logins, "{waited} waited, {logins} logged in");
}

/// Starts a process whose output is kept.
pub(crate) fn start(command: &mut Command) -> Child {
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a process starts")
}

/// Waits for its end.
pub(crate) fn end(process: Child) -> Run {
    Run::of(process.wait_with_output().expect("a process ends"))
}
