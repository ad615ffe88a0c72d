//! The records of an input: the rows of a CSV file, or the objects of a JSON file.
//!
//! An input is read more than once: first to check it, then to send it. Nothing of it stays
//! in memory but the row that is read.

mod csv;
mod failed;
mod json;
mod members;
mod quoting;
mod source;
mod splitter;

use std::collections::HashMap;

use clap::ValueEnum;

use crate::verdict::Usage;
use csv::CsvRows;
pub(crate) use failed::FailedRows;
use json::JsonRows;
pub(crate) use members::{Members, Value};
pub(crate) use source::Source;

/// The longest record, in bytes: one that never ends must not fill the memory.
const RECORD_BYTES_MAX: usize = 8 << 20;

/// The member in which a failed row has its reason. Columns whose name begins as this one
/// does are no fields: Salesforce's Bulk API names its own so.
///
/// Source: Bulk API 2.0 Developer Guide, "Get Job Failed Record Results".
pub(crate) const REASON: &str = "sf__Error";

/// How the names of such columns begin.
const OWN: &str = "sf__";

/// The form of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InputFormat {
    /// Comma-separated values with a header
    Csv,
    /// An array of objects, or objects one after the other
    Json,
    /// One object per line
    Ndjson,
}

/// How an input is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) format: InputFormat,
    /// What separates the cells of CSV.
    pub(crate) delimiter: u8,
}

/// What is wrong with an input, and where.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {why}")]
pub(crate) struct Malformed {
    pub(crate) line: u64,
    pub(crate) why: String,
}

impl Malformed {
    fn new(line: u64, why: impl Into<String>) -> Self {
        Self {
            line,
            why: why.into(),
        }
    }
}

/// One record of an input.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    /// Which record it is, from 1.
    pub(crate) number: u64,
    /// The line on which it begins, from 1.
    pub(crate) line: u64,
    /// Its values. Each has the place of its name in [`Rows::names`].
    pub(crate) values: Vec<(usize, Value)>,
}

impl Row {
    /// How many bytes its values have.
    pub(crate) fn bytes(&self) -> usize {
        let values = self.values.iter();
        let bytes = |(_, value): &(usize, Value)| match value {
            Value::Text(text) => text.len(),
            Value::Json(json) => json.get().len(),
        };
        values.map(bytes).sum()
    }
}

/// A name, and the line on which it occurs first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) line: u64,
}

/// The names of an input, in the order in which they are met.
#[derive(Debug, Default)]
pub(crate) struct Names {
    list: Vec<Name>,
    places: HashMap<String, usize>,
}

impl Names {
    /// The place of a name, which is a new one if the name is.
    fn place(&mut self, text: &str, line: u64) -> usize {
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        let place = self.list.len();
        self.list.push(Name {
            text: text.to_owned(),
            line,
        });
        self.places.insert(text.to_owned(), place);
        place
    }

    pub(crate) fn list(&self) -> &[Name] {
        &self.list
    }
}

impl Name {
    /// Whether it names no field.
    pub(crate) fn is_own(&self) -> bool {
        let beginning = self.text.get(..OWN.len());
        beginning.is_some_and(|beginning| beginning.eq_ignore_ascii_case(OWN))
    }

    /// Whether it names the reason for which a row failed.
    pub(crate) fn is_reason(&self) -> bool {
        self.text.eq_ignore_ascii_case(REASON)
    }
}

/// Reads an input from its beginning.
pub(crate) struct Rows {
    source: String,
    form: Form,
    names: Names,
    number: u64,
}

enum Form {
    Csv(Box<CsvRows>),
    Json(JsonRows),
}

impl Rows {
    /// Begins to read.
    ///
    /// # Errors
    ///
    /// When the input cannot be read, or has no header.
    pub(crate) fn of(source: &Source, reading: Reading) -> anyhow::Result<Self> {
        let mut names = Names::default();
        let bytes = source.read()?;
        let form = match reading.format {
            InputFormat::Csv => {
                let csv = CsvRows::begin(bytes, reading.delimiter, &mut names);
                Form::Csv(Box::new(csv.map_err(|error| source.refused(&error))?))
            }
            InputFormat::Json | InputFormat::Ndjson => Form::Json(JsonRows::begin(bytes)),
        };
        Ok(Self {
            source: source.name().to_owned(),
            form,
            names,
            number: 0,
        })
    }

    /// The next record.
    ///
    /// # Errors
    ///
    /// When the input cannot be read, or is not of its form.
    pub(crate) fn next(&mut self) -> anyhow::Result<Option<Row>> {
        let read = match &mut self.form {
            Form::Csv(csv) => csv.next(),
            Form::Json(json) => json.next(&mut self.names),
        };
        let read = read.map_err(|error| source::refused(&self.source, &error))?;
        let Some((line, values)) = read else {
            return Ok(None);
        };
        self.number += 1;
        Ok(Some(Row {
            number: self.number,
            line,
            values,
        }))
    }

    /// The names that have been met.
    pub(crate) fn names(&self) -> &Names {
        &self.names
    }
}

impl InputFormat {
    /// What the name of a file says of it.
    pub(crate) fn of(name: &std::path::Path) -> Self {
        let ending = name.extension().unwrap_or_default().to_string_lossy();
        match ending.to_ascii_lowercase().as_str() {
            "json" => Self::Json,
            "ndjson" | "jsonl" => Self::Ndjson,
            _ => Self::Csv,
        }
    }
}

/// The delimiter of `--delimiter`: a character of one byte, or a name of one.
pub(crate) fn delimiter(text: &str) -> Result<u8, Usage> {
    let byte = match text {
        "comma" => b',',
        "semicolon" => b';',
        "tab" | "\\t" => b'\t',
        "pipe" => b'|',
        "caret" => b'^',
        "backquote" => b'`',
        _ => match text.as_bytes() {
            [byte] => *byte,
            _ => {
                return Err(Usage::new(
                    "a delimiter is one ASCII character, or `comma`, `semicolon`, `tab`, `pipe`, \
                     `caret` or `backquote`",
                ));
            }
        },
    };
    if matches!(byte, b'"' | b'\r' | b'\n' | 0) || !byte.is_ascii() {
        return Err(Usage::new(
            "a quote or an end of line cannot be a delimiter",
        ));
    }
    Ok(byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delimiter_is_a_character_or_its_name() {
        for (text, byte) in [
            (",", b','),
            (";", b';'),
            ("tab", b'\t'),
            ("\t", b'\t'),
            ("\\t", b'\t'),
            ("pipe", b'|'),
            ("x", b'x'),
        ] {
            assert_eq!(delimiter(text).unwrap(), byte, "{text}");
        }
        for text in ["", "\"", "\n", "\r", "é", ",,", "\0"] {
            assert!(delimiter(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_file_name_says_the_form() {
        for (name, format) in [
            ("a.csv", InputFormat::Csv),
            ("a.JSON", InputFormat::Json),
            ("a.jsonl", InputFormat::Ndjson),
            ("a.ndjson", InputFormat::Ndjson),
            ("a", InputFormat::Csv),
        ] {
            assert_eq!(InputFormat::of(name.as_ref()), format, "{name}");
        }
    }

    #[test]
    fn columns_of_salesforces_own_are_no_fields() {
        let name = |text: &str| Name {
            text: text.to_owned(),
            line: 1,
        };
        assert!(name("sf__Id").is_own() && name("SF__error").is_own());
        assert!(name("sf__error").is_reason() && !name("sf__Id").is_reason());
        for text in ["sf_Id", "Name", "é", ""] {
            assert!(!name(text).is_own(), "{text}");
        }
    }
}
