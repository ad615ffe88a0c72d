//! The audit: a file of JSON lines, one write a line.
//!
//! What guarantees that no write leaves without a line: **the line comes first**. A
//! write has two lines under one name, `event`. The first says what is about to be
//! sent, and nothing is sent before it is in the file; the second says what came of
//! it. A process that dies between the two leaves the first: the write may have
//! happened. One line after the write would leave nothing then, and room that is
//! reserved for it ahead says nothing to who reads the file.
//!
//! A denial has one line; where they come in a flood, those past the first hundred of a
//! minute are counted, and share a line for each method and route. Reads, and the component's own logins, have none.
//!
//! Lines are handed to the operating system and not flushed to the disk: what a
//! machine that stops loses is the system's to say.

mod clock;
mod event;
mod line;
mod surge;

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

use crate::private;
pub(crate) use event::Event;
pub(crate) use line::Subject;
pub(crate) use surge::{Noted, Surge};

/// How much of a UUID names a process among those that write to the file, in digits.
const PROCESS_DIGITS: usize = 8;

/// The file of an audit. It is opened for each line, so that whoever rotates files can
/// move it away, and is this user's alone.
pub(crate) struct Audit {
    path: PathBuf,
    process: String,
    events: AtomicU64,
}

impl Audit {
    pub(crate) fn new(path: PathBuf) -> Self {
        let mut process = Uuid::new_v4().simple().to_string();
        process.truncate(PROCESS_DIGITS);
        Self {
            path,
            process,
            events: AtomicU64::new(0),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether lines can be written now; makes the file.
    ///
    /// # Errors
    ///
    /// Why not.
    pub(crate) fn check(&self) -> io::Result<()> {
        self.open().map(drop)
    }

    /// A name for an event, of this process and no other.
    fn name(&self) -> String {
        let number = self.events.fetch_add(1, Ordering::Relaxed);
        format!("{}-{number}", self.process)
    }

    /// Appends a line, whole or not at all as far as the file system lets it.
    ///
    /// # Errors
    ///
    /// When not all of it is in the file.
    fn append(&self, line: &str) -> io::Result<()> {
        let file = self.open()?;
        // Until the file is closed. A line of another process that is half written looks
        // torn.
        file.lock()?;
        let mut bytes = Vec::with_capacity(line.len() + 2);
        if is_torn(&file)? {
            // A line that the disk had no room for is over.
            bytes.push(b'\n');
        }
        bytes.extend_from_slice(line.as_bytes());
        bytes.push(b'\n');
        let written = loop {
            match (&file).write(&bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                written => break written?,
            }
        };
        match written == bytes.len() {
            true => Ok(()),
            false => Err(io::ErrorKind::StorageFull.into()),
        }
    }

    fn open(&self) -> io::Result<File> {
        let mut options = OpenOptions::new();
        private::open(options.read(true).append(true).create(true), &self.path)
    }
}

/// Whether the file ends in the middle of a line.
fn is_torn(file: &File) -> io::Result<bool> {
    let length = file.metadata()?.len();
    let mut last = [0];
    let read = match length.checked_sub(1) {
        Some(at) => file.read_at(&mut last, at)?,
        None => 0,
    };
    Ok(read == 1 && last != *b"\n")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::sync::Arc;
    use std::thread;

    use super::*;

    fn audit() -> (tempfile::TempDir, Audit) {
        let folder = tempfile::tempdir().unwrap();
        let audit = Audit::new(folder.path().join("audit.jsonl"));
        (folder, audit)
    }

    #[test]
    fn the_file_is_its_owners_alone() {
        let (_folder, audit) = audit();
        audit.check().unwrap();
        audit.append("{}").unwrap();
        let mode = fs::metadata(audit.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::set_permissions(audit.path(), fs::Permissions::from_mode(0o640)).unwrap();
        let refused = audit.append("{}").unwrap_err();
        assert!(refused.to_string().contains("chmod 600"), "{refused}");
        assert_eq!(fs::read_to_string(audit.path()).unwrap(), "{}\n");
    }

    #[test]
    fn a_link_or_a_device_is_no_audit() {
        let (folder, audit) = audit();
        symlink("/dev/full", audit.path()).unwrap();
        audit.append("{}").unwrap_err();
        let missing = Audit::new(folder.path().join("no/such/folder"));
        missing.check().unwrap_err();
        Audit::new("/dev/full".into()).check().unwrap_err();
    }

    #[test]
    fn a_line_that_was_torn_spoils_no_other() {
        let (_folder, audit) = audit();
        audit.append("first").unwrap();
        let torn = OpenOptions::new().append(true).open(audit.path());
        torn.unwrap().write_all(b"{\"time").unwrap();
        audit.append("next").unwrap();
        audit.append("last").unwrap();
        let text = fs::read_to_string(audit.path()).unwrap();
        assert_eq!(text, "first\n{\"time\nnext\nlast\n");
    }

    #[test]
    fn a_file_that_is_moved_away_is_begun_again() {
        let (folder, audit) = audit();
        audit.append("old").unwrap();
        fs::rename(audit.path(), folder.path().join("audit.1")).unwrap();
        audit.append("new").unwrap();
        assert_eq!(fs::read_to_string(audit.path()).unwrap(), "new\n");
    }

    #[test]
    fn lines_of_many_writers_stay_whole() {
        const WRITERS: usize = 8;
        const LINES: usize = 200;
        let (_folder, first) = audit();
        let path = Arc::new(first.path().to_owned());
        thread::scope(|scope| {
            for writer in 0..WRITERS {
                let audit = Audit::new(path.to_path_buf());
                let line = writer.to_string().repeat(300);
                scope.spawn(move || {
                    for _ in 0..LINES {
                        audit.append(&line).unwrap();
                    }
                });
            }
        });
        let text = fs::read_to_string(&*path).unwrap();
        assert_eq!(text.lines().count(), WRITERS * LINES);
        for line in text.lines() {
            let first = &line[..1];
            assert_eq!(line, first.repeat(300));
        }
    }

    #[test]
    fn each_event_has_a_name_of_its_own() {
        let (_folder, audit) = audit();
        assert_ne!(audit.name(), audit.name());
    }
}
