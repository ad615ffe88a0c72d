//! Records as Salesforce sent them, each on a line of its own.

use std::io::{self, Write};

use super::cell::one_line;

/// Writes JSON and NDJSON.
pub(super) struct Lines<W> {
    out: W,
    array: bool,
    written: bool,
}

impl<W: Write> Lines<W> {
    /// One array, one record a line; left unclosed after a failure.
    pub(super) fn json(out: W) -> Self {
        Self {
            out,
            array: true,
            written: false,
        }
    }

    /// One record a line.
    pub(super) fn ndjson(out: W) -> Self {
        Self {
            out,
            array: false,
            written: false,
        }
    }

    /// Writes one record, which is JSON.
    pub(super) fn record(&mut self, record: &str) -> io::Result<()> {
        if self.array {
            let before: &[u8] = if self.written { b",\n" } else { b"[\n" };
            self.out.write_all(before)?;
        }
        self.out.write_all(one_line(record).as_bytes())?;
        self.written = true;
        if self.array {
            return Ok(());
        }
        self.out.write_all(b"\n")
    }

    /// Hands over what was written.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Ends the output.
    pub(super) fn end(mut self) -> io::Result<W> {
        match (self.array, self.written) {
            (false, _) => {}
            (true, false) => self.out.write_all(b"[]\n")?,
            (true, true) => self.out.write_all(b"\n]\n")?,
        }
        self.out.flush()?;
        Ok(self.out)
    }
}
