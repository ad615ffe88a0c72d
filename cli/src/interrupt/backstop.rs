//! The end of a process that a signal cannot end otherwise.
//!
//! A command ends by itself after a signal, unless it waits for something that
//! does not come: a reader that has stopped reading, a pipe that nobody opens, a
//! disk. A thread of its own waits beside it, and then undoes what must not stay
//! and ends the process.

use std::io::{self, Write as _, stderr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, TryLockError, mpsc};
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Signal, getpid, kill_process};
use rustix::termios::{OptionalActions, Termios, tcsetattr};
use tokio::signal::unix::{Signal as Stops, SignalKind, signal};

use super::{Interrupted, Signals, is_ignored};
use crate::progress;

/// How long a command may take to end by itself: more than it waits for what it
/// began.
const GRACE: Duration = Duration::from_secs(3);

/// The same, when it waits for its output to be taken.
const GRACE_OF_OUTPUT: Duration = Duration::from_millis(500);

/// Whether the command listens to signals as well, and ends by itself.
static ENDS_BY_ITSELF: AtomicBool = AtomicBool::new(false);

/// How often output began or ended to wait for its reader; odd while it waits.
static OUTPUT: AtomicU64 = AtomicU64::new(0);

/// What is undone at the end.
static UNDO: Mutex<Undo> = Mutex::new(Undo {
    file: None,
    terminal: None,
});

struct Undo {
    /// A file that is not complete.
    file: Option<PathBuf>,
    /// How the terminal was, and how it is while a secret is typed.
    terminal: Option<(Termios, Termios)>,
}

/// Begins to wait for signals, once in a process: what has to be restored then is
/// known before. From then on no signal ends the process by itself.
pub(crate) fn start() -> io::Result<()> {
    static STARTED: OnceLock<Result<(), io::ErrorKind>> = OnceLock::new();
    let started = STARTED.get_or_init(|| start_thread().map_err(|error| error.kind()));
    started.map_err(io::Error::from)
}

/// Says that the command listens to signals from now on, and ends by itself.
pub(super) fn leave_it_to_the_command() {
    ENDS_BY_ITSELF.store(true, Ordering::SeqCst);
}

/// Removes this file when a signal ends the process.
pub(crate) fn remove_at_end(file: &Path) {
    undo().file = Some(file.to_owned());
}

/// The file is complete, or has been removed.
pub(crate) fn keep_at_end() {
    undo().file = None;
}

/// Makes a terminal as it was when a signal ends or stops the process. After a
/// stop it is as it is now again.
pub(crate) fn restore_at_end(was: Termios, is: Termios) {
    undo().terminal = Some((was, is));
}

/// The terminal is as it was.
pub(crate) fn restored() {
    undo().terminal = None;
}

/// Writes something that may wait for a reader.
pub(crate) fn output<T>(write: impl FnOnce() -> T) -> T {
    OUTPUT.fetch_add(1, Ordering::SeqCst);
    let written = write();
    OUTPUT.fetch_add(1, Ordering::SeqCst);
    written
}

fn undo() -> std::sync::MutexGuard<'static, Undo> {
    UNDO.lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn start_thread() -> io::Result<()> {
    let (ready, is_ready) = mpsc::channel();
    thread::Builder::new()
        .name("sfbox-signals".to_owned())
        .spawn(move || run(&ready))?;
    is_ready
        .recv()
        .unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))
}

fn run(ready: &mpsc::Sender<io::Result<()>>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let begun = runtime.and_then(|runtime| {
        let listening = {
            let _entered = runtime.enter();
            (Signals::new()?, stops()?)
        };
        Ok((runtime, listening))
    });
    match begun {
        Ok((runtime, (signals, stop))) => {
            // Nobody waits for it if the process is about to end.
            _ = ready.send(Ok(()));
            runtime.block_on(watch(signals, stop));
        }
        Err(error) => _ = ready.send(Err(error)),
    }
}

/// Ctrl-Z, if there is a terminal to be restored before it, or a line to be removed
/// from one.
fn stops() -> io::Result<Option<Stops>> {
    let kind = SignalKind::from_raw(Signal::TSTP.as_raw());
    let is_needed = undo().terminal.is_some() || progress::is_seen();
    let is_needed = is_needed && !is_ignored(Signal::TSTP);
    is_needed.then(|| signal(kind)).transpose()
}

async fn watch(mut signals: Signals, mut stop: Option<Stops>) {
    let first = loop {
        let stopped = async {
            match &mut stop {
                Some(stop) => stop.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            interrupted = signals.next() => break interrupted,
            _ = stopped => stop_process().await,
        }
    };
    if ENDS_BY_ITSELF.load(Ordering::SeqCst) {
        tokio::select! {
            // Somebody is in a hurry.
            _ = signals.next() => {}
            () = until_it_should_have_ended() => {}
        }
    }
    end(first);
}

async fn until_it_should_have_ended() {
    let before = OUTPUT.load(Ordering::SeqCst);
    tokio::time::sleep(GRACE_OF_OUTPUT).await;
    let is_waiting = before % 2 == 1 && OUTPUT.load(Ordering::SeqCst) == before;
    if !is_waiting {
        tokio::time::sleep(GRACE - GRACE_OF_OUTPUT).await;
    }
}

/// Stops as Ctrl-Z asks, with the terminal as it was.
async fn stop_process() {
    // This thread may run on for a moment before the whole process is stopped: only
    // this signal tells that it goes on.
    let Ok(mut goes_on) = signal(SignalKind::from_raw(Signal::CONT.as_raw())) else {
        return;
    };
    let terminal = undo().terminal.clone();
    if let Some((was, _)) = &terminal {
        set(was);
    }
    progress::without_line(|erase| {
        say(erase);
        _ = kill_process(getpid(), Signal::STOP);
    });
    goes_on.recv().await;
    if let Some((_, is)) = &terminal {
        set(is);
    }
}

/// Undoes what must not stay, and ends the process.
#[expect(
    clippy::exit,
    reason = "the rest of the process waits for something that does not come"
)]
fn end(interrupted: Interrupted) -> ! {
    // A lock that is held belongs to what does not end.
    let undo = match UNDO.try_lock() {
        Ok(undo) => Some(undo),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    };
    if let Some(undo) = &undo {
        if let Some((was, _)) = &undo.terminal {
            set(was);
        }
        if let Some(file) = &undo.file {
            _ = std::fs::remove_file(file);
        }
    }
    progress::without_line(|erase| say(&format!("{erase}error: {interrupted}\n")));
    std::process::exit(interrupted.exit_code().into())
}

fn set(terminal: &Termios) {
    // There is nothing to be done about a terminal that has gone.
    _ = tcsetattr(io::stdin(), OptionalActions::Flush, terminal);
}

/// Writes to stderr, if that does not wait for a reader either.
fn say(text: &str) {
    if text.is_empty() {
        return;
    }
    let stderr = stderr();
    let mut ready = [PollFd::new(&stderr, PollFlags::OUT)];
    let now = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    if matches!(poll(&mut ready, Some(&now)), Ok(1..)) {
        _ = rustix::io::write(&stderr, text.as_bytes());
    }
    _ = io::stderr().flush();
}
