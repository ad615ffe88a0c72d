//! Where the SOQL statement comes from.

use std::fs::File;
use std::io::{self, Read, stdin};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use super::comment;
use crate::verdict::Usage;

/// Bytes that are read at most: SOQL's 100,000 characters, which have up to
/// four bytes, and some white space.
///
/// Source: SOQL and SOSL Reference, "SOQL and SOSL Limits".
const BYTES_MAX: u64 = 1 << 19;

/// The statement, or where it is.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(super) struct Statement {
    /// The SOQL statement; `-` reads it from stdin
    soql: Option<String>,
    /// Read the SOQL statement from a file; comments (`--`, `//`, `/* */`) are
    /// removed
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// The same, as Salesforce's own command line has it
    #[arg(long = "query", hide = true, value_name = "SOQL")]
    query: Option<String>,
}

impl Statement {
    /// The statement's text.
    pub(super) fn read(&self) -> anyhow::Result<String> {
        let soql = self.soql.as_deref().or(self.query.as_deref());
        match (soql, &self.file) {
            (Some("-"), _) => text(stdin().lock()).context("no statement on stdin"),
            (_, Some(file)) => {
                of_file(file).with_context(|| format!("no statement in --file {}", file.display()))
            }
            (soql, None) => Ok(soql.unwrap_or_default().to_owned()),
        }
    }
}

fn of_file(name: &Path) -> anyhow::Result<String> {
    text(File::open(name)?)
}

/// A statement without what people and editors put around it: comments, a byte
/// order mark, and white space.
fn text(from: impl Read) -> anyhow::Result<String> {
    let mut text = String::new();
    let read = from.take(BYTES_MAX + 1).read_to_string(&mut text);
    if let Err(error) = read {
        return Err(match error.kind() {
            io::ErrorKind::InvalidData => Usage::new("it is not UTF-8").into(),
            _ => error.into(),
        });
    }
    if text.len() as u64 > BYTES_MAX {
        let why = format!("it is longer than {BYTES_MAX} bytes");
        return Err(Usage::new(why).into());
    }
    let text = comment::removed(text.trim_start_matches('\u{feff}'));
    let text = text.map_err(|why| Usage::new(why.to_string()))?;
    let text = text.trim();
    if text.is_empty() {
        return Err(Usage::new("it is empty").into());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_around_a_statement_is_left_out() {
        let read = text("\u{feff}\n SELECT Id\r\nFROM Account\n".as_bytes());
        assert_eq!(read.unwrap(), "SELECT Id\r\nFROM Account");
    }

    #[test]
    fn what_cannot_be_a_statement_is_refused() {
        for bytes in [
            &b""[..],
            b" \n",
            b"SELECT \xff",
            b"-- nothing",
            b"/* SELECT Id",
        ] {
            assert!(text(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn a_statement_of_the_limit_is_read_and_one_byte_more_is_not() {
        let longest = "x".repeat(BYTES_MAX as usize);
        assert_eq!(text(longest.as_bytes()).unwrap(), longest);
        assert!(text(format!("{longest}x").as_bytes()).is_err());
    }
}
