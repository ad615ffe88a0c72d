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
        let header = reader.headers().cloned();
        let line = reader.get_mut().record_line().unwrap_or(1);
        let header = header.map_err(|error| refused(error, line))?;
        if header.is_empty() {
            let why = "there is no header: the first line names the columns";
            return Err(io::Error::other(Malformed::new(line, why)));
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
                names.place(name, line);
                continue;
            };
            return Err(io::Error::other(Malformed::new(line, why)));
        }
        Ok(Self {
            reader,
            row: StringRecord::new(),
            columns: header.len(),
        })
    }

    pub(super) fn next(&mut self) -> io::Result<Option<Read>> {
        let read = self.reader.read_record(&mut self.row);
        // The reader's own count begins before empty lines, and knows only line feeds.
        let line = self.reader.get_mut().record_line().unwrap_or_default();
        if !read.map_err(|error| refused(error, line))? {
            return Ok(None);
        }
        let values = self.row.iter().map(|cell| Value::Text(cell.to_owned()));
        Ok(Some((line, (0..self.columns).zip(values).collect())))
    }
}

/// What is wrong with the record that begins on this line.
fn refused(error: Error, line: u64) -> io::Error {
    let malformed = match error.kind() {
        ErrorKind::Utf8 { .. } => Malformed::new(line, "it is not UTF-8"),
        ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => {
            let why = format!("it has {len} cells, and the header has {expected_len}");
            Malformed::new(line, why)
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

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    /// The lines of the records, or the words for what is wrong.
    fn lines(text: &[u8]) -> Result<Vec<u64>, String> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text).unwrap();
        let bytes = Bytes::new(file.reopen().unwrap());
        let words = |error: io::Error| error.to_string();
        let mut rows = CsvRows::begin(bytes, b',', &mut Names::default()).map_err(words)?;
        let mut lines = Vec::new();
        while let Some((line, _)) = rows.next().map_err(words)? {
            lines.push(line);
        }
        Ok(lines)
    }

    #[test]
    fn a_record_has_the_line_on_which_it_begins() {
        for (text, expected) in [
            ("A,B\n1,2\n3,4\n", vec![2, 3]),
            ("A,B\n\n\n1,2\n\n3,4", vec![4, 6]),
            ("\n\nA,B\n1,2\n", vec![4]),
            ("A,B\n1,2\r\n3,4\r\n", vec![2, 3]),
            ("A,B\r\n1,2\n3,4\n", vec![2, 3]),
            ("A,B\r\n\r\n1,2\r\n3,4", vec![3, 4]),
            ("A,B\r1,2\r\r3,4\r", vec![2, 4]),
            ("A,B\n\"1\n\",2\n\"3\r\n\r\",\"\n\"\n5,6\n", vec![2, 4, 8]),
            ("A,B\n,\n\"\",\n", vec![2, 3]),
        ] {
            assert_eq!(lines(text.as_bytes()), Ok(expected), "{text:?}");
        }
        for (text, words) in [
            (&b"A,B\r\n\r\n1\r\n"[..], "line 3: it has 1 cells"),
            (b"A,B\n\n\n1,\xff\n", "line 4: it is not UTF-8"),
            (b"\n\nA,a\n", "line 3: two columns"),
        ] {
            let refused = lines(text).unwrap_err();
            assert!(refused.starts_with(words), "{refused}");
        }
    }

    #[test]
    fn lines_are_counted_across_what_is_read_at_once() {
        let text = format!("A,B\n{}", "\n1,2\r\n".repeat(20_000));
        let expected: Vec<u64> = (0..20_000).map(|record| 3 + 2 * record).collect();
        assert_eq!(lines(text.as_bytes()), Ok(expected));
    }
}
