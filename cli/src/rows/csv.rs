//! Rows of CSV (RFC 4180), with a header.

use std::io;

use ::csv::{Error, ErrorKind, Reader, ReaderBuilder, StringRecord};

use super::members::Value;
use super::quoting::Followed;
use super::source::Bytes;
use super::{Malformed, Names};

/// A record: the line on which it begins, and its values.
pub(super) type Read = (u64, Vec<(usize, Value)>);

/// Reads rows of CSV.
pub(super) struct CsvRows {
    reader: Reader<Followed<Bytes>>,
    row: StringRecord,
    columns: usize,
}

impl CsvRows {
    /// Reads the header.
    pub(super) fn begin(bytes: Bytes, delimiter: u8, names: &mut Names) -> io::Result<Self> {
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .from_reader(Followed::new(bytes, delimiter));
        let header = reader.headers().map_err(|error| refused(error, 0))?.clone();
        if header.is_empty() {
            let why = "there is no header: the first line names the columns";
            return Err(io::Error::other(Malformed::new(1, why)));
        }
        for (place, name) in header.iter().enumerate() {
            let is_known = names
                .list()
                .iter()
                .any(|known| known.text.eq_ignore_ascii_case(name));
            let why = if name.is_empty() {
                format!("column {} has no name", place + 1)
            } else if is_known {
                format!("two columns have the name `{name}`")
            } else {
                names.place(name, 1);
                continue;
            };
            return Err(io::Error::other(Malformed::new(1, why)));
        }
        Ok(Self {
            reader,
            row: StringRecord::new(),
            columns: header.len(),
        })
    }

    pub(super) fn next(&mut self) -> io::Result<Option<Read>> {
        let read = self.reader.read_record(&mut self.row);
        let behind = self.reader.get_ref().lines_behind();
        if !read.map_err(|error| refused(error, behind))? {
            return Ok(None);
        }
        let line = self.row.position().map_or(0, ::csv::Position::line);
        let line = line + behind;
        let values = self.row.iter().map(|cell| Value::Text(cell.to_owned()));
        Ok(Some((line, (0..self.columns).zip(values).collect())))
    }
}

/// What is wrong, on a line that is so many lines further than the reader says.
fn refused(error: Error, behind: u64) -> io::Error {
    let line =
        |position: Option<&::csv::Position>| position.map_or(0, ::csv::Position::line) + behind;
    let malformed = match error.kind() {
        ErrorKind::Utf8 { pos, .. } => Malformed::new(line(pos.as_ref()), "it is not UTF-8"),
        ErrorKind::UnequalLengths {
            pos,
            expected_len,
            len,
        } => {
            let why = format!("it has {len} cells, and the header has {expected_len}");
            Malformed::new(line(pos.as_ref()), why)
        }
        _ => {
            return match error.into_kind() {
                ErrorKind::Io(error) => error,
                other => io::Error::other(format!("{other:?}")),
            };
        }
    };
    io::Error::other(malformed)
}
