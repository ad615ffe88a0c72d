//! Where records go: stdout, or a file that is there whole or not at all.

use std::fs::{self, File, Permissions};
use std::io::{self, BufWriter, StdoutLock, Write, stdout};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tempfile::NamedTempFile;

use super::verdict::Usage;

/// How much is put together before it is handed on.
const CHUNK_BYTES: usize = 1 << 16;

/// What a new file may be, before the user's mask: as the shell's `>` makes it.
const MODE: u32 = 0o666;

/// What records are written to.
pub(super) enum Destination {
    Stdout(BufWriter<StdoutLock<'static>>),
    File(BufWriter<Whole>),
}

/// A file that takes its name when it is complete.
pub(super) struct Whole {
    being_written: NamedTempFile,
    name: PathBuf,
}

impl Destination {
    /// Standard output.
    pub(super) fn stdout() -> Self {
        Self::Stdout(BufWriter::with_capacity(CHUNK_BYTES, stdout().lock()))
    }

    /// A file beside the one of that name, which stays as it is until
    /// [`Self::finish`]. Dropping it leaves nothing behind.
    pub(super) fn file(name: &Path) -> anyhow::Result<Self> {
        let whole = Whole::begin(name)
            .with_context(|| format!("--output-file {} cannot be written", name.display()))?;
        Ok(Self::File(BufWriter::with_capacity(CHUNK_BYTES, whole)))
    }

    /// Gives a file its name, once all of it is on the disk.
    pub(super) fn finish(self) -> anyhow::Result<()> {
        match self {
            Self::Stdout(mut out) => Ok(out.flush()?),
            Self::File(file) => {
                let whole = file.into_inner().map_err(io::IntoInnerError::into_error)?;
                let name = whole.name.clone();
                whole
                    .finish()
                    .with_context(|| format!("--output-file {} cannot be written", name.display()))
            }
        }
    }
}

impl Write for Destination {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(out) => out.write(bytes),
            Self::File(out) => out.write(bytes),
        }
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Stdout(out) => out.write_all(bytes),
            Self::File(out) => out.write_all(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(out) => out.flush(),
            // Nobody reads it before its end.
            Self::File(_) => Ok(()),
        }
    }
}

impl Whole {
    fn begin(name: &Path) -> anyhow::Result<Self> {
        // A link stays a link, and what it leads to is replaced.
        let name = fs::canonicalize(name).unwrap_or_else(|_| name.to_owned());
        let before = fs::metadata(&name).ok();
        if before.as_ref().is_some_and(|before| !before.is_file()) {
            return Err(Usage::new("it is no regular file: use stdout for others").into());
        }
        let folder = match name.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(".sfbox-");
        if before.is_none() {
            builder.permissions(Permissions::from_mode(MODE));
        }
        let being_written = builder.tempfile_in(folder)?;
        if let Some(before) = before {
            being_written
                .as_file()
                .set_permissions(before.permissions())?;
        }
        Ok(Self {
            being_written,
            name,
        })
    }

    fn finish(self) -> anyhow::Result<()> {
        self.being_written.as_file().sync_all()?;
        self.being_written.persist(&self.name)?;
        Ok(())
    }
}

impl Write for Whole {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut file: &File = self.being_written.as_file();
        file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name();
        let mut names: Vec<String> = entries
            .map(|entry| name(entry).into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn write(name: &Path, text: &str) -> Destination {
        let mut destination = Destination::file(name).unwrap();
        destination.write_all(text.as_bytes()).unwrap();
        destination.flush().unwrap();
        destination
    }

    #[test]
    fn a_file_is_there_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().join("rows.csv");
        drop(write(&name, "half"));
        assert!(names(folder.path()).is_empty());
        fs::write(&name, "old").unwrap();
        let new = write(&name, "new");
        assert_eq!(fs::read_to_string(&name).unwrap(), "old");
        new.finish().unwrap();
        assert_eq!(fs::read_to_string(&name).unwrap(), "new");
        assert_eq!(names(folder.path()), ["rows.csv"]);
    }

    #[test]
    fn a_file_that_is_replaced_keeps_its_mode_and_its_links() {
        let folder = tempfile::tempdir().unwrap();
        let (name, link) = (folder.path().join("rows"), folder.path().join("link"));
        fs::write(&name, "old").unwrap();
        fs::set_permissions(&name, Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink("rows", &link).unwrap();
        write(&link, "new").finish().unwrap();
        assert_eq!(fs::read_to_string(&name).unwrap(), "new");
        let mode = fs::metadata(&name).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn what_is_no_file_or_nowhere_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            folder.path(),
            Path::new("/dev/null"),
            &folder.path().join("no/rows"),
        ] {
            assert!(Destination::file(name).is_err(), "{}", name.display());
        }
    }
}
