//! The file in which an org keeps its records from one start to the next.
//!
//! It is a SQLite file in WAL mode, which one process at a time has open. A write
//! is in the file before its request is answered, but the system may keep it in
//! memory for a while. So a process that is killed loses nothing that was
//! answered. A machine that loses its power can lose the last writes. Neither
//! leaves a part of a write, or a file that cannot be read.
//!
//! Source: SQLite, "Write-Ahead Logging" and "PRAGMA synchronous".
//!
//! A new file is filled in another way, which is as fast as in memory and leaves
//! nothing usable behind when it breaks off. Such a file says that it is not
//! finished, and the next start fills it anew.

mod about;
mod error;

use std::fs::{self, OpenOptions, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::Database;
use crate::schema::Schema;
use about::Stage;

pub use error::{DataFileError, DataFileProblem};

/// How long an emulator that is ending has to let the file go.
const LOCK_TIMEOUT: Duration = Duration::from_millis(500);

/// Bytes of the write-ahead log that stay when its contents are in the file.
const LOG_BYTES: u32 = 16 << 20;

/// What only the file's owner may do.
const MODE: u32 = 0o600;

/// Characters of a path that a URI keeps.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'.')
    .remove(b'-')
    .remove(b'_');

impl Database {
    /// Opens a data file. A new or empty one is made for `schema`, and `fill`
    /// gives it its records, and answers what they are made of, which the file
    /// keeps. A file with records stays as it is.
    ///
    /// # Errors
    ///
    /// When the file is not ours, has another format or another schema, is in
    /// use, or cannot be opened. It is not changed then.
    pub(crate) fn open_file<E: From<DataFileError>>(
        path: &Path,
        schema: &Schema,
        fill: impl FnOnce(&mut Self) -> Result<String, E>,
    ) -> Result<Self, E> {
        let wrong = |problem| DataFileError {
            path: path.to_owned(),
            problem,
        };
        let (mut database, stage) = open(path, schema).map_err(wrong)?;
        let refused = |error: rusqlite::Error| wrong(error.into());
        if stage == Stage::Finished {
            super::set_up(&database.connection).map_err(refused)?;
        } else {
            begin(&database.connection, schema).map_err(refused)?;
            let recipe = fill(&mut database)?;
            about::finish(&database.connection, schema, &recipe).map_err(refused)?;
        }
        database.log().map_err(refused)?;
        Ok(database)
    }

    /// Gives a data file the records with which it was made, or leaves it those
    /// that it has. `fill` is told what those are made of.
    pub(crate) fn refill<E: From<rusqlite::Error>>(
        &mut self,
        fill: impl FnOnce(&mut Self, &str) -> Result<(), E>,
    ) -> Result<(), E> {
        let recipe = about::recipe(&self.connection)?;
        let tables = tables(&self.connection)?;
        let rows = self.rows;
        self.connection.execute_batch("SAVEPOINT refill")?;
        let filled = self.clear(&tables).map_err(E::from);
        let filled = filled.and_then(|()| fill(self, &recipe));
        if filled.is_err() {
            self.connection.execute_batch("ROLLBACK TO refill")?;
            self.rows = rows;
        }
        self.connection.execute_batch("RELEASE refill")?;
        filled
    }

    fn clear(&mut self, tables: &[String]) -> Result<(), rusqlite::Error> {
        for table in tables {
            let sql = format!("DELETE FROM \"{table}\"");
            self.connection.execute(&sql, [])?;
        }
        self.rows = 0;
        Ok(())
    }

    /// From now on every write is logged before it is answered.
    fn log(&mut self) -> Result<(), rusqlite::Error> {
        // The log's index is in memory, because no other process has the file.
        self.connection.execute_batch(&format!(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = {LOG_BYTES};"
        ))?;
        self.rows = last_key(&self.connection)?;
        Ok(())
    }
}

/// Opens a file and locks it until the connection is closed.
fn open(path: &Path, schema: &Schema) -> Result<(Database, Stage), DataFileProblem> {
    let path = create(path)?;
    // Looked at before it is locked, because a lock would change a file of
    // others, and looked at again when no other emulator can change it.
    let stage = about::stage(&read_only(&path)?, schema)?;
    // A file of one byte is an empty one to SQLite.
    if stage == Stage::New && fs::metadata(&path)?.len() > 0 {
        return Err(DataFileProblem::Foreign);
    }
    let connection = lock(&path, stage)?;
    let stage = about::stage(&connection, schema)?;
    let database = Database {
        connection,
        rows: 0,
    };
    Ok((database, stage))
}

/// Makes the file if there is none; answers where it is.
fn create(path: &Path) -> Result<PathBuf, DataFileProblem> {
    let mut options = OpenOptions::new();
    match options.write(true).create_new(true).mode(MODE).open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error.into()),
        _ => {}
    }
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(DataFileProblem::Foreign);
    }
    if metadata.len() == 0 {
        fs::set_permissions(path, Permissions::from_mode(MODE))?;
    }
    // SQLite gives some names a meaning, such as `:memory:`, but no absolute one.
    Ok(path.canonicalize()?)
}

/// Opens a file without a change to it, or to the files beside it.
fn read_only(path: &Path) -> Result<Connection, rusqlite::Error> {
    let path = percent_encode(path.as_os_str().as_bytes(), PATH);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(format!("file:{path}?immutable=1"), flags)
}

/// Opens a file that has got so far, and locks it. A new one is ours from then
/// on.
fn lock(path: &Path, stage: Stage) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(LOCK_TIMEOUT)?;
    connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE;")?;
    match stage {
        Stage::New => connection.execute_batch(&format!(
            "PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE; PRAGMA application_id = {}; COMMIT;",
            about::APPLICATION_ID
        ))?,
        Stage::Unfinished | Stage::Finished => {
            connection.execute_batch("BEGIN EXCLUSIVE; COMMIT;")?;
        }
    }
    Ok(connection)
}

/// Empties a file that is not finished, damaged or not, and makes the tables.
/// Whatever happens to it before it is finished, nobody will have used it.
///
/// Source: SQLite, `SQLITE_DBCONFIG_RESET_DATABASE`.
fn begin(connection: &Connection, schema: &Schema) -> Result<(), rusqlite::Error> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_RESET_DATABASE, true)?;
    connection.execute_batch("PRAGMA journal_mode = MEMORY; VACUUM;")?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_RESET_DATABASE, false)?;
    connection.execute_batch(&format!(
        "PRAGMA application_id = {}; PRAGMA synchronous = OFF;",
        about::APPLICATION_ID
    ))?;
    super::set_up(connection)?;
    super::create_tables(connection, schema)
}

/// The tables of the org's objects.
fn tables(connection: &Connection) -> Result<Vec<String>, rusqlite::Error> {
    let sql = "SELECT \"name\" FROM sqlite_schema WHERE \"type\" = 'table' AND \"name\" <> ?";
    let mut prepared = connection.prepare(sql)?;
    let tables = prepared.query_map([about::TABLE], |row| row.get(0))?;
    tables.collect()
}

/// The largest key of any record.
fn last_key(connection: &Connection) -> Result<i64, rusqlite::Error> {
    let mut last = 0;
    for table in tables(connection)? {
        let sql = format!("SELECT coalesce(max(rowid), 0) FROM \"{table}\"");
        last = last.max(connection.query_row(&sql, [], |row| row.get(0))?);
    }
    Ok(last)
}

#[cfg(test)]
mod tests;
