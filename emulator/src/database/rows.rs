//! One record at a time: finding, reading, adding, changing.

use rusqlite::params_from_iter;
use rusqlite::types::Value;

use super::{Database, Row, insert_into};
use crate::record::Record;
use crate::schema::SObject;
use crate::sql::RowQuery;
use crate::version::ApiVersion;

/// A record that has a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) id: String,
    pub(crate) is_deleted: bool,
}

/// A point to which the records can go back.
pub(crate) struct Savepoint {
    rows: i64,
}

impl Database {
    /// The records whose field has this value, deleted ones included. Text is
    /// compared without its case, unless the field distinguishes it.
    pub(crate) fn find(
        &self,
        sobject: &SObject,
        field: &str,
        value: &Value,
    ) -> Result<Vec<Found>, rusqlite::Error> {
        let table = &sobject.name;
        let folds = sobject.field(field).is_some_and(|field| field.folds());
        let has = if folds {
            // The index has only those that are not null.
            format!("\"{field}\" IS NOT NULL AND fold(\"{field}\") = fold(?)")
        } else {
            format!("\"{field}\" = ?")
        };
        let sql =
            format!("SELECT \"Id\", \"IsDeleted\" FROM \"{table}\" WHERE {has} ORDER BY rowid");
        let mut prepared = self.connection.prepare_cached(&sql)?;
        let found = prepared.query_map([value], |row| {
            Ok(Found {
                id: row.get(0)?,
                is_deleted: row.get(1)?,
            })
        })?;
        found.collect()
    }

    /// The record with this id.
    pub(crate) fn read(
        &self,
        query: &RowQuery,
        id: &str,
        version: ApiVersion,
    ) -> Result<Option<Record>, rusqlite::Error> {
        let mut prepared = self.connection.prepare_cached(&query.sql)?;
        let mut rows = prepared.query([id])?;
        match rows.next()? {
            Some(row) => Record::read(row, &query.selected, version),
            None => Ok(None),
        }
    }

    /// The text that a record has in a field.
    pub(crate) fn text(
        &self,
        sobject: &SObject,
        field: &str,
        id: &str,
    ) -> Result<Option<String>, rusqlite::Error> {
        let sql = format!(
            "SELECT \"{field}\" FROM \"{}\" WHERE \"Id\" = ?",
            sobject.name
        );
        let mut prepared = self.connection.prepare_cached(&sql)?;
        prepared.query_row([id], |row| row.get(0))
    }

    /// What a statement of SQL answers in its first column.
    #[cfg(test)]
    pub(crate) fn texts(&self, sql: &str) -> Result<Vec<String>, rusqlite::Error> {
        let mut prepared = self.connection.prepare(sql)?;
        let texts = prepared.query_map([], |row| row.get(0))?;
        texts.collect()
    }

    /// Adds one record.
    pub(crate) fn add(&mut self, sobject: &SObject, row: &Row<'_>) -> Result<(), rusqlite::Error> {
        let names: Vec<_> = row.iter().map(|(name, _)| *name).collect();
        let mut prepared = self
            .connection
            .prepare_cached(&insert_into(sobject, &names))?;
        let key = prepared.insert(params_from_iter(row.iter().map(|(_, value)| value)))?;
        self.rows = self.rows.max(key);
        Ok(())
    }

    /// Changes fields of one record.
    pub(crate) fn change(
        &mut self,
        sobject: &SObject,
        id: &str,
        row: &Row<'_>,
    ) -> Result<(), rusqlite::Error> {
        let changes: Vec<_> = row
            .iter()
            .map(|(name, _)| format!("\"{name}\" = ?"))
            .collect();
        let (table, changes) = (&sobject.name, changes.join(", "));
        let sql = format!("UPDATE \"{table}\" SET {changes} WHERE \"Id\" = ?");
        let id = Value::Text(id.to_owned());
        let values = row.iter().map(|(_, value)| value).chain([&id]);
        self.connection
            .prepare_cached(&sql)?
            .execute(params_from_iter(values))?;
        Ok(())
    }

    /// How many records an object has had: none is ever taken away.
    pub(crate) fn last_key(&self, sobject: &SObject) -> Result<u64, rusqlite::Error> {
        let sql = format!("SELECT coalesce(max(rowid), 0) FROM \"{}\"", sobject.name);
        self.connection.query_row(&sql, [], |row| row.get(0))
    }

    /// Marks a point to go back to. It ends with [`keep`](Self::keep) or
    /// [`go_back`](Self::go_back), the last one first.
    pub(crate) fn savepoint(&mut self) -> Result<Savepoint, rusqlite::Error> {
        self.connection.execute_batch("SAVEPOINT point")?;
        Ok(Savepoint { rows: self.rows })
    }

    /// Keeps what was done since the point.
    pub(crate) fn keep(&mut self, _: &Savepoint) -> Result<(), rusqlite::Error> {
        self.connection.execute_batch("RELEASE point")
    }

    /// Takes back what was done since the point.
    pub(crate) fn go_back(&mut self, point: &Savepoint) -> Result<(), rusqlite::Error> {
        self.connection
            .execute_batch("ROLLBACK TO point; RELEASE point")?;
        self.rows = point.rows;
        Ok(())
    }
}
