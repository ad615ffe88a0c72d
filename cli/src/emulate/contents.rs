//! Files whose objects, fields and records the org has from its start.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use sfbox_emulator::{Builder, LoadFile, SchemaFile, StartError};

use crate::verdict::Usage;

#[derive(Args, Debug)]
pub(super) struct Contents {
    /// Add the objects and fields in FILE: a .json file as `sobjects/NAME/describe` answers it,
    /// or a .toml file; repeatable
    #[arg(long = "schema", value_name = "FILE")]
    schemas: Vec<PathBuf>,
    /// Add the records in FILE (.csv, .json or .ndjson); FILE is named after their object
    /// unless OBJECT names it; repeatable
    #[arg(long = "load", value_name = "[OBJECT=]FILE")]
    loads: Vec<Load>,
}

/// A file of records, and whose they are.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Load {
    object: Option<String>,
    path: PathBuf,
}

impl FromStr for Load {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_name = |name: &str| {
            let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            !name.is_empty() && name.bytes().all(is_part)
        };
        let named = text.split_once('=').filter(|(name, _)| is_name(name));
        Ok(match named {
            Some((object, path)) => Self {
                object: Some(object.to_owned()),
                path: path.into(),
            },
            None => Self {
                object: None,
                path: text.into(),
            },
        })
    }
}

impl Contents {
    /// Has the org begin with all of them.
    pub(super) fn add_to(&self, mut builder: Builder) -> anyhow::Result<Builder> {
        for path in &self.schemas {
            builder = builder.schema(SchemaFile::read(path).map_err(refused)?);
        }
        for Load { object, path } in &self.loads {
            let file = LoadFile::read(path).map_err(refused)?;
            builder = builder.load(match object {
                Some(object) => file.of(object),
                None => file,
            });
        }
        Ok(builder)
    }
}

/// An org that does not start: files that are wrong are the user's to mend.
pub(super) fn not_started(error: StartError) -> anyhow::Error {
    match error {
        StartError::Schema(error) => refused(error).into(),
        StartError::Load(error) => refused(error).into(),
        error => anyhow::Error::from(error).context("the emulator cannot be started"),
    }
}

/// What is wrong, with its causes.
fn refused(error: impl Into<anyhow::Error>) -> Usage {
    Usage::new(format!("{:#}", error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_alone_or_after_its_object() {
        for (text, object, path) in [
            ("Account.csv", None, "Account.csv"),
            ("Account=a.csv", Some("Account"), "a.csv"),
            ("Invoice__c=a=b.csv", Some("Invoice__c"), "a=b.csv"),
            ("./a=b.csv", None, "./a=b.csv"),
            ("=b.csv", None, "=b.csv"),
        ] {
            let object = object.map(str::to_owned);
            let path = path.into();
            assert_eq!(text.parse(), Ok(Load { object, path }), "{text}");
        }
    }
}
