//! Where records go: stdout, a device or a pipe, or a file that is there whole
//! or not at all.

mod place;
mod shown;
mod whole;

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write, stdout};

use crate::interrupt::backstop;
use crate::verdict::Unwritten;
use shown::Shown;
use whole::Whole;

use place::Leads;
pub(crate) use place::Place;
pub(crate) use shown::Escape;

/// How much is put together before it is handed on.
const CHUNK_BYTES: usize = 1 << 16;

/// What records are written to.
pub(crate) struct Destination {
    /// What it is called on the command line.
    name: String,
    to: To,
}

enum To {
    Stdout(BufWriter<Waiting<StdoutLock<'static>>>),
    Direct(BufWriter<Waiting<File>>),
    /// Either of them, if it is a terminal.
    Terminal(Shown<BufWriter<Box<dyn Write>>>),
    File(BufWriter<Waiting<Whole>>),
}

/// What may wait for its reader.
struct Waiting<W>(W);

impl Destination {
    /// Standard output. `escape` is for a terminal.
    pub(crate) fn stdout(escape: Escape) -> Self {
        let out = stdout().lock();
        let to = if out.is_terminal() {
            To::terminal(out, escape)
        } else {
            To::Stdout(buffered(out))
        };
        Self {
            name: "stdout".to_owned(),
            to,
        }
    }

    /// What is at that place. A file stays as it is until [`Self::finish`];
    /// dropping this leaves nothing behind.
    ///
    /// # Errors
    ///
    /// [`Unwritten`].
    pub(crate) fn at(place: Place, escape: Escape) -> io::Result<Self> {
        let name = format!("--output-file {}", place.name.display());
        let opened = match place.leads {
            Leads::Direct(path) => backstop::output(|| place::open(&path)).map(|file| {
                if file.is_terminal() {
                    To::terminal(file, escape)
                } else {
                    To::Direct(buffered(file))
                }
            }),
            Leads::File(place) => Whole::begin(place).map(|whole| To::File(buffered(whole))),
        };
        match opened {
            Ok(to) => Ok(Self { name, to }),
            Err(error) => Err(Unwritten::because(&name, error)),
        }
    }

    /// Whether a person sees it.
    pub(crate) fn is_terminal(&self) -> bool {
        matches!(self.to, To::Terminal(_))
    }

    /// Has a terminal shown what is written from now on in another way.
    pub(crate) fn escape_as(&mut self, escape: Escape) {
        if let To::Terminal(shown) = &mut self.to {
            shown.escape_as(escape);
        }
    }

    /// Hands over what was written, and gives a file its name, once all of it is
    /// on the disk.
    ///
    /// # Errors
    ///
    /// [`Unwritten`].
    pub(crate) fn finish(self) -> io::Result<()> {
        let Self { name, to } = self;
        let done = match to {
            To::Stdout(mut out) => out.flush(),
            To::Direct(mut out) => out.flush(),
            To::Terminal(mut out) => out.flush(),
            To::File(file) => finish_file(file),
        };
        done.map_err(|error| Unwritten::because(&name, error))
    }
}

fn finish_file(file: BufWriter<Waiting<Whole>>) -> io::Result<()> {
    let Waiting(whole) = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    backstop::output(|| whole.finish())
}

fn buffered<W: Write>(out: W) -> BufWriter<Waiting<W>> {
    BufWriter::with_capacity(CHUNK_BYTES, Waiting(out))
}

impl To {
    fn terminal(out: impl Write + 'static, escape: Escape) -> Self {
        let out: Box<dyn Write> = Box::new(Waiting(out));
        let out = BufWriter::with_capacity(CHUNK_BYTES, out);
        Self::Terminal(Shown::new(out, escape))
    }

    fn out(&mut self) -> &mut dyn Write {
        match self {
            Self::Stdout(out) => out,
            Self::Direct(out) => out,
            Self::Terminal(out) => out,
            Self::File(out) => out,
        }
    }
}

impl Write for Destination {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.out().write(bytes);
        written.map_err(|error| Unwritten::because(&self.name, error))
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let written = match &mut self.to {
            To::Stdout(out) => out.write_all(bytes),
            To::Direct(out) => out.write_all(bytes),
            To::Terminal(out) => out.write_all(bytes),
            To::File(out) => out.write_all(bytes),
        };
        written.map_err(|error| Unwritten::because(&self.name, error))
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = match &mut self.to {
            // Nobody reads it before its end.
            To::File(_) => Ok(()),
            to => to.out().flush(),
        };
        flushed.map_err(|error| Unwritten::because(&self.name, error))
    }
}

impl<W: Write> Write for Waiting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        backstop::output(|| self.0.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        backstop::output(|| self.0.flush())
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

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
        let place = Place::of(name).unwrap();
        let mut destination = Destination::at(place, Escape::Text).unwrap();
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
    fn a_device_is_written_to_and_stays_one() {
        use std::os::unix::fs::FileTypeExt as _;
        write(Path::new("/dev/null"), "x").finish().unwrap();
        let there = fs::symlink_metadata("/dev/null").unwrap();
        assert!(there.file_type().is_char_device());
    }

    #[test]
    fn a_full_disk_is_told_with_its_cause() {
        let place = Place::of(Path::new("/dev/full")).unwrap();
        let mut full = Destination::at(place, Escape::Text).unwrap();
        full.write_all(b"x").unwrap();
        let error = anyhow::Error::new(full.finish().unwrap_err());
        assert_eq!(
            error.to_string(),
            "--output-file /dev/full cannot be written"
        );
        assert!(format!("{error:#}").contains("No space left"), "{error:#}");
        assert_eq!(crate::verdict::of(&error).exit_code, 4);
    }
}
