//! The org's records, in SQLite.

mod data_file;
mod functions;
mod pages;
mod rows;

use std::borrow::Borrow;
use std::sync::Arc;

use rusqlite::types::Value;
use rusqlite::{CachedStatement, Connection, params_from_iter};

use crate::schema::{Field, Kind, SObject, Schema};
use crate::sql::Fragment;

pub use data_file::{DataFileError, DataFileProblem};
pub(crate) use pages::{Batch, Matches, Page, Place};
pub(crate) use rows::Savepoint;

/// How much of the records is held in memory, in KiB; the rest is in a file.
const CACHE_KIB: u32 = 32 << 10;

/// How many statements stay prepared.
const STATEMENTS_MAX: usize = 64;

/// One record to insert: fields and their stored values. Absent ones are null.
pub(crate) type Row<'n> = Vec<(&'n str, Value)>;

/// All records of the org.
pub(crate) struct Database {
    connection: Connection,
    /// The most rows that an object has: no key is larger.
    rows: i64,
}

impl Database {
    /// An org of that schema, without records.
    pub(crate) fn open(schema: &Schema) -> Result<Self, rusqlite::Error> {
        // Without a name it is SQLite's own temporary file, which nobody else can
        // open and of which nothing is written while it fits into the cache.
        let connection = Connection::open("")?;
        connection.execute_batch("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;")?;
        set_up(&connection)?;
        create_tables(&connection, schema)?;
        Ok(Self {
            connection,
            rows: 0,
        })
    }

    /// How many records of an object there are, those in the recycle bin included.
    pub(crate) fn count(&self, sobject: &SObject) -> Result<u64, rusqlite::Error> {
        let sql = format!(
            "SELECT count(*) FROM \"{}\" WHERE \"IsDeleted\" < 2",
            sobject.name
        );
        self.connection.query_row(&sql, [], |row| row.get(0))
    }

    /// Inserts records; all of them, or none.
    pub(crate) fn insert<'n>(
        &mut self,
        sobject: &SObject,
        rows: impl IntoIterator<Item = impl Borrow<Row<'n>>>,
    ) -> Result<(), rusqlite::Error> {
        // A savepoint may lie within another one.
        let transaction = self.connection.savepoint()?;
        let mut prepared: Option<(Vec<&'n str>, CachedStatement<'_>)> = None;
        let mut last = self.rows;
        for row in rows {
            let row = row.borrow();
            let names = row.iter().map(|(name, _)| *name);
            let statement = match &mut prepared {
                Some((known, statement)) if names.clone().eq(known.iter().copied()) => statement,
                _ => {
                    let names: Vec<_> = names.collect();
                    let statement = transaction.prepare_cached(&insert_into(sobject, &names))?;
                    &mut prepared.insert((names, statement)).1
                }
            };
            let values = row.iter().map(|(_, value)| value);
            last = last.max(statement.insert(params_from_iter(values))?);
        }
        drop(prepared);
        transaction.commit()?;
        self.rows = last;
        Ok(())
    }

    /// The number that a statement counts.
    pub(crate) fn number(&self, count: &Fragment) -> Result<usize, rusqlite::Error> {
        let mut prepared = self.connection.prepare_cached(&count.text)?;
        let number: i64 = prepared.query_row(params_from_iter(&count.values), |row| row.get(0))?;
        Ok(usize::try_from(number).unwrap_or(0))
    }
}

/// Gives a connection what statements need, wherever the records are.
fn set_up(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.execute_batch(&format!("PRAGMA cache_size = -{CACHE_KIB};"))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    functions::define(connection)
}

fn create_tables(connection: &Connection, schema: &Schema) -> Result<(), rusqlite::Error> {
    let tables: String = schema
        .stored()
        .map(|sobject| create_table(sobject))
        .collect();
    connection.execute_batch(&format!("BEGIN; {tables} COMMIT;"))
}

fn insert_into(sobject: &SObject, names: &[&str]) -> String {
    let columns: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let marks = vec!["?"; names.len()].join(", ");
    let (table, columns) = (&sobject.name, columns.join(", "));
    format!("INSERT INTO \"{table}\" ({columns}) VALUES ({marks})")
}

fn create_table(sobject: &SObject) -> String {
    let stored = sobject.fields.iter().filter(|field| field.kind.is_stored());
    let mut columns: Vec<String> = stored.map(|field| column(field)).collect();
    // Users cannot be deleted and have no such field; one shape for all tables
    // keeps the translation simple.
    if sobject.field("IsDeleted").is_none() {
        columns.push(format!("\"IsDeleted\" {} {FALSE}", affinity(Kind::Boolean)));
    }
    let (name, columns) = (&sobject.name, columns.join(", "));
    let mut sql = format!("CREATE TABLE \"{name}\" ({columns});");
    // Subqueries look children up by it.
    let is_indexed = |field: &&Arc<Field>| {
        let reference = field.reference.as_ref();
        reference.is_some_and(|reference| reference.children.is_some())
    };
    let indexed = sobject.fields.iter().filter(is_indexed);
    // Of most records it is null: those are in no index.
    let is_key = |field: &&Arc<Field>| (field.external_id || field.unique) && field.is_stored();
    for field in sobject.fields.iter().filter(is_key) {
        let column = &field.name;
        let key = match field.folds() {
            true => format!("fold(\"{column}\")"),
            false => format!("\"{column}\""),
        };
        // Records in the recycle bin may have a value that another one has: to SQLite two
        // nulls are different.
        let (index, key) = match field.unique {
            true => (
                "UNIQUE INDEX",
                format!("{key}, CASE \"IsDeleted\" WHEN 0 THEN 0 END"),
            ),
            false => ("INDEX", key),
        };
        sql.push_str(&format!(
            "CREATE {index} \"{name}.{column}\" ON \"{name}\" ({key}) WHERE \"{column}\" IS NOT NULL;"
        ));
    }
    // Deleted rows are counted without reading any.
    for column in indexed.map(|field| &*field.name).chain(["IsDeleted"]) {
        sql.push_str(&format!(
            "CREATE INDEX \"{name}.{column}\" ON \"{name}\" (\"{column}\");"
        ));
    }
    sql
}

/// What every column of true or false begins as.
const FALSE: &str = "NOT NULL DEFAULT 0";

fn column(field: &Field) -> String {
    let (name, affinity) = (&field.name, affinity(field.kind));
    match (field.kind, &field.sql) {
        (_, Some(sql)) => format!("\"{name}\" {affinity} GENERATED ALWAYS AS ({sql}) VIRTUAL"),
        (Kind::Id, None) => format!("\"{name}\" {affinity} NOT NULL UNIQUE"),
        (Kind::Boolean, None) => format!("\"{name}\" {affinity} {FALSE}"),
        _ => format!("\"{name}\" {affinity}"),
    }
}

const fn affinity(kind: Kind) -> &'static str {
    match kind {
        Kind::Id
        | Kind::Reference
        | Kind::Text
        | Kind::LongText
        | Kind::MultiPicklist
        | Kind::Encrypted
        | Kind::Date
        | Kind::Time
        // These have no column.
        | Kind::Address
        | Kind::Location => "TEXT",
        Kind::Boolean | Kind::Integer | Kind::Base64 | Kind::DateTime => "INTEGER",
        Kind::Double => "REAL",
    }
}
