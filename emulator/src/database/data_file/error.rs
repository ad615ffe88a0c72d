//! Why a data file cannot be used.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// A data file that cannot be used. One that is refused was not changed.
#[derive(Debug, Error)]
#[error("the data file {} {problem}", path.display())]
pub struct DataFileError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub problem: DataFileProblem,
}

/// What is wrong with a data file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DataFileProblem {
    /// It was not made by this emulator.
    #[error("was not made by this emulator, and was not changed: name another file")]
    Foreign,
    /// An emulator has it open.
    #[error("is in use by another emulator: stop that one, or name another file")]
    InUse,
    /// A version of this emulator made it that writes another format.
    #[error(
        "was made by sfbox {made_by}, which writes another format, and was not changed: use that version, or name \
         another file"
    )]
    Format {
        /// The version that made it.
        made_by: String,
    },
    /// It was made for other objects or fields than the org has.
    #[error(
        "was made with another schema, and was not changed: {difference}. Use that schema, or name another file"
    )]
    Schema {
        /// The first field in which the two differ.
        difference: String,
    },
    /// The system refuses it.
    #[error("cannot be opened: {0}")]
    Io(io::Error),
    /// SQLite refuses it: it is damaged, or there is no room for it.
    #[error("cannot be used: {0}")]
    Sqlite(Box<dyn std::error::Error + Send + Sync>),
}

impl From<io::Error> for DataFileProblem {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<rusqlite::Error> for DataFileProblem {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => Self::Foreign,
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
                Self::InUse
            }
            _ => Self::Sqlite(error.into()),
        }
    }
}
