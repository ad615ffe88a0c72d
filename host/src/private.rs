//! Files and directories that are this user's alone.
//!
//! Others must neither read what we keep nor put theirs in our way.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::OFlags;

/// The mode of a file: only the owner.
pub(crate) const FILE_MODE: u32 = 0o600;

/// The mode of a directory: only the owner.
const DIRECTORY_MODE: u32 = 0o700;

/// What group and others may do.
const FOREIGN_MODE: u32 = 0o077;

/// Makes a directory, or finds it to be this user's alone.
///
/// # Errors
///
/// When it is not: [`io::ErrorKind::PermissionDenied`], with what to do.
pub(crate) fn directory(path: &Path) -> io::Result<()> {
    let found = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return DirBuilder::new()
                .recursive(true)
                .mode(DIRECTORY_MODE)
                .create(path);
        }
        found => found?,
    };
    check(path, &found, DIRECTORY_MODE)
}

/// Opens a file that is there, or that `options` make. A symbolic link is not
/// followed, and a pipe is not waited for.
///
/// # Errors
///
/// When it is no file, or not this user's alone:
/// [`io::ErrorKind::PermissionDenied`], with what to do.
pub(crate) fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let opened = options
        .mode(FILE_MODE)
        .custom_flags(flags.bits().cast_signed())
        .open(path);
    let file = match opened {
        Err(error) if is_link(&error) => return Err(denied("it is a symbolic link".to_owned())),
        opened => opened?,
    };
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(denied("it is not a file".to_owned()));
    }
    check(path, &found, FILE_MODE)?;
    Ok(file)
}

fn check(path: &Path, found: &Metadata, mode: u32) -> io::Result<()> {
    let user = rustix::process::geteuid().as_raw();
    let path = path.display();
    if found.uid() != user {
        let owner = found.uid();
        return Err(denied(format!(
            "its owner is user {owner}, not {user}: `chown {user} {path}`"
        )));
    }
    if found.mode() & FOREIGN_MODE != 0 {
        return Err(denied(format!(
            "other users have access to it: `chmod {mode:o} {path}`"
        )));
    }
    Ok(())
}

fn is_link(error: &io::Error) -> bool {
    rustix::io::Errno::from_io_error(error) == Some(rustix::io::Errno::LOOP)
}

fn denied(why: String) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, why)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::process::Command;

    use super::*;

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn refusal<T>(outcome: io::Result<T>) -> String {
        let error = outcome.err().expect("an error");
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{error}");
        error.to_string()
    }

    #[test]
    fn a_missing_directory_is_made_for_this_user_alone() {
        let parent = tempfile::tempdir().unwrap();
        let made = parent.path().join("a/b");
        directory(&made).unwrap();
        assert_eq!(fs::metadata(&made).unwrap().mode() & 0o777, DIRECTORY_MODE);
        directory(&made).unwrap();
    }

    #[test]
    fn what_others_may_use_is_refused_and_the_cure_is_named() {
        let parent = tempfile::tempdir().unwrap();
        let file = parent.path().join("file");
        fs::write(&file, "").unwrap();
        for mode in [0o640, 0o604, 0o620, 0o601] {
            set_mode(&file, mode);
            let words = refusal(open(OpenOptions::new().read(true), &file));
            assert!(
                words.contains(&format!("`chmod 600 {}`", file.display())),
                "{words}"
            );
        }
        set_mode(&file, FILE_MODE);
        assert!(open(OpenOptions::new().read(true), &file).is_ok());
        for mode in [0o750, 0o705, 0o720, 0o701] {
            set_mode(parent.path(), mode);
            let words = refusal(directory(parent.path()));
            assert!(words.contains("`chmod 700 "), "{words}");
        }
        set_mode(parent.path(), DIRECTORY_MODE);
        assert!(directory(parent.path()).is_ok());
    }

    #[test]
    fn only_a_file_is_opened() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("target");
        fs::write(&target, "").unwrap();
        set_mode(&target, FILE_MODE);
        let link = parent.path().join("link");
        symlink(&target, &link).unwrap();
        let pipe = parent.path().join("pipe");
        // POSIX has this program everywhere; macOS lacks the call `mknodat`.
        let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        set_mode(&pipe, FILE_MODE);
        for path in [link.as_path(), &pipe, parent.path()] {
            refusal(open(OpenOptions::new().read(true), path));
        }
    }

    #[test]
    fn what_is_made_is_this_users_alone() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("file");
        open(OpenOptions::new().write(true).create_new(true), &path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, FILE_MODE);
    }
}
