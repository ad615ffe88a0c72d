//! CSV (RFC 4180) with lines that end in a line feed, as spreadsheets and
//! Salesforce's Bulk API read it.
//!
//! Source of what Bulk reads: Bulk API 2.0 Developer Guide, "Prepare CSV Files".

use std::io::{self, Write};

use ::csv::{Error, ErrorKind, QuoteStyle, Terminator, Writer, WriterBuilder};

/// Writes CSV.
pub(super) struct Csv<W: Write> {
    lines: Writer<W>,
}

impl<W: Write> Csv<W> {
    pub(super) fn new(out: W) -> Self {
        let lines = WriterBuilder::new()
            .terminator(Terminator::Any(b'\n'))
            .quote_style(QuoteStyle::Necessary)
            .from_writer(out);
        Self { lines }
    }

    /// Writes one line. All have as many fields.
    pub(super) fn line<T: AsRef<str>>(
        &mut self,
        fields: impl IntoIterator<Item = T>,
    ) -> io::Result<()> {
        for field in fields {
            self.lines.write_field(field.as_ref()).map_err(plain)?;
        }
        self.lines.write_record(None::<&[u8]>).map_err(plain)
    }

    /// Hands over what was written.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.lines.flush()
    }

    /// Ends the output.
    pub(super) fn end(mut self) -> io::Result<W> {
        // An error of the output itself, and not of the buffer before it.
        self.lines.flush()?;
        self.lines.into_inner().map_err(|error| {
            let error = error.error();
            io::Error::new(error.kind(), error.to_string())
        })
    }
}

/// The error of the output itself: a closed pipe has to be told from the rest.
fn plain(error: Error) -> io::Error {
    match error.into_kind() {
        ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(lines: &[Vec<String>]) -> String {
        let mut csv = Csv::new(Vec::new());
        for line in lines {
            csv.line(line).unwrap();
        }
        String::from_utf8(csv.end().unwrap()).unwrap()
    }

    #[test]
    fn only_what_needs_quotes_has_them() {
        let line = [
            "a b", "a,b", "a\"b", "a\nb", "a\r\nb", "=1+1", " x ", "é🦀", "",
        ];
        assert_eq!(
            written(&[line.map(str::to_owned).to_vec()]),
            "a b,\"a,b\",\"a\"\"b\",\"a\nb\",\"a\r\nb\",=1+1, x ,é🦀,\n"
        );
        assert_eq!(
            written(&[vec![String::new()]]),
            "\"\"\n",
            "an empty line would be skipped by readers"
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            lines in (1_usize..4).prop_flat_map(|fields| {
                prop::collection::vec(prop::collection::vec("[a\",\r\n é🦀=]{0,5}", fields), 1..5)
            })
        ) {
            let text = written(&lines);
            let mut reader = ::csv::ReaderBuilder::new()
                .has_headers(false)
                .from_reader(text.as_bytes());
            let read: Vec<Vec<String>> = reader
                .records()
                .map(|line| line.unwrap().iter().map(str::to_owned).collect())
                .collect();
            prop_assert_eq!(read, lines);
        }
    }
}
