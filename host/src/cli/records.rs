//! Records on their way to stdout.

use std::io::{self, BufWriter, StdoutLock, Write, stdout};

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// How records are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// One array, one record a line; left unclosed after a failure
    #[default]
    Json,
    /// One record a line
    Ndjson,
}

/// `--output`, of every command that prints records.
#[derive(Args, Debug)]
pub(super) struct Output {
    /// How to print the records
    #[arg(long = "output", value_name = "OUTPUT", value_enum, default_value_t)]
    format: Format,
}

impl Output {
    /// Begins to print.
    pub(super) fn open(&self) -> Records<BufWriter<StdoutLock<'static>>> {
        Records::new(BufWriter::new(stdout().lock()), self.format)
    }
}

/// A page, as far as its records.
#[derive(Deserialize)]
pub(super) struct Page<'a> {
    #[serde(borrow)]
    records: Vec<&'a RawValue>,
}

impl<'a> Page<'a> {
    /// Takes a page apart without reading its records.
    pub(super) fn parse(body: &'a str) -> serde_json::Result<Self> {
        serde_json::from_str(body)
    }
}

/// Writes records, each as Salesforce sent it, each on a line of its own.
pub(super) struct Records<W> {
    out: W,
    format: Format,
    written: u64,
}

impl<W: Write> Records<W> {
    pub(super) fn new(out: W, format: Format) -> Self {
        Self {
            out,
            format,
            written: 0,
        }
    }

    /// Writes a page and hands it to the reader at once.
    pub(super) fn page(&mut self, page: &Page<'_>) -> io::Result<()> {
        for record in &page.records {
            self.record(record.get())?;
        }
        self.out.flush()
    }

    /// Writes one record of ours, and hands it to the reader at once.
    pub(super) fn value(&mut self, record: &impl Serialize) -> io::Result<()> {
        self.record(&serde_json::to_string(record)?)?;
        self.out.flush()
    }

    /// Writes one record, which is JSON.
    pub(super) fn record(&mut self, record: &str) -> io::Result<()> {
        let before = match (self.format, self.written) {
            (Format::Ndjson, _) => "",
            (Format::Json, 0) => "[\n",
            (Format::Json, _) => ",\n",
        };
        self.out.write_all(before.as_bytes())?;
        // JSON text has line breaks only between tokens (RFC 8259, section 7),
        // where nothing is lost without them.
        for piece in record.split(['\n', '\r']) {
            self.out.write_all(piece.as_bytes())?;
        }
        if self.format == Format::Ndjson {
            self.out.write_all(b"\n")?;
        }
        self.written += 1;
        Ok(())
    }

    /// Ends the output.
    pub(super) fn end(mut self) -> io::Result<()> {
        match (self.format, self.written) {
            (Format::Ndjson, _) => {}
            (Format::Json, 0) => self.out.write_all(b"[]\n")?,
            (Format::Json, _) => self.out.write_all(b"\n]\n")?,
        }
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(format: Format, pages: &[&str]) -> String {
        let mut out = Vec::new();
        let mut records = Records::new(&mut out, format);
        for page in pages {
            records.page(&Page::parse(page).unwrap()).unwrap();
        }
        records.end().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn json_is_one_array_with_one_record_a_line() {
        let pages = [
            r#"{"done":false,"records":[{"a":1},{"a":"é"}]}"#,
            r#"{"records":[{"a":3}]}"#,
        ];
        assert_eq!(
            written(Format::Json, &pages),
            "[\n{\"a\":1},\n{\"a\":\"é\"},\n{\"a\":3}\n]\n"
        );
        assert_eq!(written(Format::Json, &[r#"{"records":[]}"#]), "[]\n");
    }

    #[test]
    fn ndjson_is_one_record_a_line_even_if_salesforce_broke_it() {
        let pages = ["{\"records\":[{\n  \"a\" : \"x\\ny\",\r\n  \"b\": [1,\n2]\n}]}"];
        let text = written(Format::Ndjson, &pages);
        assert_eq!(text.lines().count(), 1);
        let record: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(record, serde_json::json!({"a": "x\ny", "b": [1, 2]}));
        assert_eq!(written(Format::Ndjson, &[r#"{"records":[]}"#]), "");
    }

    #[test]
    fn records_of_ours_are_printed_as_salesforces_are() {
        let mut out = Vec::new();
        let mut records = Records::new(&mut out, Format::Json);
        for number in [1, 2] {
            records.value(&serde_json::json!({ "a": number })).unwrap();
        }
        records.end().unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "[\n{\"a\":1},\n{\"a\":2}\n]\n"
        );
    }

    #[test]
    fn numbers_and_key_order_are_salesforces() {
        let page = r#"{"records":[{"z":1.50,"a":139000000.0,"m":1e3}]}"#;
        assert_eq!(
            written(Format::Ndjson, &[page]),
            "{\"z\":1.50,\"a\":139000000.0,\"m\":1e3}\n"
        );
    }

    #[test]
    fn a_page_without_records_is_refused() {
        for body in ["[]", "{}", r#"{"records":7}"#, ""] {
            assert!(Page::parse(body).is_err(), "{body}");
        }
    }
}
