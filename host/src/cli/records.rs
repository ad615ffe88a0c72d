//! Records on their way out, in the format that was asked for.

mod cell;
mod columns;
mod csv;
mod lines;
mod table;

use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Write, stdout};

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::destination::Destination;
use super::query::SelectList;
use super::verdict::Unreadable;
use csv::Csv;
use lines::Lines;
use table::{Said, Table};

pub(super) use columns::Columns;

/// How records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Aligned columns, for people; the default on a terminal
    Table,
    /// One array, one record a line, left unclosed after a failure; the default elsewhere
    Json,
    /// One record a line
    Ndjson,
    /// Comma-separated values with a header
    Csv,
}

/// `--output`, of the commands that print records of ours.
#[derive(Args, Debug)]
pub(super) struct Output {
    /// How to print the records [default: table on a terminal, else json]
    #[arg(id = "output", long, value_name = "FORMAT", value_enum)]
    format: Option<Format>,
}

impl Output {
    /// The format that was asked for, or fits where stdout goes.
    pub(super) fn format(&self) -> Format {
        self.format.unwrap_or_else(Format::of_stdout)
    }

    /// Begins to print records with these members.
    pub(super) fn open(&self, members: &[&str]) -> Records<Destination> {
        let list = SelectList::members(members);
        let out = Destination::stdout();
        Records::of(out, self.format(), &list, terminal_columns())
    }
}

impl Format {
    /// What people read on a terminal, and programs elsewhere.
    pub(super) fn of_stdout() -> Self {
        if stdout().is_terminal() {
            Self::Table
        } else {
            Self::Json
        }
    }
}

/// A page, as far as its records.
#[derive(Deserialize)]
pub(super) struct Page<'a> {
    #[serde(borrow)]
    pub(super) records: Vec<&'a RawValue>,
}

impl<'a> Page<'a> {
    /// Takes a page apart without reading its records.
    ///
    /// # Errors
    ///
    /// [`Unreadable::Page`].
    pub(super) fn parse(body: &'a str) -> Result<Self, Unreadable> {
        serde_json::from_str(body).map_err(Unreadable::Page)
    }
}

/// Writes records.
pub(super) struct Records<W: Write>(As<W>);

enum As<W: Write> {
    /// As Salesforce sent them.
    Lines(Lines<W>),
    /// Taken apart into columns.
    Cells(Box<Cells<W>>),
}

/// Writes rows of cells.
struct Cells<W: Write> {
    rows: Rows<W>,
    list: SelectList,
    /// None until the first page is there.
    columns: Option<Columns>,
}

enum Rows<W: Write> {
    Csv(Box<Csv<W>>),
    Table(Table<W>),
}

impl<W: Write> Records<W> {
    /// Begins to write to `out` what a statement with this list answers. Tables
    /// are cut to `room` columns, if any.
    pub(super) fn of(out: W, format: Format, list: &SelectList, room: Option<u16>) -> Self {
        let rows = match format {
            Format::Json => return Self(As::Lines(Lines::json(out))),
            Format::Ndjson => return Self(As::Lines(Lines::ndjson(out))),
            Format::Csv => Rows::Csv(Box::new(Csv::new(out))),
            Format::Table => Rows::Table(Table::new(out, room)),
        };
        Self(As::Cells(Box::new(Cells {
            rows,
            list: list.clone(),
            columns: None,
        })))
    }

    /// Writes a page and hands it to the reader at once.
    ///
    /// # Errors
    ///
    /// [`Unreadable::Record`], and what `out` says.
    pub(super) fn page(&mut self, records: &[&RawValue]) -> anyhow::Result<()> {
        match &mut self.0 {
            As::Lines(lines) => {
                for record in records {
                    lines.record(record.get())?;
                }
                Ok(lines.flush()?)
            }
            As::Cells(cells) => cells.page(records),
        }
    }

    /// Writes one record of ours, and hands it to the reader at once.
    pub(super) fn value(&mut self, record: &impl Serialize) -> anyhow::Result<()> {
        let record = serde_json::value::to_raw_value(record)?;
        self.page(&[&record])
    }

    /// Ends the output. What `out` was comes back, with everything in it.
    pub(super) fn end(self) -> io::Result<W> {
        match self.0 {
            As::Lines(lines) => lines.end(),
            As::Cells(cells) => match cells.rows {
                Rows::Csv(csv) => csv.end(),
                Rows::Table(table) => Ok(table.end()),
            },
        }
    }
}

impl<W: Write> Cells<W> {
    fn page(&mut self, records: &[&RawValue]) -> anyhow::Result<()> {
        let columns = match self.columns.take() {
            Some(columns) => columns,
            None => {
                let columns = columns(&self.list, records)?;
                self.rows.header(columns.headers())?;
                columns
            }
        };
        self.rows.page(&columns, records)?;
        self.columns = Some(columns);
        Ok(())
    }
}

/// The columns that a list names, or those of the first page.
fn columns(list: &SelectList, first: &[&RawValue]) -> Result<Columns, Unreadable> {
    match list {
        SelectList::Columns(columns) => Ok(Columns::new(columns)),
        SelectList::Salesforces(guessed) if first.is_empty() => Ok(Columns::new(guessed)),
        SelectList::Salesforces(_) | SelectList::Count => {
            Columns::of(first).map_err(Unreadable::Record)
        }
    }
}

impl<W: Write> Rows<W> {
    fn header(&mut self, headers: &[String]) -> io::Result<()> {
        match self {
            // A line without fields would be read as one with one.
            Self::Csv(_) if headers.is_empty() => Ok(()),
            Self::Csv(csv) => csv.line(headers),
            Self::Table(table) => {
                table.header(headers);
                Ok(())
            }
        }
    }

    fn page(&mut self, columns: &Columns, records: &[&RawValue]) -> anyhow::Result<()> {
        match self {
            Self::Csv(csv) => {
                for record in records {
                    csv.line(texts(&columns.read(record).map_err(Unreadable::Record)?)?)?;
                }
                Ok(csv.flush()?)
            }
            Self::Table(table) => {
                let mut rows = Vec::with_capacity(records.len());
                for record in records {
                    let cells = columns.read(record).map_err(Unreadable::Record)?;
                    let said = texts(&cells)?.into_iter().zip(&cells);
                    rows.push(
                        said.map(|(text, cell)| Said {
                            text,
                            number: cell::is_number(*cell),
                        })
                        .collect(),
                    );
                }
                Ok(table.page(rows)?)
            }
        }
    }
}

/// What the cells of a row say; before any of it is written, so that a row is
/// written whole or not at all.
fn texts<'a>(cells: &columns::Cells<'a>) -> Result<Vec<Cow<'a, str>>, Unreadable> {
    let texts = cells.iter().map(|cell| cell::text(*cell));
    texts.collect::<Result<_, _>>().map_err(Unreadable::Record)
}

/// The columns of the terminal that stdout is, if it is one.
pub(super) fn terminal_columns() -> Option<u16> {
    let size = rustix::termios::tcgetwinsize(stdout()).ok()?;
    (stdout().is_terminal() && size.ws_col > 0).then_some(size.ws_col)
}

#[cfg(test)]
mod tests;
