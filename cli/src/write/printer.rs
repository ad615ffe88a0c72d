//! The outcomes of records, printed.

use std::io::{IsTerminal as _, stdout};

use super::outcome::{COLUMNS, Outcome, Shown};
use crate::destination::Destination;
use crate::progress::above;
use crate::records::{Output, Records};
use crate::rows::Row;

/// Prints outcomes. A terminal shows those of the records that were not saved: the others
/// are counted.
pub(super) struct Printer {
    records: Records<Destination>,
    only_failed: bool,
}

impl Printer {
    pub(super) fn new(output: &Output) -> Self {
        Self {
            records: output.open(&COLUMNS),
            only_failed: output.is_default() && stdout().is_terminal(),
        }
    }

    /// Prints what became of rows.
    pub(super) fn print(&mut self, rows: &[Row], outcomes: &[Outcome]) -> anyhow::Result<()> {
        let shown = rows.iter().zip(outcomes).filter(|(_, outcome)| {
            let is_saved = outcome.state().is_saved();
            !(self.only_failed && is_saved)
        });
        let shown: Vec<_> = shown
            .map(|(row, outcome)| Shown::of(row.line, outcome))
            .collect();
        match shown.is_empty() {
            true => Ok(()),
            false => above(|| self.records.values(&shown)),
        }
    }

    /// Ends the output.
    pub(super) fn end(self) -> anyhow::Result<()> {
        Ok(self.records.end()?.finish()?)
    }
}
