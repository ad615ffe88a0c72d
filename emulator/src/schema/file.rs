//! Files that tell of objects and fields: what Salesforce's describe answers, or
//! a small TOML for people.

mod describe;
mod people;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::Schema;
use super::extension::Wrong;

/// The version of the TOML that this emulator reads.
const TOML_VERSION: u32 = 1;

/// A file that adds objects and fields to an org's schema.
#[derive(Clone, Debug)]
pub struct SchemaFile {
    /// As errors name it.
    name: String,
    text: String,
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Json,
    Toml,
}

/// A schema that cannot be used. Each message begins with the file's name.
#[derive(Debug, Error)]
pub enum SchemaError {
    /// The file cannot be read.
    #[error("{name} cannot be read")]
    Read {
        /// The file.
        name: String,
        /// What the system says.
        #[source]
        why: io::Error,
    },
    /// The name ends neither in `.json` nor in `.toml`.
    #[error("{0}: a schema is a .json file, as describe answers it, or a .toml file")]
    Kind(String),
    /// It is no JSON or TOML, or not of the form that is read here.
    #[error("{name}: {why}")]
    Syntax {
        /// The file.
        name: String,
        /// What is wrong, with its place.
        why: String,
    },
    /// It was written for another version.
    #[error("{name}: {why}")]
    Version {
        /// The file.
        name: String,
        /// Which version, and which ones are read.
        why: String,
    },
    /// An object or a field cannot be as it says.
    #[error("{name}: {place}: {why}")]
    Wrong {
        /// The file.
        name: String,
        /// The object, and the field if it is one's.
        place: String,
        /// What is wrong.
        why: String,
    },
}

impl SchemaFile {
    /// What describe answers: of one object, or several in a list, or below
    /// `sobjects`. `name` is how errors call it.
    pub fn json(name: &str, text: &str) -> Self {
        Self::new(name, text, Format::Json)
    }

    /// The small TOML for people. `name` is how errors call it.
    pub fn toml(name: &str, text: &str) -> Self {
        Self::new(name, text, Format::Toml)
    }

    /// Reads a file, whose name ends in `.json` or `.toml`.
    ///
    /// # Errors
    ///
    /// When its name ends in anything else, or it cannot be read.
    pub fn read(path: impl Into<PathBuf>) -> Result<Self, SchemaError> {
        let path = path.into();
        let name = path.display().to_string();
        let format = match extension(&path).as_deref() {
            Some("json") => Format::Json,
            Some("toml") => Format::Toml,
            _ => return Err(SchemaError::Kind(name)),
        };
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Self::new(&name, &text, format)),
            Err(why) => Err(SchemaError::Read { name, why }),
        }
    }

    fn new(name: &str, text: &str, format: Format) -> Self {
        Self {
            name: name.to_owned(),
            text: text.to_owned(),
            format,
        }
    }

    /// The schema with what the file says.
    pub(crate) fn add_to(&self, schema: &Schema) -> Result<Schema, SchemaError> {
        match self.format {
            Format::Json => describe::add(self, schema),
            Format::Toml => people::add(self, schema),
        }
    }

    fn syntax(&self, why: impl Into<String>) -> SchemaError {
        let (name, why) = (self.name.clone(), why.into());
        SchemaError::Syntax { name, why }
    }

    fn version(&self, why: impl Into<String>) -> SchemaError {
        let (name, why) = (self.name.clone(), why.into());
        SchemaError::Version { name, why }
    }

    fn wrong(&self, wrong: Wrong) -> SchemaError {
        SchemaError::Wrong {
            name: self.name.clone(),
            place: wrong.place,
            why: wrong.why,
        }
    }
}

fn extension(path: &Path) -> Option<String> {
    let extension = path.extension()?.to_str()?;
    Some(extension.to_ascii_lowercase())
}

#[cfg(test)]
mod tests;
