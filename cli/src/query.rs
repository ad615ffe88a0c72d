//! `sfbox query`.

mod comment;
mod explanation;
mod run;
mod select_list;
mod statement;

use std::io::{IsTerminal as _, stderr, stdout};
use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::Args;
use sfbox::{Options, Org, Rows};

use crate::destination::{Destination, Place};
use crate::help::ShortHelp;
use crate::interrupt::Interrupts;
use crate::parameters::Parameters;
use crate::printable::printable;
use crate::progress::{Progress, STARTING};
use crate::records::{Format, Json, Look, terminal_columns};
use crate::report::{note, remark};
use crate::verdict::Usage;
pub(crate) use run::{Asked, Reached, Run};
use statement::Statement;

/// Run a SOQL query and print all of its records
#[derive(Args, Debug)]
#[command(
    disable_help_flag = true,
    override_usage = "sfbox query [OPTIONS] <SOQL|--file <FILE>>",
    after_help = "Rows are written as they arrive, in constant memory; child records are complete.
If the session ends before the last page, the status is 4: what was written is
correct but incomplete. If rows are missing at the end, the status is 6.

A table, CSV and Markdown have one column for each entry of the SELECT list, such
as Owner.Name. They print child records and compound fields as JSON.
Formats json and ndjson print the records as Salesforce sent them.
SELECT COUNT() FROM … prints {\"totalSize\":N}.

Examples:
  sfbox query \"SELECT Id, Name FROM Account WHERE Industry = 'Energy'\"
  sfbox query --param name=\"O'Hara\" \"SELECT Id FROM Contact WHERE LastName = :name\"
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
    #[command(flatten)]
    parameters: Parameters,
    /// Query the objects of the Tooling API, such as ApexClass
    #[arg(long, conflicts_with = "all_rows")]
    tooling: bool,
    /// Print how Salesforce would run the statement, and do not run it
    #[arg(long, conflicts_with_all = ["limit_pages", "batch_size", "resumable"])]
    explain: bool,
    /// If the session ends, go on after the last row with a new query; needs ORDER BY Id
    /// or none, and no LIMIT, OFFSET, GROUP BY or aggregate
    #[arg(long, conflicts_with = "limit_pages")]
    resumable: bool,
    /// Refuse a statement that is too long for a URI. Without this option it is sent in a
    /// composite request, which Salesforce does not document for long statements
    #[arg(long)]
    no_composite: bool,
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
    #[command(flatten)]
    help: ShortHelp,
}

impl Query {
    pub(crate) async fn run(&self, org: &Org, options: &Options) -> anyhow::Result<()> {
        let soql = self.statement.read()?;
        // A mistake in what was typed is told before anybody logs in.
        self.check_null()?;
        let parameters = self.parameters.read()?;
        let place = self.output_file.as_deref().map(Place::of).transpose()?;
        let asked = Asked {
            soql,
            parameters,
            call: options.clone(),
            rows: if self.all_rows { Rows::All } else { Rows::Live },
            batch_size: self.batch_size,
            tooling: self.tooling,
            composite: !self.no_composite,
            resumable: self.resumable,
        };
        let mut interrupts = Interrupts::with_backstop()?;
        if self.explain {
            let options = asked.paged();
            let plans = org.explain(&asked.soql, &asked.parameters, &options);
            let progress = Progress::of(org);
            let plans = interrupts
                .unless(progress.during(STARTING, plans))
                .await??;
            drop(progress);
            let out = self.open(place)?;
            return explanation::print(&plans, out, self.format(), self.look());
        }
        let run = Run {
            org,
            asked: &asked,
            limit_pages: self.limit_pages,
            format: self.format(),
            look: self.look(),
            is_shown: self.is_shown(),
        };
        let (out, reached) = run.print(&mut interrupts, || self.open(place)).await?;
        out.finish()?;
        if let Some(reached) = reached {
            self.tell(&reached);
            self.tell_written(&reached);
        }
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
            expanded: false,
        }
    }

    fn format(&self) -> Format {
        let asked = self.json.format().or(self.output);
        asked.unwrap_or_else(|| match &self.output_file {
            Some(name) => Format::of_file(name),
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
    fn tell(&self, reached: &Reached) {
        let Reached {
            pages,
            rows,
            of,
            more,
            ..
        } = reached;
        if *more {
            let of = of.map_or_else(|| "an unknown number of".to_owned(), |of| of.to_string());
            note(&format!(
                "{rows} of {of} rows: stopped after {pages} page(s)"
            ));
        } else if let Some(doubt) = reached.doubt() {
            note(&doubt);
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

#[cfg(test)]
mod tests;
