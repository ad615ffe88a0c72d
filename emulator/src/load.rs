//! Files of records: CSV, JSON and NDJSON.
//!
//! JSON is a list of records, or a query's answer with `records`; NDJSON has a
//! record on each line. A record is of the object that its `attributes` name, or
//! else of the file's.

mod csv;
mod json;

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::types::Value as Stored;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::database::{Database, Row};
use crate::incoming::{self, ImportError, Refused, Stamp};
use crate::schema::{SObject, Schema};

/// Records that are inserted together.
const CHUNK_ROWS: usize = 1_000;

/// A file of records, for an org to begin with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LoadFile {
    /// As errors name it.
    name: String,
    /// The object of records that do not name theirs.
    object: Option<String>,
    format: LoadFormat,
    #[serde(with = "shared")]
    text: Arc<str>,
}

/// Text that is shared, as text.
mod shared {
    use std::sync::Arc;

    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(text: &Arc<str>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<str>, D::Error> {
        String::deserialize(from).map(Arc::from)
    }
}

/// How records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LoadFormat {
    /// The names of fields in the first line, a record in each other row. An
    /// empty value is null.
    Csv,
    /// A list of objects, or an object with such a list as `records`.
    Json,
    /// An object in each line.
    Ndjson,
}

/// Records that cannot be loaded.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("{name} cannot be read")]
    Read {
        /// The file.
        name: String,
        /// What the system says.
        #[source]
        why: io::Error,
    },
    /// The name ends in something else.
    #[error("{0}: records are in a .csv, .json or .ndjson file")]
    Kind(String),
    /// The file is not of its format.
    #[error("{name}:{line}:{column}: {why}")]
    Syntax {
        /// The file.
        name: String,
        /// From 1.
        line: u64,
        /// From 1: of CSV the number of the value, else that of the character.
        column: u64,
        /// What is wrong.
        why: String,
    },
    /// A record does not fit.
    #[error("{name}:{line}:{column}: {why}")]
    Record {
        /// The file.
        name: String,
        /// From 1.
        line: u64,
        /// From 1: of CSV the number of the value, else that of the character.
        column: u64,
        /// What is wrong.
        #[source]
        why: ImportError,
    },
}

/// Where something is in a file, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    line: u64,
    column: u64,
}

/// The same, as far as it is known before somebody asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spot {
    At(Place),
    /// Bytes from the beginning of the text.
    Offset(usize),
}

/// What a file has of one record.
struct Read<'t> {
    /// The object that it names.
    object: Option<String>,
    spot: Spot,
    cells: Vec<Cell<'t>>,
}

/// A value, as its format has it.
enum Content<'t> {
    Text(&'t str),
    Json(serde_json::Value),
}

struct Cell<'t> {
    name: String,
    content: Content<'t>,
    spot: Spot,
}

impl LoadFile {
    /// Records in `text`; `name` is how errors call it.
    pub fn new(name: &str, format: LoadFormat, text: &str) -> Self {
        Self {
            name: name.to_owned(),
            object: None,
            format,
            text: text.into(),
        }
    }

    /// Reads a file, whose name ends in `.csv`, `.json` or `.ndjson`. What stands
    /// before that is the object of records that do not name theirs.
    ///
    /// # Errors
    ///
    /// When its name ends in anything else, or it cannot be read.
    pub fn read(path: impl Into<PathBuf>) -> Result<Self, LoadError> {
        let path = path.into();
        let name = path.display().to_string();
        let part =
            |part: Option<&std::ffi::OsStr>| part.and_then(|part| part.to_str()).map(str::to_owned);
        let extension = part(path.extension()).unwrap_or_default();
        let format = match extension.to_ascii_lowercase().as_str() {
            "csv" => LoadFormat::Csv,
            "json" => LoadFormat::Json,
            "ndjson" => LoadFormat::Ndjson,
            _ => return Err(LoadError::Kind(name)),
        };
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Self {
                object: part(path.file_stem()),
                ..Self::new(&name, format, &text)
            }),
            Err(why) => Err(LoadError::Read { name, why }),
        }
    }

    /// The same, for records of this object that do not name theirs.
    #[must_use]
    pub fn of(mut self, object: &str) -> Self {
        self.object = Some(object.to_owned());
        self
    }

    /// Adds the records to those of the database.
    pub(crate) fn load(
        &self,
        schema: &Schema,
        database: &mut Database,
        stamp: &Stamp,
    ) -> Result<(), LoadError> {
        let mut loading = Loading {
            file: self,
            schema,
            database,
            stamp,
            chunk: None,
        };
        match self.format {
            LoadFormat::Csv => csv::each(self, |read| loading.add(&read)),
            LoadFormat::Json => json::each(self, |read| loading.add(&read)),
            LoadFormat::Ndjson => json::each_line(self, |read| loading.add(&read)),
        }?;
        loading.flush()
    }

    fn place(&self, spot: Spot) -> Place {
        let offset = match spot {
            Spot::At(place) => return place,
            Spot::Offset(offset) => offset,
        };
        let before = self.text.get(..offset).unwrap_or_default();
        let begin = before.rfind('\n').map_or(0, |newline| newline + 1);
        Place {
            line: before.matches('\n').count() as u64 + 1,
            column: before[begin..].chars().count() as u64 + 1,
        }
    }

    fn syntax(&self, place: Place, why: impl Into<String>) -> LoadError {
        LoadError::Syntax {
            name: self.name.clone(),
            line: place.line,
            column: place.column,
            why: why.into(),
        }
    }

    fn record(&self, spot: Spot, why: ImportError) -> LoadError {
        let place = self.place(spot);
        LoadError::Record {
            name: self.name.clone(),
            line: place.line,
            column: place.column,
            why,
        }
    }
}

/// Records on their way into the database.
struct Loading<'l> {
    file: &'l LoadFile,
    schema: &'l Schema,
    database: &'l mut Database,
    stamp: &'l Stamp,
    chunk: Option<Chunk<'l>>,
}

/// Records of one object.
struct Chunk<'l> {
    sobject: &'l SObject,
    /// Of the next record, from 0.
    number: u64,
    rows: Vec<Row<'l>>,
    /// Of each row.
    spots: Vec<Spots<'l>>,
}

/// Where a record is in its file.
struct Spots<'l> {
    record: Spot,
    /// By the names of the fields.
    cells: Vec<(&'l str, Spot)>,
}

impl Spots<'_> {
    /// Where that is what an error is about.
    fn of(&self, why: &ImportError) -> Spot {
        let cell = match why {
            ImportError::Duplicate { field, .. } => {
                self.cells.iter().find(|(name, _)| name == field)
            }
            _ => None,
        };
        cell.map_or(self.record, |(_, spot)| *spot)
    }
}

impl<'l> Loading<'l> {
    fn add(&mut self, read: &Read<'_>) -> Result<(), LoadError> {
        let file = self.file;
        let name = read.object.as_ref().or(file.object.as_ref());
        let sobject = name.and_then(|name| self.schema.named(name));
        let sobject: &'l SObject = sobject.ok_or_else(|| match name {
            Some(name) => file.record(read.spot, ImportError::UnknownObject(name.clone())),
            None => file.syntax(
                file.place(read.spot),
                "it does not say of which object the record is",
            ),
        })?;
        let is_full = |chunk: &Chunk<'_>| {
            chunk.rows.len() >= CHUNK_ROWS || chunk.sobject.name != sobject.name
        };
        if self.chunk.as_ref().is_some_and(is_full) {
            self.flush()?;
        }
        if self.chunk.is_none() {
            let number = self.database.last_key(sobject);
            let number =
                number.map_err(|error| file.record(read.spot, ImportError::database(error)))?;
            self.chunk = Some(Chunk {
                sobject,
                number,
                rows: Vec::new(),
                spots: Vec::new(),
            });
        }
        let mut row = Row::new();
        let mut spots = Spots {
            record: read.spot,
            cells: Vec::with_capacity(read.cells.len()),
        };
        for cell in &read.cells {
            let kept = self.kept(sobject, cell);
            let kept = kept.map_err(|error| file.record(cell.spot, error))?;
            if let Some((name, value)) = kept {
                row.push((name, value));
                spots.cells.push((name, cell.spot));
            }
        }
        if let Some(chunk) = &mut self.chunk {
            let id = incoming::finish(self.stamp, sobject, chunk.number, &mut row);
            id.map_err(|error| file.record(read.spot, error))?;
            chunk.number += 1;
            chunk.rows.push(row);
            chunk.spots.push(spots);
        }
        Ok(())
    }

    fn kept(
        &self,
        sobject: &'l SObject,
        cell: &Cell<'_>,
    ) -> Result<Option<(&'l str, Stored)>, ImportError> {
        let field = incoming::field(sobject, &cell.name)?;
        let value = match &cell.content {
            // A record that does not say is not true.
            Content::Text("") if field.kind == crate::schema::Kind::Boolean => return Ok(None),
            Content::Text(text) => incoming::kept(self.schema, field, &field.read(text)),
            Content::Json(value) => incoming::kept(self.schema, field, value),
        };
        Ok(value?.map(|value| (&*field.name, value)))
    }

    fn flush(&mut self) -> Result<(), LoadError> {
        let Some(chunk) = self.chunk.take() else {
            return Ok(());
        };
        let inserted = incoming::insert(self.database, chunk.sobject, &chunk.rows);
        inserted.map_err(|Refused { row, why }| {
            let spot = chunk.spots.get(row).map(|spots| spots.of(&why));
            // There is no chunk without a row.
            self.file.record(spot.unwrap_or(Spot::Offset(0)), why)
        })
    }
}

#[cfg(test)]
mod tests;
