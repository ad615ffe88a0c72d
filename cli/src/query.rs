//! `sfbox query`.

mod comment;
mod select_list;
mod statement;

use std::io::{IsTerminal as _, stderr, stdout};
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::value::RawValue;
use sfbox::{Completeness, Options, Org, QueryOptions, Rows};

use crate::destination::{Destination, Place};
use crate::interrupt::Interrupts;
use crate::printable::printable;
use crate::progress::{Progress, STARTING};
use crate::records::{Columns, Format, Json, Look, Page, Records, terminal_columns};
use crate::report::{note, remark};
use crate::verdict::{Unreadable, Usage};
use select_list::SelectList;
use statement::Statement;

/// Run a SOQL query and print all of its records
///
/// Pages are written as they arrive, so the number of rows does not change how much
/// memory the command needs. If the session ends between two pages, the command
/// stops with status 4: what was written is correct but incomplete. After Ctrl-C,
/// the output ends with a complete row. If rows, or child records of a subquery,
/// are missing when the query has ended, the command reports it and ends with
/// status 6.
///
/// A table, CSV and Markdown have one column for each entry of the SELECT list.
/// The field of a parent has a name such as `Owner.Name`; child records and
/// compound fields are printed as JSON. `json` and `ndjson` print the records as
/// Salesforce sent them. `SELECT COUNT() FROM …` prints `{"totalSize":N}`.
#[derive(Args, Debug)]
#[command(
    override_usage = "sfbox query [OPTIONS] <SOQL|--file <FILE>>",
    after_help = "Examples:
  sfbox query \"SELECT Id, Name FROM Account WHERE Industry = 'Energy'\"
  sfbox query --all-rows --output ndjson \"SELECT Id, IsDeleted FROM Contact\"
  sfbox query --file accounts.soql --output-file accounts.csv
  echo 'SELECT Id, Owner.Name FROM Account' | sfbox query - --output csv"
)]
pub(crate) struct Query {
    #[command(flatten)]
    statement: Statement,
    /// Also print deleted and archived rows
    #[arg(long)]
    all_rows: bool,
    /// Rows per page [default: 2000, by Salesforce]
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u16).range(200..=2000))]
    batch_size: Option<u16>,
    /// Stop after this number of pages, with status 0; stderr says if rows remain
    #[arg(long, value_name = "PAGES")]
    limit_pages: Option<NonZeroU64>,
    /// Output format: table, json, ndjson, csv or markdown [default: table on a terminal;
    /// with --output-file, by the ending of its name; otherwise json]
    #[arg(long, value_name = "FORMAT", value_enum, hide_possible_values = true)]
    output: Option<Format>,
    #[command(flatten)]
    json: Json,
    /// Write to FILE atomically: it appears only when it is complete. Devices and
    /// pipes are written directly
    #[arg(short = 'O', long, value_name = "FILE")]
    output_file: Option<PathBuf>,
    /// Do not shorten long texts in a table to fit the terminal
    #[arg(long)]
    no_truncate: bool,
    /// Do not print the names of the columns in a table, CSV and Markdown
    #[arg(long)]
    no_header: bool,
    /// Print TEXT for null in a table, CSV and Markdown
    #[arg(long, value_name = "TEXT")]
    null: Option<String>,
}

/// How far a query has come.
#[derive(Default)]
struct Reached {
    pages: u64,
    rows: u64,
}

impl Query {
    pub(crate) async fn run(&self, org: &Org, options: &Options) -> anyhow::Result<()> {
        let soql = self.statement.read()?;
        // A mistake in what was typed is told before anybody logs in.
        self.check_null()?;
        let place = self.output_file.as_deref().map(Place::of).transpose()?;
        let options = QueryOptions {
            call: options.clone(),
            rows: if self.all_rows { Rows::All } else { Rows::Live },
            batch_size: self.batch_size,
        };
        let mut interrupts = Interrupts::with_backstop()?;
        let mut progress = Progress::of(org);
        let first = progress.during(STARTING, org.query(&soql, &options));
        let mut page = interrupts.unless(first).await??;
        let list = select_list::read(&soql);
        let is_count = list == SelectList::Count;
        // Opened only now: a statement that is refused touches no file.
        let out = self.open(place)?;
        let settle = move |first: &[&RawValue]| columns(&list, first);
        let mut records = Records::settled_by(out, self.format(), self.look(), settle);
        if is_count {
            let total = page.total_size.ok_or(Unreadable::Count)?;
            records.value(&serde_json::json!({ "totalSize": total }))?;
            return Ok(records.end()?.finish()?);
        }
        let mut completeness = Completeness::of(&soql);
        let mut reached = Reached::default();
        let (of, left) = loop {
            let parsed = Page::parse(&page.body)?;
            let texts = parsed.records.iter().map(|record| record.get());
            completeness.page(&page, texts)?;
            records.page(&parsed.records, page.next.is_some())?;
            reached.rows += parsed.records.len() as u64;
            reached.pages += 1;
            if !self.is_shown() {
                progress.reached(reached.rows, page.total_size);
            } else if !self.format().ends_lines() {
                progress.end();
            }
            let left = page.next.take();
            let is_last = self
                .limit_pages
                .is_some_and(|limit| reached.pages >= limit.get());
            let Some(next) = left.as_ref().filter(|_| !is_last) else {
                break (page.total_size, left);
            };
            // Two pages at once would be twice the memory.
            drop(page);
            let more = progress.during(STARTING, org.query_more(next, &options));
            page = interrupts.unless(more).await??;
        };
        drop(progress);
        if left.is_none() {
            completeness.end()?;
        }
        records.end()?.finish()?;
        self.tell(&reached, of, left.is_some());
        self.tell_written(&reached);
        Ok(())
    }

    fn open(&self, place: Option<Place>) -> anyhow::Result<Destination> {
        let escape = self.format().escape();
        match place {
            Some(place) => Ok(Destination::at(place, escape)?),
            None => Ok(Destination::stdout(escape)),
        }
    }

    /// JSON has a null of its own.
    fn check_null(&self) -> Result<(), Usage> {
        match (&self.null, self.format()) {
            (Some(_), Format::Json | Format::Ndjson) => Err(Usage::new(
                "`--null` is for a table, CSV and Markdown: choose one with `--output`",
            )),
            _ => Ok(()),
        }
    }

    fn look(&self) -> Look {
        Look {
            room: self.room(),
            header: !self.no_header,
            null: self.null.clone().unwrap_or_default(),
        }
    }

    fn format(&self) -> Format {
        let asked = self.json.format().or(self.output);
        asked.unwrap_or_else(|| match &self.output_file {
            Some(name) => format_of(name),
            None => Format::of_stdout(),
        })
    }

    /// How wide a table may be, if it is for a terminal.
    fn room(&self) -> Option<u16> {
        let cut = !self.no_truncate && self.output_file.is_none();
        cut.then(terminal_columns).flatten()
    }

    /// Whether the records are on a terminal, where they show by themselves how far it
    /// has come.
    fn is_shown(&self) -> bool {
        self.output_file.is_none() && stdout().is_terminal()
    }

    /// Says what the records themselves do not: that there are more, and to a
    /// person how many there were.
    fn tell(&self, reached: &Reached, of: Option<u64>, more: bool) {
        let Reached { pages, rows } = reached;
        if more {
            let of = of.map_or_else(|| "an unknown number of".to_owned(), |of| of.to_string());
            note(&format!(
                "{rows} of {of} rows: stopped after {pages} page(s)"
            ));
        } else if of.is_none() {
            note(&format!(
                "{rows} row(s); Salesforce does not know the total, so sfbox cannot tell \
                 whether all of them came"
            ));
        } else if self.format() == Format::Table && stderr().is_terminal() {
            remark(&format!("{rows} row(s)"));
        }
    }
}

impl Query {
    /// Says to a person how many rows a file has: nothing else shows it.
    fn tell_written(&self, reached: &Reached) {
        if let Some(name) = &self.output_file
            && self.format() != Format::Table
            && stderr().is_terminal()
        {
            let (rows, name) = (reached.rows, printable(name.display()));
            remark(&format!("{rows} row(s) written to {name}"));
        }
    }
}

/// The columns of a result that begins with these records. How they differ from those
/// of the statement is said.
fn columns(list: &SelectList, first: &[&RawValue]) -> serde_json::Result<Columns> {
    let (columns, difference) = list.columns(first)?;
    if let Some(difference) = difference {
        note(&difference);
    }
    Ok(columns)
}

/// What the name of a file says of its format.
fn format_of(name: &Path) -> Format {
    let ending = name.extension().unwrap_or_default().to_string_lossy();
    match ending.to_ascii_lowercase().as_str() {
        "csv" => Format::Csv,
        "ndjson" | "jsonl" => Format::Ndjson,
        "txt" => Format::Table,
        "md" | "markdown" => Format::Markdown,
        _ => Format::Json,
    }
}

#[cfg(test)]
mod tests;
