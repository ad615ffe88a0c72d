//! Where an input comes from.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom, stdin};
use std::os::fd::AsFd as _;
use std::path::Path;

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};

use crate::digest::hex;
use crate::printable::printable;
use crate::verdict::Usage;

/// The mark before a text in UTF-8. It is not part of the text.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// The marks before a text in UTF-16.
const MARKS_OF_UTF_16: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];

/// What is read of a file at once.
const BUFFER_BYTES: usize = 1 << 16;

/// The bytes of an input.
pub(super) type Bytes = BufReader<File>;

/// Bytes that can be read more than once.
pub(crate) struct Source {
    name: String,
    file: File,
    /// Where it begins in its file.
    start: u64,
    is_file: bool,
}

impl Source {
    /// Opens a file, or stdin if its name is `-`. What is not a file, such as a pipe, is
    /// copied to a temporary file that has no name, and that is gone when the process ends.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is a folder.
    pub(crate) fn open(name: &Path) -> anyhow::Result<Self> {
        let is_stdin = name.as_os_str() == "-";
        let shown = if is_stdin {
            "stdin".to_owned()
        } else {
            printable(name.display()).to_string()
        };
        let unread = || format!("{shown} cannot be read");
        let mut file: File = if is_stdin {
            stdin()
                .as_fd()
                .try_clone_to_owned()
                .with_context(unread)?
                .into()
        } else {
            File::open(name).with_context(unread)?
        };
        let found = file.metadata().with_context(unread)?;
        if found.is_dir() {
            return Err(Usage::new(format!("{shown} is a directory")).into());
        }
        let is_file = found.is_file();
        if !is_file {
            let mut held = tempfile::tempfile().with_context(unread)?;
            io::copy(&mut file, &mut held).with_context(unread)?;
            held.rewind().with_context(unread)?;
            file = held;
        }
        let start = file.stream_position().with_context(unread)?;
        Ok(Self {
            name: shown,
            file,
            start,
            is_file,
        })
    }

    /// A column of values that were typed, as CSV.
    ///
    /// # Errors
    ///
    /// When a temporary file cannot be written.
    pub(crate) fn typed(name: &str, values: &[String]) -> anyhow::Result<Self> {
        let mut file = tempfile::tempfile()?;
        let mut lines = ::csv::Writer::from_writer(&file);
        for value in std::iter::once(name).chain(values.iter().map(String::as_str)) {
            lines.write_record([value])?;
        }
        lines.flush()?;
        drop(lines);
        file.rewind()?;
        Ok(Self {
            name: "the command line".to_owned(),
            file,
            start: 0,
            is_file: false,
        })
    }

    /// What it is called in messages.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether what has this name is a file. What cannot be found counts as one: opening it
    /// says why.
    pub(crate) fn is_file_at(name: &Path) -> bool {
        let found = match name.as_os_str() == "-" {
            true => stdin()
                .as_fd()
                .try_clone_to_owned()
                .and_then(|input| File::from(input).metadata()),
            false => name.metadata(),
        };
        found.map_or(true, |found| found.is_file() || found.is_dir())
    }

    /// Whether it is still there when the process has ended.
    pub(crate) fn is_file(&self) -> bool {
        self.is_file
    }

    /// The SHA-256 of all its bytes, in hexadecimal digits.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub(crate) fn digest(&self) -> anyhow::Result<String> {
        let mut digest = Sha256::new();
        io::copy(&mut self.bytes()?, &mut digest)
            .with_context(|| format!("{} cannot be read", self.name))?;
        Ok(hex(digest))
    }

    /// Its bytes from the beginning, without the mark of UTF-8.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is UTF-16.
    pub(super) fn read(&self) -> anyhow::Result<Bytes> {
        let unread = || format!("{} cannot be read", self.name);
        let mut bytes = self.bytes()?;
        let beginning = bytes.fill_buf().with_context(unread)?;
        if MARKS_OF_UTF_16
            .iter()
            .any(|mark| beginning.starts_with(mark))
        {
            let why = format!("{} is UTF-16: convert it to UTF-8", self.name);
            return Err(Usage::new(why).into());
        }
        if beginning.starts_with(MARK) {
            bytes.consume(MARK.len());
        }
        Ok(bytes)
    }

    /// All its bytes.
    fn bytes(&self) -> anyhow::Result<Bytes> {
        let unread = || format!("{} cannot be read", self.name);
        let mut file = self.file.try_clone().with_context(unread)?;
        file.seek(SeekFrom::Start(self.start))
            .with_context(unread)?;
        Ok(BufReader::with_capacity(BUFFER_BYTES, file))
    }

    /// That it cannot be read, or is not of its form.
    pub(super) fn refused(&self, error: &io::Error) -> anyhow::Error {
        refused(&self.name, error)
    }
}

/// That an input cannot be read, or is not of its form.
pub(super) fn refused(name: &str, error: &io::Error) -> anyhow::Error {
    match error.get_ref().and_then(|error| error.downcast_ref()) {
        Some(super::Malformed { line, why }) => {
            Usage::new(format!("{name}, line {line}: {why}")).into()
        }
        None => anyhow::anyhow!("{error}").context(format!("{name} cannot be read")),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Read as _;

    use super::*;

    fn read(bytes: &[u8]) -> anyhow::Result<(Vec<u8>, String)> {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), bytes).unwrap();
        let source = Source::open(file.path())?;
        assert!(source.is_file());
        let mut read = source.read()?;
        let mut all = Vec::new();
        read.read_to_end(&mut all).unwrap();
        Ok((all, source.digest()?))
    }

    #[test]
    fn the_mark_of_utf_8_is_no_part_of_the_text_and_utf_16_is_refused() {
        assert_eq!(read(b"\xef\xbb\xbfId").unwrap().0, b"Id");
        assert_eq!(read(b"Id").unwrap().0, b"Id");
        assert_eq!(read(b"").unwrap().0, b"");
        for bytes in [&b"\xff\xfeI\0d\0"[..], b"\xfe\xff\0I\0d"] {
            let refused = read(bytes).unwrap_err().to_string();
            assert!(refused.contains("UTF-16"), "{refused}");
        }
    }

    #[test]
    fn the_digest_is_that_of_all_bytes() {
        // FIPS 180-2, appendix B.1.
        let of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(read(b"abc").unwrap().1, of_abc);
        assert_ne!(
            read(b"\xef\xbb\xbfabc").unwrap().1,
            of_abc,
            "the mark counts"
        );
    }

    #[test]
    fn what_is_missing_or_a_folder_is_named() {
        for (path, words) in [
            ("/nowhere/x.csv", "/nowhere/x.csv cannot be read"),
            ("/", "/ is a directory"),
        ] {
            let refused = Source::open(path.as_ref()).err().unwrap();
            assert_eq!(refused.to_string(), words);
        }
    }
}
