//! `--dry-run`: what an org would refuse, without sending any record.

use super::outcome::Outcome;
use super::printer::Printer;
use crate::describe::{Prefixes, Seen, Shape};
use crate::reason::line;
use crate::rows::{FailedRows, Rows};

/// How many rows are judged between two looks at a signal.
const ROWS: u64 = 1_000;

/// Judges the records of an input.
pub(super) struct DryRun<'a> {
    pub(super) shape: &'a Shape,
    pub(super) prefixes: Prefixes,
    pub(super) rows: Rows,
    pub(super) failed: Option<FailedRows>,
    pub(super) printer: Printer,
}

impl DryRun<'_> {
    /// Judges them. Answers how many would be refused, and how many there are.
    ///
    /// # Errors
    ///
    /// When the input cannot be read, or a file cannot be written.
    pub(super) async fn judge(mut self) -> anyhow::Result<(u64, u64)> {
        let mut seen = Seen::default();
        let (mut refused, mut records) = (0, 0);
        while let Some(row) = self.rows.next()? {
            records += 1;
            if records % ROWS == 0 {
                tokio::task::yield_now().await;
            }
            let reasons = match self.shape.record(&row) {
                Err(reasons) => reasons,
                Ok(record) => self.shape.judge(&record, &self.prefixes, &mut seen),
            };
            if reasons.is_empty() {
                continue;
            }
            if let Some(failed) = &mut self.failed {
                failed.add(self.rows.names().list(), &row, &line(&reasons))?;
            }
            refused += 1;
            self.printer.print(&[row], &[Outcome::Refused(reasons)])?;
        }
        self.failed.take().map_or(Ok(()), FailedRows::end)?;
        self.printer.end()?;
        Ok((refused, records))
    }
}
