//! What the records of a new org are made of: so many accounts, and files.
//!
//! A data file keeps its own recipe, so that a reset gives it the records with which it
//! was made, whatever its emulator was started with since.

use serde::{Deserialize, Serialize};

use crate::database::Database;
use crate::incoming::Stamp;
use crate::load::{LoadError, LoadFile};
use crate::schema::Schema;
use crate::seed;

/// What the records are made of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Recipe {
    /// Live accounts.
    pub(crate) accounts: usize,
    /// Records beside the seed's.
    pub(crate) loads: Vec<LoadFile>,
}

impl Recipe {
    /// Reads what a data file keeps.
    pub(crate) fn read(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// As a data file keeps it.
    pub(crate) fn written(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// Gives an empty database the records.
    pub(crate) fn fill<E: From<rusqlite::Error> + From<LoadError>>(
        &self,
        database: &mut Database,
        schema: &Schema,
        stamp: &Stamp,
    ) -> Result<(), E> {
        seed::fill(database, schema, self.accounts)?;
        for file in &self.loads {
            file.load(schema, database, stamp)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::LoadFormat;

    #[test]
    fn a_recipe_that_was_written_is_read() {
        let text = "Name\n\"Zimt \u{feff}\"\n";
        let recipe = Recipe {
            accounts: 7,
            loads: vec![
                LoadFile::new("a.csv", LoadFormat::Csv, text).of("Account"),
                LoadFile::new("b.json", LoadFormat::Json, "[]"),
            ],
        };
        let written = recipe.written().expect("text");
        let read = Recipe::read(&written).expect("a recipe");
        assert_eq!(format!("{read:?}"), format!("{recipe:?}"));
        assert!(Recipe::read("7").is_err());
    }
}
