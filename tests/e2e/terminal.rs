//! A terminal, as a program sees it that runs in one.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::termios::{LocalModes, tcgetattr};
use workspace::{python, root};

/// How long a test waits for something to be shown.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often it looks.
const GLANCE: Duration = Duration::from_millis(5);

/// After all that is shown: `pty_bridge.py` writes it.
const END: &str = "\0end\0";

/// A pseudo-terminal. `tests/python/pty_bridge.py` holds its other end.
pub(crate) struct Terminal {
    bridge: Child,
    typed: ChildStdin,
    unread: Option<BufReader<ChildStdout>>,
    slave: File,
    shown: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Terminal {
    /// One with so many columns. What it shows is read only from [`Self::read`] on.
    pub(crate) fn new(columns: u16) -> Self {
        let mut bridge = Command::new(python())
            .arg(root().join("tests/python/pty_bridge.py"))
            .arg(columns.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut unread = BufReader::new(bridge.stdout.take().unwrap());
        let mut name = String::new();
        unread.read_line(&mut name).unwrap();
        let slave = OpenOptions::new()
            .read(true)
            .write(true)
            .open(name.trim_end())
            .unwrap();
        Self {
            typed: bridge.stdin.take().unwrap(),
            bridge,
            unread: Some(unread),
            slave,
            shown: Arc::default(),
            reader: None,
        }
    }

    /// Starts a program in it.
    pub(crate) fn start(&self, command: &mut Command) -> Child {
        let slave = || Stdio::from(self.slave.try_clone().unwrap());
        let child = command
            .stdin(slave())
            .stdout(slave())
            .stderr(slave())
            .spawn()
            .unwrap();
        // The command holds on to the terminal otherwise.
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        child
    }

    /// Begins to read what it shows.
    pub(crate) fn read(&mut self) {
        let mut unread = self.unread.take().unwrap();
        self.type_in("read\n");
        let shown = Arc::clone(&self.shown);
        self.reader = Some(thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(read @ 1..) = unread.read(&mut piece) {
                shown.lock().unwrap().extend(&piece[..read]);
            }
        }));
    }

    /// Types something.
    pub(crate) fn type_in(&mut self, text: &str) {
        self.typed.write_all(text.as_bytes()).unwrap();
    }

    /// Whether it shows what is typed.
    pub(crate) fn echoes(&self) -> bool {
        let modes = tcgetattr(&self.slave).unwrap().local_modes;
        modes.contains(LocalModes::ECHO)
    }

    /// Waits until something has been shown.
    pub(crate) fn until_shown(&self, words: &str) {
        until(|| {
            let shown = self.shown.lock().unwrap();
            String::from_utf8_lossy(&shown).contains(words)
        });
    }

    /// What it has shown so far.
    pub(crate) fn written(&self) -> String {
        let shown = self.shown.lock().unwrap();
        String::from_utf8_lossy(&shown).replace("\r\n", "\n")
    }

    /// All that it has shown, when no program has it any more.
    pub(crate) fn end(self) -> String {
        let Self {
            mut bridge,
            typed,
            shown,
            reader,
            ..
        } = self;
        drop(typed);
        reader.unwrap().join().unwrap();
        bridge.wait().unwrap();
        let shown = std::mem::take(&mut *shown.lock().unwrap());
        let shown = String::from_utf8(shown).unwrap().replace("\r\n", "\n");
        shown.trim_end_matches(END).to_owned()
    }
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn until(mut is: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < PATIENCE, "it has not come");
        thread::sleep(GLANCE);
    }
}
