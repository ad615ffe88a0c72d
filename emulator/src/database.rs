//! The org's records, in SQLite, in memory.

use rusqlite::functions::FunctionFlags;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, params_from_iter};

use crate::record::Record;
use crate::schema::{Kind, SOBJECTS, SObject};
use crate::sql::Statement;
use crate::version::ApiVersion;

/// One record to insert: fields and their stored values. Absent ones are null.
pub(crate) type Row = Vec<(&'static str, Value)>;

/// All records of the org.
pub(crate) struct Database {
    connection: Connection,
}

impl Database {
    /// An org without records.
    pub(crate) fn open() -> Result<Self, rusqlite::Error> {
        let connection = Connection::open_in_memory()?;
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
        connection.create_scalar_function("fold", 1, flags, |context| {
            let text: Option<&str> = context.get_raw(0).as_str_or_null()?;
            Ok(text.map(str::to_lowercase))
        })?;
        for sobject in SOBJECTS {
            connection.execute_batch(&create_table(sobject))?;
        }
        Ok(Self { connection })
    }

    /// How many records of an object there are, deleted ones included.
    pub(crate) fn count(&self, sobject: &SObject) -> Result<u64, rusqlite::Error> {
        let sql = format!("SELECT count(*) FROM \"{}\"", sobject.name);
        self.connection.query_row(&sql, [], |row| row.get(0))
    }

    /// Inserts records; all of them, or none.
    pub(crate) fn insert(
        &mut self,
        sobject: &SObject,
        rows: impl IntoIterator<Item = Row>,
    ) -> Result<(), rusqlite::Error> {
        let transaction = self.connection.transaction()?;
        for row in rows {
            let names: Vec<String> = row.iter().map(|(name, _)| format!("\"{name}\"")).collect();
            let marks = vec!["?"; row.len()].join(", ");
            let sql = format!(
                "INSERT INTO \"{}\" ({}) VALUES ({marks})",
                sobject.name,
                names.join(", ")
            );
            let values = row.into_iter().map(|(_, value)| value);
            transaction
                .prepare_cached(&sql)?
                .execute(params_from_iter(values))?;
        }
        transaction.commit()
    }

    /// The keys of all rows that a statement matches, in order.
    pub(crate) fn keys(&self, statement: &Statement) -> Result<Vec<i64>, rusqlite::Error> {
        let mut prepared = self.connection.prepare_cached(&statement.keys.text)?;
        let rows =
            prepared.query_map(params_from_iter(&statement.keys.values), |row| row.get(0))?;
        rows.collect()
    }

    /// The records with these keys; none for `COUNT()`.
    pub(crate) fn records(
        &self,
        statement: &Statement,
        keys: &[i64],
        version: ApiVersion,
    ) -> Result<Vec<Record>, rusqlite::Error> {
        let Some(query) = &statement.record else {
            return Ok(Vec::new());
        };
        let mut prepared = self.connection.prepare_cached(&query.sql)?;
        let mut records = Vec::with_capacity(keys.len());
        for key in keys {
            let record = prepared
                .query_row([key], |row| Record::read(row, &query.selected, version))
                .optional()?;
            records.extend(record.flatten());
        }
        Ok(records)
    }
}

fn create_table(sobject: &SObject) -> String {
    let mut columns: Vec<String> = sobject
        .fields
        .iter()
        .map(|field| format!("\"{}\" {}", field.name, affinity(field.kind)))
        .collect();
    // Users cannot be deleted and have no such field; one shape for all tables
    // keeps the translation simple.
    if sobject.field("IsDeleted").is_none() {
        columns.push(format!("\"IsDeleted\" {}", affinity(Kind::Boolean)));
    }
    format!("CREATE TABLE \"{}\" ({})", sobject.name, columns.join(", "))
}

const fn affinity(kind: Kind) -> &'static str {
    match kind {
        Kind::Id => "TEXT NOT NULL UNIQUE",
        Kind::Reference { .. } | Kind::Text | Kind::LongText | Kind::Date => "TEXT",
        Kind::Boolean => "INTEGER NOT NULL DEFAULT 0",
        Kind::Integer | Kind::DateTime => "INTEGER",
        Kind::Double => "REAL",
    }
}
