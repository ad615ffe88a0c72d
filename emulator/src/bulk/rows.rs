//! The records of an upload.
//!
//! Source: Bulk API 2.0 and Bulk API Developer Guide, "Prepare CSV Files".

use csv::{StringRecord, StringRecordsIter};
use serde_json::{Map, Value};

use super::table::NULL;
use crate::jobs::{RowError, Task};
use crate::schema::{Field, SObject, Schema};

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
    /// The fields that the first line names, in its order.
    pub(super) fn columns<'n>(
        &self,
        names: impl Iterator<Item = &'n str>,
    ) -> Result<Vec<&'a Field>, Failure> {
        let columns: Vec<_> = names
            .map(|name| self.column(name))
            .collect::<Result<_, _>>()?;
        let has = |name: &str| columns.iter().any(|column| *column.name == *name);
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
        let is_too_much = |column: &&&Field| operation.deletes() && *column.name != *"Id";
        match columns.iter().find(is_too_much) {
            // Nobody could confirm what Salesforce says.
            Some(column) => Err(format!(
                "InvalidBatch : only Id can be given to delete records, and not {}",
                column.name
            )),
            None => Ok(columns),
        }
    }

    /// Whether the object has the fields that one record of JSON names. Which of them
    /// it needs is told of the record alone.
    pub(super) fn check_names<'n>(
        &self,
        names: impl Iterator<Item = &'n str>,
    ) -> Result<(), Failure> {
        for name in names {
            // What a relationship cannot have yet, each record is told.
            if self.schema.parent(self.sobject, name).is_none() {
                self.column(name)?;
            }
        }
        Ok(())
    }

    fn column(&self, name: &str) -> Result<&'a Field, Failure> {
        if let Some(field) = self.sobject.field(name) {
            return Ok(field);
        }
        let relationship = name.split_once('.').map(|(relationship, _)| relationship);
        let is_parents =
            relationship.is_some_and(|of| self.schema.parent(self.sobject, of).is_some());
        Err(if is_parents {
            format!(
                "EMULATOR_UNSUPPORTED : this emulator does not support references by external id: \
                 {name}"
            )
        } else {
            not_found(name)
        })
    }
}

/// Source: amp-labs/connectors, pull request 118; heroku/salesforce-bulk, issue 101.
fn not_found(name: &str) -> Failure {
    format!("InvalidBatch : Field name not found : {name}")
}

/// The records of CSV below its first line.
pub(super) struct Lines<'a> {
    columns: Vec<&'a Field>,
    lines: StringRecordsIter<'a, &'a [u8]>,
}

impl<'a> Lines<'a> {
    pub(super) const fn new(
        columns: Vec<&'a Field>,
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
        let cells = self.columns.iter().zip(line);
        let given = cells.filter(|(_, text)| !text.is_empty());
        let member = |(field, text): (&&Field, &str)| {
            let value = if text == NULL {
                Value::Null
            } else {
                field.read(text)
            };
            (field.name.to_string(), value)
        };
        Ok(given.map(member).collect())
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
