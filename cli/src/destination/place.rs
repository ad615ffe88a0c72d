//! Where an output file's name leads, before anything is written there.

use std::ffi::OsString;
use std::fs::{self, Metadata, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rustix::fs::{Access, AtFlags, OFlags};

use crate::verdict::Usage;

/// An output file's name, and where it leads.
#[derive(Debug)]
pub(crate) struct Place {
    pub(super) name: PathBuf,
    pub(super) leads: Leads,
}

/// Where a name leads.
#[derive(Debug)]
pub(super) enum Leads {
    /// To a device or a pipe, which is written to as it is.
    Direct(PathBuf),
    /// To a file that is there, or to none yet.
    File(FilePlace),
}

/// A file's own name, without links on the way to it.
#[derive(Debug)]
pub(super) struct FilePlace {
    /// The folder, resolved.
    pub(super) folder: PathBuf,
    pub(super) name: OsString,
    /// The mode of the file that is there.
    pub(super) mode: Option<Permissions>,
}

impl Place {
    /// Follows `name`, and looks whether something can be written there.
    ///
    /// # Errors
    ///
    /// When the name leads nowhere, to a folder, or to where this process may not
    /// write.
    pub(crate) fn of(name: &Path) -> anyhow::Result<Self> {
        let leads = Leads::of(name)
            .with_context(|| format!("--output-file {} cannot be written", name.display()))?;
        Ok(Self {
            name: name.to_owned(),
            leads,
        })
    }
}

impl Leads {
    fn of(name: &Path) -> anyhow::Result<Self> {
        match fs::metadata(name) {
            Ok(found) if found.is_dir() => Err(Usage::new("it is a directory").into()),
            Ok(found) if found.is_file() => Ok(Self::File(FilePlace::of(name, &found)?)),
            Ok(found) => {
                check_access(name, Access::WRITE_OK)?;
                if found.file_type().is_socket() {
                    return Err(Usage::new("it is a socket").into());
                }
                Ok(Self::Direct(name.to_owned()))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if fs::symlink_metadata(name).is_ok() {
                    let why = "it is a link to a file that does not exist: remove the link, or create the file";
                    return Err(Usage::new(why).into());
                }
                Ok(Self::File(FilePlace::new(name)?))
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl FilePlace {
    /// That of a file which is there.
    fn of(name: &Path, found: &Metadata) -> anyhow::Result<Self> {
        // The name of an open file (`/dev/stdout`) can lead to one that has been
        // deleted since, or whose name another file has now.
        let resolved = fs::canonicalize(name).ok().filter(|resolved| {
            let there = fs::symlink_metadata(resolved);
            there.is_ok_and(|there| is_same(&there, found))
        });
        let Some(resolved) = resolved else {
            return Err(Usage::new("the link does not lead to a named file").into());
        };
        let mut place = Self::new(&resolved)?;
        place.mode = Some(found.permissions());
        Ok(place)
    }

    /// That of a file which is not there.
    fn new(name: &Path) -> anyhow::Result<Self> {
        let bytes = name.as_os_str().as_bytes();
        let file = name.file_name().filter(|_| !bytes.ends_with(b"/"));
        let Some(file) = file else {
            return Err(Usage::new("the path names a directory: add a file name").into());
        };
        let folder = match name.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let folder = fs::canonicalize(folder)?;
        check_access(&folder, Access::WRITE_OK | Access::EXEC_OK)?;
        Ok(Self {
            folder,
            name: file.to_owned(),
            mode: None,
        })
    }

    /// Its full name.
    pub(super) fn path(&self) -> PathBuf {
        self.folder.join(&self.name)
    }

    /// Looks once more, before the name is taken: a link that came meanwhile must
    /// not be replaced, and neither must anything else that is not a file.
    pub(super) fn check(&self) -> io::Result<()> {
        match fs::symlink_metadata(self.path()) {
            Ok(found) if found.is_file() => Ok(()),
            Ok(_) => Err(io::Error::new(
                ErrorKind::AlreadyExists,
                "something that is not a file has this name now",
            )),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn is_same(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

fn check_access(path: &Path, access: Access) -> io::Result<()> {
    Ok(rustix::fs::accessat(
        rustix::fs::CWD,
        path,
        access,
        AtFlags::empty(),
    )?)
}

/// Opens a device or a pipe as it is: nothing is created, and no terminal
/// becomes the process's own.
pub(super) fn open(path: &Path) -> io::Result<fs::File> {
    let flags = i32::try_from(OFlags::NOCTTY.bits()).unwrap_or_default();
    OpenOptions::new()
        .write(true)
        .custom_flags(flags)
        .open(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn file(name: &Path) -> FilePlace {
        match Place::of(name).unwrap().leads {
            Leads::File(place) => place,
            Leads::Direct(path) => panic!("{}", path.display()),
        }
    }

    #[test]
    fn a_name_leads_to_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("rows"), "").unwrap();
        symlink("rows", at("link")).unwrap();
        symlink("link", at("link-to-link")).unwrap();
        symlink(".", at("folder")).unwrap();
        for name in ["rows", "link", "link-to-link", "folder/rows", "folder/link"] {
            let place = file(&at(name));
            assert_eq!(
                place.path(),
                fs::canonicalize(at("rows")).unwrap(),
                "{name}"
            );
            assert!(place.mode.is_some(), "{name}");
        }
        let new = file(&at("folder/new"));
        assert_eq!(
            new.path(),
            fs::canonicalize(folder.path()).unwrap().join("new")
        );
        assert!(new.mode.is_none());
    }

    #[test]
    fn a_name_that_leads_nowhere_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        symlink("missing", at("dangling")).unwrap();
        symlink("round", at("round")).unwrap();
        fs::write(at("rows"), "").unwrap();
        for name in [
            "dangling", "round", "no/rows", "rows/x", "new/", "rows/", ".", "..", "",
        ] {
            let refused = Place::of(&at(name)).map(|place| format!("{place:?}"));
            assert!(refused.is_err(), "{name}: {refused:?}");
        }
        assert!(Place::of(Path::new("")).is_err());
        assert!(fs::symlink_metadata(at("dangling")).unwrap().is_symlink());
    }

    #[test]
    fn devices_and_pipes_are_written_to_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        symlink("/dev/null", &link).unwrap();
        for name in [Path::new("/dev/null"), &link] {
            let leads = Place::of(name).unwrap().leads;
            assert!(matches!(leads, Leads::Direct(_)), "{}", name.display());
        }
    }

    #[test]
    fn an_open_file_that_was_deleted_has_no_name() {
        use std::os::fd::AsRawFd as _;
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().join("rows");
        let open = fs::File::create(&name).unwrap();
        let link = PathBuf::from(format!("/proc/self/fd/{}", open.as_raw_fd()));
        assert_eq!(file(&link).path(), fs::canonicalize(&name).unwrap());
        fs::remove_file(&name).unwrap();
        assert!(Place::of(&link).is_err());
        // Its text names another file now.
        fs::write(folder.path().join("rows (deleted)"), "").unwrap();
        assert!(Place::of(&link).is_err());
    }
}
