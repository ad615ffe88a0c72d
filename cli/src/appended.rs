//! A file that grows by whole parts.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};

/// A file of which only whole parts stay: half a part would spoil the next one.
#[derive(Debug)]
pub(crate) struct Appended {
    file: File,
    /// How long its whole parts are.
    bytes: u64,
}

impl Appended {
    /// A file without a part so far.
    pub(crate) fn new(file: File) -> Self {
        Self { file, bytes: 0 }
    }

    /// Appends a part at once: the process may be killed before the next one.
    ///
    /// # Errors
    ///
    /// When it cannot be written. Then none of it stays.
    pub(crate) fn append(&mut self, part: &[u8]) -> io::Result<()> {
        let written = self.file.write_all(part);
        match written {
            Ok(()) => self.bytes += part.len() as u64,
            Err(_) => _ = self.cut_to(self.bytes),
        }
        written
    }

    /// Keeps the parts that are so long together, and removes what is behind them.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub(crate) fn cut_to(&mut self, bytes: u64) -> io::Result<()> {
        self.bytes = bytes;
        self.file.set_len(bytes)?;
        self.file.seek(SeekFrom::Start(bytes)).map(drop)
    }

    /// How long its whole parts are.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }
}
