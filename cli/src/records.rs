//! Records on their way out, in the format that was asked for.
//!
//! Which columns there are is decided elsewhere: the printer takes [`Columns`], or a
//! function that settles them when the first records are known.

mod cell;
mod columns;
mod csv;
mod lines;
mod markdown;
mod members;
mod table;

use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Write, stdout};
use std::path::Path;

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::destination::{Destination, Escape};
use crate::verdict::Unreadable;
pub(crate) use columns::{Column, Columns};
use csv::Csv;
use lines::Lines;
use markdown::Markdown;
pub(crate) use members::members;
use table::{Kind, Said, Table};

/// How records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Aligned columns, for people; the default on a terminal
    Table,
    /// An object for one record, an array with one record per line for several; after a
    /// failure its closing `]` is missing. The default if stdout is not a terminal
    Json,
    /// One record per line
    Ndjson,
    /// Comma-separated values with a header
    Csv,
    /// A table in Markdown
    Markdown,
}

/// What rows of cells look like.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    /// The columns of the terminal that a table has to fit.
    pub(crate) room: Option<u16>,
    /// Whether the names of the columns come first.
    pub(crate) header: bool,
    /// What is printed for null.
    pub(crate) null: String,
    /// Whether a table has a line for each cell, whatever fits.
    pub(crate) expanded: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            room: None,
            header: true,
            null: String::new(),
            expanded: false,
        }
    }
}

/// `--output`, of the commands that print records of ours.
#[derive(Args, Debug)]
pub(crate) struct Output {
    /// Output format: table, json, ndjson, csv or markdown [default: table on a terminal,
    /// otherwise json]
    #[arg(
        id = "output",
        long,
        value_name = "FORMAT",
        value_enum,
        hide_possible_values = true
    )]
    format: Option<Format>,
    #[command(flatten)]
    json: Json,
}

/// `--json`, which people know from other command lines: `--output json`.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Json {
    /// The same as `--output json`
    #[arg(long, hide = true, conflicts_with = "output")]
    json: bool,
}

impl Json {
    /// The format, if it was typed. A configured one does not count then.
    pub(crate) fn format(self) -> Option<Format> {
        self.json.then_some(Format::Json)
    }
}

impl Output {
    /// The format that was asked for, or fits where stdout goes.
    pub(crate) fn format(&self) -> Format {
        let asked = self.json.format().or(self.format);
        asked.unwrap_or_else(Format::of_stdout)
    }

    /// Whether no format was asked for.
    pub(crate) fn is_default(&self) -> bool {
        self.json.format().or(self.format).is_none()
    }

    /// Prints one record: in JSON the object itself, and no array of one.
    ///
    /// # Errors
    ///
    /// When it cannot be written, or is no object.
    pub(crate) fn print_one(
        &self,
        members: &[impl AsRef<str>],
        record: &RawValue,
    ) -> anyhow::Result<()> {
        if matches!(self.format(), Format::Json | Format::Ndjson) {
            let out = Destination::stdout(self.format().escape());
            let mut lines = Lines::ndjson(out);
            lines.record(record.get())?;
            return Ok(lines.end()?.finish()?);
        }
        let mut records = self.open(members);
        records.page(&[record], false)?;
        Ok(records.end()?.finish()?)
    }

    /// Begins to print records with these members.
    pub(crate) fn open(&self, members: &[impl AsRef<str>]) -> Records<Destination> {
        let members: Vec<&str> = members.iter().map(AsRef::as_ref).collect();
        let format = self.format();
        let out = Destination::stdout(format.escape());
        let look = Look {
            room: terminal_columns(),
            ..Look::default()
        };
        Records::of(out, format, Columns::named(&members), look)
    }
}

impl Format {
    /// What people read on a terminal, and programs elsewhere.
    pub(crate) fn of_stdout() -> Self {
        if stdout().is_terminal() {
            Self::Table
        } else {
            Self::Json
        }
    }

    /// What the name of a file says of its format.
    pub(crate) fn of_file(name: &Path) -> Self {
        let ending = name.extension().unwrap_or_default().to_string_lossy();
        match ending.to_ascii_lowercase().as_str() {
            "csv" => Self::Csv,
            "ndjson" | "jsonl" => Self::Ndjson,
            "txt" => Self::Table,
            "md" | "markdown" => Self::Markdown,
            _ => Self::Json,
        }
    }

    /// Whether the output ends with a line when more pages follow. An array has a comma
    /// before it.
    pub(crate) fn ends_lines(self) -> bool {
        self != Self::Json
    }

    /// How a terminal is kept from obeying what is printed.
    pub(crate) fn escape(self) -> Escape {
        match self {
            Self::Json | Self::Ndjson => Escape::Json,
            Self::Table | Self::Csv | Self::Markdown => Escape::Text,
        }
    }
}

/// A page, as far as its records.
#[derive(Deserialize)]
pub(crate) struct Page<'a> {
    #[serde(borrow)]
    pub(crate) records: Vec<&'a RawValue>,
}

impl<'a> Page<'a> {
    /// Takes a page apart without reading its records.
    ///
    /// # Errors
    ///
    /// [`Unreadable::Page`].
    pub(crate) fn parse(body: &'a str) -> Result<Self, Unreadable> {
        serde_json::from_str(body).map_err(Unreadable::Page)
    }
}

/// Writes records.
pub(crate) struct Records<W: Write>(As<W>);

enum As<W: Write> {
    /// As Salesforce sent them.
    Lines(Lines<W>),
    /// Taken apart into columns.
    Cells(Box<Cells<W>>),
}

/// Settles the columns by the first records; by none if there are none.
type Settle = dyn Fn(&[&RawValue]) -> serde_json::Result<Columns>;

/// Writes rows of cells.
struct Cells<W: Write> {
    rows: Rows<W>,
    settle: Box<Settle>,
    look: Look,
    /// None until the first page is there.
    columns: Option<Columns>,
}

enum Rows<W: Write> {
    Csv(Box<Csv<W>>),
    Markdown(Markdown<W>),
    Table(Table<W>),
}

impl<W: Write> Records<W> {
    /// Begins to write records with these columns to `out`.
    pub(crate) fn of(out: W, format: Format, columns: Columns, look: Look) -> Self {
        Self::settled_by(out, format, look, move |_| Ok(columns.clone()))
    }

    /// Begins to write to `out` records whose columns `settle` knows when the first page
    /// is there. Formats without columns do not ask.
    pub(crate) fn settled_by(
        out: W,
        format: Format,
        look: Look,
        settle: impl Fn(&[&RawValue]) -> serde_json::Result<Columns> + 'static,
    ) -> Self {
        let rows = match format {
            Format::Json => return Self(As::Lines(Lines::json(out))),
            Format::Ndjson => return Self(As::Lines(Lines::ndjson(out))),
            Format::Csv => Rows::Csv(Box::new(Csv::new(out))),
            Format::Markdown => Rows::Markdown(Markdown::new(out)),
            Format::Table => {
                let table = Table::new(out, look.room, look.header);
                Rows::Table(if look.expanded {
                    table.expanded()
                } else {
                    table
                })
            }
        };
        Self(As::Cells(Box::new(Cells {
            rows,
            settle: Box::new(settle),
            look,
            columns: None,
        })))
    }

    /// Writes an answer that has rows: in JSON all of it, as Salesforce wrote it, else its
    /// rows. What `out` was comes back, with everything in it.
    ///
    /// # Errors
    ///
    /// [`Unreadable::Record`], and what `out` says.
    pub(crate) fn answer(
        out: W,
        format: Format,
        look: Look,
        answer: &RawValue,
        rows: &[&RawValue],
    ) -> anyhow::Result<W> {
        if format == Format::Json {
            let mut lines = Lines::ndjson(out);
            lines.record(answer.get())?;
            return Ok(lines.end()?);
        }
        let columns = Columns::of(rows).map_err(Unreadable::Record)?;
        let mut records = Self::of(out, format, columns, look);
        records.page(rows, false)?;
        Ok(records.end()?)
    }

    /// Writes a page and hands it to the reader at once. `more`: others will
    /// follow.
    ///
    /// # Errors
    ///
    /// [`Unreadable::Record`], and what `out` says.
    pub(crate) fn page(&mut self, records: &[&RawValue], more: bool) -> anyhow::Result<()> {
        match &mut self.0 {
            As::Lines(lines) => {
                for record in records {
                    lines.record(record.get())?;
                }
                Ok(lines.flush()?)
            }
            As::Cells(cells) => cells.page(records, more),
        }
    }

    /// Writes the records in these lines, one in each, and answers how many they are. `more`
    /// tells of that number whether others follow.
    ///
    /// # Errors
    ///
    /// As of [`Self::page`].
    pub(crate) fn lines(
        &mut self,
        ndjson: &str,
        more: impl FnOnce(u64) -> bool,
    ) -> anyhow::Result<u64> {
        if let As::Lines(lines) = &mut self.0 {
            // What is not taken apart is not looked at either.
            let mut records = 0;
            for record in ndjson.lines() {
                lines.record(record)?;
                records += 1;
            }
            lines.flush()?;
            return Ok(records);
        }
        if let As::Cells(cells) = &mut self.0
            && let Some(records) = cells.csv_lines(ndjson)?
        {
            return Ok(records);
        }
        let parsed = ndjson.lines().map(serde_json::from_str).collect();
        let parsed: serde_json::Result<Vec<&RawValue>> = parsed;
        let parsed = parsed.map_err(Unreadable::Record)?;
        let records = parsed.len() as u64;
        self.page(&parsed, more(records))?;
        Ok(records)
    }

    /// Writes one record of ours, and hands it to the reader at once.
    pub(crate) fn value(&mut self, record: &impl Serialize) -> anyhow::Result<()> {
        let record = serde_json::value::to_raw_value(record)?;
        self.page(&[&record], false)
    }

    /// Writes records of ours at once: a table is laid out by all of them.
    pub(crate) fn values(&mut self, records: &[impl Serialize]) -> anyhow::Result<()> {
        let records = records.iter().map(serde_json::value::to_raw_value);
        let records = records.collect::<serde_json::Result<Vec<_>>>()?;
        let records: Vec<&RawValue> = records.iter().map(AsRef::as_ref).collect();
        self.page(&records, false)
    }

    /// Ends the output. What `out` was comes back, with everything in it.
    pub(crate) fn end(self) -> io::Result<W> {
        match self.0 {
            As::Lines(lines) => lines.end(),
            As::Cells(cells) => match cells.rows {
                Rows::Csv(csv) => csv.end(),
                Rows::Markdown(markdown) => Ok(markdown.end()),
                Rows::Table(table) => Ok(table.end()),
            },
        }
    }
}

impl<W: Write> Cells<W> {
    fn page(&mut self, records: &[&RawValue], more: bool) -> anyhow::Result<()> {
        let columns = match self.columns.take() {
            Some(columns) => columns,
            // It tells nothing, and the next one may.
            None if records.is_empty() && more => return Ok(()),
            None => self.begin(records)?,
        };
        let null = &self.look.null;
        let rows = || {
            let rows = records
                .iter()
                .map(|record| said(&columns.read(record.get())?, null));
            let rows: serde_json::Result<Vec<_>> = rows.collect();
            rows.map_err(Unreadable::Record)
        };
        match &mut self.rows {
            Rows::Csv(csv) => {
                for record in records {
                    let cells = columns.read(record.get()).map_err(Unreadable::Record)?;
                    csv.line(texts(&cells, null)?)?;
                }
                csv.flush()?;
            }
            Rows::Markdown(markdown) => markdown.page(&rows()?)?,
            Rows::Table(table) => table.page(rows()?, more)?,
        }
        self.columns = Some(columns);
        Ok(())
    }

    /// Writes CSV whose columns are settled: each record is read once. `None`: it is something
    /// else.
    fn csv_lines(&mut self, ndjson: &str) -> anyhow::Result<Option<u64>> {
        let (Some(columns), Rows::Csv(csv)) = (&self.columns, &mut self.rows) else {
            return Ok(None);
        };
        let mut records = 0;
        for record in ndjson.lines() {
            let cells = columns.read(record).map_err(Unreadable::Record)?;
            csv.line(texts(&cells, &self.look.null)?)?;
            records += 1;
        }
        csv.flush()?;
        Ok(Some(records))
    }

    /// Settles the columns by the first page, and names them.
    fn begin(&mut self, first: &[&RawValue]) -> anyhow::Result<Columns> {
        let columns = (self.settle)(first).map_err(Unreadable::Record)?;
        let headers = columns.headers();
        match &mut self.rows {
            // A table needs them for its layout.
            Rows::Table(table) => table.header(headers),
            _ if !self.look.header => {}
            // A line without fields would be read as one with one.
            Rows::Csv(_) if headers.is_empty() => {}
            Rows::Csv(csv) => csv.line(headers)?,
            Rows::Markdown(markdown) => markdown.header(headers),
        }
        Ok(columns)
    }
}

/// What the cells of a row say; before any of it is written, so that a row is
/// written whole or not at all.
fn texts<'a>(cells: &columns::Cells<'a>, null: &'a str) -> Result<Vec<Cow<'a, str>>, Unreadable> {
    let text = |cell: &Option<&'a RawValue>| {
        let text = cell::text(*cell);
        text.map(|text| text.unwrap_or(Cow::Borrowed(null)))
    };
    let texts = cells.iter().map(text);
    texts.collect::<Result<_, _>>().map_err(Unreadable::Record)
}

/// The same, with the kind of each cell.
fn said<'a>(cells: &columns::Cells<'a>, null: &'a str) -> serde_json::Result<Vec<Said<'a>>> {
    let said = |cell: &Option<&'a RawValue>| -> serde_json::Result<Said<'a>> {
        let Some(text) = cell::text(*cell)? else {
            let text = Cow::Borrowed(null);
            return Ok(Said {
                text,
                kind: Kind::Null,
            });
        };
        let kind = if cell::is_number(*cell) {
            Kind::Number
        } else if cell::is_whole(*cell, &text) {
            Kind::Whole
        } else {
            Kind::Text
        };
        Ok(Said { text, kind })
    };
    cells.iter().map(said).collect()
}

/// The columns of the terminal that stdout is, if it is one.
pub(crate) fn terminal_columns() -> Option<u16> {
    let size = rustix::termios::tcgetwinsize(stdout()).ok()?;
    (stdout().is_terminal() && size.ws_col > 0).then_some(size.ws_col)
}

#[cfg(test)]
mod tests;
