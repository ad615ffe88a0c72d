//! The records of a job, written one after another.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Map, Value};

use super::rows::Row;
use crate::database::Database;
use crate::error::ApiError;
use crate::id::RecordId;
use crate::jobs::{Operation, Outcome, RowError, Task};
use crate::org::Org;
use crate::resource::Route;
use crate::schema::{Field, SObject};
use crate::sobject::writer::Writer;
use crate::sobject::{self, foreign_key, upsert, write};

/// Records that are written without a turn for others. Source: Bulk API Developer
/// Guide, "How Requests Are Processed".
const CHUNK_ROWS: usize = 200;

/// What is to be done with the records of an object.
pub(super) struct Work<'a> {
    pub(super) org: &'a Org,
    /// Where each record that is written is counted.
    pub(super) route: Route,
    pub(super) sobject: &'a Arc<SObject>,
    pub(super) task: &'a Task,
}

/// A record of the upload: its id, and its fields or why it cannot be written.
type Upload = (Option<Value>, Row);

/// A record that is not written: the id that it has in the upload, and why.
type Refused = (Option<Box<str>>, RowError);

impl Work<'_> {
    /// Writes every record. Answers what became of each, and how many milliseconds
    /// it took.
    pub(super) fn carry_out(&self, mut rows: impl Iterator<Item = Row>) -> (Arc<[Outcome]>, u64) {
        let begin = Instant::now();
        let mut outcomes = Vec::new();
        loop {
            let chunk: Vec<Row> = rows.by_ref().take(CHUNK_ROWS).collect();
            if chunk.is_empty() {
                break;
            }
            self.chunk(chunk, &mut outcomes);
        }
        let took = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
        (outcomes.into(), took)
    }

    fn chunk(&self, rows: Vec<Row>, outcomes: &mut Vec<Outcome>) {
        let _turn = self.org.turn();
        let mut database = self.org.database();
        // Parents are looked up before anything is written: no record of a chunk finds
        // another one of it. Source: SOAP API Developer Guide, "create()", "Creating
        // Records for Different Object Types"; logs of uploads whose records refer to each
        // other.
        let uploads = rows.into_iter().map(|row| self.resolved(&database, row));
        let uploads: Vec<Upload> = uploads.collect();
        // One transaction for all of them takes a tenth of the time. Without it each
        // is one.
        let point = database.savepoint();
        let before = outcomes.len();
        let written = uploads
            .into_iter()
            .map(|upload| self.outcome(&mut database, upload));
        outcomes.extend(written);
        let kept = point.and_then(|point| database.keep(&point));
        if let Err(error) = kept {
            let error = RowError::from(ApiError::internal(&error));
            for outcome in &mut outcomes[before..] {
                *outcome = failed((None, error.clone()));
            }
        }
        let written = outcomes[before..]
            .iter()
            .filter(|outcome| !outcome.is_failure());
        for _ in written {
            self.org.stats.record(|stats| stats.wrote(self.route));
        }
    }

    fn resolved(&self, database: &Database, row: Row) -> Upload {
        let mut row = match row {
            Ok(row) => row,
            Err(error) => return (None, Err(error)),
        };
        let id = sobject::take(&mut row, "Id").filter(|id| !id.is_null());
        let resolved = foreign_key::resolved((&self.org.schema, database), self.sobject, &row);
        let changed = match resolved {
            Ok(Cow::Owned(resolved)) => Ok(Some(resolved)),
            Ok(Cow::Borrowed(_)) => Ok(None),
            Err(error) => Err(RowError::of(error, &row)),
        };
        (id, changed.map(|changed| changed.unwrap_or(row)))
    }

    fn outcome(&self, database: &mut Database, (id, row): Upload) -> Outcome {
        let shown = id.as_ref().and_then(Value::as_str).map(Box::from);
        let mut row = match row {
            Ok(row) => row,
            Err(error) => return failed((shown, error)),
        };
        let written = match self.task.operation {
            Operation::Insert => self.insert(database, id.as_ref(), &row),
            Operation::Upsert => self.upsert(database, id.as_ref(), &mut row),
            Operation::Update | Operation::Delete | Operation::HardDelete => {
                self.change(database, id.as_ref(), &row)
            }
        };
        match written {
            Ok((id, is_new)) => Outcome::Saved { id, is_new },
            Err(error) => failed((shown, error)),
        }
    }

    fn insert(
        &self,
        database: &mut Database,
        id: Option<&Value>,
        row: &Map<String, Value>,
    ) -> Result<(RecordId, bool), RowError> {
        if id.is_some() {
            // Source: answers that clients of both Bulk APIs and of SOAP show.
            return Err(RowError {
                fields: vec!["Id".to_owned()],
                ..RowError::new(
                    "INVALID_FIELD_FOR_INSERT_UPDATE",
                    "cannot specify Id in an insert call",
                )
            });
        }
        let id = write::create(&Writer::plain(self.org), database, self.sobject, row);
        id.map(|id| (id, true))
            .map_err(|error| RowError::of(error, row))
    }

    /// Changes or removes the record with that id.
    fn change(
        &self,
        database: &mut Database,
        id: Option<&Value>,
        row: &Map<String, Value>,
    ) -> Result<(RecordId, bool), RowError> {
        let Some(id) = id else {
            // Source for updates: answers that clients show. The others' follow it.
            let call = if self.task.operation.deletes() {
                "a delete"
            } else {
                "an update"
            };
            let message = format!("Id not specified in {call} call");
            return Err(RowError::new("MISSING_ARGUMENT", &message));
        };
        let (org, sobject) = (self.org, self.sobject);
        let id = sobject::record_id(sobject, id.as_str().unwrap_or_default())?;
        match self.task.operation {
            Operation::Delete => write::delete(org, database, sobject, &id),
            Operation::HardDelete => write::erase(org, database, sobject, &id),
            _ => write::update(&Writer::plain(org), database, sobject, &id, row, None),
        }
        .map(|()| (id, false))
        .map_err(|error| RowError::of(error, row))
    }

    /// Changes the record that the key finds, or creates it.
    fn upsert(
        &self,
        database: &mut Database,
        id: Option<&Value>,
        row: &mut Map<String, Value>,
    ) -> Result<(RecordId, bool), RowError> {
        let Some(key) = self.task.key.as_deref().filter(|key| key.name != *"Id") else {
            return match id {
                Some(id) => self.change(database, Some(id), row),
                None => self.insert(database, None, row),
            };
        };
        self.upsert_by(database, key, row)
    }

    fn upsert_by(
        &self,
        database: &mut Database,
        key: &Field,
        row: &mut Map<String, Value>,
    ) -> Result<(RecordId, bool), RowError> {
        let value = sobject::take(row, &key.name).filter(|value| !value.is_null());
        let Some(value) = value else {
            // Source: answers of SOAP's upsert() that clients show.
            let message = format!("{} not specified", key.name);
            return Err(RowError::new("MISSING_ARGUMENT", &message));
        };
        let sobject = self.sobject;
        let stored = upsert::key(key, &value).map_err(|error| {
            let record = Map::from_iter([(key.name.to_string(), value)]);
            RowError::of(error, &record)
        })?;
        let found = upsert::found(database, sobject, (key, &stored))?;
        if found.len() > 1 {
            let ids: Vec<&str> = found.iter().map(RecordId::as_str).collect();
            let message = format!(
                "{}: more than one record found for external id field: [{}]",
                key.name,
                ids.join(", ")
            );
            return Err(RowError::new("DUPLICATE_EXTERNAL_ID", &message));
        }
        upsert::upsert(
            &Writer::plain(self.org),
            database,
            sobject,
            row,
            (key, &stored),
        )
        .map_err(|error| RowError::of(error, row))
    }
}

fn failed((id, error): Refused) -> Outcome {
    Outcome::Failed {
        id,
        error: Box::new(error),
    }
}
