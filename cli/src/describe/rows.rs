//! What Salesforce describes, as it wrote it and as people read it.

use std::io::Write;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::records::{Format, Records};
use crate::verdict::Unreadable;

/// The objects or fields of an answer, and the row that is shown of each.
#[derive(Debug)]
pub(crate) struct Rows<'a, R> {
    /// As Salesforce wrote them.
    pub(crate) written: Vec<&'a RawValue>,
    pub(crate) shown: Vec<R>,
}

impl<'a, R> Rows<'a, R> {
    /// # Errors
    ///
    /// [`Unreadable`] if one of them has no row.
    pub(super) fn of(
        written: Vec<&'a RawValue>,
        row: impl Fn(&str) -> serde_json::Result<R>,
    ) -> Result<Self, Unreadable> {
        let shown = written.iter().map(|one| row(one.get()));
        let shown: serde_json::Result<Vec<R>> = shown.collect();
        Ok(Self {
            shown: shown.map_err(Unreadable::Answer)?,
            written,
        })
    }
}

impl<R: Serialize> Rows<'_, R> {
    /// Prints them: as Salesforce wrote them in formats of JSON, else what is shown of each.
    ///
    /// # Errors
    ///
    /// When they cannot be written.
    pub(crate) fn print<W: Write>(
        &self,
        mut records: Records<W>,
        format: Format,
    ) -> anyhow::Result<W> {
        match format {
            Format::Json | Format::Ndjson => records.page(&self.written, false)?,
            Format::Table | Format::Csv | Format::Markdown => records.values(&self.shown)?,
        }
        Ok(records.end()?)
    }
}
