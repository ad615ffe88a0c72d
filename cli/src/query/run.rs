//! A statement that is run, and its records, printed as they come.

use std::io::Write;
use std::num::NonZeroU64;

use serde_json::value::RawValue;
use sfbox::{Completeness, Options, Org, Parameter, QueryOptions, RecordsOptions, Rows};

use super::select_list::{self, SelectList};
use crate::interrupt::Interrupts;
use crate::progress::{Progress, STARTING};
use crate::records::{Columns, Format, Look, Page, Records};
use crate::report::note;
use crate::verdict::Unreadable;

/// A statement with its values, and how it is asked.
pub(crate) struct Asked {
    pub(crate) soql: String,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) call: Options,
    pub(crate) rows: Rows,
    pub(crate) batch_size: Option<u16>,
    pub(crate) tooling: bool,
    /// Whether a long statement may be sent in a composite request.
    pub(crate) composite: bool,
    /// Whether it goes on after its session has ended.
    pub(crate) resumable: bool,
}

/// A statement, and how its records are printed.
pub(crate) struct Run<'a> {
    pub(crate) org: &'a Org,
    pub(crate) asked: &'a Asked,
    /// After how many pages it stops.
    pub(crate) limit_pages: Option<NonZeroU64>,
    pub(crate) format: Format,
    pub(crate) look: Look,
    /// Whether the records are on a terminal, where they show by themselves how far it
    /// has come.
    pub(crate) is_shown: bool,
}

/// How far a statement has come.
#[derive(Default)]
pub(crate) struct Reached {
    /// With a limit of pages only.
    pub(crate) pages: u64,
    pub(crate) rows: u64,
    /// How many rows there are, if Salesforce knows.
    pub(crate) of: Option<u64>,
    /// Whether there are pages that were not asked for.
    pub(crate) more: bool,
    /// Whether a long list made several statements of it. Each was checked by itself.
    pub(crate) is_split: bool,
}

impl Reached {
    /// What nobody can tell of a result whose length Salesforce does not know.
    pub(crate) fn doubt(&self) -> Option<String> {
        let rows = self.rows;
        let is_unknown = self.of.is_none() && !self.is_split;
        is_unknown.then(|| {
            format!(
                "{rows} row(s); Salesforce does not know the total, so sfbox cannot tell whether \
                 all of them came"
            )
        })
    }
}

impl Asked {
    /// A statement without values, asked as most are.
    pub(crate) fn plain(soql: String, call: Options) -> Self {
        Self {
            soql,
            parameters: Vec::new(),
            call,
            rows: Rows::Live,
            batch_size: None,
            tooling: false,
            composite: true,
            resumable: false,
        }
    }

    /// For one page after the other.
    pub(crate) fn paged(&self) -> QueryOptions {
        QueryOptions {
            call: self.call.clone(),
            rows: self.rows,
            batch_size: self.batch_size,
            tooling: self.tooling,
            composite: self.composite,
            complete_children: true,
        }
    }

    fn whole(&self) -> RecordsOptions {
        RecordsOptions {
            call: self.call.clone(),
            rows: self.rows,
            batch_size: self.batch_size,
            tooling: self.tooling,
            composite: self.composite,
            resumable: self.resumable,
        }
    }
}

impl Run<'_> {
    /// Runs it. `open` opens what the records are written to, once Salesforce has accepted
    /// the statement. That comes back with everything in it, and how far the statement has
    /// come; `None` of one that only counts.
    ///
    /// # Errors
    ///
    /// Those of a query, an interruption, and whatever keeps records from being written.
    pub(crate) async fn print<W: Write>(
        self,
        interrupts: &mut Interrupts,
        open: impl FnOnce() -> anyhow::Result<W>,
    ) -> anyhow::Result<(W, Option<Reached>)> {
        match self.limit_pages {
            Some(limit) => self.pages(limit, interrupts, open).await,
            None => self.all(interrupts, open).await,
        }
    }

    /// Prints all records.
    async fn all<W: Write>(
        self,
        interrupts: &mut Interrupts,
        open: impl FnOnce() -> anyhow::Result<W>,
    ) -> anyhow::Result<(W, Option<Reached>)> {
        let Asked {
            soql, parameters, ..
        } = self.asked;
        let options = self.asked.whole();
        let mut progress = Progress::of(self.org);
        let begin = self.org.records(soql, parameters, &options);
        let mut stream = interrupts
            .unless(progress.during(STARTING, begin))
            .await??;
        let of = stream.total_size();
        let mut records = match self.begin(of, open)? {
            Begun::Records(records) => records,
            Begun::Counted(out) => return Ok((out, None)),
        };
        let mut reached = Reached {
            of,
            ..Reached::default()
        };
        loop {
            let next = progress.during(STARTING, stream.next_lines());
            let Some(lines) = interrupts.unless(next).await?? else {
                break;
            };
            let lines = str::from_utf8(&lines).map_err(|_| Unreadable::Encoding)?;
            let more = |rows| of.is_none_or(|of| reached.rows + rows < of);
            reached.rows += records.lines(lines, more)?;
            self.show(&mut progress, &reached);
        }
        drop(progress);
        let summary = stream.summary();
        reached.is_split = summary.is_some_and(|summary| summary.statements > 1);
        if reached.rows == 0 {
            records.page(&[], false)?;
        }
        Ok((records.end()?, Some(reached)))
    }

    /// Prints so many pages.
    async fn pages<W: Write>(
        self,
        limit: NonZeroU64,
        interrupts: &mut Interrupts,
        open: impl FnOnce() -> anyhow::Result<W>,
    ) -> anyhow::Result<(W, Option<Reached>)> {
        let Asked {
            soql, parameters, ..
        } = self.asked;
        let options = self.asked.paged();
        let mut progress = Progress::of(self.org);
        let first = self.org.query_with(soql, parameters, &options);
        let mut page = interrupts
            .unless(progress.during(STARTING, first))
            .await??;
        let mut records = match self.begin(page.total_size, open)? {
            Begun::Records(records) => records,
            Begun::Counted(out) => return Ok((out, None)),
        };
        let mut completeness = Completeness::of(soql);
        let mut reached = Reached::default();
        loop {
            let parsed = Page::parse(&page.body)?;
            let texts = parsed.records.iter().map(|record| record.get());
            completeness.page(&page, texts)?;
            records.page(&parsed.records, page.next.is_some())?;
            reached.rows += parsed.records.len() as u64;
            reached.pages += 1;
            reached.of = page.total_size;
            self.show(&mut progress, &reached);
            let next = page.next.take();
            reached.more = next.is_some();
            let Some(next) = next.filter(|_| reached.pages < limit.get()) else {
                break;
            };
            // Two pages at once would be twice the memory.
            drop(page);
            let more = progress.during(STARTING, self.org.query_more(&next, &options));
            page = interrupts.unless(more).await??;
        }
        drop(progress);
        if !reached.more {
            completeness.end()?;
        }
        Ok((records.end()?, Some(reached)))
    }

    /// Opens the output, now that the statement was accepted: one that is refused touches no
    /// file. A count is printed at once.
    fn begin<W: Write>(
        &self,
        total: Option<u64>,
        open: impl FnOnce() -> anyhow::Result<W>,
    ) -> anyhow::Result<Begun<W>> {
        let list = select_list::read(&self.asked.soql);
        let is_count = list == SelectList::Count;
        let out = open()?;
        let settle = move |first: &[&RawValue]| columns(&list, first);
        let mut records = Records::settled_by(out, self.format, self.look.clone(), settle);
        if !is_count {
            return Ok(Begun::Records(records));
        }
        let total = total.ok_or(Unreadable::Count)?;
        records.value(&serde_json::json!({ "totalSize": total }))?;
        Ok(Begun::Counted(records.end()?))
    }

    /// Shows a person how far it has come.
    fn show(&self, progress: &mut Progress, reached: &Reached) {
        if !self.is_shown {
            progress.reached(reached.rows, reached.of);
        } else if !self.format.ends_lines() {
            progress.end();
        }
    }
}

/// An output that is open.
enum Begun<W: Write> {
    Records(Records<W>),
    /// The number is in it.
    Counted(W),
}

/// The columns of a result that begins with these records. How they differ from those
/// of the statement is said.
pub(super) fn columns(list: &SelectList, first: &[&RawValue]) -> serde_json::Result<Columns> {
    let (columns, difference) = list.columns(first)?;
    if let Some(difference) = difference {
        note(&difference);
    }
    Ok(columns)
}
