//! CSV, as jobs read and write it.

use csv::{QuoteStyle, Reader, ReaderBuilder, Terminator, Writer, WriterBuilder};
use http::HeaderValue;

use crate::jobs::{LineEnding, Table};

/// The media type of CSV.
pub(super) const CSV: HeaderValue = HeaderValue::from_static("text/csv");

/// What stands for null in an upload, where nothing means no change.
///
/// Source: Bulk API 2.0 and Bulk API Developer Guide, "Valid CSV Record Rows".
pub(super) const NULL: &str = "#N/A";

/// Reads lines, of any number of values.
pub(super) fn reader(text: &[u8], table: Table) -> Reader<&[u8]> {
    ReaderBuilder::new()
        .delimiter(table.delimiter.byte())
        .flexible(true)
        .from_reader(text)
}

/// Writes lines, with each value in quotes.
pub(super) fn writer(table: Table) -> Writer<Vec<u8>> {
    WriterBuilder::new()
        .delimiter(table.delimiter.byte())
        .quote_style(QuoteStyle::Always)
        .terminator(match table.line_ending {
            LineEnding::Lf => Terminator::Any(b'\n'),
            LineEnding::Crlf => Terminator::CRLF,
        })
        .flexible(true)
        .from_writer(Vec::new())
}

/// What was written. Writing to memory has no errors; were there one, what is
/// answered would be empty.
pub(super) fn written(writer: Writer<Vec<u8>>) -> Vec<u8> {
    writer.into_inner().unwrap_or_default()
}

/// Whether the first line ends as the table says; one without an end does.
pub(super) fn ends_as_said(text: &[u8], table: Table) -> bool {
    let mut is_quoted = false;
    let mut before = 0;
    for &byte in text {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' if !is_quoted => {
                return (before == b'\r') == (table.line_ending == LineEnding::Crlf);
            }
            _ => {}
        }
        before = byte;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::Delimiter;

    #[test]
    fn the_first_line_tells_how_lines_end() {
        let table = |line_ending| Table {
            line_ending,
            ..Table::default()
        };
        for (text, is_lf, is_crlf) in [
            ("Name\nA\n", true, false),
            ("Name\r\nA\r\n", false, true),
            ("\"a\r\nb\",c\nA", true, false),
            ("Name", true, true),
            ("", true, true),
        ] {
            assert_eq!(
                ends_as_said(text.as_bytes(), table(LineEnding::Lf)),
                is_lf,
                "{text:?}"
            );
            assert_eq!(
                ends_as_said(text.as_bytes(), table(LineEnding::Crlf)),
                is_crlf,
                "{text:?}"
            );
        }
    }

    #[test]
    fn values_are_quoted_and_divided_as_the_table_says() {
        for (table, line) in [
            (Table::default(), "\"a\",\"b\"\"c\"\n"),
            (
                Table {
                    delimiter: Delimiter::Tab,
                    line_ending: LineEnding::Crlf,
                },
                "\"a\"\t\"b\"\"c\"\r\n",
            ),
        ] {
            let mut writer = writer(table);
            writer.write_record(["a", "b\"c"]).expect("a line");
            assert_eq!(written(writer), line.as_bytes());
        }
    }
}
