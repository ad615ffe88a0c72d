//! The outcomes of records, printed.

use std::io::{self, IsTerminal as _, stdout};

use super::outcome::{COLUMNS, Outcome, Shown};
use crate::destination::Destination;
use crate::progress::above;
use crate::records::{Output, Records};
use crate::rows::Row;

/// Prints outcomes. A terminal shows those of the records that were not saved: the others
/// are counted.
///
/// A reader that closes stdout ends nothing: records are on their way, and the files of the
/// run have to say what became of them. The exit status then counts them as always.
pub(super) struct Printer {
    /// `None`: stdout takes no more.
    records: Option<Records<Destination>>,
    only_failed: bool,
}

impl Printer {
    pub(super) fn new(output: &Output) -> Self {
        Self {
            records: Some(output.open(&COLUMNS)),
            only_failed: output.is_default() && stdout().is_terminal(),
        }
    }

    /// Prints what became of rows. After an error nothing more is printed.
    ///
    /// # Errors
    ///
    /// When stdout cannot be written, and has not just been closed.
    pub(super) fn print(&mut self, rows: &[Row], outcomes: &[Outcome]) -> anyhow::Result<()> {
        let shown = rows.iter().zip(outcomes).filter(|(_, outcome)| {
            let is_saved = outcome.state().is_saved();
            !(self.only_failed && is_saved)
        });
        let shown: Vec<_> = shown
            .map(|(row, outcome)| Shown::of(row.line, outcome))
            .collect();
        let Some(records) = self.records.as_mut().filter(|_| !shown.is_empty()) else {
            return Ok(());
        };
        let printed = above(|| records.values(&shown));
        if printed.is_err() {
            self.records = None;
        }
        unless_closed(printed)
    }

    /// Ends the output.
    ///
    /// # Errors
    ///
    /// As [`Self::print`].
    pub(super) fn end(&mut self) -> anyhow::Result<()> {
        let Some(records) = self.records.take() else {
            return Ok(());
        };
        let ended = records.end().and_then(Destination::finish);
        unless_closed(ended.map_err(Into::into))
    }
}

/// An error, unless it says that the reader has what it wanted.
fn unless_closed(printed: anyhow::Result<()>) -> anyhow::Result<()> {
    printed.or_else(|error| match is_closed(&error) {
        true => Ok(()),
        false => Err(error),
    })
}

fn is_closed(error: &anyhow::Error) -> bool {
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref());
    causes.any(|cause: &io::Error| cause.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_reader_that_is_gone_is_no_error() {
        let printed = |kind: io::ErrorKind| {
            let error = anyhow::Error::new(io::Error::from(kind));
            unless_closed(Err(error.context("stdout")))
        };
        assert!(printed(io::ErrorKind::BrokenPipe).is_ok());
        assert!(printed(io::ErrorKind::StorageFull).is_err());
    }
}
