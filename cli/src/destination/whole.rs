//! A file that has no name before all of it is written.

use std::ffi::OsString;
use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use uuid::Uuid;

use super::place::FilePlace;
use crate::interrupt::backstop;

/// The mode while it is written: nobody else's.
const MODE_UNFINISHED: u32 = 0o600;

/// The mode of a new file before the user's mask, as the shell's `>` creates it.
const MODE_NEW: u32 = 0o666;

/// Before a name that is not the last one.
const PREFIX: &str = ".sfbox-";

/// A file in its folder that takes its name when it is complete. Dropping it
/// leaves nothing behind.
pub(super) struct Whole {
    file: File,
    /// Where the system knows no file without a name.
    temporary: Option<Temporary>,
    place: FilePlace,
}

/// A file's name that is removed, unless the file gets another one: when this is
/// dropped, or when a signal ends the process.
struct Temporary(PathBuf);

impl Whole {
    /// Begins a file at that place; what is there stays as it is until
    /// [`Self::finish`].
    pub(super) fn begin(place: FilePlace) -> io::Result<Self> {
        let (file, temporary) = match unnamed(&place.folder) {
            Ok(file) => (file, None),
            Err(_) => {
                let (file, temporary) = named(&place.folder)?;
                (file, Some(temporary))
            }
        };
        Ok(Self {
            file,
            temporary,
            place,
        })
    }

    /// Puts it on the disk, gives it its mode, and then its name.
    pub(super) fn finish(self) -> io::Result<()> {
        let Self {
            file,
            temporary,
            place,
        } = self;
        let mode = place.mode.clone().unwrap_or_else(new_mode);
        file.set_permissions(mode)?;
        file.sync_all()?;
        place.check()?;
        // A file without a name cannot replace another: that takes a rename.
        let temporary = match temporary {
            Some(temporary) => temporary,
            None => link(&file, &place.folder)?,
        };
        temporary.rename(&place.path())?;
        // A folder that may be written and not read cannot be opened.
        if let Ok(folder) = File::open(&place.folder) {
            folder.sync_all()?;
        }
        Ok(())
    }
}

impl Write for Whole {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Temporary {
    fn new(folder: &Path) -> Self {
        let name = OsString::from(format!("{PREFIX}{}", Uuid::new_v4().simple()));
        let path = folder.join(name);
        // Before it is there, so that no signal comes between.
        backstop::remove_at_end(&path);
        Self(path)
    }

    fn rename(self, name: &Path) -> io::Result<()> {
        // What is not there any more is not removed.
        std::fs::rename(&self.0, name)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // After a rename there is none of that name.
        _ = std::fs::remove_file(&self.0);
        backstop::keep_at_end();
    }
}

/// A file without a name.
#[cfg(target_os = "linux")]
fn unnamed(folder: &Path) -> io::Result<File> {
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::openat(CWD, folder, flags, mode_unfinished())?);
    // Without /proc it would never get one.
    std::fs::symlink_metadata(path_of(&file))?;
    Ok(file)
}

#[cfg(not(target_os = "linux"))]
fn unnamed(_: &Path) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

fn named(folder: &Path) -> io::Result<(File, Temporary)> {
    let temporary = Temporary::new(folder);
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
    let file = rustix::fs::openat(CWD, &temporary.0, flags, mode_unfinished())?;
    Ok((File::from(file), temporary))
}

/// Gives a file without a name its first one.
///
/// Source: open(2), "O_TMPFILE": by the link in /proc, since that needs no
/// capability.
fn link(file: &File, folder: &Path) -> io::Result<Temporary> {
    let temporary = Temporary::new(folder);
    rustix::fs::linkat(
        CWD,
        path_of(file),
        CWD,
        &temporary.0,
        AtFlags::SYMLINK_FOLLOW,
    )?;
    Ok(temporary)
}

fn path_of(file: &File) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

fn mode_unfinished() -> Mode {
    Mode::from_raw_mode(MODE_UNFINISHED)
}

/// What the user's mask leaves of a new file's mode. The mask can only be read
/// by setting it: to the strictest, for that moment.
fn new_mode() -> Permissions {
    let mask = rustix::process::umask(Mode::RWXG | Mode::RWXO);
    rustix::process::umask(mask);
    Permissions::from_mode(MODE_NEW & !mask.as_raw_mode())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::place::{Leads, Place};
    use super::*;

    fn place(name: &Path) -> FilePlace {
        match Place::of(name).unwrap().leads {
            Leads::File(place) => place,
            Leads::Direct(_) => panic!("no file"),
        }
    }

    fn names(folder: &Path) -> Vec<OsString> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name()).collect()
    }

    /// A file that has a name already while it is written, as where the system
    /// cannot do without.
    fn begin_named(name: &Path) -> Whole {
        let place = place(name);
        let (file, temporary) = named(&place.folder).unwrap();
        Whole {
            file,
            temporary: Some(temporary),
            place,
        }
    }

    #[test]
    fn a_file_is_nobody_elses_until_it_has_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().join("rows");
        for begin in [
            |name: &Path| Whole::begin(place(name)).unwrap(),
            begin_named,
        ] {
            let whole = begin(&name);
            let mode = whole.file.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, MODE_UNFINISHED);
            whole.finish().unwrap();
            assert_eq!(names(folder.path()), ["rows"]);
            let mode = fs::metadata(&name).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, new_mode().mode());
            fs::remove_file(&name).unwrap();
        }
    }

    #[test]
    fn an_unfinished_file_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().join("rows");
        for begin in [
            |name: &Path| Whole::begin(place(name)).unwrap(),
            begin_named,
        ] {
            let mut whole = begin(&name);
            whole.write_all(b"half").unwrap();
            drop(whole);
            assert!(names(folder.path()).is_empty());
        }
    }

    #[test]
    fn a_link_that_came_meanwhile_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (name, other) = (folder.path().join("rows"), folder.path().join("other"));
        fs::write(&other, "other").unwrap();
        for begin in [
            |name: &Path| Whole::begin(place(name)).unwrap(),
            begin_named,
        ] {
            let whole = begin(&name);
            std::os::unix::fs::symlink("other", &name).unwrap();
            assert!(whole.finish().is_err());
            assert!(fs::symlink_metadata(&name).unwrap().is_symlink());
            assert_eq!(fs::read_to_string(&other).unwrap(), "other");
            fs::remove_file(&name).unwrap();
            assert_eq!(names(folder.path()), ["other"]);
        }
    }
}
