//! Where results go: stdout, or the file of `\o`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, IsTerminal as _, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rustix::fs::OFlags;

use super::command::NewFile;
use super::stop::Stop;
use crate::destination::{Destination, Escape};
use crate::interrupt::Interrupted;
use crate::printable::printable;
use crate::verdict::{Unwritten, Usage};

/// A file of results is for its owner: they may be anything.
const MODE: u32 = 0o600;

/// A file of results.
pub(super) struct ResultFile {
    pub(super) name: PathBuf,
    file: File,
}

/// What a result is written to.
pub(super) struct Sink {
    to: To,
    stop: Option<Stop>,
    /// Whether the last line has ended: it stops there.
    ends_line: bool,
}

enum To {
    Stdout(Destination),
    File(String, BufWriter<File>),
}

impl ResultFile {
    /// Creates it, or empties the one that is replaced.
    ///
    /// # Errors
    ///
    /// When a file is there that is not to be replaced, or something that is no file.
    pub(super) fn create(new: &NewFile) -> anyhow::Result<Self> {
        let name = with_home(&new.name);
        let file = open(&name, new.replaces);
        let file = file.with_context(|| format!("{} cannot be written", shown(&name)))?;
        Ok(Self { name, file })
    }
}

fn open(name: &Path, replaces: bool) -> anyhow::Result<File> {
    let mut options = OpenOptions::new();
    // A pipe is not waited for, and no terminal becomes the process's own.
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    options
        .write(true)
        .mode(MODE)
        .custom_flags(flags.bits().cast_signed());
    match options.clone().create_new(true).open(name) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        opened => return Ok(opened?),
    }
    // `/dev/null`, for example, loses nothing.
    let is_file = !fs::metadata(name).is_ok_and(|found| is_device(&found));
    if is_file && !replaces {
        let why = "it exists: write `\\o! FILE` to replace it, or choose another name";
        return Err(Usage::new(why).into());
    }
    let file = options.open(name)?;
    let found = file.metadata()?;
    if file.is_terminal() || !(found.is_file() || is_device(&found)) {
        return Err(Usage::new("it is not a file").into());
    }
    if found.is_file() {
        file.set_len(0)?;
    }
    Ok(file)
}

fn is_device(found: &fs::Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    found.file_type().is_char_device()
}

/// As a shell reads a name.
fn with_home(name: &str) -> PathBuf {
    match (name.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(name),
    }
}

fn shown(name: &Path) -> String {
    printable(name.display())
}

impl Sink {
    /// Opens what is written to next. `stop` says when somebody wants no more of it.
    ///
    /// # Errors
    ///
    /// When the file cannot be shared.
    pub(super) fn open(
        file: Option<&ResultFile>,
        escape: Escape,
        stop: Option<Stop>,
    ) -> io::Result<Self> {
        let to = match file {
            None => To::Stdout(Destination::stdout(escape)),
            Some(ResultFile { name, file }) => {
                To::File(shown(name), BufWriter::new(file.try_clone()?))
            }
        };
        Ok(Self {
            to,
            stop,
            ends_line: true,
        })
    }

    /// Hands over what was written.
    ///
    /// # Errors
    ///
    /// [`Unwritten`].
    pub(super) fn finish(self) -> io::Result<()> {
        match self.to {
            To::Stdout(out) => out.finish(),
            To::File(name, mut out) => out
                .flush()
                .map_err(|error| Unwritten::because(&name, error)),
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let is_stopped = self.stop.as_ref().is_some_and(Stop::is_asked);
        if is_stopped && self.ends_line {
            return Err(io::Error::other(Interrupted::Interrupt));
        }
        let written = match &mut self.to {
            To::Stdout(out) => out.write(bytes)?,
            To::File(name, out) => out
                .write(bytes)
                .map_err(|error| Unwritten::because(name, error))?,
        };
        if let Some(last) = bytes.get(..written).and_then(<[u8]>::last) {
            self.ends_line = *last == b'\n';
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.to {
            To::Stdout(out) => out.flush(),
            To::File(name, out) => out.flush().map_err(|error| Unwritten::because(name, error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn create(name: &Path, replaces: bool) -> anyhow::Result<ResultFile> {
        ResultFile::create(&NewFile {
            name: name.to_str().unwrap().to_owned(),
            replaces,
        })
    }

    fn write(file: &ResultFile, text: &str) {
        let mut sink = Sink::open(Some(file), Escape::Text, None).unwrap();
        sink.write_all(text.as_bytes()).unwrap();
        sink.finish().unwrap();
    }

    #[test]
    fn a_file_that_exists_is_replaced_only_if_somebody_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().join("rows.csv");
        let file = create(&name, false).unwrap();
        write(&file, "a\n");
        write(&file, "b\n");
        assert_eq!(fs::read_to_string(&name).unwrap(), "a\nb\n");
        let mode = fs::metadata(&name).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let refused = format!("{:#}", create(&name, false).err().unwrap());
        assert!(refused.contains("\\o! FILE"), "{refused}");
        assert_eq!(fs::read_to_string(&name).unwrap(), "a\nb\n");
        write(&create(&name, true).unwrap(), "c\n");
        assert_eq!(fs::read_to_string(&name).unwrap(), "c\n");
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        // POSIX has this program everywhere; macOS lacks the call `mknodat`.
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        for name in [
            folder.path(),
            &pipe,
            Path::new("/dev/tty"),
            Path::new("/no/such"),
        ] {
            assert!(create(name, true).is_err(), "{}", name.display());
        }
        assert!(create(Path::new("/dev/null"), false).is_ok());
    }

    #[tokio::test]
    async fn it_stops_at_the_end_of_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = create(&folder.path().join("rows"), false).unwrap();
        let stop = Stop::listen().unwrap();
        let mut sink = Sink::open(Some(&file), Escape::Text, Some(stop.clone())).unwrap();
        sink.write_all(b"a").unwrap();
        stop.ask();
        sink.write_all(b"b\n").unwrap();
        let stopped = sink.write_all(b"c\n").unwrap_err();
        assert!(stopped.get_ref().unwrap().is::<Interrupted>());
        sink.finish().unwrap();
        assert_eq!(fs::read_to_string(&file.name).unwrap(), "ab\n");
    }
}
