//! What a request is sent from: files, or stdin.

use std::fs::File;
use std::io::{self, Read, Seek as _, stdin};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::verdict::Usage;

/// The longest text that is in memory as a whole, in bytes: that of a field, and the body
/// of a request that cannot be sent while it is read.
const BYTES_MAX: u64 = 64 << 20;

/// The longest body that is read before it is sent, in bytes: the length of stdin is known
/// then, and not every server takes a body without one.
const HELD_BYTES_MAX: u64 = 4 << 20;

/// The body of a request, as far as it has been read.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) beginning: Vec<u8>,
    /// `None`: the beginning is the whole body.
    pub(super) remainder: Option<Remainder>,
}

/// What of a body has not been read.
#[derive(Debug)]
pub(super) struct Remainder {
    /// As it was typed.
    name: PathBuf,
    pub(super) from: File,
    /// How many bytes it has. `None`: nobody knows, because it is not a file.
    pub(super) length: Option<u64>,
}

/// Whether this is stdin and not a file.
pub(super) fn is_stdin(name: &Path) -> bool {
    name.as_os_str() == "-"
}

/// The body of `--input`: the beginning of one that is too long to be held.
///
/// # Errors
///
/// When it cannot be read.
pub(super) fn body(name: &Path) -> anyhow::Result<Input> {
    begun(name).with_context(|| format!("no body in --input {}", name.display()))
}

fn begun(name: &Path) -> io::Result<Input> {
    let mut from = opened(name)?;
    let mut beginning = Vec::new();
    let most = HELD_BYTES_MAX + 1;
    let read = from.by_ref().take(most).read_to_end(&mut beginning)?;
    let remainder = match read as u64 == most {
        false => None,
        true => Some(Remainder {
            name: name.to_owned(),
            length: left(&mut from)?,
            from,
        }),
    };
    Ok(Input {
        beginning,
        remainder,
    })
}

fn opened(name: &Path) -> io::Result<File> {
    match is_stdin(name) {
        true => Ok(stdin().as_fd().try_clone_to_owned()?.into()),
        false => File::open(name),
    }
}

/// How many bytes of a file have not been read; `None` for a pipe or a device.
fn left(file: &mut File) -> io::Result<Option<u64>> {
    let found = file.metadata()?;
    if !found.is_file() {
        return Ok(None);
    }
    Ok(Some(found.len().saturating_sub(file.stream_position()?)))
}

impl Remainder {
    /// All of it.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or when the body is longer than [`BYTES_MAX`] with it.
    /// `beginning` is what has been read of the body.
    pub(super) fn whole(self, beginning: &[u8]) -> anyhow::Result<Vec<u8>> {
        let Self { name, from, .. } = self;
        limited(beginning.chain(from))
            .with_context(|| format!("no body in --input {}", name.display()))
    }

    /// The file that it is of, which can be read again from its beginning. `None`: it is a
    /// pipe, or stdin.
    pub(super) fn file(&self) -> Option<PathBuf> {
        let is_file = self.length.is_some() && !is_stdin(&self.name);
        is_file.then(|| self.name.clone())
    }

    /// What is said of a body that cannot be read to its end.
    pub(super) fn unreadable(&self) -> String {
        format!("--input {} cannot be read to its end", self.name.display())
    }
}

/// The text of a file that a field names.
///
/// # Errors
///
/// As [`body`], and when it is not UTF-8.
pub(super) fn text(name: &Path) -> anyhow::Result<String> {
    read(name)
        .and_then(|bytes| {
            let text = String::from_utf8(bytes);
            Ok(text.map_err(|_| Usage::new("it is not UTF-8: send it with `--input`"))?)
        })
        .with_context(|| format!("no text in the field's file {}", name.display()))
}

fn read(name: &Path) -> anyhow::Result<Vec<u8>> {
    limited(opened(name)?)
}

fn limited(from: impl Read) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > BYTES_MAX {
        let why = format!("it is longer than {BYTES_MAX} bytes");
        return Err(Usage::new(why).into());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn a_body_has_a_longest_length() {
        let longest = limited(io::repeat(b'x').take(BYTES_MAX)).unwrap();
        assert_eq!(longest.len() as u64, BYTES_MAX);
        let refused = limited(io::repeat(b'x')).unwrap_err().to_string();
        assert!(refused.contains("longer than 67108864 bytes"), "{refused}");
    }

    fn file(bytes: u64) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(bytes).unwrap();
        file
    }

    #[test]
    fn a_short_body_is_read_whole_and_of_a_longer_one_the_length_is_known() {
        let short = body(file(HELD_BYTES_MAX).path()).unwrap();
        assert_eq!(short.beginning.len() as u64, HELD_BYTES_MAX);
        assert!(short.remainder.is_none());
        let long = body(file(HELD_BYTES_MAX + 8).path()).unwrap();
        assert_eq!(long.beginning.len() as u64, HELD_BYTES_MAX + 1);
        let remainder = long.remainder.unwrap();
        assert_eq!(remainder.length, Some(7));
        let whole = remainder.whole(&long.beginning).unwrap();
        assert_eq!(whole.len() as u64, HELD_BYTES_MAX + 8);
    }

    #[test]
    fn the_length_of_a_device_is_not_known() {
        let endless = body(Path::new("/dev/zero")).unwrap();
        let remainder = endless.remainder.unwrap();
        assert_eq!(remainder.length, None);
        let refused = remainder.whole(&endless.beginning).unwrap_err();
        assert!(format!("{refused:#}").contains("longer than 67108864 bytes"));
    }

    #[test]
    fn a_file_that_is_missing_is_named() {
        let refused = body(Path::new("/nowhere/x")).unwrap_err().to_string();
        assert_eq!(refused, "no body in --input /nowhere/x");
    }
}
