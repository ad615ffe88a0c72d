//! The file of what was typed before. Several prompts may have it open at once.
//!
//! Each entry is appended with one write under a lock, so that no prompt loses an entry of
//! another. A file that has become too long is replaced by a shorter one under the same
//! lock; a prompt that waited for it sees that the name leads elsewhere now.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;

use super::history::{entries, line, shortened};
use crate::base_directory;

/// Only the owner reads what was typed.
const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;

/// The largest file that is read, in bytes: 10,000 statements of some lines.
const BYTES_MAX: u64 = 64 << 20;

/// How often a lock is asked for that another prompt has, and how long this one waits
/// between: a prompt that was stopped must not stop others.
const ATTEMPTS_MAX: usize = 200;
const PAUSE: Duration = Duration::from_millis(5);

/// The file.
pub(super) struct HistoryFile(PathBuf);

impl HistoryFile {
    /// Where it is for this user; `None` if that is not known.
    ///
    /// Source: XDG Base Directory Specification, `XDG_STATE_HOME`.
    pub(super) fn find() -> Option<Self> {
        let folder = base_directory::find("XDG_STATE_HOME", ".local/state")?;
        Some(Self(folder.join("sfbox").join("history")))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// What it has, oldest first. It may not exist yet.
    pub(super) fn read(&self) -> io::Result<Vec<String>> {
        match self.open(OpenOptions::new().read(true)) {
            Ok(file) => Ok(entries(&content(&file)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Adds an entry.
    pub(super) fn add(&self, typed: &str) -> io::Result<()> {
        if let Some(folder) = self.0.parent() {
            DirBuilder::new()
                .recursive(true)
                .mode(FOLDER_MODE)
                .create(folder)?;
        }
        let mut file = self.locked()?;
        let before = content(&file)?;
        // A process that died in the middle of a line left one without an end.
        let mut added = String::new();
        if before.last().is_some_and(|last| *last != b'\n') {
            added.push('\n');
        }
        added.push_str(&line(typed));
        let whole = [&before, added.as_bytes()].concat();
        match shortened(&whole) {
            None => file.write_all(added.as_bytes()),
            Some(shorter) => self.replace(&shorter),
        }
    }

    /// The file, which nobody else changes until it is closed.
    fn locked(&self) -> io::Result<File> {
        for _ in 0..ATTEMPTS_MAX {
            let mut options = OpenOptions::new();
            let file = self.open(options.read(true).append(true).create(true))?;
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Err(Errno::WOULDBLOCK) => {
                    sleep(PAUSE);
                    continue;
                }
                locked => locked?,
            }
            let (opened, named) = (file.metadata()?, fs::symlink_metadata(&self.0));
            let is_same =
                |named: &fs::Metadata| (named.dev(), named.ino()) == (opened.dev(), opened.ino());
            if named.as_ref().is_ok_and(is_same) {
                return Ok(file);
            }
        }
        Err(io::Error::other("another prompt does not release it"))
    }

    fn replace(&self, content: &[u8]) -> io::Result<()> {
        let folder = self.0.parent().unwrap_or(Path::new("."));
        let mut new = tempfile::Builder::new()
            .prefix(".history-")
            .permissions(Permissions::from_mode(FILE_MODE))
            .tempfile_in(folder)?;
        new.write_all(content)?;
        new.persist(&self.0)?;
        Ok(())
    }

    /// Opens it, and makes it private if it was not. A link is not followed, and nothing
    /// else than a file is opened.
    fn open(&self, options: &mut OpenOptions) -> io::Result<File> {
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let file = options
            .mode(FILE_MODE)
            .custom_flags(flags.bits().cast_signed())
            .open(&self.0)?;
        let found = file.metadata()?;
        if !found.is_file() {
            return Err(io::Error::other("it is not a file"));
        }
        if found.permissions().mode() & 0o077 != 0 {
            file.set_permissions(Permissions::from_mode(FILE_MODE))?;
        }
        Ok(file)
    }
}

fn content(file: &File) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    let read = file.take(BYTES_MAX + 1).read_to_end(&mut content)?;
    if read as u64 > BYTES_MAX {
        return Err(io::Error::other("it is too long"));
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::super::history::LINES_MAX;
    use super::*;

    fn history(folder: &Path) -> HistoryFile {
        HistoryFile(folder.join("state/sfbox/history"))
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_was_typed_comes_back_and_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let history = history(folder.path());
        assert!(history.read().unwrap().is_empty());
        history.add("SELECT Id\nFROM A;").unwrap();
        history.add("\\d").unwrap();
        assert_eq!(history.read().unwrap(), ["SELECT Id\nFROM A;", "\\d"]);
        assert_eq!(mode(history.path()), 0o600);
        assert_eq!(mode(history.path().parent().unwrap()), 0o700);
    }

    #[test]
    fn a_file_that_others_could_read_becomes_private() {
        let folder = tempfile::tempdir().unwrap();
        let history = history(folder.path());
        history.add("a").unwrap();
        fs::set_permissions(history.path(), Permissions::from_mode(0o644)).unwrap();
        history.add("b").unwrap();
        assert_eq!(mode(history.path()), 0o600);
    }

    #[test]
    fn a_prompt_that_was_stopped_does_not_stop_others() {
        let folder = tempfile::tempdir().unwrap();
        let history = history(folder.path());
        history.add("a").unwrap();
        let stopped = history.locked().unwrap();
        assert!(history.add("b").is_err());
        drop(stopped);
        history.add("c").unwrap();
        assert_eq!(history.read().unwrap(), ["a", "c"]);
    }

    #[test]
    fn a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let history = history(folder.path());
        history.add("a").unwrap();
        let other = folder.path().join("other");
        fs::write(&other, "x").unwrap();
        fs::remove_file(history.path()).unwrap();
        std::os::unix::fs::symlink(&other, history.path()).unwrap();
        assert!(history.add("b").is_err());
        assert!(history.read().is_err());
        assert_eq!(fs::read_to_string(&other).unwrap(), "x");
    }

    #[test]
    fn a_line_that_was_cut_takes_no_other_along() {
        let folder = tempfile::tempdir().unwrap();
        let history = history(folder.path());
        history.add("a").unwrap();
        let mut file = OpenOptions::new()
            .append(true)
            .open(history.path())
            .unwrap();
        file.write_all(b"cut").unwrap();
        history.add("b").unwrap();
        assert_eq!(history.read().unwrap(), ["a", "cut", "b"]);
    }

    #[test]
    fn several_prompts_lose_nothing_even_when_the_file_becomes_too_long() {
        let folder = tempfile::tempdir().unwrap();
        let path = history(folder.path()).0;
        history(folder.path()).add("first").unwrap();
        // Nearly full, so that it is replaced again and again.
        let old: String = (0..LINES_MAX - 20)
            .map(|at| format!("old {at}\n"))
            .collect();
        fs::write(&path, old).unwrap();
        let prompts: Vec<_> = (0..4)
            .map(|prompt| {
                let history = HistoryFile(path.clone());
                thread::spawn(move || {
                    for at in 0..20 {
                        history.add(&format!("new {prompt} {at}")).unwrap();
                    }
                })
            })
            .collect();
        for prompt in prompts {
            prompt.join().unwrap();
        }
        let kept = HistoryFile(path).read().unwrap();
        assert_eq!(kept.len(), LINES_MAX);
        let new = kept.iter().filter(|line| line.starts_with("new"));
        assert_eq!(new.count(), 80);
        for prompt in 0..4 {
            let of = format!("new {prompt} ");
            let mut lines = kept.iter().filter_map(|line| line.strip_prefix(&of));
            assert!((0..20).all(|at| lines.next() == Some(at.to_string().as_str())));
        }
        let names = fs::read_dir(folder.path().join("state/sfbox")).unwrap();
        assert_eq!(names.count(), 1, "nothing else is left");
    }
}
