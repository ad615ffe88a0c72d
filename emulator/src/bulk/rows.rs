//! The records of an upload.
//!
//! Source: Bulk API 2.0 and Bulk API Developer Guide, "Prepare CSV Files".

use csv::{StringRecord, StringRecordsIter};
use serde_json::{Map, Value};

use super::column::Column;
use crate::jobs::{RowError, Task};
use crate::schema::{SObject, Schema};

/// One record, or why it is none.
pub(super) type Row = Result<Map<String, Value>, RowError>;

/// Why nothing of an upload can be written: what a job or a batch says of its end.
pub(super) type Failure = String;

/// What an upload's first line has to be.
#[derive(Clone, Copy)]
pub(super) struct Heading<'a> {
    pub(super) schema: &'a Schema,
    pub(super) sobject: &'a SObject,
    pub(super) task: &'a Task,
}

impl<'a> Heading<'a> {
    /// What the first line names, in its order.
    pub(super) fn columns<'n>(
        &self,
        names: impl Iterator<Item = &'n str>,
    ) -> Result<Vec<Column<'a>>, Failure> {
        let named = names.map(|name| Ok((name, self.column(name)?)));
        let columns: Vec<(&str, Column<'_>)> = named.collect::<Result<_, Failure>>()?;
        let has = |name: &str| columns.iter().any(|(_, column)| column.is_own(name));
        let operation = self.task.operation;
        // Without it no record of the upload could be found. An upsert by id creates
        // those that have none.
        let key = self.task.key.as_ref().map(|key| &*key.name);
        let needed = if operation.is_by_id() {
            Some("Id")
        } else {
            key.filter(|key| *key != "Id")
        };
        if let Some(name) = needed.filter(|name| !has(name)) {
            return Err(not_found(name));
        }
        let mut names = columns.iter().filter(|(_, column)| !column.is_own("Id"));
        match names.next() {
            // Nobody could confirm what Salesforce says.
            Some((name, _)) if operation.deletes() => Err(format!(
                "InvalidBatch : only Id can be given to delete records, and not {name}"
            )),
            _ => Ok(columns.into_iter().map(|(_, column)| column).collect()),
        }
    }

    /// Whether the object has the fields and relationships that one record of JSON names.
    /// Which of them it needs, and what a relationship may have, is told of the record
    /// alone.
    pub(super) fn check_names(&self, record: &Map<String, Value>) -> Result<(), Failure> {
        for (name, value) in record {
            if name == "attributes" || self.sobject.field(name).is_some() {
                continue;
            }
            let field = self.sobject.relationship(name);
            let field = field.ok_or_else(|| not_found(name))?;
            // The guide says that the type is an error here. Nobody could confirm the words.
            if field.targets().len() == 1 && value.get("attributes").is_some() {
                return Err(format!("InvalidBatch : {name} cannot have a type"));
            }
        }
        Ok(())
    }

    fn column(&self, name: &str) -> Result<Column<'a>, Failure> {
        Column::named(self.schema, self.sobject, name).ok_or_else(|| not_found(name))
    }
}

/// Source: amp-labs/connectors, pull request 118; heroku/salesforce-bulk, issue 101;
/// simple-salesforce/simple-salesforce, issue 763, for a relationship without a field.
fn not_found(name: &str) -> Failure {
    format!("InvalidBatch : Field name not found : {name}")
}

/// The records of CSV below its first line.
pub(super) struct Lines<'a> {
    columns: Vec<Column<'a>>,
    lines: StringRecordsIter<'a, &'a [u8]>,
}

impl<'a> Lines<'a> {
    pub(super) const fn new(
        columns: Vec<Column<'a>>,
        lines: StringRecordsIter<'a, &'a [u8]>,
    ) -> Self {
        Self { columns, lines }
    }

    fn row(&self, line: &StringRecord) -> Row {
        if line.len() != self.columns.len() {
            // Nobody could confirm what Salesforce says.
            let message = format!(
                "the first line has {} values, and this one {}",
                self.columns.len(),
                line.len()
            );
            return Err(RowError::new("INVALID_BATCH", &message));
        }
        let mut record = Map::new();
        for (column, text) in self.columns.iter().zip(line) {
            column.add(&mut record, text);
        }
        Ok(record)
    }
}

impl Iterator for Lines<'_> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        Some(match self.lines.next()? {
            Ok(line) => self.row(&line),
            // Nobody could confirm what Salesforce says.
            Err(error) => Err(RowError::new("INVALID_BATCH", &error.to_string())),
        })
    }
}
