//! A sign of life for a person at a terminal: what a command waits for, and how far
//! it has come.
//!
//! Both are one line on stderr, which is gone before anything else is written there.
//! The task that waits draws it, between two looks at what it waits for; no thread is
//! needed. The line is drawn here and not by a library: those pad it to the width of
//! the terminal, so that the `^C` that a terminal shows wraps, and the line stays.

mod rows;

use std::io::{self, IsTerminal as _, Write, stderr};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use rustix::termios::tcgetwinsize;
use sfbox::{Activity, Org};
use tokio::time::timeout;

use crate::printable::printable;
use crate::width::cut;
use rows::Rows;

/// What is said while a call has not begun to wait for anything.
pub(crate) const STARTING: &str = "starting";

/// How long a command waits in silence.
const SILENCE: Duration = Duration::from_millis(500);

/// How often the line is drawn anew.
const LOOK: Duration = Duration::from_millis(100);

/// What stays free at the end of the line: for the `^C` that a terminal shows.
const MARGIN: u16 = 4;

/// How wide a terminal is that does not say so.
const COLUMNS: u16 = 80;

/// Removes the line that the cursor is on.
const ERASE: &str = "\r\x1b[K";

/// The line that is on the terminal. Whoever writes to stderr holds it meanwhile.
static SHOWN: Mutex<Option<String>> = Mutex::new(None);

/// Whether `--quiet` was given.
static QUIET: AtomicBool = AtomicBool::new(false);

/// Shows and notes nothing from now on.
pub(crate) fn be_quiet() {
    QUIET.store(true, Ordering::Relaxed);
}

/// Whether only what is wrong is to be shown.
pub(crate) fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// Whether somebody sees the line.
pub(crate) fn is_seen() -> bool {
    // A terminal of that kind cannot remove a line.
    let is_dumb = std::env::var_os("TERM").is_none_or(|kind| kind.is_empty() || kind == "dumb");
    !is_quiet() && !is_dumb && stderr().is_terminal()
}

/// Writes to stderr while the line is not there.
pub(crate) fn above<T>(write: impl FnOnce() -> T) -> T {
    let shown = shown();
    if shown.is_some() {
        put(ERASE);
    }
    let written = write();
    if let Some(line) = &*shown {
        put(&drawn(line));
    }
    written
}

/// Does something with the line removed, without waiting for whoever draws it.
pub(crate) fn without_line<T>(work: impl FnOnce(&'static str) -> T) -> T {
    let shown = match SHOWN.try_lock() {
        Ok(shown) => Some(shown),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    };
    let is_there = shown.as_ref().is_some_and(|shown| shown.is_some());
    work(if is_there { ERASE } else { "" })
}

/// stderr, for log lines: they are written above the line.
pub(crate) struct Above;

impl Write for Above {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        above(|| stderr().lock().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        stderr().flush()
    }
}

/// What a command shows while it waits.
pub(crate) struct Progress {
    org: Org,
    is_seen: bool,
    rows: Option<Rows>,
}

/// A line that goes when this is dropped.
struct Line;

impl Drop for Line {
    fn drop(&mut self) {
        show(None);
    }
}

impl Progress {
    /// Of the calls on this org.
    pub(crate) fn of(org: &Org) -> Self {
        Self {
            org: org.clone(),
            is_seen: is_seen(),
            rows: None,
        }
    }

    /// Shows nothing from now on: something else is on the line.
    pub(crate) fn end(&mut self) {
        self.is_seen = false;
    }

    /// Says that so many of all rows are written, if that is known. The line stays until
    /// this is dropped.
    pub(crate) fn reached(&mut self, rows: u64, of: Option<u64>) {
        if !self.is_seen {
            return;
        }
        let counted = self.rows.get_or_insert_with(Rows::begin);
        counted.reached(rows, of);
        if counted.is_due(LOOK) {
            show(Some(&counted.words()));
        }
    }

    /// Does some work, and says what is waited for if it takes long. `otherwise` is said
    /// until the org's calls wait for something.
    pub(crate) async fn during<T>(&self, otherwise: &str, work: impl Future<Output = T>) -> T {
        if !self.is_seen {
            return work.await;
        }
        let begun = Instant::now();
        let mut work = pin!(work);
        if let Ok(done) = timeout(SILENCE, work.as_mut()).await {
            return done;
        }
        let _line = self.rows.is_none().then(|| Line);
        let first = words(&self.org.activity());
        let mut said = (first.unwrap_or_else(|| otherwise.to_owned()), begun);
        let done = loop {
            if let Some(words) = words(&self.org.activity())
                && words != said.0
            {
                said = (words, Instant::now());
            }
            show(Some(&self.line(&said)));
            if let Ok(done) = timeout(LOOK, work.as_mut()).await {
                break done;
            }
        };
        if let Some(rows) = &self.rows {
            show(Some(&rows.words()));
        }
        done
    }

    /// What is waited for and for how long, after what has been reached.
    fn line(&self, (words, since): &(String, Instant)) -> String {
        let age = match self.org.activity() {
            Activity::LoginElsewhere(age) => age,
            _ => since.elapsed(),
        };
        let waiting = format!("{words} ({} s)", age.as_secs());
        match &self.rows {
            Some(rows) => format!("{}; {waiting}", rows.words()),
            None => waiting,
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.rows.is_some() {
            show(None);
        }
    }
}

/// What people are told that is waited for; `None` if that is nothing.
fn words(activity: &Activity) -> Option<String> {
    Some(match activity {
        Activity::Store => "waiting for the secret store".to_owned(),
        Activity::Login => "logging in".to_owned(),
        Activity::LoginElsewhere(_) => "another process is logging in".to_owned(),
        Activity::Request(host) => format!("waiting for {host}"),
        _ => return None,
    })
}

/// Makes this the line, or removes it.
fn show(line: Option<&str>) {
    let mut shown = shown();
    let new = line.map(|line| fitted(line, columns()));
    if *shown == new {
        return;
    }
    match &new {
        Some(line) => put(&drawn(line)),
        None => put(ERASE),
    }
    *shown = new;
}

fn shown() -> MutexGuard<'static, Option<String>> {
    SHOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// As much as fits on one line: one that wraps cannot be removed.
fn fitted(line: &str, columns: u16) -> String {
    cut(&printable(line), columns.saturating_sub(MARGIN).into()).into_owned()
}

fn drawn(line: &str) -> String {
    format!("\r{line}\x1b[K")
}

fn columns() -> u16 {
    tcgetwinsize(stderr())
        .ok()
        .map(|size| size.ws_col)
        .filter(|columns| *columns > 0)
        .unwrap_or(COLUMNS)
}

/// A closed stderr is nobody's concern.
fn put(text: &str) {
    _ = stderr().lock().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_never_wraps() {
        let line = "waiting for acme.my.salesforce.com (12 s)";
        assert_eq!(fitted(line, 80), line);
        let exactly = u16::try_from(line.len()).unwrap() + MARGIN;
        assert_eq!(fitted(line, exactly), line);
        assert_eq!(
            fitted(line, exactly - 1),
            "waiting for acme.my.salesforce.com (12 …"
        );
        assert_eq!(fitted(line, MARGIN), "");
        assert_eq!(fitted("a\u{1b}[2Jb", 80), "a\\u{1b}[2Jb");
    }

    #[test]
    fn people_are_told_what_is_waited_for() {
        let host = "acme.my.salesforce.com".to_owned();
        for (activity, said) in [
            (Activity::Idle, None),
            (Activity::Store, Some("waiting for the secret store")),
            (Activity::Login, Some("logging in")),
            (
                Activity::LoginElsewhere(Duration::from_secs(12)),
                Some("another process is logging in"),
            ),
            (
                Activity::Request(host),
                Some("waiting for acme.my.salesforce.com"),
            ),
        ] {
            assert_eq!(words(&activity).as_deref(), said);
        }
    }
}
